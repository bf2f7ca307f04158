"""The cell types of the ideal substrate through PyNN's interface."""

from types import MappingProxyType

import numpy as np
import pytest

import pyNN_brainscales_emu as sim

ONLY_IDEAL = (
    "IF_cond_alpha", "IF_curr_alpha", "IF_curr_delta", "IF_curr_exp", "Izhikevich",
    "IF_cond_exp_gsfa_grr", "IF_facets_hardware1", "EIF_cond_alpha_isfa_ista", "HH_cond_exp",
    "GIF_cond_exp",
)  # fmt: skip
RECORDABLE = {
    "IF_cond_exp": {"v", "gsyn_exc", "gsyn_inh"},
    "IF_cond_alpha": {"v", "gsyn_exc", "gsyn_inh"},
    "IF_curr_exp": {"v"},
    "IF_curr_alpha": {"v"},
    "IF_curr_delta": {"v"},
    "EIF_cond_exp_isfa_ista": {"v", "w", "gsyn_exc", "gsyn_inh"},
    "Izhikevich": {"v", "u"},
    "IF_cond_exp_gsfa_grr": {"v", "g_s", "g_r", "gsyn_exc", "gsyn_inh"},
    "IF_facets_hardware1": {"v", "gsyn_exc", "gsyn_inh"},
    "EIF_cond_alpha_isfa_ista": {"v", "w", "gsyn_exc", "gsyn_inh"},
    "HH_cond_exp": {"v", "m", "h", "n", "gsyn_exc", "gsyn_inh"},
    "GIF_cond_exp": {"v", "i_eta", "v_t", "gsyn_exc", "gsyn_inh"},
}


@pytest.fixture
def _ideal():
    sim.setup(substrate="ideal", timestep=0.1)


def signals(population):
    return {s.name: s for s in population.get_data().segments[-1].analogsignals}


@pytest.mark.usefixtures("_ideal")
class TestOnTheIdealSubstrate:
    @pytest.mark.parametrize("cell_type", sorted(RECORDABLE))
    def test_what_is_recorded(self, cell_type):
        population = sim.Population(3, getattr(sim, cell_type)())
        assert set(population.celltype.recordable) == RECORDABLE[cell_type] | {"spikes"}
        population.record(sorted(RECORDABLE[cell_type]))
        sim.run(2.0)
        recorded = signals(population)
        assert set(recorded) == RECORDABLE[cell_type]
        for signal in recorded.values():
            assert signal.shape == (21, 3)
            assert np.isfinite(signal.magnitude).all()
        assert recorded["v"].units.dimensionality.string == "mV"

    def test_initial_values_of_an_izhikevich_neuron(self):
        population = sim.Population(2, sim.Izhikevich(), initial_values={"v": -60.0})
        population.initialize(u=[-10.0, -12.0])
        population.record(["v", "u"])
        sim.run(1.0)
        recorded = signals(population)
        assert recorded["v"].magnitude[0].tolist() == [-60.0, -60.0]
        assert recorded["u"].magnitude[0].tolist() == [-10.0, -12.0]

    @pytest.mark.parametrize("cell_type", ["IF_curr_delta", "IF_curr_alpha"])
    def test_variables_that_a_model_has_not(self, cell_type):
        population = sim.Population(2, getattr(sim, cell_type)())
        with pytest.raises(sim.errors.RecordingError):
            population.record("u")

    def test_a_current_into_an_izhikevich_neuron(self):
        # 1 nA is 1000 mV/ms: 0.01 nA makes a regular neuron fire, from its start on.
        population = sim.Population(2, sim.Izhikevich())
        population.record(["spikes", "v"])
        source = sim.DCSource(amplitude=0.01, start=50.0, stop=150.0)
        population[:1].inject(source)
        sim.run(250.0)
        driven, quiet = population.get_data().segments[0].spiketrains
        assert len(quiet) == 0
        assert len(driven) > 2
        assert driven.magnitude.min() > 50.0
        assert driven.magnitude.max() < 160.0

    def test_weights_move_the_membrane_by_mV(self):
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[4.0]))
        population = sim.Population(2, sim.IF_curr_delta(tau_m=1e9))
        population.record("v")
        for cell, weight, receptor in ((0, 3.0, "excitatory"), (1, -2.0, "inhibitory")):
            sim.Projection(
                source, population, sim.FromListConnector([(0, cell)]),
                sim.StaticSynapse(weight=weight, delay=1.0), receptor_type=receptor,
            )  # fmt: skip
        sim.run(10.0)
        v = signals(population)["v"].magnitude
        np.testing.assert_allclose(v[50], [-65.0, -65.0])
        np.testing.assert_allclose(v[51], [-62.0, -67.0], rtol=1e-6)

    def test_a_derived_cell_type_is_the_model_that_it_is_derived_from(self):
        class Pyramidal(sim.IF_cond_alpha):
            """A cell type of a script."""

        population, plain = sim.Population(2, Pyramidal()), sim.Population(2, sim.IF_cond_alpha())
        for cells in (population, plain):
            cells.set(i_offset=1.0)
            cells.record("v")
        sim.run(30.0)
        np.testing.assert_array_equal(signals(population)["v"], signals(plain)["v"])

    def test_a_cell_type_that_no_model_is(self, monkeypatch):
        from pyNN.standardmodels import build_translations, cells

        from pyNN_brainscales_emu import populations

        class IF_of_tomorrow(cells.StandardCellType):
            default_parameters = MappingProxyType({"tau": 1.0})
            translations = build_translations(("tau", "tau"))

        with pytest.raises(sim.NetworkError, match="a cell type of another back end"):
            sim.Population(2, IF_of_tomorrow())
        known = (*populations.CELL_TYPES, IF_of_tomorrow)
        monkeypatch.setattr(populations, "CELL_TYPES", known)
        with pytest.raises(sim.ParameterError, match="IF_of_tomorrow: the engine has no model"):
            sim.Population(2, IF_of_tomorrow())

    @pytest.mark.parametrize(
        ("cell_type", "reset", "level"),
        [("IF_cond_alpha", "v_reset", "v_thresh"), ("IF_curr_alpha", "v_reset", "v_thresh"),
         ("IF_curr_delta", "v_reset", "v_thresh"),
         ("IF_cond_exp_gsfa_grr", "v_reset", "v_thresh"),
         ("IF_facets_hardware1", "v_reset", "v_thresh"),
         ("EIF_cond_alpha_isfa_ista", "v_reset", "v_spike"),
         ("Izhikevich", "c", "the peak of 30 mV")],
    )  # fmt: skip
    def test_a_reset_where_the_neuron_fires(self, cell_type, reset, level):
        sim.Population(2, getattr(sim, cell_type)(**{reset: 35.0}), label="loud")
        with pytest.raises(sim.ParameterError, match=f"'loud'.*{reset} of cell 0 is not below "
                                                     f"{level}"):  # fmt: skip
            sim.run(1.0)


@pytest.mark.parametrize("cell_type", ONLY_IDEAL)
def test_the_wafer_has_no_circuits_for_them(cell_type):
    sim.setup(timestep=0.1)
    with pytest.raises(sim.ParameterError, match="no circuits") as told:
        sim.Population(3, getattr(sim, cell_type)(), label="cells")
    message = str(told.value)
    for part in ("'cells'", cell_type, "IF_cond_exp, EIF_cond_exp_isfa_ista", "substrate='ideal'"):
        assert part in message
