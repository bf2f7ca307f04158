"""Neurons of the other models integrated to high precision: SciPy's DOP853 between events.

The differential equations are written as PyNN's documentation and the models' papers have them,
in ms, mV, nF, nA and uS. A state is (v, u, g_exc, g_inh, r_exc, r_inh), and what else a model has
behind it; what it does not have stays 0. An input of the shape of an alpha function,
w (t / tau) exp(1 - t / tau), is the solution of dr/dt = -r / tau, dg/dt = (e r - g) / tau, to which
an event adds w at r.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

TOLERANCE = {"rtol": 1e-9, "atol": 1e-10, "method": "DOP853"}


@dataclass(frozen=True)
class _Lif:
    """Leaky integrate-and-fire membrane; what its inputs are is up to the subclass."""

    p: dict

    @property
    def level(self):
        return self.p["v_thresh"]

    @property
    def refractory_ms(self):
        return self.p["tau_refrac"]

    def start(self):
        return np.array([self.p["v_rest"], 0.0, 0.0, 0.0, 0.0, 0.0])

    def slopes(self, t, y):
        p = self.p
        v, _, g_exc, g_inh, r_exc, r_inh = y
        tau_exc, tau_inh = p.get("tau_syn_E", 1.0), p.get("tau_syn_I", 1.0)
        leak = p["cm"] / p["tau_m"] * (p["v_rest"] - v)
        return [
            (leak + p["i_offset"] + self.synaptic(v, g_exc, g_inh)) / p["cm"],
            0.0,
            (math.e * r_exc - g_exc) / tau_exc,
            (math.e * r_inh - g_inh) / tau_inh,
            -r_exc / tau_exc,
            -r_inh / tau_inh,
        ]

    def receive(self, y, weight, inhibitory, refractory):
        y[5 if inhibitory else 4] += weight

    def fire(self, y):
        y[0] = self.p["v_reset"]


class CondAlpha(_Lif):
    def synaptic(self, v, g_exc, g_inh):
        return g_exc * (self.p["e_rev_E"] - v) + g_inh * (self.p["e_rev_I"] - v)


class AdexCondAlpha(CondAlpha):
    """Its second state is w; beyond v_spike the exponential term no longer grows."""

    @property
    def level(self):
        return self.p["v_spike"]

    def slopes(self, t, y):
        p, rest = self.p, super().slopes(t, y)
        v = min(y[0], p["v_spike"])
        upswing = p["cm"] / p["tau_m"] * p["delta_T"] * math.exp((v - p["v_thresh"]) / p["delta_T"])
        rest[0] += (upswing - y[1]) / p["cm"]
        rest[1] = (1e-3 * p["a"] * (y[0] - p["v_rest"]) - y[1]) / p["tau_w"]
        return rest

    def fire(self, y):
        super().fire(y)
        y[1] += self.p["b"]


class CondExpGsfaGrr(_Lif):
    """Two conductances of its own behind the other states, in nS; events act on g at once."""

    def start(self):
        return np.append(super().start(), [0.0, 0.0])

    def slopes(self, t, y):
        p, (v, _, g_exc, g_inh, *_), (g_s, g_r) = self.p, y[:6], y[6:]
        rest = super().slopes(t, y[:6])
        rest[2:6] = [-g_exc / p["tau_syn_E"], -g_inh / p["tau_syn_I"], 0.0, 0.0]
        opened = g_s * (p["e_rev_sfa"] - v) + g_r * (p["e_rev_rr"] - v)
        rest[0] += 1e-3 * opened / p["cm"]
        return [*rest, -g_s / p["tau_sfa"], -g_r / p["tau_rr"]]

    def synaptic(self, v, g_exc, g_inh):
        return g_exc * (self.p["e_rev_E"] - v) + g_inh * (self.p["e_rev_I"] - v)

    def receive(self, y, weight, inhibitory, refractory):
        y[3 if inhibitory else 2] += weight

    def fire(self, y):
        super().fire(y)
        y[6] += self.p["q_sfa"]
        y[7] += self.p["q_rr"]


class CurrAlpha(_Lif):
    def synaptic(self, v, g_exc, g_inh):
        return g_exc + g_inh


class CurrDelta(_Lif):
    def synaptic(self, v, g_exc, g_inh):
        return 0.0

    def receive(self, y, weight, inhibitory, refractory):
        if not refractory:
            y[0] += weight


@dataclass(frozen=True)
class Izhikevich:
    """Izhikevich (2003); 1 nA counts as 1000 mV/ms."""

    p: dict
    level = 30.0
    refractory_ms = 0.0

    def start(self):
        return np.array([self.p.get("v", -65.0), self.p.get("u", -14.0), 0.0, 0.0, 0.0, 0.0])

    def slopes(self, t, y):
        p, (v, u) = self.p, y[:2]
        dv = 0.04 * v**2 + 5.0 * v + 140.0 - u + 1000.0 * p["i_offset"]
        return [dv, p["a"] * (p["b"] * v - u), 0.0, 0.0, 0.0, 0.0]

    def receive(self, y, weight, inhibitory, refractory):
        y[0] += weight

    def fire(self, y):
        y[0] = self.p["c"]
        y[1] += self.p["d"]


MODELS = {
    "adex_cond_alpha": AdexCondAlpha,
    "lif_cond_exp_gsfa_grr": CondExpGsfaGrr,
    "lif_cond_alpha": CondAlpha,
    "lif_curr_alpha": CurrAlpha,
    "lif_curr_delta": CurrDelta,
    "izhikevich": Izhikevich,
}


def spike_times(model, parameters, input_times, input_weights, input_inhibitory, t_stop):
    """Return the spike times of a neuron.

    Parameters are PyNN's, as floats (for Izhikevich also the initial v and u); inputs are sorted
    by time.
    """
    cell = MODELS[model](parameters)

    def reaches_the_level(t, y):
        return y[0] - cell.level

    reaches_the_level.terminal = True
    reaches_the_level.direction = 1

    def clamped(t, y):
        return [0.0, *cell.slopes(t, y)[1:]]

    t, y, refractory_end, spikes = 0.0, cell.start(), -np.inf, []

    def fire():
        nonlocal refractory_end
        spikes.append(t)
        cell.fire(y)
        refractory_end = t + cell.refractory_ms

    for number, stop in enumerate(np.append(input_times, t_stop)):
        while t < stop:
            if t < refractory_end:
                end = min(refractory_end, stop)
                y = solve_ivp(clamped, (t, end), y, **TOLERANCE).y[:, -1]
                t = end
                continue
            result = solve_ivp(
                cell.slopes, (t, stop), y, events=reaches_the_level, max_step=5.0, **TOLERANCE
            )
            t, y = result.t[-1], result.y[:, -1]
            if result.status == 1:
                fire()
        if number < len(input_times):
            refractory = t < refractory_end
            cell.receive(y, input_weights[number], input_inhibitory[number], refractory)
            if y[0] >= cell.level and not refractory:
                fire()
    return np.array(spikes)
