"""What each cell type does in the comparison with NEST: parameters, input and what is recorded.

A case is plain data, so that the worker of either simulator can read it. *quiet* cases stay below
the threshold, *firing* ones fire for a second; events come through both receptors, on the grid of
0.1 ms.
"""

from __future__ import annotations

from typing import Any

import numpy as np

DELAY_MS = 1.0
SAMPLING_MS = 0.1
Case = dict[str, Any]

LIF = {"tau_refrac": 2.0, "tau_m": 15.0, "cm": 0.25}
CONDUCTANCES = {"tau_syn_E": 3.0, "tau_syn_I": 6.0}
#: By cell type: its parameters, the weights of its receptors (excitatory, inhibitory), the currents
#: (nA) of the quiet and of the firing case, and what is recorded.
CELLS: dict[str, tuple[dict[str, Any], tuple[float, float], tuple[float, float], list[str]]] = {
    "IF_curr_exp": (LIF | CONDUCTANCES, (0.08, -0.08), (0.1, 0.32), ["v"]),
    "IF_curr_alpha": (LIF | CONDUCTANCES, (0.05, -0.05), (0.1, 0.32), ["v"]),
    "IF_curr_delta": (LIF, (0.8, -0.8), (0.1, 0.32), ["v"]),
    "IF_cond_exp": (LIF | CONDUCTANCES, (2e-3, 4e-3), (0.05, 0.32), ["v", "gsyn_exc", "gsyn_inh"]),
    "IF_cond_alpha": (
        LIF | CONDUCTANCES, (1e-3, 2e-3), (0.05, 0.32), ["v", "gsyn_exc", "gsyn_inh"],
    ),
    "IF_cond_exp_gsfa_grr": (
        LIF | CONDUCTANCES | {"q_sfa": 10.0, "q_rr": 50.0}, (2e-3, 4e-3), (0.05, 0.45),
        ["v", "gsyn_exc", "gsyn_inh", "g_s", "g_r"],
    ),
    "IF_facets_hardware1": (
        {"tau_syn_E": 5.0, "tau_syn_I": 5.0, "g_leak": 15.0}, (0.4e-3, 1e-3), (0.0, 0.0),
        ["v", "gsyn_exc", "gsyn_inh"],
    ),
    "HH_cond_exp": (
        {"tau_syn_E": 1.0, "tau_syn_I": 4.0}, (1e-3, 4e-3), (0.02, 0.15),
        ["v", "gsyn_exc", "gsyn_inh", "m", "h", "n"],
    ),
    "EIF_cond_exp_isfa_ista": (
        CONDUCTANCES | {"tau_refrac": 2.0}, (2e-3, 4e-3), (0.2, 0.75),
        ["v", "w", "gsyn_exc", "gsyn_inh"],
    ),
    "EIF_cond_alpha_isfa_ista": (
        CONDUCTANCES | {"tau_refrac": 2.0}, (1e-3, 2e-3), (0.2, 0.75),
        ["v", "w", "gsyn_exc", "gsyn_inh"],
    ),
    "Izhikevich": ({}, (0.4, -0.4), (0.0, 0.006), ["v", "u"]),
    "GIF_cond_exp": (
        LIF | CONDUCTANCES | {"delta_v": 1e-4, "a_eta": [0.05, 0.05, 0.05]}, (2e-3, 4e-3),
        (0.05, 0.4), ["v", "gsyn_exc", "gsyn_inh", "i_eta", "v_t"],
    ),
}  # fmt: skip
#: The stochastic cell is compared where its threshold is sharp, so that both draw the same spikes.
WEIGHT_OF_FACETS_WHEN_FIRING = 9.0


def cases(cell_type: str, duration_ms: float = 1000.0, seed: int = 3) -> dict[str, Case]:
    """Return the quiet and the firing case of a cell type."""
    parameters, weights, currents, recorded = CELLS[cell_type]
    result = {}
    for name, current in zip(("quiet", "firing"), currents, strict=True):
        own = dict(parameters)
        factor = 1.0
        if cell_type == "IF_facets_hardware1":
            factor = WEIGHT_OF_FACETS_WHEN_FIRING if name == "firing" else 1.0
        else:
            own["i_offset"] = current
        result[name] = {
            "cell_type": cell_type,
            "parameters": own,
            "events": [
                (receptor, factor * weight, times)
                for receptor, weight, times in zip(
                    ("excitatory", "inhibitory"), weights, events(duration_ms, seed), strict=True
                )
            ],
            "recorded": recorded,
            "duration_ms": duration_ms,
            "delay_ms": DELAY_MS,
            "sampling_ms": SAMPLING_MS,
        }
    return result


def events(duration_ms: float, seed: int) -> tuple[list[float], list[float]]:
    """Return random times of excitatory and inhibitory events, ms, on the grid of 0.1 ms."""
    rng = np.random.default_rng(seed)
    steps = round(duration_ms / SAMPLING_MS) - 20
    return tuple(  # type: ignore[return-value]
        np.sort(SAMPLING_MS * (10 + rng.choice(steps - 10, round(rate * duration_ms / 1000.0),
                                               replace=False))).round(6).tolist()
        for rate in (150, 60)
    )  # fmt: skip
