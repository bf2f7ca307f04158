"""Random recurrent networks for mapping studies: nothing is simulated."""

from __future__ import annotations

from typing import Any

import pyNN_brainscales_emu as sim

EXCITATORY_SHARE = 0.8
WEIGHT = 1e-3  # uS


def random_network(n_neurons: int, probability: float, seed: int = 1) -> Any:
    """Build a network in which each pair of neurons is connected with the same probability.

    Four in five neurons are excitatory, and come first in the order of creation; none is
    connected to itself.
    """
    neurons = sim.Population(n_neurons, sim.IF_cond_exp(), label="neurons")
    n_excitatory = round(EXCITATORY_SHARE * n_neurons)
    for number, (first, last, receptor) in enumerate(
        ((0, n_excitatory, "excitatory"), (n_excitatory, n_neurons, "inhibitory"))
    ):
        sim.Projection(
            neurons[first:last],
            neurons,
            sim.FixedProbabilityConnector(
                probability,
                allow_self_connections=False,
                rng=sim.NumpyRNG(seed=1000 * seed + number),
            ),
            sim.StaticSynapse(weight=WEIGHT),
            receptor_type=receptor,
        )
    return neurons


def with_synapses(n_neurons: int, n_synapses: int, seed: int = 1) -> Any:
    """Build a random network of about so many synapses."""
    return random_network(n_neurons, n_synapses / (n_neurons * (n_neurons - 1)), seed)
