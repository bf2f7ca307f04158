"""One neuron integrated to high precision: SciPy's DOP853 between exact input times."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

TOLERANCE = {"rtol": 1e-9, "atol": 1e-10, "method": "DOP853"}


def spike_times(  # noqa: C901
    parameters, input_times, input_weights, input_inhibitory, t_stop, input_limit=None
):
    """Return the spike times of a conductance-based LIF or AdEx neuron.

    Parameters are PyNN's, as floats; inputs are sorted by time. With an `input_limit` (uS) the
    conductances saturate.
    """
    lif = {"delta_T": 0.0, "a": 0.0, "b": 0.0, "tau_w": 1.0, "v_spike": parameters["v_thresh"]}
    p = {**lif, **parameters}
    leak = p["cm"] / p["tau_m"]  # uS
    exponential = p["delta_T"] > 0
    v_fire = p["v_spike"] if exponential else min(p["v_thresh"], p["v_spike"])

    def acting(g):
        if input_limit is None:
            return g
        u = min(g / input_limit, np.sqrt(2))
        return input_limit * u * np.sqrt(1 - u**2 / 4)

    def slopes(v, w, g_e, g_i):
        g_e, g_i = acting(g_e), acting(g_i)
        current = leak * (p["v_rest"] - v) + g_e * (p["e_rev_E"] - v) + g_i * (p["e_rev_I"] - v)
        if exponential:
            current += leak * p["delta_T"] * np.exp((v - p["v_thresh"]) / p["delta_T"])
        dv = (current - w + p["i_offset"]) / p["cm"]
        dw = (1e-3 * p["a"] * (v - p["v_rest"]) - w) / p["tau_w"]
        return dv, dw

    def free(t, y):
        v, w, g_e, g_i = y
        dv, dw = slopes(min(v, v_fire), w, g_e, g_i)
        return [dv, dw, -g_e / p["tau_syn_E"], -g_i / p["tau_syn_I"]]

    def clamped(t, y):
        v, w, g_e, g_i = y
        _, dw = slopes(v, w, g_e, g_i)
        return [0.0, dw, -g_e / p["tau_syn_E"], -g_i / p["tau_syn_I"]]

    def fire(t, y):
        return y[0] - v_fire

    fire.terminal = True
    fire.direction = 1
    y = np.array([p["v_rest"], 0.0, 0.0, 0.0])
    t, refractory_end, spikes = 0.0, -1.0, []
    stops = np.append(input_times, t_stop)
    for number, stop in enumerate(stops):
        while t < stop:
            if t < refractory_end:
                end = min(refractory_end, stop)
                y = solve_ivp(clamped, (t, end), y, **TOLERANCE).y[:, -1]
                t = end
                continue
            result = solve_ivp(free, (t, stop), y, events=fire, max_step=5.0, **TOLERANCE)
            t, y = result.t[-1], result.y[:, -1]
            if result.status == 1:
                spikes.append(t)
                y = np.array([p["v_reset"], y[1] + p["b"], y[2], y[3]])
                refractory_end = t + p["tau_refrac"]
        if number < len(input_times):
            y[3 if input_inhibitory[number] else 2] += input_weights[number]
    return np.array(spikes)
