"""One neuron for 1 s: what a run costs that hardly computes anything.

In fresh processes with all imports done: *first* is the first `run`, *later* the best of the
following ones, each after a `reset`; *build* is `setup` and what creates the network, a neuron with
a Poisson source whose spikes and membrane are recorded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from _tables import Timing, print_json, print_table

import pyNN_brainscales_emu as sim

DURATION_MS = 1000.0
N_LATER = 10
SUBSTRATES = ("ideal", "brainscales1")
PARTS = ("build", "first", "later")
MS = 1e3


def main(arguments: list[str] | None = None) -> None:
    """Measure both substrates in turn, each time in a fresh process."""
    options = parse_arguments(arguments)
    if options.one:
        print(json.dumps(measure_here(options)))
        return
    timings: dict[tuple[str, str], Timing] = {
        (substrate, part): Timing() for substrate in SUBSTRATES for part in PARTS
    }
    for _ in range(options.repetitions):
        for substrate in SUBSTRATES:
            for part, seconds in in_new_process(substrate, options.threads).items():
                timings[substrate, part].add(*seconds)
    rows = [[f"{substrate}, {part}", *t.cells(MS)] for (substrate, part), t in timings.items()]
    print_table(
        "One neuron, 1 s", ("in a fresh process", "best ms", "median ms", "cpu ms", "load"), rows
    )
    results = {f"{substrate}, {part}": t.record() for (substrate, part), t in timings.items()}
    print_json("one_neuron", {"results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--repetitions", type=int, default=5, help="processes of each substrate")
    options.add_argument("--threads", type=int, help="of setup() (else its default)")
    options.add_argument("--one", choices=SUBSTRATES, help=argparse.SUPPRESS)
    return options.parse_args(arguments)


def in_new_process(substrate: str, threads: int | None) -> dict[str, tuple[float, float]]:
    """Measure in a fresh process; return elapsed and processor time of each part, s."""
    command = [sys.executable, __file__, "--one", substrate]
    command += [] if threads is None else ["--threads", str(threads)]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, tuple[float, float]] = json.loads(output.stdout.splitlines()[-1])
    return result


def measure_here(options: argparse.Namespace) -> dict[str, tuple[float, float]]:
    """Build and run in this process; return elapsed and processor time of each part, s."""
    parts = {"build": seconds_of(lambda: build(options.one, options.threads))}
    parts["first"] = seconds_of(lambda: sim.run(DURATION_MS))
    later = []
    for _ in range(N_LATER):
        sim.reset()
        later.append(seconds_of(lambda: sim.run(DURATION_MS)))
    return parts | {"later": min(later)}


def build(substrate: str, threads: int | None) -> None:
    """Create the network."""
    sim.setup(substrate=substrate, on_loss="ignore", threads=threads)
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=100.0), label="source")
    neuron = sim.Population(1, sim.IF_cond_exp(cm=0.2), label="neuron")
    weight = sim.StaticSynapse(weight=0.01, delay=1.0)
    sim.Projection(source, neuron, sim.AllToAllConnector(), weight)
    neuron.record(["spikes", "v"])


def seconds_of(function: Callable[[], Any]) -> tuple[float, float]:
    """Return elapsed and processor time of a call, s."""
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
