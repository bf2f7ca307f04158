"""Fits of exponential decays and of post-synaptic potentials to many traces at once.

Traces lie in the rows, (n_traces, n_samples); times and time constants share one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.measurement.least_squares import minimise

Array = NDArray[np.float64]

#: Closer than this the two time constants of a post-synaptic potential are not told apart.
_CLOSEST: Final = 1e-3


@dataclass(frozen=True, eq=False)
class DecayFit:
    """What a fit found for each trace.

    Attributes
    ----------
    tau : (n_traces,) float64
        Time constant asked for.
    tau_membrane : (n_traces,) float64
        That of the membrane: of a decay the same as `tau`.
    amplitude, offset : (n_traces,) float64
        In the trace's unit; the amplitude of a post-synaptic potential is its peak.
    rms : (n_traces,) float64
        Root mean square of what the fit leaves over.
    """

    tau: Array
    tau_membrane: Array
    amplitude: Array
    offset: Array
    rms: Array


def fit_decay(t: Array, v: Array) -> DecayFit:
    """Fit ``amplitude exp(-t / tau)``: the offset was measured and taken off before.

    Parameters
    ----------
    t : (n_samples,) float64
        Ascending from 0.
    v : (n_traces, n_samples) float64
    """
    amplitude = v[:, : max(len(t) // 50, 1)].mean(axis=1)
    span = t[-1] - t[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        area = np.trapezoid(v, t, axis=1) / amplitude
    tau = np.clip(np.where(np.isfinite(area), area, span), 1e-2 * span, span)

    def model(p: Array) -> tuple[Array, Array]:
        x = t / np.exp(p[:, :1])
        e = np.exp(-x)
        return p[:, 1:2] * e, np.stack([p[:, 1:2] * e * x, e])

    p, rms = minimise(model, v, np.stack([np.log(tau), amplitude], axis=1), 1)
    tau = np.exp(p[:, 0])
    return DecayFit(tau, tau, p[:, 1], np.zeros(len(v)), rms)


def fit_psp(t: Array, v: Array, tau_membrane: Array, tau: Array) -> DecayFit:
    """Fit the potential after one event of an exponential synapse.

    ``offset + q (exp(-t/tau_m) - exp(-t/tau)) / (1/tau - 1/tau_m)`` from the event on.

    Parameters
    ----------
    t : (n_samples,) float64
        Since the event; samples before it (t < 0) show the offset.
    v : (n_traces, n_samples) float64
    tau_membrane, tau : (n_traces,) float64
        First guesses of membrane and synaptic time constant, the first being the longer one.
    """
    since = np.maximum(t, 0.0)
    before = t < 0
    offset = v[:, before].mean(axis=1) if before.any() else v[:, 0]

    def shape(log_taus: Array) -> tuple[Array, Array, Array]:
        tau_m, tau_s = np.exp(log_taus[:, :1]), np.exp(log_taus[:, 1:2])
        rate = 1.0 / tau_s - 1.0 / tau_m
        rate = np.where(np.abs(rate) < _CLOSEST / tau_m, _CLOSEST / tau_m, rate)
        e_m, e_s = np.exp(-since / tau_m), np.exp(-since / tau_s)
        f = (e_m - e_s) / rate
        # derivatives with respect to the logarithms
        by_m = (since / tau_m * e_m - f / tau_m) / rate
        by_s = (-since / tau_s * e_s + f / tau_s) / rate
        return f, by_m, by_s

    def model(p: Array) -> tuple[Array, Array]:
        f, by_m, by_s = shape(p)
        q = p[:, 2:3]
        return q * f + p[:, 3:], np.stack([q * by_m, q * by_s, f, np.ones_like(f)])

    start = np.log(np.stack([tau_membrane, tau], axis=1))
    f = shape(start)[0]
    strength = np.sum((v - offset[:, np.newaxis]) * f, axis=1) / np.sum(f * f, axis=1)
    p, rms = minimise(model, v, np.column_stack([start, strength, offset]), 2)
    peak = p[:, 2] * shape(p)[0].max(axis=1)
    return DecayFit(np.exp(p[:, 1]), np.exp(p[:, 0]), peak, p[:, 3], rms)
