"""What each cell type does in the comparison with NEST: parameters, input and what is recorded.

A case is plain data, so that the worker of either simulator can read it. *quiet* cases stay below
the threshold, *firing* ones fire for a second; events come through both receptors, on the grid of
0.1 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
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
#: `IF_facets_hardware1` takes no current, so its synapses make it fire.
WEIGHT_OF_FACETS_WHEN_FIRING = 9.0
#: Compositions that NEST has a model of: membrane, its parameters, receptors with their parameters
#: and weights, currents (nA), and what is recorded.
POINT_NEURONS: dict[str, dict[str, Any]] = {
    "AdExp, three CondAlpha": {
        "membrane": ("AdExp", {"tau_refrac": 2.0}),
        "receptors": {
            "AMPA": ("CondAlphaPostSynapticResponse", {"tau_syn": 1.0, "e_syn": 0.0}, 2e-3),
            "NMDA": ("CondAlphaPostSynapticResponse", {"tau_syn": 20.0, "e_syn": 0.0}, 2e-4),
            "GABAA": ("CondAlphaPostSynapticResponse", {"tau_syn": 3.0, "e_syn": -75.0}, 3e-3),
        },
        "currents": (0.2, 0.7),
        "variable": "gsyn",
    },
    "AdExp, three CondBeta": {
        "membrane": ("AdExp", {"tau_refrac": 2.0}),
        "receptors": {
            name: ("CondBetaPostSynapticResponse",
                   {"tau_rise": rise, "tau_decay": decay, "e_syn": e_syn}, weight)
            for name, rise, decay, e_syn, weight in (
                ("AMPA", 0.2, 1.7, 0.0, 2e-3), ("NMDA", 3.0, 40.0, 0.0, 2e-4),
                ("GABAA", 0.5, 7.0, -75.0, 3e-3),
            )
        },
        "currents": (0.2, 0.7),
        "variable": "gsyn",
    },
    "LIF, three CurrExp": {
        "membrane": ("LIF", LIF),
        "receptors": {
            "AMPA": ("CurrExpPostSynapticResponse", {"tau_syn": 1.0}, 0.1),
            "NMDA": ("CurrExpPostSynapticResponse", {"tau_syn": 20.0}, 0.01),
            "GABAA": ("CurrExpPostSynapticResponse", {"tau_syn": 3.0}, -0.1),
        },
        "currents": (0.1, 0.3),
        "variable": "isyn",
    },
}  # fmt: skip


def cases(cell_type: str, duration_ms: float = 1000.0, seed: int = 3) -> dict[str, Case]:
    """Return the quiet and the firing case of a cell type."""
    if cell_type in POINT_NEURONS:
        return composed_cases(cell_type, duration_ms, seed)
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
                    ("excitatory", "inhibitory"),
                    weights,
                    events((150, 60), duration_ms, seed),
                    strict=True,
                )
            ],
            "recorded": recorded,
            "duration_ms": duration_ms,
            "delay_ms": DELAY_MS,
            "sampling_ms": SAMPLING_MS,
        }
    return result


def composed_cases(name: str, duration_ms: float, seed: int) -> dict[str, Case]:
    """Return the quiet and the firing case of a composition."""
    composition = POINT_NEURONS[name]
    membrane, parameters = composition["membrane"]
    receptors = composition["receptors"]
    trains = events((100,) * len(receptors), duration_ms, seed)
    return {
        kind: {
            "cell_type": membrane,
            "parameters": {**parameters, "i_offset": current},
            "receptors": {n: (response, own) for n, (response, own, _) in receptors.items()},
            "events": [
                (receptor, weight, times)
                for (receptor, (_, _, weight)), times in zip(receptors.items(), trains, strict=True)
            ],
            "recorded": ["v", *(f"{receptor}.{composition['variable']}" for receptor in receptors)],
            "duration_ms": duration_ms,
            "delay_ms": DELAY_MS,
            "sampling_ms": SAMPLING_MS,
        }
        for kind, current in zip(("quiet", "firing"), composition["currents"], strict=True)
    }


def events(rates_hz: Sequence[float], duration_ms: float, seed: int) -> list[list[float]]:
    """Return random times of the events of each receptor, ms, on the grid of 0.1 ms."""
    rng = np.random.default_rng(seed)
    last = round(duration_ms / SAMPLING_MS) - 30
    trains = []
    for rate in rates_hz:
        steps = 10 + rng.choice(last, round(rate * duration_ms / 1000.0), replace=False)
        trains.append(np.sort(SAMPLING_MS * steps).round(6).tolist())
    return trains
