"""Levels, peaks, intervals and plateaus of traces that are known in closed form."""

import numpy as np
import pytest

from pyNN_brainscales_emu.measurement.traces import (
    interspike_interval,
    peak_level,
    refractory_period,
    reset_level,
    rest_level,
    thinned,
)

RESET, THRESHOLD, LEAK = 0.5, 0.9, 1.2
TAU = np.array([150.0, 300.0, 700.0])  # in samples, as are all times here
REFRACTORY = np.array([30.0, 80.5, 12.3])
CYCLE = REFRACTORY + TAU * np.log((LEAK - RESET) / (LEAK - THRESHOLD))


def firing(n_samples=20_000, noise=0.0, seed=1):
    """Membranes that fire all the time, (n_samples, 3)."""
    phase = np.mod(np.arange(n_samples)[:, np.newaxis] + [0.0, 7.3, 11.9], CYCLE)
    rising = np.maximum(phase - REFRACTORY, 0.0)
    v = LEAK - (LEAK - RESET) * np.exp(-rising / TAU)
    return v + noise * np.random.default_rng(seed).standard_normal(v.shape)


def test_rest_is_the_mean():
    v = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert rest_level(v) == pytest.approx([2.0, 3.5])


@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_a_firing_membrane_shows_its_parameters(noise):
    v = firing(noise=noise)
    n_spikes = np.floor(len(v) / CYCLE)
    rise_of_a_sample = (LEAK - THRESHOLD) / TAU
    error = 4 * (noise + rise_of_a_sample / np.sqrt(12)) / np.sqrt(n_spikes - 1)
    assert np.all(np.abs(peak_level(v) - THRESHOLD) < error)
    assert reset_level(v, 10) == pytest.approx(RESET, abs=4 * noise / np.sqrt(100) + 1e-9)
    assert interspike_interval(v) == pytest.approx(CYCLE, rel=1.0 / (n_spikes.min() - 1) / 20)


@pytest.mark.parametrize(("noise", "error"), [(0.0, 0.6), (1e-3, 1.5)])
def test_the_refractory_period_is_what_the_rise_leaves_of_the_plateau(noise, error):
    v = firing(200_000, noise)
    found = refractory_period(v, reset_level(v, 8), 0.02)
    # the rise is not quite linear: tau (rise / way)^2 samples are missing
    bend = TAU * (0.02 / (LEAK - RESET)) ** 2
    assert np.all(np.abs(found + bend - REFRACTORY) < error)


def test_a_silent_membrane_shows_nothing():
    v = np.full((1000, 2), 0.8)
    reset = np.full(2, 0.5)
    for found in (peak_level(v), reset_level(v, 5), interspike_interval(v)):
        assert np.all(np.isnan(found))
    assert np.all(np.isnan(refractory_period(v, reset, 0.02)))


def test_two_spikes_are_not_enough():
    v = firing(int(2.5 * CYCLE[0]))[:, :1]
    assert np.isnan(interspike_interval(v)).all()


def test_thinning_keeps_the_first_samples_and_the_means_of_the_rest():
    v = np.arange(100.0)[:, np.newaxis] * [1.0, -2.0]
    time, thin = thinned(v, 20, 8)
    assert thin.shape == (20 + 10, 2)
    assert thin[:, 0] == pytest.approx(time)  # a straight line stays one
    assert thin[:, 1] == pytest.approx(-2 * time)
