"""A network of `_networks.py`, built in this package."""

from __future__ import annotations

from typing import Any

import numpy as np
from _networks import NEURONS, Network, Synapses
from pyNN.parameters import Sequence


def build(sim: Any, network: Network) -> tuple[Any, list[Any]]:
    """Create the populations and their projections.

    Returns
    -------
    neurons : Population
    projections : list of Projection
        The recurrent ones first.
    """
    model = getattr(sim, network.model)
    neurons = sim.Population(network.size, model(**network.parameters), label="neurons")
    neurons.initialize(v=network.v_init)
    origins = {NEURONS: neurons}
    if network.n_sources:
        trains = [
            Sequence(np.sort(network.spike_ms[network.source == number]))
            for number in range(network.n_sources)
        ]
        sources = sim.SpikeSourceArray(spike_times=trains)
        origins["sources"] = sim.Population(network.n_sources, sources, label="sources")
    return neurons, [_connect(sim, s, origins[s.origin], neurons) for s in network.synapses]


def _connect(sim: Any, synapses: Synapses, origin: Any, neurons: Any) -> Any:
    columns = [synapses.pre, synapses.post]
    if isinstance(synapses.weight_us, float):
        connector = sim.FromListConnector(np.stack(columns, axis=1))
        synapse = sim.StaticSynapse(weight=synapses.weight_us, delay=synapses.delay_ms)
    else:
        listed = np.stack([*columns, synapses.weight_us], axis=1)
        connector = sim.FromListConnector(listed, column_names=["weight"])
        synapse = sim.StaticSynapse(delay=synapses.delay_ms)
    return sim.Projection(origin, neurons, connector, synapse, receptor_type=synapses.receptor)
