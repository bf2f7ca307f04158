"""Membranes under injected currents against the exact solution step by step."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator

DT, TAU_M, C_M, V_REST = 0.1, 20.0, 1.0, -65.0


def exact(current_nA):
    """Return v at each sample for a current that is constant in each step."""
    v = np.full(len(current_nA), V_REST)
    decay = np.exp(-DT / TAU_M)
    for step, current in enumerate(current_nA[:-1]):
        v_inf = V_REST + current * TAU_M / C_M
        v[step + 1] = v_inf + (v[step] - v_inf) * decay
    return v


def sources():
    return [
        sim.DCSource(amplitude=0.1, start=3.0, stop=20.0),
        sim.StepCurrentSource(times=[1.0, 10.0, 30.0], amplitudes=[0.2, -0.1, 0.05]),
        sim.ACSource(amplitude=0.2, offset=0.1, frequency=80.0, start=5.03, stop=33.0),
        sim.NoisyCurrentSource(mean=0.1, stdev=0.2, start=2.0, dt=0.3),
    ]


@pytest.mark.parametrize("runs", [[40.0], [7.3, 0.1, 12.6, 20.0]])
@pytest.mark.parametrize("changes", [2_000_000, 37])
def test_each_source_and_all_together(monkeypatch, runs, changes):
    monkeypatch.setattr(simulator, "_CURRENT_CHANGES", changes)
    sim.setup(timestep=DT, substrate="ideal", precision="double")
    cells = sim.Population(5, sim.IF_curr_exp(tau_m=TAU_M, cm=C_M, v_rest=V_REST, v_thresh=0.0))
    cells.initialize(v=V_REST)
    cells.record("v")
    all_sources = sources()
    for number, source in enumerate(all_sources):
        cells[[number, 4]].inject(source)
    for duration in runs:
        sim.run(duration)
    v = cells.get_data().segments[0].filter(name="v")[0].magnitude
    currents = [source.get_data().magnitude[:, 0] for source in all_sources]
    for cell, current in enumerate([*currents, np.sum(currents, axis=0)]):
        np.testing.assert_allclose(v[:, cell], exact(current), atol=1e-9)


def test_trials_take_the_currents_of_all_their_steps():
    sim.setup(substrate="ideal")
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.inject(sim.ACSource(amplitude=2.0, offset=1.0, frequency=20.0))
    trains = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    cells.record("spikes")
    sim.run(200.0)
    single = cells.get_data().segments[0].spiketrains
    assert len(single[0]) > 3
    sim.reset()
    trials = sim.run_trials(200.0, {trains: [[[1.0]], [[1.0]]]}, record=[cells])
    np.testing.assert_array_equal(
        trials.spike_counts(cells), [[len(train) for train in single]] * 2
    )


def test_trials_refuse_noise():
    sim.setup(substrate="ideal")
    cells = sim.Population(1, sim.IF_curr_exp())
    cells.inject(sim.NoisyCurrentSource())
    trains = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    cells.record("spikes")
    with pytest.raises(sim.ParameterError, match=r"NoisyCurrentSource.*loop of reset"):
        sim.run_trials(10.0, {trains: [[[1.0]]]})
