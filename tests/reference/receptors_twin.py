"""The receptors of a composed neuron, one neuron, in plain NumPy.

A response is a sum of exponentials, whose amplitudes an event raises by the same number: of a beta
function two of opposite sign; of an alpha function one, and one times t / tau.
"""

from __future__ import annotations

import re

import numpy as np

LARGEST_SUM = 40.0


class Receptors:
    """Amplitudes of all receptors of a neuron, by the name of its model.

    ``PointNeuron(LIF; AMPA=CondAlphaPostSynapticResponse, ...)``
    """

    def __init__(self, name, p, dt):
        self.p, self.dt = p, dt
        self.kinds = dict(re.findall(r"(\w+)=(\w+)PostSynapticResponse", name))
        self.amplitude = {name: np.zeros(2) for name in self.kinds}

    def sums(self, events):
        """Advance by a step; return the receptors' parts of x and drive."""
        x = drive = 0.0
        for name, event in zip(self.kinds, events, strict=True):
            mean = self.mean(name, event) * self.dt / self.p["cm"]
            if self.kinds[name].startswith("Curr"):
                drive += mean
            else:
                x, drive = x + mean, drive + mean * self.p[f"{name}.e_syn"]
        return x, drive

    def mean(self, name, event):
        """Advance a receptor by a step and return the mean of its response."""
        a, kind = self.amplitude[name], self.kinds[name]
        if kind == "CondBeta":
            a += event
            part = self.dt / self.taus(name)
            means = a * (1 - np.exp(-part)) / part
            a *= np.exp(-part)
            return self.scale(name) * (means[0] - means[1])
        part = self.dt / self.p[f"{name}.tau_syn"]
        decay = np.exp(-part)
        if kind == "CondAlpha":
            a[1] += event
            mean = a[0] * (1 - decay) / part + np.e * a[1] * (1 - (1 + part) * decay) / part
            a[:] = (a[0] + np.e * a[1] * part) * decay, a[1] * decay
            return mean
        a[0] += event
        mean = a[0] * (1 - decay) / part
        a[0] *= decay
        return mean

    def value(self, name):
        """Return the present response of a receptor."""
        a = self.amplitude[name]
        return self.scale(name) * (a[0] - a[1]) if self.kinds[name] == "CondBeta" else a[0]

    def taus(self, name):
        return np.array([self.p[f"{name}.tau_decay"], self.p[f"{name}.tau_rise"]])

    def scale(self, name):
        """Return what makes the peak of a beta function 1."""
        decay, rise = self.taus(name)
        peak = np.log(decay / rise) / (1 / rise - 1 / decay)
        return 1 / (np.exp(-peak / decay) - np.exp(-peak / rise))
