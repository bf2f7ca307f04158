"""Runs in which a neuron's state is no finite number any more."""

import numpy as np
import pytest
from experiment_builders import (
    emulate,
    experiment,
    given_times,
    neurons,
    synapses,
    trial_stimuli,
)

from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.trials import TrialRunner

BROKEN = 41


def overflowing(n_events=4, size=70):
    """One of 70 neurons, all of which fire, gets more than single precision holds at 20 ms."""
    cells = neurons(size, i_offset=0.6)
    events = synapses(np.zeros(n_events), np.full(n_events, BROKEN), 2e38)
    return experiment(cells, given_times([19.0]), events, signals=("v", "gsyn_exc"))


@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_error_names_the_neuron_the_time_and_the_values(n_threads):
    emulation = Emulation(overflowing(), n_threads=n_threads)
    with pytest.raises(BrokenStateError, match=r"neuron 41 at 20 ms.*gsyn_exc = (inf|nan)") as told:
        emulation.run(400)
    assert told.value.neuron == BROKEN
    assert told.value.time_ms == pytest.approx(20.0, abs=1.0)
    assert set(told.value.values) == {"v", "gsyn_exc", "gsyn_inh"}
    assert "precision='double'" in str(told.value)


def test_nothing_of_that_call_is_recorded_and_the_next_one_raises_the_same():
    emulation = Emulation(overflowing())
    emulation.run(100)
    before = emulation.recording()
    with pytest.raises(BrokenStateError) as first:
        emulation.run(300)
    with pytest.raises(BrokenStateError) as second:
        emulation.run(1)
    assert second.value is first.value
    after = emulation.recording()
    assert emulation.time_ms == pytest.approx(10.0)
    assert after.signals["v"].shape == before.signals["v"].shape == (101, 70)
    np.testing.assert_array_equal(after.spike_time_ms, before.spike_time_ms)


def test_a_restart_helps():
    emulation = Emulation(overflowing())
    with pytest.raises(BrokenStateError):
        emulation.run(400)
    emulation.set_weights(synapses(np.zeros(4), np.full(4, BROKEN), 0.001))
    emulation.restart(0)
    emulation.run(400)
    recording = emulation.recording()
    mild = overflowing()
    mild.synapses.weight[:] = 0.001
    expected = emulate(mild, 400).recording()
    np.testing.assert_array_equal(recording.spike_time_ms, expected.spike_time_ms)
    np.testing.assert_array_equal(recording.signals["v"], expected.signals["v"])
    assert len(recording.spike_neuron) >= 70


def test_double_precision_holds_more():
    assert len(emulate(overflowing(), 400, precision="double").recording().spike_neuron) >= 70


def test_large_finite_states_are_not_broken():
    # Their sum is more than single precision holds, each of them is not.
    events = synapses([0, 0], [BROKEN, BROKEN], 3e38, inhibitory=[False, True])
    cells = neurons(70, v_thresh=100.0, tau_syn_E=1e6, tau_syn_I=1e6)
    made = experiment(cells, given_times([1.0]), events, signals=("gsyn_exc", "v"))
    recording = emulate(made, 100).recording()
    assert recording.signals["gsyn_exc"][-1, BROKEN] == pytest.approx(3e38, rel=1e-3)
    # Both conductances count up to the same bound, so the membrane is half way between them.
    assert recording.signals["v"][-1, BROKEN] == pytest.approx(-40.0, abs=0.1)


def test_trials_name_the_trial():
    made = overflowing()
    trials = trial_stimuli(3, 40, made.stimuli, 30.0)
    counts = np.diff(trials.offsets)
    runner = TrialRunner(made)
    with pytest.raises(BrokenStateError, match=r"neuron 41 at .* ms of trial") as told:
        runner.run(made, 400, trials, first_presentation=0, recorded=made.recording.spikes)
    assert counts[told.value.trial] > 0


@pytest.mark.parametrize("own_current", [-1e39, 0.0])
def test_empty_lanes_do_not_matter(own_current):
    # The lanes behind the last neuron have its parameters, but not the current injected into it.
    i_offset = np.zeros(33)
    i_offset[-1] = 1e39
    cells = neurons(33, i_offset=i_offset, v_thresh=100.0)
    made = experiment(cells, changes=[(0, 32, own_current)], signals=("v",))
    with np.errstate(over="ignore"):
        emulation = Emulation(made)
        if own_current:
            emulation.run(100)
            assert np.isfinite(emulation.recording().signals["v"]).all()
        else:
            with pytest.raises(BrokenStateError, match="neuron 32 at 0 ms"):
                emulation.run(100)
