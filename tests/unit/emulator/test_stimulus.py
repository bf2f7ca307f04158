"""Stimuli: Poisson statistics, given times, resuming, changes, trials."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.poisson_trains import interval_ms, train
from scipy.stats import kstest

from pyNN_brainscales_emu.emulator.stimulus import StimulusGenerator, trial_events
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import StimulusArrays, TrialStimuli


def stimuli(rate_hz, start_ms=0.0, duration_ms=1e10, times_ms=()):
    """Return stimuli of Poisson sources, followed by one source for each list of times."""
    n_given = len(times_ms)
    rates = np.concatenate([np.atleast_1d(rate_hz), np.zeros(n_given)]).astype(float)
    sizes = [0] * (len(rates) - n_given) + [len(times) for times in times_ms]
    return StimulusArrays(
        rate_hz=rates,
        start_ms=np.broadcast_to(np.asarray(start_ms, dtype=float), rates.shape).copy(),
        duration_ms=np.broadcast_to(np.asarray(duration_ms, dtype=float), rates.shape).copy(),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        times_ms=np.concatenate([np.zeros(0), *times_ms]),
    )


def trials_like(single, rate_hz):
    """Return trials with these rates and the given times of `single`."""
    n_trials = len(rate_hz)
    sizes = np.tile(np.diff(single.offsets), n_trials)
    return TrialStimuli(
        rate_hz=np.asarray(rate_hz, dtype=float),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        times_ms=np.tile(single.times_ms, n_trials),
    )


def assert_same_events(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def joined(*parts):
    """Return the events of several windows as one, ordered by (source, time)."""
    source, time_ms = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort([time_ms, source])
    return source[order], time_ms[order]


def test_trains_are_those_of_the_readable_twin():
    source, time_ms = StimulusGenerator(stimuli([40.0, 0.0, 900.0]), 5, 3).events(0.0, 400.0)
    for index, rate_hz in enumerate([40.0, 0.0, 900.0]):
        expected = train(5, 3, index, rate_hz, 0.0, 400.0)
        np.testing.assert_allclose(time_ms[source == index], expected, rtol=1e-13)


def test_numbers_of_events_are_poisson():
    n_sources, expected = 4000, 25.0  # 50 Hz for 500 ms
    source, _ = StimulusGenerator(stimuli(np.full(n_sources, 50.0)), 1, 0).events(0.0, 500.0)
    counts = np.bincount(source, minlength=n_sources)
    assert abs(counts.mean() - expected) < 4 * np.sqrt(expected / n_sources)
    fano_sd = np.sqrt((2 + 1 / expected) / n_sources)
    assert abs(counts.var(ddof=1) / counts.mean() - 1) < 4 * fano_sd


def test_intervals_are_exponential_and_independent():
    _, time_ms = StimulusGenerator(stimuli([1000.0]), 2, 0).events(0.0, 20_000.0)
    intervals = np.diff(time_ms)
    assert kstest(intervals, "expon").pvalue > 1e-3  # mean 1 ms
    correlation = np.corrcoef(intervals[:-1], intervals[1:])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(intervals))


def test_sources_and_presentations_differ():
    source, time_ms = StimulusGenerator(stimuli(np.full(30, 100.0)), 1, 0).events(0.0, 300.0)
    _, later = StimulusGenerator(stimuli(np.full(30, 100.0)), 1, 1).events(0.0, 300.0)
    assert len(np.unique(time_ms)) == len(source)
    assert not np.isin(later, time_ms).any()


def test_start_and_duration_limit_a_train():
    limited = stimuli([2000.0, 2000.0], start_ms=[10.0, 0.0], duration_ms=[20.0, 1e10])
    source, time_ms = StimulusGenerator(limited, 1, 0).events(0.0, 100.0)
    times = time_ms[source == 0]
    assert times.min() >= 10.0
    assert times.max() < 30.0
    assert abs(len(times) - 40) < 4 * np.sqrt(40)


@given(st.lists(st.floats(0.0, 100.0), max_size=6))
def test_windows_make_no_difference(cuts):
    mixed = stimuli([300.0, 5.0, 0.0], times_ms=[[0.0, 30.0, 30.0, 99.9], [50.0]])
    whole = StimulusGenerator(mixed, 9, 2).events(0.0, 100.0)
    generator = StimulusGenerator(mixed, 9, 2)
    edges = [0.0, *sorted(cuts), 100.0]
    parts = [generator.events(a, b) for a, b in pairwise(edges)]
    assert_same_events(joined(*parts), whole)


def test_given_times_belong_to_the_window_that_holds_them():
    generator = StimulusGenerator(stimuli([], times_ms=[[1.0, 2.0], [], [0.5, 2.0, 3.0]]), 1, 0)
    source, time_ms = generator.events(1.0, 3.0)
    assert source.tolist() == [0, 0, 2]
    assert time_ms.tolist() == [1.0, 2.0, 2.0]
    assert source.dtype == np.int32


def test_a_new_rate_scales_the_remaining_wait():
    seed, presentation, now_ms = 4, 0, 50.0
    generator = StimulusGenerator(stimuli([8.0, 8.0]), seed, presentation)
    generator.events(0.0, now_ms)
    generator.change(stimuli([16.0, 8.0]), now_ms)
    source, time_ms = generator.events(now_ms, 5000.0)
    unscaled = [t for t in train(seed, presentation, 0, 8.0, 0.0, 1e4) if t >= now_ms]
    scaled = now_ms + (np.array(unscaled) - now_ms) / 2  # the whole train runs twice as fast
    np.testing.assert_allclose(time_ms[source == 0], scaled[scaled < 5000.0], rtol=1e-12)
    untouched = [t for t in train(seed, presentation, 1, 8.0, 0.0, 5000.0) if t >= now_ms]
    np.testing.assert_allclose(time_ms[source == 1], untouched, rtol=1e-13)


def test_a_train_stays_poisson_when_its_rate_changes():
    n_sources = 2000
    generator = StimulusGenerator(stimuli(np.full(n_sources, 20.0)), 6, 0)
    generator.events(0.0, 100.0)
    generator.change(stimuli(np.full(n_sources, 60.0)), 100.0)
    source, time_ms = generator.events(100.0, 200.0)
    expected = n_sources * 6.0
    assert abs(len(source) - expected) < 4 * np.sqrt(expected)
    first = np.full(n_sources, np.inf)
    np.minimum.at(first, source, time_ms)
    waits = first[np.isfinite(first)] - 100.0
    # Waits for the first event after the change, cut off at 100 ms by the window.
    cut = 1 - np.exp(-6.0)
    assert kstest(waits, lambda t: (1 - np.exp(-0.06 * np.asarray(t))) / cut).pvalue > 1e-3


def test_rate_zero_is_silent_and_another_rate_wakes():
    generator = StimulusGenerator(stimuli([1000.0, 0.0]), 1, 0)
    generator.events(0.0, 10.0)
    generator.change(stimuli([0.0, 1000.0]), 10.0)
    source, time_ms = generator.events(10.0, 60.0)
    assert set(source.tolist()) == {1}
    assert time_ms[0] == pytest.approx(10.0 + interval_ms(1, 0, 1, 0, 1000.0))
    generator.change(stimuli([1000.0, 1000.0]), 60.0)
    source, _ = generator.events(60.0, 160.0)
    counts = np.bincount(source)
    assert np.all(np.abs(counts - 100) < 4 * np.sqrt(100))


def test_a_stopped_source_can_be_started_again():
    generator = StimulusGenerator(stimuli([1000.0], duration_ms=10.0), 1, 0)
    generator.events(0.0, 50.0)
    generator.change(stimuli([1000.0], start_ms=80.0, duration_ms=10.0), 50.0)
    _, time_ms = generator.events(50.0, 200.0)
    assert 0 < len(time_ms) < 30
    assert time_ms.min() >= 80.0
    assert time_ms.max() < 90.0


def test_new_spike_times_hold_from_now_on():
    generator = StimulusGenerator(stimuli([], times_ms=[[1.0, 7.0]]), 1, 0)
    generator.events(0.0, 5.0)
    generator.change(stimuli([], times_ms=[[2.0, 6.0]]), 5.0)
    assert generator.events(5.0, 10.0)[1].tolist() == [6.0]


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_trials_are_single_presentations(rng, n_threads):
    single = stimuli(np.zeros(12), start_ms=3.0, duration_ms=60.0, times_ms=[[1.0, 50.0], []])
    rate_hz = rng.uniform(0, 200, (25, 14)) * ([1] * 12 + [0, 0])
    rate_hz[3] = 0
    events = trial_events(single, trials_like(single, rate_hz), 8, 100, 55.0, n_threads)
    assert events.n_trials == 25
    for trial in range(25):
        alone = StimulusArrays(
            rate_hz[trial], single.start_ms, single.duration_ms, single.offsets, single.times_ms
        )
        expected = StimulusGenerator(alone, 8, 100 + trial).events(0.0, 55.0)
        assert_same_events(events.trial(trial), expected)


def test_trials_without_sources_are_empty():
    events = trial_events(stimuli([]), trials_like(stimuli([]), np.zeros((3, 0))), 1, 0, 10.0)
    assert events.offsets.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("rate_hz", [-1.0, np.nan, np.inf])
def test_a_rate_that_is_none_is_refused(rate_hz):
    with pytest.raises(ParameterError, match="spike source 1: rate"):
        StimulusGenerator(stimuli([1.0, rate_hz]), 1, 0)
    generator = StimulusGenerator(stimuli([1.0, 2.0]), 1, 0)
    with pytest.raises(ParameterError, match="number of rates"):
        generator.change(stimuli([1.0]), 0.0)
