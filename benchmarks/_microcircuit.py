"""The cortical microcircuit of Potjans & Diesmann (2014), scaled down to fit a wafer.

Numbers of neurons and connection probabilities are those of the model. As in the group's demo of
2024 (repository `brainscales1-demos`, cortical microcircuit), neurons and synapses of each neuron
are scaled by the same factor, populations are rounded down, and every pair of populations gets a
fixed total number of synapses between randomly drawn neurons; so the same two neurons may be
connected several times.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim

POPULATIONS = ("2/3e", "2/3i", "4e", "4i", "5e", "5i", "6e", "6i")
FULL_SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
#: Probability that two neurons are connected at all, target by source (Potjans & Diesmann 2014).
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
NEURON = {
    "cm": 0.25,
    "tau_m": 10.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 2.2,
    "tau_syn_I": 2.2,
    "e_rev_E": 50.0,
    "e_rev_I": -150.0,
    "v_reset": -65.0,
    "v_rest": -40.0,
    "v_thresh": -50.0,
}
WEIGHTS = {"e": 3.3e-3, "i": 2.1e-2}  # uS, rounded; of the sources
DELAY = 1.5  # ms


def full_numbers() -> NDArray[np.float64]:
    """Return (8, 8) the numbers of synapses of the full model, target by source: 298.9 million."""
    pairs = FULL_SIZES[:, np.newaxis] * FULL_SIZES.astype(float)
    return np.asarray(np.log(1 - PROBABILITIES) / np.log(1 - 1 / pairs))


def microcircuit(scale: float = 0.1, seed: int = 123456) -> dict[str, Any]:
    """Build the populations and their projections; return the populations."""
    rng = np.random.default_rng(seed)
    sizes = (FULL_SIZES * scale).astype(int)
    populations = {
        name: sim.Population(int(size), sim.IF_cond_exp(**NEURON), label=name)
        for name, size in zip(POPULATIONS, sizes, strict=True)
    }
    # A neuron has `scale` times its inputs, and a population `scale` times its neurons.
    fan_in = scale * full_numbers() / FULL_SIZES[:, np.newaxis]
    numbers = np.rint(fan_in * sizes[:, np.newaxis]).astype(int)
    for target, target_name in enumerate(POPULATIONS):
        for source, source_name in enumerate(POPULATIONS):
            n_synapses = int(numbers[target, source])
            if n_synapses:
                pre = rng.integers(0, sizes[source], n_synapses)
                post = rng.integers(0, sizes[target], n_synapses)
                _connect(populations[source_name], populations[target_name], pre, post)
    return populations


def _connect(source: Any, target: Any, pre: NDArray[Any], post: NDArray[Any]) -> None:
    kind = source.label[-1]
    sim.Projection(
        source,
        target,
        sim.FromListConnector(np.stack([pre, post], axis=1)),
        sim.StaticSynapse(weight=WEIGHTS[kind], delay=DELAY),
        receptor_type={"e": "excitatory", "i": "inhibitory"}[kind],
        label=f"{source.label} to {target.label}",
    )
