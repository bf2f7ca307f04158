"""Fits of what adaptation and the exponential term do to the membrane, to many traces at once.

Traces lie in the rows, (n_traces, n_samples); potentials in V, times in us.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.measurement.least_squares import minimise, with_differences

Array = NDArray[np.float64]

#: Keeps two eigenvalues, or two time constants, from falling together.
_APART: Final = 1e-6
#: Where a fit starts if its first guess has the wrong sign, V/us.
_SMALLEST_SLOPE: Final = 1e-3
#: How well a calibrated time constant is known, as a share.
_SETTING_ERROR: Final = 0.15


@dataclass(frozen=True, eq=False)
class StepFit:
    """Response of a membrane with adaptation to a step of current; all (n_traces,) float64.

    Attributes
    ----------
    ratio : array
        Adaptation conductance over leak conductance.
    tau_w, tau_membrane : array
        us.
    amplitude : array
        What the step would do without adaptation, V.
    rms : array
        Root mean square of what is left over, V.
    """

    ratio: Array
    tau_w: Array
    tau_membrane: Array
    amplitude: Array
    rms: Array


@dataclass(frozen=True, eq=False)
class AfterSpikeFit:
    """Course of a membrane after a spike; all (n_traces,) float64.

    Attributes
    ----------
    slope : array
        Step of the adaptation current over the capacitance, V/us.
    tau_w, tau_membrane : array
        us.
    rms : array
        V.
    """

    slope: Array
    tau_w: Array
    tau_membrane: Array
    rms: Array


@dataclass(frozen=True, eq=False)
class UpswingFit:
    """Course of a membrane into a spike of the exponential term; all (n_traces,) float64.

    Attributes
    ----------
    delta_T : array
        V.
    level : array
        Potential that the pure upswing would have one us before its end, V: the threshold of the
        exponential term is ``level - delta_T ln(tau_membrane / us)``.
    rms : array
        V.
    """

    delta_T: Array  # noqa: N815  (the parameter's name)
    level: Array
    rms: Array


def fit_step(t: Array, v: Array, tau_membrane: float, tau_w: float, ratio: float) -> StepFit:
    """Fit the response to a step of current at t = 0, from rest (v = 0).

    ``tau_m dv/dt = A - v - r W``, ``tau_w dW/dt = v - W``.

    Parameters
    ----------
    t : (n_samples,) float64
        From 0 on.
    v : (n_traces, n_samples) float64
        Distance from rest.
    tau_membrane, tau_w, ratio : float
        First guesses.
    """

    def shape(p: Array) -> Array:
        tau_m, tau, r = (np.exp(p[:, k : k + 1]) for k in range(3))
        trace, determinant = 1.0 / tau_m + 1.0 / tau, (1.0 + r) / (tau_m * tau)
        root = np.sqrt((trace**2 - 4.0 * determinant).astype(complex))
        root = np.where(np.abs(root) < _APART, _APART, root)
        slow, fast = (root - trace) / 2.0, (-root - trace) / 2.0
        end = 1.0 / (1.0 + r)
        of_slow = (1.0 / tau_m + fast * end) / root
        course = end + of_slow * np.exp(slow * t) - (end + of_slow) * np.exp(fast * t)
        return np.asarray(p[:, 3:4] * course.real)

    guess = np.log([tau_membrane, tau_w, ratio])
    amplitude = v[:, -max(len(t) // 10, 1) :].mean(axis=1) * (1.0 + ratio)
    start = np.column_stack([np.tile(guess, (len(v), 1)), amplitude])
    p, rms = minimise(with_differences(shape), v, start, 3)
    return StepFit(np.exp(p[:, 2]), np.exp(p[:, 1]), np.exp(p[:, 0]), p[:, 3], rms)


def fit_after_spike(
    t: Array, v: Array, tau_membrane: float, tau_w: float, noise: float
) -> AfterSpikeFit:
    """Fit the course after a spike that stepped the adaptation current up at t = 0.

    ``v = D exp(-t/tau_m) - s (exp(-t/tau_w) - exp(-t/tau_m)) / (1/tau_m - 1/tau_w)``: what is left
    of the reset, and the current's effect.

    Parameters
    ----------
    t : (n_samples,) float64
    v : (n_traces, n_samples) float64
        Distance from rest.
    tau_membrane, tau_w : float
        First guesses; the second is what the cell was set to, and known that well: it counts as a
        measurement of its own, or small currents on fast membranes could not be read.
    noise : float
        Standard deviation of a sample, V.
    """
    certainty = noise / _SETTING_ERROR

    def shape(p: Array) -> Array:
        tau_m, tau = np.exp(p[:, :1]), np.exp(p[:, 1:2])
        rate = 1.0 / tau_m - 1.0 / tau
        rate = np.where(np.abs(rate) < _APART, _APART, rate)
        e_m, e_w = np.exp(-t / tau_m), np.exp(-t / tau)
        course = p[:, 3:4] * e_m - np.exp(p[:, 2:3]) * (e_w - e_m) / rate
        return np.hstack([course, certainty * (p[:, 1:2] - np.log(tau_w))])

    taus = np.log([tau_membrane, tau_w])
    unit_reset, both = (shape(np.array([[*taus, 0.0, k]]))[0, :-1] for k in (1.0, 2.0))
    unit_reset, unit_step = both - unit_reset, 2.0 * unit_reset - both
    slope, reset = np.linalg.lstsq(np.column_stack([unit_step, unit_reset]), v.T)[0]
    log_slope = np.log(np.maximum(slope, _SMALLEST_SLOPE))
    start = np.column_stack([np.tile(taus, (len(v), 1)), log_slope, reset])
    known = np.column_stack([v, np.zeros(len(v))])
    p, rms = minimise(with_differences(shape), known, start, 3)
    return AfterSpikeFit(np.exp(p[:, 2]), np.exp(p[:, 1]), np.exp(p[:, 0]), rms)


def fit_upswing(before: Array, v: Array, delta_T: float, step: float) -> UpswingFit:  # noqa: N803
    """Fit the upswing of the exponential term.

    With a constant drive L besides, ``exp(-(v - v_T)/delta_T)`` falls to 0 at the time s from now,
    and ``v = level - delta_T ln((exp(k s) - 1) / k)``, where ``k = L / (delta_T tau_m)``.

    Parameters
    ----------
    before : (n_samples,) float64
        Time from each sample to the last one before the spike, us; descending to 0.
    v : (n_traces, n_samples) float64
    delta_T : float
        First guess, V.
    step : float
        Time between samples, us: the upswing ends somewhere within one step after the last one.
    """

    def shape(p: Array) -> Array:
        slope, end, drive = np.exp(p[:, :1]), step * np.exp(p[:, 1:2]), p[:, 3:4]
        drive = np.where(np.abs(drive) < _APART, _APART, drive)
        left = np.expm1(np.minimum(drive * (before + end), 50.0)) / drive
        return np.asarray(p[:, 2:3] - slope * np.log(left))

    ones = np.ones(len(v))
    middle = len(before) // 2
    level = v[:, middle] + delta_T * np.log(before[middle])
    start = np.column_stack([np.log(delta_T) * ones, np.log(0.5) * ones, level, 0.1 * ones])
    p, rms = minimise(with_differences(shape), v, start, 2)
    return UpswingFit(np.exp(p[:, 0]), p[:, 2], rms)
