"""Trials in portions equal those that run at once."""

import signal
import threading
from dataclasses import astuple, fields, replace

import numpy as np
import pytest
from experiment_builders import links, random_network, trial_stimuli

from pyNN_brainscales_emu import trial_portions
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.portions import Portions
from pyNN_brainscales_emu.trial_portions import run_in_portions, some_trials

N_STEPS = 400


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def network(request):
    network = random_network()
    cells = (network.stimuli.size, network.neurons.size)
    return replace(network, links=links(*cells)) if request.param else network


@pytest.mark.parametrize("n_trials", [1, 16, 77])
@pytest.mark.parametrize("keep_sources", [False, True])
def test_they_equal_those_at_once(network, n_trials, keep_sources, monkeypatch):
    trials = trial_stimuli(3, n_trials, network.stimuli, duration_ms=40.0)
    runner = TrialRunner(network)
    options = {
        "first_presentation": 5,
        "recorded": network.recording.spikes,
        "keep_sources": keep_sources,
    }
    whole, counts = runner.run(network, N_STEPS, trials, **options)
    by_link = runner.link_counts
    monkeypatch.setattr(Portions, "of_trials", lambda trial_s: Portions(1, most=2))
    cut, cut_counts, cut_links = run_in_portions(runner, network, N_STEPS, trials, **options)
    assert len(whole.neuron) > 5 * n_trials
    for field in fields(RawTrials):
        one, two = getattr(whole, field.name), getattr(cut, field.name)
        assert np.asarray(one).dtype == np.asarray(two).dtype
        np.testing.assert_array_equal(one, two)
    assert cut_counts == counts
    if by_link is None:
        assert cut_links is None
    else:
        assert counts.l2_down_sent > 0
        np.testing.assert_array_equal(cut_links.down, by_link.down)
        np.testing.assert_array_equal(cut_links.up, by_link.up)


def test_portions_have_whole_groups_of_lanes(monkeypatch):
    network = random_network(n_neurons=4, n_sources=2)
    trials = trial_stimuli(3, 100, network.stimuli, duration_ms=1.0)
    sizes = []

    class Runner(TrialRunner):
        def run(self, experiment, n_steps, trials, **options):
            sizes.append(trials.n_trials)
            return super().run(experiment, n_steps, trials, **options)

    monkeypatch.setattr(Portions, "of_trials", lambda trial_s: Portions(1, most=1))
    run_in_portions(
        Runner(network), network, 10, trials, first_presentation=1, recorded=np.ones(4, dtype=bool)
    )
    assert sum(sizes) == 100
    assert {size % trial_portions.LANES for size in sizes[:-1]} == {0}


def test_an_interrupt_stops_the_runner(monkeypatch):
    network = random_network(n_neurons=4, n_sources=2)
    trials = trial_stimuli(3, 100, network.stimuli, duration_ms=1.0)
    runner, started, stopped = TrialRunner(network), threading.Event(), threading.Event()

    def run(*arguments, **options):
        started.set()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert stopped.wait(60)

    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setattr(runner, "stop", stopped.set)
    with pytest.raises(KeyboardInterrupt):
        run_in_portions(
            runner, network, 10, trials, first_presentation=1, recorded=np.ones(4, dtype=bool)
        )
    assert started.is_set()
    assert stopped.is_set()


def test_some_trials():
    network = random_network(n_neurons=2, n_sources=5)
    trials = trial_stimuli(0, 6, network.stimuli, duration_ms=40.0)
    for part in (some_trials(some_trials(trials, 1, 6), 1, 3), some_trials(trials, 2, 4)):
        assert part.n_trials == 2
        np.testing.assert_array_equal(part.rate_hz, trials.rate_hz[2:4])
        given = trials.offsets[10:21]
        np.testing.assert_array_equal(part.offsets, given - given[0])
        np.testing.assert_array_equal(part.times_ms, trials.times_ms[given[0] : given[-1]])
    everything = some_trials(trials, 0, 6)
    for one, two in zip(astuple(everything), astuple(trials), strict=True):
        np.testing.assert_array_equal(one, two)
