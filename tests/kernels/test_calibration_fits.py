"""The kernel that fits curves does what the plain NumPy twin does, and finds what is known."""

import numpy as np
import pytest
from reference.curve_fits import fit_curves as twin

from pyNN_brainscales_emu._kernels.calibration_fits import fit_curves

LOG_DAC = np.log([10.0, 25.0, 60.0, 120.0, 300.0, 700.0])
GRID = np.linspace(-2.0, 10.0, 8192)
TRIED = np.linspace(-3.0, 3.0, 16)


def curve(log_dac):
    """A value that falls with a slope from -1.4 to -0.4."""
    return -log_dac * 0.4 - np.log1p(np.exp(-(log_dac - 4.0))) - 12.0


def fitted(measured, weight, ridge_factor=1e-3, ridge_gain=1e-3):
    factor, gain = np.empty(measured.shape[1]), np.empty(measured.shape[1])
    fit_curves(
        measured,
        weight,
        LOG_DAC,
        GRID[0],
        GRID[1] - GRID[0],
        np.exp(curve(GRID)),
        -np.gradient(curve(GRID), GRID),
        TRIED,
        curve(LOG_DAC[:, None] - TRIED),
        ridge_factor,
        ridge_gain,
        factor,
        gain,
    )
    return factor, gain


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def exact(factor, gain):
    return np.exp(factor + curve(LOG_DAC[:, None] - gain))


def test_exact_points_give_factor_and_gain(rng):
    factor, gain = rng.normal(0, 0.5, (2, 300))
    found = fitted(exact(factor, gain), np.ones((6, 300)), 1e-12, 1e-12)
    np.testing.assert_allclose(found, (factor, gain), atol=2e-4)


@pytest.mark.parametrize("error", [0.01, 0.1, 0.4])
def test_the_twin_finds_the_same(rng, error):
    factor, gain = rng.normal(0, 0.5, (2, 300))
    measured = exact(factor, gain) * rng.gamma(error**-2, error**2, (6, 300))
    weight = (rng.uniform(size=(6, 300)) < 0.8).astype(float)
    ridges = error**2 / 0.5, error**2 / 0.3
    found = fitted(measured, weight, *ridges)
    expected = twin(measured, weight, LOG_DAC, curve, TRIED, *ridges)
    away = np.abs(np.array(found) - expected).max(axis=0)
    # The twin takes steps of any length to and fro, and may not have come to rest.
    assert np.quantile(away, 0.98) < (1e-3 if error < 0.2 else 1e-2)


def test_without_points_nothing_is_fitted():
    factor, gain = fitted(np.ones((6, 1)), np.zeros((6, 1)))
    assert abs(factor[0]) < 1e-9
    assert abs(gain[0]) < 0.5
