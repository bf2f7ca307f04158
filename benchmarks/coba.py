"""The conductance-based network of Vogels and Abbott (2005), as in Brette et al. (2007).

4 000 IF_cond_exp neurons, four in five excitatory, each pair connected with probability 0.02
(320 000 synapses), delay 0.2 ms; 20 Poisson sources of 100 Hz start it for 50 ms. Measured is
1 s on the ideal substrate, without what comes before the first step.
"""

from __future__ import annotations

import argparse
from typing import Any

import _networks
import numpy as np
from _tables import parser

import pyNN_brainscales_emu as sim

CELL = {
    "cm": 0.2,
    "tau_m": 20.0,
    "v_rest": -60.0,
    "v_reset": -60.0,
    "v_thresh": -50.0,
    "tau_refrac": 5.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 10.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "i_offset": 0.0,
}
EXCITATORY_SHARE, PROBABILITY, DELAY = 0.8, 0.02, 0.2
WEIGHTS = {"excitatory": 0.004, "inhibitory": 0.051}  # uS
N_SOURCES, SOURCE_RATE, SOURCE_DURATION, SOURCE_PROBABILITY, SOURCE_WEIGHT = 20, 100, 50, 0.01, 0.1


def main() -> None:
    """Measure all numbers of threads, then the peer."""
    arguments = parse_arguments()
    results = []
    for threads in arguments.threads:
        network, result = _networks.measure_ours(
            lambda: build(arguments.size, arguments.seed),
            arguments.duration,
            threads,
            arguments.repetitions,
            {"substrate": "ideal"},
        )
        results.append(result)
    peers = _networks.measure_peer(network, arguments.duration, arguments)
    title = f"COBA: {arguments.size} neurons, {network.n_synapses} synapses"
    _networks.report("coba", title, results, peers)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__.splitlines()[0], repetitions=5)
    options.add_argument("--size", type=int, default=4000, help="number of neurons")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--seed", type=int, default=1, help="of the network")
    return options.parse_args()


def build(size: int, seed: int) -> _networks.Network:
    """Create and wire the network."""
    rng = sim.NumpyRNG(seed=seed)
    neurons = sim.Population(size, sim.IF_cond_exp(**CELL), label="neurons")
    v_init = np.random.default_rng(seed).uniform(CELL["v_reset"], CELL["v_thresh"], size)
    neurons.initialize(v=v_init)
    neurons.record("spikes")
    n_excitatory = round(EXCITATORY_SHARE * size)
    parts = {"excitatory": neurons[:n_excitatory], "inhibitory": neurons[n_excitatory:]}
    projections = [
        sim.Projection(
            part,
            neurons,
            sim.FixedProbabilityConnector(PROBABILITY, rng=rng),
            sim.StaticSynapse(weight=WEIGHTS[receptor], delay=DELAY),
            receptor_type=receptor,
        )
        for receptor, part in parts.items()
    ]
    stimulus = connect_sources(neurons, rng)
    columns = stimulus.synapses

    def in_brian2(brian2: Any, peer_neurons: Any) -> list[Any]:
        return brian2_sources(brian2, peer_neurons, columns.pre, columns.post)

    return _networks.Network(neurons, projections, CELL, v_init, stimulus=in_brian2)


def connect_sources(neurons: Any, rng: Any) -> Any:
    """Create the sources that start the activity, and connect them."""
    sources = sim.Population(
        N_SOURCES,
        sim.SpikeSourcePoisson(rate=float(SOURCE_RATE), duration=float(SOURCE_DURATION)),
        label="sources",
    )
    return sim.Projection(
        sources,
        neurons,
        sim.FixedProbabilityConnector(SOURCE_PROBABILITY, rng=rng),
        sim.StaticSynapse(weight=SOURCE_WEIGHT, delay=DELAY),
        receptor_type="excitatory",
    )


def brian2_sources(brian2: Any, neurons: Any, pre: Any, post: Any) -> list[Any]:
    """Return the same sources as objects of the peer."""
    from _brian2 import synapses

    sources = brian2.PoissonGroup(
        N_SOURCES, rates=f"{SOURCE_RATE}*Hz*int(t < {SOURCE_DURATION}*ms)"
    )
    connections = synapses(
        brian2, sources, neurons, "excitatory", (pre, post), SOURCE_WEIGHT, DELAY
    )
    return [sources, connections]


if __name__ == "__main__":
    main()
