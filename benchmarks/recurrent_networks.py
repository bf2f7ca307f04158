"""Recurrent networks with their published parameters, beside Brian2.

* coba_4000, coba_20000: LIF neurons of Vogels and Abbott (2005) as in Brette et al. (2007);
* adex_22445: AdEx neurons, 4.04 million synapses;
* calm_coba_4000, calm_adex_22445: the same with low conductances, on request.

All simulators get the same synapses, initial values and spikes of sources, each runs in a process
of its own, and they take turns. Measured is 1 s of biological time without what comes before the
first step. Brian2 runs as C++ standalone program in single precision, once with exponential Euler,
and once with forward Euler, its fastest method and its least accurate one.
"""

from __future__ import annotations

import argparse
from typing import Any

import _peers
from _comparison import Comparison, peak_memory, rate
from _published_networks import NETWORKS
from _tables import parser, print_json
from _workers import Worker


def main(arguments: list[str] | None = None) -> None:
    """Measure every network."""
    options = parse_arguments(arguments)
    peers = _peers.find(options, "Brian2")
    results = [measure(name, peers, options) for name in options.networks]
    print_json("recurrent_networks", {"peers": peers.versions, "results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=5)
    _peers.add_option(options)
    published = [name for name in NETWORKS if not name.startswith("calm")]
    options.add_argument("--networks", nargs="+", choices=NETWORKS, default=published)
    options.add_argument("--size", type=int, help="neurons (else as published)")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--seed", type=int, default=1, help="of the networks")
    return options.parse_args(arguments)


def measure(name: str, peers: _peers.Peers, options: argparse.Namespace) -> dict[str, Any]:
    """Run a network in all simulators in turn, print its table, and return its figures."""
    draw, size = NETWORKS[name]
    network = draw(options.size or size, options.seed)
    with Comparison() as comparison:
        path = comparison.folder / "network.npz"
        network.save(path)
        for threads in options.threads:
            worker = Worker("_emulator_worker.py")
            comparison.enter("emulator", threads, worker, network=str(path))
        methods = _peers.BRIAN2_METHODS if "Brian2" in peers else {}
        for label, method in methods.items():
            for threads in options.threads:
                worker = Worker("_brian2_worker.py", peers.python)
                settings = {"duration_ms": options.duration, "method": method}
                comparison.enter(label, threads, worker, network=str(path), **settings)
        comparison.run(options.repetitions, duration_ms=options.duration)
    title = f"{name}: {network.size} neurons, {network.n_synapses} synapses"
    comparison.print_table(title, list(methods), {"rate Hz": rate, "peak MB": peak_memory})
    sizes = {"neurons": network.size, "synapses": network.n_synapses}
    return {"network": name, **sizes, "results": comparison.records()}


if __name__ == "__main__":
    main()
