"""A Hodgkin-Huxley neuron of Traub and Miles integrated to high precision by SciPy's DOP853.

The equations are those of Traub and Miles (1991), in ms, mV, nF, nA and uS; conductances decay
exponentially. A state is (v, m, h, n, g_exc, g_inh).
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

TOLERANCE = {"rtol": 1e-9, "atol": 1e-11, "method": "DOP853"}
LEVEL_MV = 30.0


def slopes(t, y, p):
    v, m, h, n, g_exc, g_inh = y
    u = v - p["v_offset"]
    currents = (
        p["gbar_Na"] * m**3 * h * (p["e_rev_Na"] - v)
        + p["gbar_K"] * n**4 * (p["e_rev_K"] - v)
        + p["g_leak"] * (p["e_rev_leak"] - v)
        + g_exc * (p["e_rev_E"] - v)
        + g_inh * (p["e_rev_I"] - v)
        + p["i_offset"]
    )
    return [
        currents / p["cm"],
        1.28 * linoid((13 - u) / 4) * (1 - m) - 1.4 * linoid((u - 40) / 5) * m,
        0.128 * np.exp((17 - u) / 18) * (1 - h) - 4 / (1 + np.exp((40 - u) / 5)) * h,
        0.16 * linoid((15 - u) / 5) * (1 - n) - 0.5 * np.exp((10 - u) / 40) * n,
        -g_exc / p["tau_syn_E"],
        -g_inh / p["tau_syn_I"],
    ]


def linoid(r):
    """Return r / (exp(r) - 1)."""
    return r / np.expm1(r)


def solve(p, start, input_times, input_weights, input_inhibitory, sample_times):
    """Return the states at sorted times, (n, 6), and the spike times.

    Parameters are PyNN's, as floats; `start` is (v, m, h, n). A spike is a peak of the membrane
    above v_offset + 30 mV. Samples at the time of an event are those before it.
    """

    def turns(t, y):
        return slopes(t, y, p)[0]

    turns.direction = -1
    y, t = np.array([*start, 0.0, 0.0]), 0.0
    states, spikes = [], []
    for number, stop in enumerate(np.append(input_times, sample_times[-1])):
        if stop > t:
            wanted = sample_times[(sample_times > t) & (sample_times <= stop)]
            times = np.unique(np.append(wanted, stop))
            result = solve_ivp(
                lambda t, y: slopes(t, y, p), (t, stop), y, t_eval=times, events=turns,
                max_step=1.0, **TOLERANCE,
            )  # fmt: skip
            states.append(result.y.T[np.isin(times, wanted)])
            peaks = np.array([state[0] for state in result.y_events[0]])
            spikes += result.t_events[0][peaks > p["v_offset"] + LEVEL_MV].tolist()
            y, t = result.y[:, -1].copy(), stop
        if number < len(input_times):
            y[5 if input_inhibitory[number] else 4] += input_weights[number]
    return np.concatenate(states), np.array(spikes)
