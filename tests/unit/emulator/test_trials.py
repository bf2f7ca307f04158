"""Trials put in order; what a runner keeps between calls. See tests/kernels for the results."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import (
    experiment,
    given_times,
    neurons,
    poisson,
    synapses,
)

from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import TrialStimuli

NO_TIMES = np.zeros(0)


def chain(stimuli=None):
    """A source that fires neuron 1 (AdEx), which fires neuron 0 (LIF)."""
    cells = neurons(2, adex=[False, True], tau_refrac=20.0)
    projections = synapses([0, 2], [1, 0], 0.1)
    return experiment(cells, given_times([]) if stimuli is None else stimuli, projections)


def given(*trials):
    offsets = np.cumsum([0, *(len(times) for times in trials)])
    return TrialStimuli(np.zeros((len(trials), 1)), offsets, np.concatenate(trials))


def run(made, trials, n_steps=300, runner=None, **options):
    runner = TrialRunner(made) if runner is None else runner
    recorded = np.ones(made.neurons.size, dtype=bool)
    known = {"first_presentation": 0, "recorded": recorded} | options
    return runner.run(made, n_steps, trials, **known)[0]


def test_spikes_stand_by_trial_and_neuron_and_time():
    raw = run(chain(), given([2.0], [], [5.0], [5.0, 26.0]), n_steps=500)
    assert raw.n_trials == 4
    assert raw.trial.tolist() == [0, 0, 2, 2, 3, 3, 3, 3]
    assert raw.neuron.tolist() == [0, 1, 0, 1, 0, 0, 1, 1]
    first = raw.recorded_time_ms[raw.trial == 0]
    assert 3.0 < first[1] < first[0] - 1.0 < 6.0
    np.testing.assert_allclose(raw.recorded_time_ms[raw.trial == 2], first + 3.0, atol=1e-4)
    assert len(raw.source_time_ms) == 0


def test_sources_are_returned_if_asked_for():
    raw = run(chain(), given([2.0], [], [5.0, 7.5]), keep_sources=True)
    assert raw.source_trial.tolist() == [0, 2, 2]
    assert raw.source_index.tolist() == [0, 0, 0]
    assert raw.source_time_ms.tolist() == [2.0, 5.0, 7.5]


def test_another_first_presentation_draws_other_trains():
    trials = TrialStimuli(np.full((3, 1), 100.0), np.zeros(4, dtype=np.int64), NO_TIMES)
    made = chain(poisson([100.0]))
    one, other = (
        run(made, trials, keep_sources=True, first_presentation=first) for first in (0, 1)
    )
    of_one, of_other = (
        [r.source_time_ms[r.source_trial == k].tolist() for k in range(3)] for r in (one, other)
    )
    assert of_one[1:] == of_other[:2]
    assert of_one[0] != of_one[1]


def test_a_runner_takes_other_weights_and_parameters():
    made = chain()
    runner = TrialRunner(made)
    weak = replace(made, synapses=replace(made.synapses, weight=np.array([0.1, 0.0])))
    assert run(weak, given([2.0]), runner=runner).neuron.tolist() == [1]
    assert run(made, given([2.0]), runner=runner).neuron.tolist() == [0, 1]
    deaf = replace(made, neurons=neurons(2, adex=[False, True], cm=1e6))
    assert len(run(deaf, given([2.0]), runner=runner).neuron) == 0


def test_no_neurons_or_no_trials():
    nobody = experiment(neurons(0), given_times([]))
    raw = run(nobody, given([2.0], [3.0]), keep_sources=True)
    assert raw.n_trials == 2
    assert raw.source_time_ms.tolist() == [2.0, 3.0]
    none = TrialStimuli(np.zeros((0, 1)), np.zeros(1, dtype=np.int64), NO_TIMES)
    assert run(chain(), none).n_trials == 0


@pytest.mark.parametrize("rate", [np.nan, -1.0, np.inf])
def test_a_bad_rate_is_refused(rate):
    trials = TrialStimuli(np.array([[10.0], [rate]]), np.zeros(3, dtype=np.int64), NO_TIMES)
    with pytest.raises(ParameterError, match="spike source 0: rate"):
        run(chain(), trials)


def test_a_runner_that_was_stopped_does_nothing_more():
    made = chain()
    runner = TrialRunner(made)
    assert len(run(made, given([2.0]), runner=runner).neuron) == 2
    runner.stop()
    assert len(run(made, given([2.0]), runner=runner).neuron) == 0
