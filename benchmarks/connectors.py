"""What it costs to connect a population with itself: our connectors beside PyNN's own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from _tables import TIMING, Timing, print_json, print_table, ratio
from pyNN import connectors as pynn_connectors
from pyNN.random import NumpyRNG

import pyNN_brainscales_emu as sim


def main() -> None:
    """Measure every connector, ours and, on request, the one it replaces."""
    arguments = parse_arguments()
    rows, results = [], []
    for name, make in connectors(arguments.size, arguments.inputs).items():
        ours = connecting(lambda make=make: make(sim), arguments.size, arguments.repetitions)
        peers = []
        if arguments.peer:
            peers = [connecting(lambda make=make: make(pynn_connectors), arguments.size, 1)]
        peer = f"{peers[0].best:.4g}" if peers else "-"
        rows.append([name, *ours.cells(), peer, ratio(peers, ours)])
        results.append({"connector": name, "ours": ours.record()})
    synapses = arguments.size * arguments.inputs
    title = f"Connecting {arguments.size} neurons, about {synapses} synapses"
    print_table(title, ("connector", *TIMING, "PyNN's own s", "x PyNN's"), rows)
    print_json("connectors", {"synapses": synapses, "results": results})


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--size", type=int, default=20_000, help="number of neurons")
    options.add_argument("--inputs", type=int, default=200, help="synapses of a neuron")
    options.add_argument("--repetitions", type=int, default=3, help="of each measurement")
    options.add_argument(
        "--peer", action="store_true", help="also with PyNN's own connectors, which takes minutes"
    )
    return options.parse_args()


def connectors(size: int, inputs: int) -> dict[str, Callable[[Any], Any]]:
    """Return what makes each connector from the module that has the classes."""
    rng = np.random.default_rng(1)
    n_synapses = size * inputs
    pairs = rng.integers(0, size, (n_synapses, 2))
    listed = np.column_stack([pairs, np.full(n_synapses, 0.01), np.ones(n_synapses)])
    return {
        "FixedProbabilityConnector": lambda module: module.FixedProbabilityConnector(
            inputs / size, rng=NumpyRNG(1)
        ),
        "FixedTotalNumberConnector": lambda module: module.FixedTotalNumberConnector(
            n_synapses, rng=NumpyRNG(1)
        ),
        "FromListConnector": lambda module: module.FromListConnector(listed),
        "FixedNumberPreConnector": lambda module: module.FixedNumberPreConnector(
            inputs, rng=NumpyRNG(1)
        ),
    }


def connecting(make: Callable[[], Any], size: int, repetitions: int) -> Timing:
    """Return the time of a projection of a population with itself."""
    timing = Timing()
    for _ in range(repetitions):
        sim.setup(substrate="ideal")
        neurons = sim.Population(size, sim.IF_cond_exp())
        connector = make()
        with timing.repetition():
            projection = sim.Projection(
                neurons, neurons, connector, sim.StaticSynapse(weight=0.01, delay=1.0)
            )
            len(projection)
    return timing


if __name__ == "__main__":
    main()
