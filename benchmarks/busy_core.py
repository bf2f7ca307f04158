"""What a run costs while another process keeps one core busy.

A loop that is bound to one core runs beside the networks. *x 1 thread(s)* is the time beside that
of the same network with one thread: two threads should not be much slower, though one of them has
to share its core. Linux only: elsewhere the loop goes where the system puts it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from _comparison import Comparison, rate
from _published_networks import NETWORKS
from _tables import parser, print_json
from _workers import Worker

BUSY_LOOP = "while True: pass"


def main(arguments: list[str] | None = None) -> None:
    """Measure all networks and numbers of threads in turn, beside the busy loop."""
    options = parse_arguments(arguments)
    results = [measure(name, options) for name in options.networks]
    print_json("busy_core", {"results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=5)
    options.add_argument(
        "--networks", nargs="+", choices=NETWORKS, default=["coba_4000", "coba_20000"]
    )
    options.add_argument("--size", type=int, help="number of neurons (else as published)")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--seed", type=int, default=1, help="of the networks")
    return options.parse_args(arguments)


def measure(name: str, options: argparse.Namespace) -> dict[str, object]:
    """Measure one network."""
    draw, size = NETWORKS[name]
    network = draw(options.size or size, options.seed)
    with Comparison() as comparison:
        path = comparison.folder / "network.npz"
        network.save(path)
        for threads in options.threads:
            worker = Worker("_emulator_worker.py")
            comparison.enter("emulator", threads, worker, network=str(path))
        with one_core_busy():
            comparison.run(options.repetitions, duration_ms=options.duration)
    alone = min(c.timing.best for c in comparison.contestants if c.threads == options.threads[0])
    comparison.print_table(
        f"{name}, {network.size} neurons, {options.duration:g} ms, one core busy",
        (),
        {
            "rate Hz": rate,
            f"x {options.threads[0]} thread(s)": lambda c: f"{c.timing.best / alone:.2f}",
        },
    )
    return {"network": name, "neurons": network.size, "results": comparison.records()}


@contextmanager
def one_core_busy() -> Iterator[None]:
    """Keep the last of the cores that this process may use busy."""
    process = subprocess.Popen([sys.executable, "-c", BUSY_LOOP])
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
