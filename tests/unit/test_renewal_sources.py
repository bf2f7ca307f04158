"""Sources with a memory: statistics of their intervals, and what a train depends on."""

import itertools

import numpy as np
import pytest
from scipy import stats

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _ideal():
    sim.setup(substrate="ideal")


def trains_of(population, *durations):
    population.record("spikes")
    for duration in durations:
        sim.run(duration)
    trains = population.get_data().segments[-1].spiketrains
    return [np.asarray(train.magnitude) for train in trains]


def refractory(size=3, **parameters):
    return sim.Population(size, sim.SpikeSourcePoissonRefractory(**parameters))


def assert_independent(intervals):
    correlation = np.corrcoef(intervals[:-1], intervals[1:])[0, 1]
    assert abs(correlation) < 5 / np.sqrt(len(intervals))


def test_intervals_with_a_dead_time():
    rates, dead_times = [100.0, 100.0, 50.0], [0.0, 5.0, 15.0]
    trains = trains_of(refractory(rate=rates, tau_refrac=dead_times), 60_000.0)
    for train, rate, dead in zip(trains, rates, dead_times, strict=True):
        intervals = np.diff(train)
        distribution = stats.expon(dead, 1000.0 / rate - dead)
        assert stats.kstest(intervals, distribution.cdf).pvalue > 1e-4
        assert_independent(intervals)


def test_gamma_intervals():
    shapes, rates = [0.5, 2.0, 6.0], [50.0, 200.0, 600.0]
    sources = sim.Population(3, sim.SpikeSourceGamma(alpha=shapes, beta=rates))
    for train, shape, rate in zip(trains_of(sources, 60_000.0), shapes, rates, strict=True):
        intervals = np.diff(train)
        assert stats.kstest(intervals, stats.gamma(shape, scale=1000 / rate).cdf).pvalue > 1e-4
        assert_independent(intervals)


def test_a_changing_process_with_one_bin_is_a_gamma_process():
    sources = sim.Population(2, sim.SpikeSourceInhGamma(a=[3.0], b=[0.005], tbins=[0.0]))
    for train in trains_of(sources, 60_000.0):
        assert stats.kstest(np.diff(train), stats.gamma(3.0, scale=5.0).cdf).pvalue > 1e-4


def test_a_changing_process_has_the_hazard_of_each_bin():
    """Hazards added up from spike to spike are exponential, whatever the bins are."""
    a, b, bins = np.array([2.0, 5.0, 1.0]), np.array([0.01, 0.002, 0.05]), np.array([5.0, 700.0])
    bins = np.append(bins, 1400.0)
    sources = sim.Population(30, sim.SpikeSourceInhGamma(a=a, b=b, tbins=bins))
    edges = np.append(bins[1:], np.inf)
    hazards = []
    for train in trains_of(sources, 3000.0):
        assert train[0] >= 5.0
        for last, spike in itertools.pairwise(train):
            begin, end = np.maximum(bins, last), np.minimum(edges, spike)
            in_bin = end > begin
            gamma = stats.gamma(a[in_bin], scale=1000.0 * b[in_bin])
            from_age, to_age = begin[in_bin] - last, end[in_bin] - last
            hazards.append(np.sum(gamma.logsf(from_age) - gamma.logsf(to_age)))
    hazards = np.array(hazards)
    # The 30 intervals that the end cuts are left out, which is below the tolerance.
    assert len(hazards) > 3_000
    assert stats.kstest(hazards, stats.expon.cdf).statistic < 0.03


def test_start_and_duration():
    (train,) = trains_of(refractory(1, rate=500.0, start=20.0, duration=30.0), 100.0)
    assert len(train) > 5
    assert 20.0 < train[0]
    assert train[-1] < 50.0


def test_a_rate_of_zero_is_silent():
    trains = trains_of(refractory(2, rate=[0.0, 100.0], tau_refrac=1.0), 500.0)
    assert len(trains[0]) == 0
    assert len(trains[1]) > 20


def test_trains_do_not_depend_on_how_time_is_cut():
    whole = trains_of(refractory(rate=80.0, tau_refrac=2.0), 3000.0)
    sim.setup(substrate="ideal")
    cut = trains_of(refractory(rate=80.0, tau_refrac=2.0), 0.3, 999.7, 500.0, 1500.0)
    for a, b in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(a, b)


def test_cells_presentations_and_seeds_differ():
    sources = refractory(2, rate=100.0)
    first = trains_of(sources, 500.0)
    sim.reset()
    second = trains_of(sources, 500.0)
    sim.setup(substrate="ideal", seed=7)
    other_seed = trains_of(refractory(2, rate=100.0), 500.0)
    all_trains = [*first, *second, *other_seed]
    assert all(len(train) > 20 for train in all_trains)
    assert len({train[0] for train in all_trains}) == 6


def test_a_change_between_runs_keeps_the_past():
    sources = refractory(1, rate=50.0)
    (before,) = trains_of(sources, 1000.0)
    sources.set(rate=400.0)
    (after,) = trains_of(sources, 1000.0)
    np.testing.assert_array_equal(after[: len(before)], before)
    assert 300 < len(after) - len(before) < 500
    assert sources.get("rate") == 400.0


def test_impossible_parameters():
    for parameters, match in (
        ({"rate": 300.0, "tau_refrac": 5.0}, "up to 1 / tau_refrac, 200 Hz"),
        ({"rate": 300.0, "tau_refrac": -1.0}, "tau_refrac"),
    ):
        with pytest.raises(sim.InvalidParameterError, match=match):
            trains_of(refractory(1, **parameters), 1.0)
        sim.setup(substrate="ideal")
    with pytest.raises(sim.InvalidParameterError, match=r"alpha of cell 0; got 0.0"):
        sim.Population(1, sim.SpikeSourceGamma(alpha=0.0))
    for tables, match in (
        ({"a": [1.0, -1.0]}, "parameter a of cell 0"),
        ({"tbins": [2.0, 1.0]}, "ascending times"),
        ({"tbins": []}, "tbins"),
    ):
        with pytest.raises(sim.InvalidParameterError, match=match):
            sim.Population(1, sim.SpikeSourceInhGamma(**tables))
    with pytest.raises(sim.InvalidParameterError, match="three equal ones"):
        trains_of(sim.Population(1, sim.SpikeSourceInhGamma(a=[1.0, 2.0])), 1.0)


def test_trials_need_spike_times_of_such_sources():
    sources = refractory(1, rate=100.0)
    given = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    given.record("spikes")
    with pytest.raises(sim.ParameterError, match="SpikeSourcePoissonRefractory"):
        sim.run_trials(10.0, {given: [[[1.0]]]})
    trials = sim.run_trials(10.0, {sources: [[[2.0, 3.0]], [[4.0]]]}, record=[sources])
    np.testing.assert_array_equal(trials.spike_counts(sources), [[2], [1]])


def test_a_wafer_gets_them_as_given_times():
    sim.setup(substrate="brainscales1", effects="none")
    sources = refractory(2, rate=20.0, tau_refrac=5.0)
    neurons = sim.Population(2, sim.IF_cond_exp())
    sim.Projection(sources, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.01))
    trains = trains_of(sources, 1000.0)
    assert all(len(train) > 5 for train in trains)
    assert all(np.min(np.diff(train)) >= 5.0 for train in trains)
