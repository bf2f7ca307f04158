"""What recording membranes costs: the AdEx network with and without v of all its neurons.

22 445 neurons for 1 s at 0.1 ms are 224 million values. Each run is a fresh process, and they take
turns; *x without* is the time beside that of the best run that records spikes only.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from _comparison import Contestant, peak_memory, print_contestants, rate
from _published_networks import NETWORKS
from _tables import parser, print_json
from _workers import Worker

RECORDED = {"spikes": ["spikes"], "spikes and v": ["spikes", "v"]}
NETWORK = "adex_22445"


def main(arguments: list[str] | None = None) -> None:
    """Measure all numbers of threads with and without the signal."""
    options = parse_arguments(arguments)
    draw, size = NETWORKS[NETWORK]
    network = draw(options.size or size, options.seed)
    contestants = [Contestant(name, n) for name in RECORDED for n in options.threads]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        network.save(path)
        for _ in range(options.repetitions):
            for contestant in contestants:
                run(contestant, path, options.duration)
    title = f"Recording {network.size} neurons at 0.1 ms for {options.duration:g} ms"
    columns = {
        "rate Hz": rate,
        "peak MB": peak_memory,
        "x without": lambda c: f"{c.timing.best / best_without(contestants):.2f}",
    }
    print_contestants(title, contestants, (), columns)
    print_json("recording", {"results": [contestant.record() for contestant in contestants]})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=3)
    options.add_argument("--size", type=int, help="number of neurons (else as published)")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--seed", type=int, default=1, help="of the network")
    return options.parse_args(arguments)


def run(contestant: Contestant, network: Path, duration_ms: float) -> None:
    """Run the network once in a fresh process."""
    settings = {"threads": contestant.threads, "record": RECORDED[contestant.name]}
    with Worker("_emulator_worker.py") as worker:
        contestant.prepared = worker.ask("prepare", network=str(network), **settings)
        contestant.answers.append(worker.ask("run", duration_ms=duration_ms))


def best_without(contestants: list[Contestant]) -> float:
    """Return the time of the best run that records spikes only, s."""
    return min(c.timing.best for c in contestants if "v" not in RECORDED[c.name])


if __name__ == "__main__":
    main()
