"""Fits of curves in plain NumPy: what `cython_kernels/calibration_fits.pyx` does."""

import numpy as np


def fit_curves(measured, weight, log_dac, curve, tried, ridge_factor, ridge_gain, n_steps=12):
    """Return the logarithms of factor and gain of each circuit.

    `curve` takes logarithms of DAC values and returns logarithms of values; (n_points, n) arrays.
    """
    starts = [_factor_for(measured, weight, log_dac, curve, gain, ridge_factor) for gain in tried]
    costs = [
        cost + ridge_gain * gain**2 + ridge_factor * factor**2
        for (factor, cost), gain in zip(starts, tried, strict=True)
    ]
    best = np.argmin(costs, axis=0)
    factor = np.array([start[0] for start in starts])[best, np.arange(measured.shape[1])]
    gain = np.asarray(tried)[best]
    for _ in range(n_steps):
        log_nominal = curve(log_dac[:, None] - gain)
        falling = (curve(log_dac[:, None] - gain - 1e-5) - log_nominal) / 1e-5
        excess = np.minimum(measured / np.exp(factor + log_nominal) - 1.0, 1000.0)
        a = weight.sum(axis=0) + ridge_factor
        b = (weight * falling).sum(axis=0)
        c = (weight * falling**2).sum(axis=0) + ridge_gain
        u = (weight * excess).sum(axis=0) - ridge_factor * factor
        v = (weight * falling * excess).sum(axis=0) - ridge_gain * gain
        step = np.linalg.solve(
            np.moveaxis([[a, b], [b, c]], -1, 0), np.stack([u, v], axis=1)[:, :, None]
        )[:, :, 0]
        step = np.clip(step, -0.7, 0.7)
        factor, gain = factor + step[:, 0], gain + step[:, 1]
    return factor, gain


def _factor_for(measured, weight, log_dac, curve, gain, ridge):
    """Return the best factor with a gain, and the sum of squares that it leaves."""
    away = np.log(measured) - curve(log_dac - gain)[:, None]
    factor = (weight * away).sum(axis=0) / (weight.sum(axis=0) + ridge)
    return factor, (weight * (away - factor) ** 2).sum(axis=0)
