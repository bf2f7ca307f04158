"""PyNN's PointNeuron through its interface: membranes with named receptors."""

import numpy as np
import pytest
from pyNN.parameters import Sequence

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _ideal():
    sim.setup(substrate="ideal", timestep=0.1)


def three_receptors(**changed):
    return sim.PointNeuron(
        sim.AdExp(tau_m=10.0, v_rest=-60.0, **changed),
        AMPA=sim.CondExpPostSynapticResponse(tau_syn=1.0, e_syn=0.0),
        NMDA=sim.CondBetaPostSynapticResponse(tau_rise=2.0, tau_decay=30.0, e_syn=0.0),
        GABAA=sim.AlphaPSR(tau_syn=1.5, e_syn=-70.0),
    )


def connect(pre, post, receptor, weight, **options):
    return sim.Projection(pre, post, sim.AllToAllConnector(),
                          sim.StaticSynapse(weight=weight, delay=1.0), receptor_type=receptor,
                          **options)  # fmt: skip


class TestParameters:
    def test_of_membrane_and_receptors_by_name(self):
        cells = sim.Population(3, three_receptors(tau_w=[100.0, 110.0, 120.0]))
        assert cells.get("tau_m") == 10.0
        assert cells.get("GABAA.e_syn") == -70.0
        assert cells.get("NMDA.tau_decay") == 30.0
        assert cells.get("tau_w").tolist() == [100.0, 110.0, 120.0]
        assert cells.get(["AMPA.tau_syn", "cm"]) == [1.0, 0.281]

    def test_are_set_by_name_for_a_view(self):
        cells = sim.Population(3, three_receptors())
        cells[1:].set(**{"AMPA.tau_syn": [2.0, 3.0], "v_thresh": -45.0})
        assert cells.get("AMPA.tau_syn").tolist() == [1.0, 2.0, 3.0]
        assert cells.get("v_thresh").tolist() == [-50.4, -45.0, -45.0]

    @pytest.mark.parametrize(
        ("values", "named"),
        [({"AMPA.tau_syn": 0.0}, "AMPA.tau_syn"), ({"NMDA.tau_rise": -1.0}, "NMDA.tau_rise"),
         ({"GABAA.e_syn": np.nan}, "GABAA.e_syn")],
    )  # fmt: skip
    def test_that_cannot_be(self, values, named):
        cells = sim.Population(3, three_receptors(), label="cells")
        with pytest.raises(sim.InvalidParameterError, match=f"'cells': parameter {named}"):
            cells.set(**values)

    def test_that_there_are_not(self):
        cells = sim.Population(3, three_receptors())
        for name in ("AMPA.tau_rise", "KAINATE.tau_syn", "AMPA"):
            with pytest.raises(sim.errors.NonExistentParameterError):
                cells.get(name)
            with pytest.raises(sim.errors.NonExistentParameterError):
                cells.set(**{name: 1.0})

    def test_a_cell_type_serves_two_populations(self):
        celltype = three_receptors()
        first, second = (sim.Population(2, celltype) for _ in range(2))
        first.set(**{"AMPA.tau_syn": 4.0})
        assert second.get("AMPA.tau_syn") == 1.0


class TestComposition:
    def test_of_something_else(self):
        with pytest.raises(sim.WrongKindError, match="neuron"):
            sim.PointNeuron(sim.IF_cond_exp())
        with pytest.raises(sim.WrongKindError, match="receptor 'AMPA'"):
            sim.PointNeuron(sim.LIF(), AMPA=sim.LIF())

    def test_of_conductances_beside_currents(self):
        with pytest.raises(sim.InvalidParameterError, match="conductances and currents"):
            sim.PointNeuron(sim.LIF(), A=sim.ExpPSR(), B=sim.CurrExpPostSynapticResponse())

    def test_a_response_that_a_script_derives(self):
        class Slow(sim.CondExpPostSynapticResponse):
            """A response of a script."""

        cells = sim.Population(2, sim.PointNeuron(sim.LIF(), S=Slow(tau_syn=50.0)))
        cells.record("S.gsyn")
        sim.run(1.0)
        assert cells.get("S.tau_syn") == 50.0

    def test_the_wafer_has_no_circuits_for_it(self):
        sim.setup(timestep=0.1)
        with pytest.raises(sim.ParameterError, match=r"no circuits.*PointNeuron.*substrate="):
            sim.Population(3, three_receptors(), label="cells")

    def test_it_is_among_the_standard_models(self):
        assert "PointNeuron" in sim.list_standard_models()


class TestProjections:
    def test_each_receptor_has_its_own_response(self):
        cells = sim.Population(2, three_receptors(), initial_values={"v": -60.0})
        variables = ["AMPA.gsyn", "GABAA.gsyn", "NMDA.gsyn"]
        cells.record(["v", "w", *variables])
        trains = [Sequence([t]) for t in (10.0, 40.0, 70.0)]
        inputs = sim.Population(3, sim.SpikeSourceArray(spike_times=trains))
        for i, name in enumerate(("AMPA", "GABAA", "NMDA")):
            connect(inputs[i : i + 1], cells[:1], name, 0.01)
        sim.run(150.0)
        segment = cells.get_data().segments[0]
        signal = {s.name: s for s in segment.analogsignals}
        assert set(signal) == {"v", "w", *variables}
        t = 0.1 * np.arange(1501)
        for name, at, shape in (
            ("AMPA.gsyn", 11.0, lambda s: np.exp(-s)),
            ("GABAA.gsyn", 41.0, lambda s: s / 1.5 * np.exp(1 - s / 1.5)),
        ):
            expected = np.where(t > at + 1e-6, 0.01 * shape(t - at), 0.0)
            shown = signal[name].magnitude
            np.testing.assert_allclose(shown[:, 0], expected, rtol=0, atol=1e-8)
            assert not shown[:, 1].any()
            assert signal[name].units.dimensionality.string == "uS"
        nmda = signal["NMDA.gsyn"].magnitude[:, 0]
        assert nmda.max() == pytest.approx(0.01, rel=1e-3)
        peak = 71.0 + np.log(30.0 / 2.0) / (1 / 2.0 - 1 / 30.0)
        assert np.argmax(nmda) * 0.1 == pytest.approx(peak, abs=0.06)
        v = signal["v"].magnitude[:, 0]
        assert v[(t > 11) & (t < 20)].max() > -60.0
        assert v[(t > 41) & (t < 50)].min() < -60.0

    def test_onto_an_assembly_of_compositions_with_other_receptors(self):
        # B is the first receptor of the one and the second of the other.
        first = sim.Population(1, sim.PointNeuron(sim.LIF(), B=sim.ExpPSR(), C=sim.ExpPSR()))
        second = sim.Population(1, sim.PointNeuron(sim.LIF(), A=sim.ExpPSR(), B=sim.ExpPSR()))
        ordinary = sim.Population(1, sim.IF_cond_exp())
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
        connect(source, first + second, "B", 0.02)
        connect(source, ordinary, "inhibitory", 0.01)
        first.record(["B.gsyn", "C.gsyn"])
        second.record(["A.gsyn", "B.gsyn"])
        ordinary.record(["gsyn_exc", "gsyn_inh"])
        sim.run(10.0)

        def largest(cells, name):
            return cells.get_data().segments[0].filter(name=name)[0].magnitude.max()

        assert largest(first, "B.gsyn") > 0.01 < largest(second, "B.gsyn")
        assert largest(first, "C.gsyn") == 0.0 == largest(second, "A.gsyn")
        assert largest(ordinary, "gsyn_inh") > 0.005
        assert largest(ordinary, "gsyn_exc") == 0.0

    def test_a_receptor_that_there_is_not(self):
        cells = sim.Population(1, three_receptors())
        source = sim.Population(1, sim.SpikeSourceArray())
        for receptor in ("excitatory", "KAINATE"):
            with pytest.raises(sim.errors.ConnectionError, match="AMPA"):
                connect(source, cells, receptor, 0.01)

    def test_the_sign_of_weights(self):
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
        conductances = sim.Population(1, three_receptors())
        with pytest.raises(sim.SynapseError, match="weight"):
            connect(source, conductances, "GABAA", -0.1)
        currents = sim.Population(
            1, sim.PointNeuron(sim.LIF(), GABAA=sim.CurrExpPostSynapticResponse(tau_syn=2.0))
        )
        connect(source, currents, "GABAA", -0.1)
        currents.record(["v", "GABAA.isyn"])
        sim.run(10.0)
        segment = currents.get_data().segments[0]
        assert segment.filter(name="v")[0].magnitude.min() < -65.01
        isyn = segment.filter(name="GABAA.isyn")[0]
        assert isyn.magnitude.min() == pytest.approx(-0.1 * np.exp(-0.05), rel=1e-5)
        assert isyn.units.dimensionality.string == "nA"

    def test_twelve_receptors(self):
        receptors = {f"R{i:02d}": sim.ExpPSR(tau_syn=1.0 + i) for i in range(12)}
        cells = sim.Population(40, sim.PointNeuron(sim.LIF(), **receptors))
        source = sim.Population(12, sim.SpikeSourceArray(spike_times=[1.0]))
        for i, name in enumerate(receptors):
            connect(source[i : i + 1], cells, name, 0.001 * (i + 1))
        cells.record([f"{name}.gsyn" for name in receptors])
        sim.run(10.0)
        for i, name in enumerate(receptors):
            g = cells.get_data().segments[0].filter(name=f"{name}.gsyn")[0].magnitude
            expected = 0.001 * (i + 1) * np.exp(-8.0 / (1.0 + i))
            np.testing.assert_allclose(g[100], expected, rtol=1e-5)


class TestStates:
    def test_initial_values_of_receptors(self):
        cells = sim.Population(2, three_receptors(), initial_values={"AMPA.gsyn": [0.01, 0.02]})
        cells.initialize(**{"GABAA.gsyn": 0.003, "w": 0.05})
        cells.record(["AMPA.gsyn", "GABAA.gsyn", "w"])
        sim.run(5.0)
        segment = cells.get_data().segments[0]
        g = segment.filter(name="AMPA.gsyn")[0].magnitude
        np.testing.assert_allclose(g[:, 1], 0.02 * np.exp(-0.1 * np.arange(51)), rtol=1e-5)
        np.testing.assert_allclose(segment.filter(name="GABAA.gsyn")[0].magnitude[0], 0.003)
        np.testing.assert_allclose(segment.filter(name="w")[0].magnitude[0], 0.05)

    def test_a_variable_that_there_is_not(self):
        cells = sim.Population(2, three_receptors())
        with pytest.raises(sim.errors.RecordingError):
            cells.record("KAINATE.gsyn")
        with pytest.raises(sim.errors.NonExistentParameterError):
            cells.initialize(**{"AMPA.isyn": 0.1})

    def test_a_reset_brings_them_back(self):
        cells = sim.Population(2, three_receptors())
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 3.0]))
        connect(source, cells, "NMDA", 0.01)
        cells.record(["v", "NMDA.gsyn"])
        sim.run(20.0)
        sim.reset()
        sim.run(20.0)
        one, other = cells.get_data().segments
        for name in ("v", "NMDA.gsyn"):
            np.testing.assert_array_equal(one.filter(name=name)[0], other.filter(name=name)[0])
