"""The engine's scheme for a generalised integrate-and-fire neuron, one neuron, in plain NumPy.

The integral of the intensity from one spike to the next is an exponential random number, keyed by
seed, presentation, neuron and the step behind that of the spike before.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.keyed_random import Purpose, uniform

TERMS = 8


class Gif:
    """Threshold, adaptation current and what is left of the integral of the intensity."""

    def __init__(self, p, dt, seed, number, presentation=0):
        self.p, self.dt = p, dt
        self.key = (seed, Purpose.ESCAPE, presentation << 32 | number)
        self.tau = {s: np.array([p[f"tau_{s}_{j}"] for j in range(TERMS)]) for s in _SUMS}
        self.jump = {s: np.array([p[f"a_{s}_{j}"] for j in range(TERMS)]) for s in _SUMS}
        self.terms = {s: np.zeros(TERMS) for s in _SUMS}
        self.left = self.draw(0)

    @property
    def i_eta(self):
        return self.terms["eta"].sum()

    @property
    def v_t(self):
        return self.p["v_t_star"] + self.terms["gamma"].sum()

    def draw(self, step):
        return -np.log(float(uniform(*self.key, step)))

    def advance(self, step, x, drive, v0, waiting):
        """Return v, the rest of the refractory period, and when the neuron fires, or None."""
        p, active = self.p, max(1 - waiting, 0.0)
        part = self.dt / self.tau["eta"]
        mean_eta = (self.terms["eta"] * -np.expm1(-part) / part).sum()
        drive = drive - self.dt / p["cm"] * mean_eta
        v = _relax(v0, drive, x, active)
        before = self.exponent(v0)
        for name in _SUMS:
            self.terms[name] = self.terms[name] * np.exp(-self.dt / self.tau[name])
        after = self.exponent(v)
        integral = active * _mean_exp(before, after)
        waiting = max(waiting - 1, 0.0)
        if integral < self.left:
            self.left -= integral
            return v, waiting, None
        share = self.left / active
        fraction = 1 - active + active * min(max(_time_of(share, before, after), 0.0), 1.0)
        for name in _SUMS:
            rest = (1 - fraction) * self.dt / self.tau[name]
            self.terms[name] = self.terms[name] + self.jump[name] * np.exp(-rest)
        self.left = self.draw(step + 1)
        return p["v_reset"], p["tau_refrac"] / self.dt - (1 - fraction), fraction

    def exponent(self, v):
        """Return the logarithm of the intensity times the step."""
        p = self.p
        return (v - self.v_t) / p["delta_v"] + np.log(max(p["lambda0"] * self.dt / 1e3, 2.0**-100))


_SUMS = ("eta", "gamma")


def _mean_exp(before, after):
    """Return the mean of an exponential between two exponents, which the kernel's exp bounds."""
    low, high = -100 * np.log(2), 10 * np.log(2)
    top = np.exp(min(max(before, after, low), high))
    change = min(abs(after - before), 40.0)
    return top * (1 - change / 2 if change < 1e-8 else -np.expm1(-change) / change)


def _time_of(share, before, after):
    """Return when the integral of exp(before + (after - before) t) has come to a share."""
    change = after - before
    if abs(change) < 1e-6:
        return share * np.exp(-before)
    if before < -500:
        return (np.log(share * change) - before) / change if change > 0 else 1.0
    grown = share * change * np.exp(-before)
    return np.log1p(grown) / change if grown > -1 else 1.0


def _relax(v, drive, x, part):
    x_part = x * part
    phi = 1 - x_part / 2 if x_part < 1e-8 else -np.expm1(-x_part) / x_part
    return v + (drive - x * v) * part * phi
