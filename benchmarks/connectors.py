"""What it costs to connect a population with itself: our connectors beside PyNN's own."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _tables import TIMING, Timing, print_json, print_table, ratio
from pyNN import connectors as pynn_connectors
from pyNN.random import NumpyRNG, RandomDistribution

import pyNN_brainscales_emu as sim

WEIGHTS = {
    "constant weights": lambda: 0.01,
    "random weights": lambda: RandomDistribution("normal", mu=0.01, sigma=1e-4, rng=NumpyRNG(2)),
}


def main() -> None:
    """Measure every connector, ours and, on request, the one it replaces."""
    arguments = parse_arguments()
    rows, results = [], []
    for name, make in connectors(arguments.size, arguments.inputs).items():
        for weights, weight in WEIGHTS.items():
            if name == "FromListConnector" and weights != "constant weights":
                continue  # the list has weights of its own
            ours = connecting(make, sim, weight, arguments.size, arguments.repetitions)
            peers = []
            if arguments.peer:
                peers = [connecting(make, pynn_connectors, weight, arguments.size, 1)]
            peer = f"{peers[0].best:.4g}" if peers else "-"
            rows.append([f"{name}, {weights}", *ours.cells(), peer, ratio(peers, ours)])
            figures = {"ours": ours.record(), "peer": [timing.record() for timing in peers]}
            results.append({"connector": name, "weights": weights, **figures})
    synapses = arguments.size * arguments.inputs
    title = f"Connecting {arguments.size} neurons, about {synapses} synapses"
    print_table(title, ("connector", *TIMING, "PyNN's own s", "x PyNN's"), rows)
    draws = drawing(arguments.size, arguments.inputs / arguments.size)
    print(f"\nNumPy draws a number for each pair of cells, and compares it, in {draws:.3g} s.")
    print_json("connectors", {"synapses": synapses, "draws_s": draws, "results": results})


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
    array = rng.random((size, size), dtype=np.float32) < inputs / size
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
        "FixedNumberPostConnector": lambda module: module.FixedNumberPostConnector(
            inputs, rng=NumpyRNG(1)
        ),
        "ArrayConnector": lambda module: module.ArrayConnector(array),
    }


def connecting(
    make: Callable[[Any], Any], module: Any, weight: Callable[[], Any], size: int, repetitions: int
) -> Timing:
    """Return the time of a projection of a population with itself."""
    timing = Timing()
    for _ in range(repetitions):
        sim.setup(substrate="ideal")
        neurons = sim.Population(size, sim.IF_cond_exp())
        connector = make(module)
        with timing.repetition():
            projection = sim.Projection(
                neurons, neurons, connector, sim.StaticSynapse(weight=weight(), delay=1.0)
            )
            len(projection)
    return timing


def drawing(size: int, probability: float) -> float:
    """Return the time in which NumPy draws a number for each pair and compares it, s."""
    rng = np.random.RandomState(1)
    begin = time.perf_counter()
    for _ in range(size):
        np.flatnonzero(rng.uniform(0, 1, size) < probability)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
