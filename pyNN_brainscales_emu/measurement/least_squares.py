"""Least squares of many traces at once: Levenberg's and Marquardt's method.

One iteration for all traces together, so that nothing loops over denmems.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Takes the parameters (n_traces, n_parameters); returns the model (n_traces, n_samples) and its
#: derivatives (n_parameters, n_traces, n_samples).
Model = Callable[[Array], tuple[Array, Array]]

_ITERATIONS: Final = 40
_TOLERANCE: Final = 1e-7
_MAX_LOG_STEP: Final = 1.0
_DIFFERENCE: Final = 1e-6


def with_differences(function: Callable[[Array], Array]) -> Model:
    """Return a model whose derivatives are taken numerically; parameters of the order of 1."""

    def model(p: Array) -> tuple[Array, Array]:
        value = function(p)
        shifts = _DIFFERENCE * np.eye(p.shape[1])
        return value, np.stack([(function(p + shift) - value) / _DIFFERENCE for shift in shifts])

    return model


def minimise(model: Model, v: Array, start: Array, n_logarithms: int) -> tuple[Array, Array]:
    """Fit a model to every trace.

    Parameters
    ----------
    model : Model
    v : (n_traces, n_samples) float64
    start : (n_traces, n_parameters) float64
        First guesses.
    n_logarithms : int
        How many of the parameters, from the first on, are logarithms: they move by 1 at most in
        one iteration.

    Returns
    -------
    parameters : (n_traces, n_parameters) float64
    rms : (n_traces,) float64
        Root mean square of what is left over.
    """
    p, damping = start.copy(), np.full(len(v), 1e-3)
    value, slopes = model(p)
    residual = v - value
    cost = np.sum(residual**2, axis=1)
    active = np.arange(len(v))
    for _ in range(_ITERATIONS):
        step = _step(slopes, residual, damping[active])
        step[:, :n_logarithms] = np.clip(step[:, :n_logarithms], -_MAX_LOG_STEP, _MAX_LOG_STEP)
        trial = p[active] + step
        value, trial_slopes = model(trial)
        trial_residual = v[active] - value
        trial_cost = np.sum(trial_residual**2, axis=1)
        better = trial_cost <= cost[active]
        moving = np.abs(cost[active] - trial_cost) > _TOLERANCE * cost[active]
        p[active[better]] = trial[better]
        cost[active[better]] = trial_cost[better]
        damping[active] = np.clip(damping[active] * np.where(better, 0.2, 7.0), 1e-9, 1e9)
        if not moving.any():
            break
        residual = np.where(better[:, np.newaxis], trial_residual, residual)[moving]
        slopes = np.where(better[:, np.newaxis], trial_slopes, slopes)[:, moving]
        active = active[moving]
    return p, np.sqrt(cost / v.shape[1])


def _step(slopes: Array, residual: Array, damping: Array) -> Array:
    slopes = np.moveaxis(slopes, 0, 1)  # (n_traces, n_parameters, n_samples)
    normal = slopes @ np.swapaxes(slopes, 1, 2)
    gradient = (slopes @ residual[:, :, np.newaxis])[:, :, 0]
    diagonal = np.arange(normal.shape[1])
    scale = np.maximum(normal[:, diagonal, diagonal], 1e-30)
    normal[:, diagonal, diagonal] = scale * (1.0 + damping[:, np.newaxis])
    step = np.linalg.solve(normal, gradient[:, :, np.newaxis])[:, :, 0]
    return np.asarray(step)
