"""Synapses that change, one synapse and one spike after the other."""

from __future__ import annotations

import math


def stdp_weights(pre, post, weight, rule, delay, fraction, now):
    """Return the weight that each presynaptic spike finds, and what is left at `now`.

    Parameters
    ----------
    pre, post : sequences of float
        Spike times in ms.
    weight : float
    rule : dict
        tau_plus, tau_minus, a_plus, a_minus, w_min, w_max, mu_plus, mu_minus.
    delay, fraction : float
        The dendritic part of the delay is `fraction` times it.
    now : float
    """
    events = [(t + (1 - fraction) * delay, 1, t) for t in pre]
    events += [(t + fraction * delay, 0, t) for t in post]
    found = []
    plus = minus = 0.0
    last = {"pre": 0.0, "post": 0.0}
    for _, kind, t in sorted(events):
        time = t + (1 - fraction) * delay if kind == 1 else t + fraction * delay
        if kind == 1:
            trace = minus * math.exp((last["post"] - time) / rule["tau_minus"])
            room = max(weight - rule["w_min"], 0.0) / rule["w_max"]
            weight -= rule["a_minus"] * trace * rule["w_max"] * room ** rule["mu_minus"]
            weight = max(weight, rule["w_min"])
            found.append(weight)
            plus = plus * math.exp((last["pre"] - time) / rule["tau_plus"]) + 1.0
            last["pre"] = time
        elif time <= now:
            trace = plus * math.exp((last["pre"] - time) / rule["tau_plus"])
            room = max(rule["w_max"] - weight, 0.0) / rule["w_max"]
            weight += rule["a_plus"] * trace * rule["w_max"] * room ** rule["mu_plus"]
            weight = min(weight, rule["w_max"])
            minus = minus * math.exp((last["post"] - time) / rule["tau_minus"]) + 1.0
            last["post"] = time
    return found, weight


def tsodyks_releases(times, use, tau_rec, tau_facil, tau_syn):
    """Return what part of the weight each spike releases (Tsodyks, Uziel and Markram 2000).

    The equations are integrated by many small steps between spikes.
    """
    u, x, y, z = 0.0, 1.0, 0.0, 0.0
    released, last = [], 0.0
    for time in times:
        n = 4000
        dt = (time - last) / n
        for _ in range(n):  # the midpoint rule
            half_y, half_z = y - dt / 2 * y / tau_syn, z + dt / 2 * (y / tau_syn - z / tau_rec)
            x += dt * half_z / tau_rec
            z += dt * (half_y / tau_syn - half_z / tau_rec)
            y -= dt * half_y / tau_syn
        u *= math.exp(-(time - last) / tau_facil) if tau_facil > 0 else 0.0
        u += use * (1 - u)
        released.append(u * x)
        x, y = x - u * x, y + u * x
        last = time
    return released
