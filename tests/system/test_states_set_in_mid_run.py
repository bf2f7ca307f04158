"""initialize() between two runs acts at once, on the cells and variables that it names."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim

SUBSTRATES = ("ideal", "brainscales1")
QUIET = {"v_thresh": 0.0, "v_rest": -65.0, "tau_m": 20.0, "cm": 0.2, "tau_syn_E": 5.0}


def membranes(population, variable="v"):
    return population.get_data(variable).segments[-1].analogsignals[0].magnitude


@pytest.fixture(params=SUBSTRATES)
def neurons(request):
    sim.setup(timestep=0.1, substrate=request.param, on_loss="ignore")
    neurons = sim.Population(3, sim.IF_cond_exp(**QUIET))
    neurons.initialize(v=-65.0)
    neurons.record(["v", "gsyn_exc"])
    return neurons


def test_it_acts_at_once_on_the_named_cells(neurons):
    sim.run(10.0)
    rest = membranes(neurons)[-1].copy()
    neurons[1:2].initialize(v=-60.0)
    neurons[2].set_initial_value("v", -62.0)
    assert membranes(neurons)[-1] == pytest.approx([rest[0], -60.0, -62.0], abs=0.1)
    sim.run(10.0)
    v = membranes(neurons)
    tau_m = neurons.get_realised("tau_m")
    elapsed = np.arange(101)[:, np.newaxis] * 0.1
    start = np.array([rest[0], -60.0, -62.0])
    decay = rest + (start - rest) * np.exp(-elapsed / tau_m)
    np.testing.assert_allclose(v[100:], decay, atol=0.15)


def test_the_same_value_again_is_set_again(neurons):
    neurons.initialize(v=-60.0)
    sim.run(20.0)
    assert membranes(neurons)[-1, 0] < -61.0
    neurons.initialize(v=-60.0)
    assert membranes(neurons)[-1] == pytest.approx(-60.0, abs=0.1)
    sim.reset()
    sim.run(1.0)
    assert membranes(neurons)[0] == pytest.approx(-60.0, abs=0.1)


def test_other_variables_keep_their_state(neurons):
    neurons.initialize(gsyn_exc=0.01)
    sim.run(5.0)
    before = membranes(neurons, "gsyn_exc")[-1].copy()
    neurons.initialize(v=-60.0)
    np.testing.assert_array_equal(membranes(neurons, "gsyn_exc")[-1], before)
    neurons.initialize(gsyn_exc=0.02)
    sim.run(5.0)
    g = membranes(neurons, "gsyn_exc")
    assert g[50] == pytest.approx(0.02, rel=1e-6)
    assert (g[-1] < 0.015).all()


def test_a_refractory_membrane_stays_at_its_reset():
    sim.setup(substrate="ideal")
    neuron = sim.Population(1, sim.IF_cond_exp(i_offset=2.0, tau_refrac=5.0, v_reset=-65.0))
    neuron.record(["v", "spikes"])
    sim.run(20.0)
    first = float(neuron.get_data("spikes").segments[0].spiketrains[0][0])
    sim.reset()
    sim.run(first + 1.0)
    neuron.initialize(v=-52.0)
    sim.run(3.5)
    v = membranes(neuron)[:, 0]
    np.testing.assert_array_equal(v[round(first / 0.1) + 1 :], -65.0)


def test_currents_and_adaptation():
    sim.setup(substrate="ideal")
    current = sim.Population(1, sim.IF_curr_exp())
    adex = sim.Population(2, sim.EIF_cond_exp_isfa_ista())
    current.record("v")
    adex.record("w")
    sim.run(2.0)
    current.initialize(isyn_exc=0.5)
    adex[1:].initialize(w=0.3)
    sim.run(0.1)
    rise = 0.5 * 5.0 / 1.0 * (1 - np.exp(-0.1 / 5.0))  # mV: the charge of 0.1 ms on 1 nF
    assert membranes(current)[-1, 0] == pytest.approx(-65.0 + rise, abs=1e-3)
    w = membranes(adex, "w")[-1]
    assert (abs(w[0]), w[1]) == (pytest.approx(0.0, abs=1e-3), pytest.approx(0.3, rel=1e-2))
