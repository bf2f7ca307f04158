"""The engine's scheme for a Hodgkin-Huxley neuron of Traub and Miles, one neuron, in plain NumPy.

Membrane and gates relax in turn; the step is taken in four and in eight pieces, and both results
are extrapolated. The shortest time that the membrane moves by is a sixteenth of the step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

COARSE, QUARKS, LARGEST_X, LARGEST_SUM = 4, 16, 17.0, 40.0
LEVEL, SILENCE_MS, LOWEST, HIGHEST = 30.0, 2.0, -100.0, 150.0


@dataclass
class HodgkinHuxley:
    """State of a neuron; ``slope`` is that of the membrane, mV for a sixteenth of a step."""

    v: float
    m: float
    h: float
    n: float
    gsyn_exc: float = 0.0
    gsyn_inh: float = 0.0
    slope: float = 0.0
    silent: float = 0.0

    def advance(self, p, dt, current, events):
        """Advance by a step and return the fraction of it at which the neuron fires, or None."""
        self.gsyn_exc += events[0]
        self.gsyn_inh += events[1]
        v0, slope0 = self.v, self.slope
        fine, coarse = replace(self), replace(self)
        fine.go_through(2 * COARSE, p, dt, current)
        coarse.go_through(COARSE, p, dt, current)
        self.gsyn_exc, self.gsyn_inh = fine.gsyn_exc, fine.gsyn_inh
        self.v = fine.v + (fine.v - coarse.v) / 3
        for gate in ("m", "h", "n"):
            value = getattr(fine, gate) + (getattr(fine, gate) - getattr(coarse, gate)) / 3
            setattr(self, gate, min(max(value, 0.0), 1.0))
        x, drive = replace(self).pull(1, p, dt, current)
        self.slope = drive - x * self.v
        self.silent = max(self.silent - 1, 0.0)
        turns = slope0 > 0 >= self.slope and max(v0, self.v) > p["v_offset"] + LEVEL
        if not turns or self.silent >= 1:
            return None
        fraction = _peak(v0, self.v, QUARKS * slope0, QUARKS * self.slope)
        self.silent = SILENCE_MS / dt - (1 - fraction)
        return fraction

    def go_through(self, pieces, p, dt, current):
        quarks = QUARKS // pieces
        self.move(quarks // 2, p, dt, current)
        for piece in range(pieces):
            self.turn_gates(quarks, p, dt)
            self.move(quarks if piece < pieces - 1 else quarks // 2, p, dt, current)

    def move(self, quarks, p, dt, current):
        x, drive = self.pull(quarks, p, dt, current)
        self.v = _relax(self.v, drive, x)

    def pull(self, quarks, p, dt, current):
        """Return x and drive of dv = drive - x v for a time; the inputs decay by it."""
        time = quarks * dt / QUARKS
        inputs = []
        for name, receptor in (("gsyn_exc", "E"), ("gsyn_inh", "I")):
            part = time / p[f"tau_syn_{receptor}"]
            g = getattr(self, name)
            inputs.append((g * (1 - np.exp(-part)) / part, p[f"e_rev_{receptor}"]))
            setattr(self, name, g * np.exp(-part))
        pulls = [(min(g * time / p["cm"], LARGEST_X), e) for g, e in inputs]
        pulls += [
            (time / p["cm"] * p["g_leak"], p["e_rev_leak"]),
            (time / p["cm"] * p["gbar_Na"] * self.m**3 * self.h, p["e_rev_Na"]),
            (time / p["cm"] * p["gbar_K"] * self.n**4, p["e_rev_K"]),
        ]
        x = sum(x for x, _ in pulls)
        drive = sum(x * e for x, e in pulls) + time / p["cm"] * current
        factor = LARGEST_SUM / max(x, LARGEST_SUM)
        return x * factor, drive * factor

    def turn_gates(self, quarks, p, dt):
        v = min(max(self.v - p["v_offset"], LOWEST), HIGHEST)
        time = quarks * dt / QUARKS
        rates = {
            "m": (0.32 * 4 * _linoid((13 - v) / 4), 0.28 * 5 * _linoid((v - 40) / 5)),
            "h": (0.128 * np.exp((17 - v) / 18), 4 / (1 + np.exp((40 - v) / 5))),
            "n": (0.032 * 5 * _linoid((15 - v) / 5), 0.5 * np.exp((10 - v) / 40)),
        }
        for gate, (rise, fall) in rates.items():
            setattr(self, gate, _relax(getattr(self, gate), time * rise, time * (rise + fall)))


def _linoid(r):
    """Return r / (exp(r) - 1)."""
    return 1 - r / 2 if abs(r) < 1e-8 else r / np.expm1(r)


def _relax(value, drive, x):
    return value + (drive - x * value) * (1 - x / 2 if x < 1e-8 else -np.expm1(-x) / x)


def _peak(v0, v1, slope0, slope1):
    """Return where the slope of the cubic through both ends falls through 0, to 1 / 4096."""
    a, b = slope0 + slope1 - 2 * (v1 - v0), 3 * (v1 - v0) - 2 * slope0 - slope1
    low, high = 0.0, 1.0
    for _ in range(12):
        part = (low + high) / 2
        rising = (3 * a * part + 2 * b) * part + slope0 > 0
        low, high = (part, high) if rising else (low, part)
    return high
