"""Asked, sent and realised values of parameters, as users see them."""

import re

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.errors import LossWarning, ParameterError
from pyNN_brainscales_emu.front_end_errors import SubstrateError


@pytest.fixture
def cells():
    sim.setup(on_loss="ignore", threads=1)
    tau_m = np.array([1.0, 10.0, 20.0, 30.0, 900.0])
    return sim.Population(5, sim.IF_cond_exp(tau_m=tau_m, tau_refrac=2.0), label="cells")


def limits():
    """The range of every neuron, by parameter."""
    return simulator.state.readable_pipeline().sent().limits


def entry(name):
    (found,) = [p for p in sim.report().parameters if p.parameter == name]
    return found


def test_get_dac_is_what_the_configuration_holds(cells):
    config = sim.hardware_config()
    firing = config.denmems.first
    for cell in ("I_gl", "E_l", "I_convx"):
        np.testing.assert_array_equal(cells.get_dac(cell), config.floating_gates(cell)[firing])
    np.testing.assert_array_equal(
        cells[1:3].get_dac("I_gl"), config.floating_gates("I_gl")[firing[1:3]]
    )
    assert set(cells.get_dac("V_reset")) <= set(config.shared("V_reset").ravel())
    assert (np.diff(cells.get_dac("I_gl")[1:4]) < 0).all()  # slower membranes leak less
    both = cells[:1] + cells[2:]
    assert len(both.get_dac("V_t")) == 4


def test_cells_are_found_behind_sources():
    sim.setup(on_loss="ignore", threads=1)
    sources = sim.Population(3, sim.SpikeSourcePoisson())
    cells = sim.Population(2, sim.IF_cond_exp(tau_refrac=2.0, v_rest=[-70.0, -50.0]))
    low, high = cells.get_dac("E_l")
    assert 60 < high - low < 170  # 20 mV are 114 of 1023
    with pytest.raises(ParameterError, match="SpikeSourcePoisson has no floating gates"):
        sources.get_dac("E_l")


def test_there_is_no_such_cell(cells):
    with pytest.raises(ParameterError, match=r"no such floating-gate cell.*'I_g'.*I_gl"):
        cells.get_dac("I_g")
    for name, cell in (("tau_m", "I_gl"), ("v_thresh", "V_t"), ("v_reset", "V_reset")):
        with pytest.raises(ParameterError, match=f"{name} is set by '{cell}'"):
            cells.get_dac(name)
    with pytest.raises(ParameterError, match="tau_m is set by 'I_gl'"):
        sim.hardware_config().floating_gates("tau_m")


def test_the_ideal_substrate_has_no_floating_gates():
    sim.setup(substrate="ideal")
    cells = sim.Population(1, sim.IF_cond_exp())
    with pytest.raises(SubstrateError, match="no floating gates"):
        cells.get_dac("E_l")


def test_the_report_has_all_three(cells):
    tau_m = entry("tau_m")
    stored, realised = cells.get_dac("I_gl"), cells.get_realised("tau_m")
    assert (tau_m.asked_min, tau_m.asked_max) == (1.0, 900.0)
    assert (tau_m.dac_min, tau_m.dac_max) == (stored.min(), stored.max())
    assert tau_m.realised_mean == pytest.approx(realised.mean())
    assert tau_m.largest_deviation == pytest.approx(realised[4] - 900.0)
    assert tau_m.n_clipped == 2


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_the_report_names_the_settings_that_were_chosen():
    sim.setup(use_big_capacitors="auto", i_gl_speedup="auto")
    for hicann, tau_m in ((3, 20.0), (4, 2.0), (5, 2.0)):
        sim.place(sim.Population(4, sim.IF_cond_exp(tau_m=tau_m)), hicanns=[hicann])
    sim.run(1.0)
    report = sim.report()
    big, small = "big capacitors, normal leak", "small capacitors, normal leak"
    assert report.to_dict()["circuit_modes"] == {big: 1, small: 2}
    assert f"Settings: {big}: 1 HICANN; {small}: 2 HICANNs\n" in str(report)
    sim.setup()
    sim.Population(4, sim.IF_cond_exp())
    sim.run(1.0)
    assert sim.report().circuit_modes == {big: 1}
    assert "Settings" not in str(sim.report())


@pytest.mark.parametrize("effects", ["none", "fixed_pattern"])
def test_clipped_values_come_to_their_limit(effects):
    """Without the error of the write, and knowing the chip, the limit is what is realised."""
    kept = sim.Effects.only("parameter_range", *([] if effects == "none" else [effects]))
    sim.setup(on_loss="ignore", threads=1, calibration="perfect", effects=kept, neuron_size=2)
    cells = sim.Population(
        4,
        sim.EIF_cond_exp_isfa_ista(
            tau_m=[0.5, 2000.0, 20.0, 20.0],
            tau_syn_E=[5.0, 5.0, 0.1, 90.0],
            v_rest=-65.0,
            tau_refrac=2.0,
            delta_T=[0.01, 20.0, 0.5, 0.5],
            v_thresh=-50.0,
        ),
    )
    low, high = limits()["tau_m"].T
    realised = cells.get_realised("tau_m")
    if effects == "none":
        assert realised[:2] == pytest.approx([low[0], high[1]], rel=1e-9)
        assert low[0] == pytest.approx(5.41, abs=0.02)
        assert high[1] == pytest.approx(482, rel=0.01)
    # The other denmem of the neuron may go further than the one that ends first.
    assert realised[0] <= low[0] * (1 + 1e-9)
    assert realised[1] >= high[1] * (1 - 1e-9)
    for name in ("tau_m", "tau_syn_E", "delta_T"):
        asked = np.broadcast_to(cells.get(name), 4)
        outside = (asked < limits()[name][:, 0]) | (asked > limits()[name][:, 1])
        clipped = simulator.state.readable_pipeline().realised_values.neurons.clipped[name]
        np.testing.assert_array_equal(clipped, outside)


def test_the_warning_tells_the_range():
    sim.setup(on_loss="warn", threads=1)
    sim.Population(3, sim.IF_cond_exp(tau_refrac=2.0, tau_m=[20.0, 5000.0, 900.0]))
    with pytest.warns(LossWarning, match=r"tau_m of 2 neurons \(asked 5000, range of set") as said:
        sim.run(1.0)
    high = limits()["tau_m"][1, 1]
    assert f"to {high:.4g}, realised" in str(said[0].message)


@pytest.mark.parametrize("asked", [0.0, 100.0])
def test_what_lies_beyond_the_range_of_settings_is_explained(asked):
    """The calibration knows the range; the circuit deviates from it, by the write above all."""
    sim.setup(on_loss="warn", threads=1)
    cells = sim.Population(8, sim.IF_cond_exp(tau_refrac=asked))
    with pytest.warns(LossWarning, match="tau_refrac of 8 neurons") as said:
        sim.run(1.0)
    line = re.search(
        r"tau_refrac .*?range of settings ([\d.]+) to ([\d.]+), realised ([\d.]+)( with)?",
        str(said[0].message),
    )
    low, high, realised = (float(number) for number in line.groups()[:3])
    assert (line[4] is not None) == (not low <= realised <= high)
    assert np.isclose(cells.get_realised("tau_refrac"), realised, rtol=1e-3).any()


def test_what_is_clipped_later_is_told_too_but_nothing_twice():
    sim.setup(on_loss="warn", threads=1)
    cells = sim.Population(3, sim.IF_cond_exp(tau_refrac=2.0, tau_m=5000.0))
    with pytest.warns(LossWarning, match="tau_m of 3 neurons"):
        sim.run(1.0)
    cells.set(tau_m=6000.0)
    sim.run(1.0)  # warnings are errors here
    cells.set(tau_refrac=500.0)
    with pytest.warns(LossWarning, match="tau_refrac of 3 neurons") as said:
        sim.run(1.0)
    assert len(said) == 1


def test_terms_that_are_off_have_no_range(cells):
    assert len(cells) == len(limits()["a"])
    assert np.isnan(limits()["a"]).all()
    assert np.isfinite(limits()["tau_m"]).all()
    assert (limits()["tau_m"][:, 0] < limits()["tau_m"][:, 1]).all()


# --- resets at or above the threshold --------------------------------------------------------


def close_potentials(**options):
    """Neurons whose reset and threshold are asked for closer than the circuits deviate."""
    sim.setup(threads=1, **options)
    parameters = {"tau_refrac": 2.0, "v_reset": -55.2, "v_thresh": -55.0}
    return sim.Population(50, sim.IF_cond_exp(**parameters), label="close")


def test_neurons_that_fire_without_end_are_told_once():
    cells = close_potentials(on_loss="warn")
    with pytest.warns(LossWarning, match=r"neurons fire without end.*of 'close'") as said:
        sim.run(1.0)
    (told,) = said
    reset, threshold = cells.get_realised("v_reset"), cells.get_realised("v_thresh")
    overlap = reset - threshold
    assert 0 < np.count_nonzero(overlap >= 0) < 50
    assert f"{np.count_nonzero(overlap >= 0)} of 50 neurons" in str(told.message)
    assert f"cell {np.argmax(overlap)} of 'close'" in str(told.message)
    cells.set(v_reset=-55.1)
    sim.run(1.0)  # warnings are errors here


def test_the_distance_that_is_told_helps():
    cells = close_potentials(on_loss="raise")
    with pytest.raises(sim.ParameterRangeError, match=r"more than [\d.]+ mV apart") as raised:
        sim.run(1.0)
    distance = float(str(raised.value).split(" mV apart")[0].split()[-1])
    cells.set(v_reset=-55.0 - 1.5 * distance)  # as the next write deviates otherwise
    sim.run(1.0)


@pytest.mark.parametrize(
    "options", [{"substrate": "ideal"}, {"on_loss": "ignore"}, {"effects": sim.Effects.none()}]
)
def test_nobody_is_told_of_endless_firing_in_vain(options):
    close_potentials(**options)
    sim.run(1.0)  # warnings are errors here
