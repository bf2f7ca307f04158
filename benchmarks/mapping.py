"""What mapping a network costs: time and memory, each network in a process of its own.

* the training network of Schmitt et al. (2017), 135 neurons;
* 22 445 neurons with 4.03 million synapses, the size of the AI network of the same paper;
* a whole wafer: 24 000 neurons of 8 denmems with 43.25 million synapses;
* random networks of growing size, with 180 inputs a neuron and with a connection probability of
  0.02, and the exponent with which the processor time grows.

*map* is `map_network()`, with the description of the network, the best of the repetitions, *first*
the one in the fresh process; *steps* are those of the mapping
itself. *peak* is the largest resident memory of the process, *before* that before the mapping:
interpreter, packages and the network as the user described it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from _random_network import random_network, with_synapses
from _tables import Timing, print_json, print_table

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.training import SpikingNetwork

GROWING = (1500, 3000, 6000, 12_000, 24_000)
FAN_IN, PROBABILITY = 180, 0.02
WHOLE_WAFER = (24_000, 43_253_760)
AI = (22_445, 4_030_000)
MB = 1024  # kB, in which Linux gives the peak

#: Neuron size, builder, and limits of time in s and memory in MB, for each case.
CASES: dict[str, tuple[int, Callable[[], Any], float, float]] = {
    "training network": (4, lambda: SpikingNetwork(sim), 0.2, float("nan")),
    "AI size": (4, lambda: with_synapses(*AI), 30.0, 2000.0),
    "AI size, 8 denmems": (8, lambda: with_synapses(*AI), 30.0, 2000.0),
    "whole wafer": (8, lambda: with_synapses(*WHOLE_WAFER), 600.0, 8000.0),
    **{
        f"{n} neurons, {FAN_IN} inputs": (
            8, lambda n=n: with_synapses(n, n * FAN_IN), float("nan"), float("nan")
        )
        for n in GROWING
    },
    **{
        f"{n} neurons, p = {PROBABILITY}": (
            8, lambda n=n: random_network(n, PROBABILITY), float("nan"), float("nan")
        )
        for n in GROWING
    },
}  # fmt: skip
SERIES = {"180 inputs": f"{FAN_IN} inputs", "p = 0.02": f"p = {PROBABILITY}"}


def main() -> None:
    """Measure every case in a new process."""
    arguments = parse_arguments()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.repetitions)))
        return
    results = [in_new_process(name, arguments.repetitions) for name in arguments.cases]
    report(results)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    result = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    result.add_argument("--repetitions", type=int, default=3, help="of each mapping")
    result.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    result.add_argument("--one", choices=list(CASES), help=argparse.SUPPRESS)
    return result.parse_args()


def in_new_process(name: str, repetitions: int) -> dict[str, Any]:
    """Measure a case in a new process, for its memory."""
    command = [sys.executable, __file__, "--one", name, "--repetitions", str(repetitions)]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    if output.returncode:
        raise RuntimeError(f"{name} failed:\n{output.stderr}")
    result: dict[str, Any] = json.loads(output.stdout.splitlines()[-1])
    return result


def measure(name: str, repetitions: int) -> dict[str, Any]:
    """Build and map a network some times; return times, memory and what became of it."""
    size, build, *_ = CASES[name]
    timing, building = Timing(), Timing()
    for repetition in range(repetitions):
        sim.setup(neuron_size=size, on_loss="ignore")
        with building.repetition():
            network = build()
        if repetition == 0:
            before = peak_memory()
        with timing.repetition():
            result = sim.map_network()
        if repetition == 0:
            peak = peak_memory()
        del network
    return {
        "case": name,
        "neurons": result.n_neurons,
        "synapses": result.n_synapses_asked,
        "loss": result.stats.synapse_loss,
        "build": building.record(),
        "map": timing.record(),
        "first_s": timing.wall[0],
        "map_cells": timing.cells(),
        "steps": {step: round(seconds, 4) for step, seconds in result.stats.seconds.items()},
        "before_mb": before,
        "peak_mb": peak,
    }


def peak_memory() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


def exponent(results: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the exponents of processor time over neurons and over synapses."""
    seconds = np.log([result["map"]["cpu"] for result in results])
    return tuple(  # type: ignore[return-value]  # two numbers
        float(np.polyfit(np.log([result[what] for result in results]), seconds, 1)[0])
        for what in ("neurons", "synapses")
    )


# --- printing -------------------------------------------------------------------------------------


def report(results: list[dict[str, Any]]) -> None:
    """Print the tables and the JSON line."""
    rows = [
        [r["case"], r["neurons"], r["synapses"], f"{100 * r['loss']:.1f}",
         f"{r['build']['best']:.3g}", f"{r['first_s']:.3g}", *r["map_cells"],
         f"{r['before_mb']:.0f}", f"{r['peak_mb']:.0f}", *limits(r["case"])]
        for r in results
    ]  # fmt: skip
    headings = ("case", "neurons", "synapses", "loss %", "build s", "first s", "map s", "median s",
                "cpu s", "load", "before MB", "peak MB", "limit s", "limit MB")  # fmt: skip
    print_table("Mapping", headings, rows)
    steps = list(dict.fromkeys(step for r in results for step in r["steps"]))
    rows = [[r["case"], *(f"{r['steps'].get(step, 0):.3f}" for step in steps)] for r in results]
    print_table("Steps of the last repetition, s", ("case", *steps), rows)
    exponents = {}
    for series, ending in SERIES.items():
        points = [r for r in results if r["case"].endswith(f"neurons, {ending}")]
        if len(points) > 1:
            exponents[series] = exponent(points)
    rows = [[name, *(f"{value:.2f}" for value in pair)] for name, pair in exponents.items()]
    print_table("Exponent of the processor time", ("series", "of neurons", "of synapses"), rows)
    for result in results:
        del result["map_cells"]
    print_json("mapping", {"results": results, "exponents": exponents})


def limits(case: str) -> list[str]:
    """Return the limits of a case as cells of a table."""
    return ["-" if value != value else f"{value:g}" for value in CASES[case][2:]]


if __name__ == "__main__":
    main()
