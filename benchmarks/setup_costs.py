"""What comes before the first step, and what a change costs.

* importing the package, in a new interpreter;
* the stages of a first run, for the training network (3 600 synapses between layers and 100 from
  sources) and the AdEx network of `recurrent_networks.py` (4 million), on both substrates;
  *realised* says how many synapses of all found a place;
* setting all weights of the recurrent synapses (`Projection.set`, on the wafer also as digital
  weights), or a parameter of all neurons of a population, and taking the change over, without
  running: through all stages up to the engine's tables.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _emulator_network import build as build_network
from _published_networks import ADEX_SIZE, adex
from _stages import STAGES, stage_times
from _tables import Timing, load, measure, parser, print_json, print_table
from training_batch import SUBSTRATES

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.training import SpikingNetwork

IMPORTS = ("numpy", "pyNN.standardmodels, neo", "pyNN_brainscales_emu")
MS = 1e3


def main() -> None:
    """Measure everything."""
    arguments = parse_arguments()
    imports = {modules: import_time(modules, arguments.repetitions) for modules in IMPORTS}
    results = []
    for substrate in SUBSTRATES:
        threads = max(arguments.threads)
        results.append(measure_network("training", training, substrate, threads, arguments))
        results.append(
            measure_network("AdEx", lambda: large(arguments.size), substrate, threads, arguments)
        )
    report(imports, results)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__.splitlines()[0], repetitions=5)
    options.add_argument("--size", type=int, default=ADEX_SIZE, help="neurons of the AdEx network")
    return options.parse_args()


def import_time(modules: str, repetitions: int) -> Timing:
    """Return the time of an import statement in new interpreters."""
    script = f"import time; t = time.perf_counter(); import {modules}; print(time.perf_counter()-t)"
    timing = Timing()
    for _ in range(repetitions):
        output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
        timing.add(float(output.stdout))
    return timing


# --- the networks ---------------------------------------------------------------------------------


def training() -> tuple[Any, list[Any]]:
    """Build the training network; return its first layer and the plastic projections."""
    network = SpikingNetwork(sim)
    return network.layers[0], [p for pair in network.projections for p in pair]


def large(size: int) -> tuple[Any, list[Any]]:
    """Build the AdEx network; return its neurons and projections."""
    return build_network(sim, adex(size, seed=1))


# --- measuring ------------------------------------------------------------------------------------


def measure_network(
    name: str,
    build: Callable[[], tuple[Any, list[Any]]],
    substrate: str,
    threads: int,
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Return the times of one network on one substrate."""
    sim.setup(substrate=substrate, threads=threads, on_loss="ignore", **SUBSTRATES[substrate])
    begin = time.perf_counter()
    neurons, projections = build()
    stages = {"connect": time.perf_counter() - begin}
    with stage_times() as measured:
        sim.run(1.0)
    stages |= measured
    n_synapses = sum(len(projection) for projection in projections)
    changes = measure_changes(neurons, projections, substrate, arguments.repetitions)
    return {
        "network": name,
        "substrate": substrate,
        "synapses": n_synapses,
        "realised": n_realised(),
        "stages": stages,
        "changes": changes,
        "load": load(),
    }


def n_realised() -> int:
    """Return the number of synapses that the engine has."""
    experiment = sim.simulator.state.session.pipeline.experiment
    assert experiment is not None
    return len(experiment.synapses.weight)


def measure_changes(
    neurons: Any, projections: list[Any], substrate: str, repetitions: int
) -> dict[str, Timing]:
    """Return the times of changes, taken over up to the engine."""
    rng = np.random.default_rng(1)
    levels = [rng.integers(0, 16, size=len(projection)) for projection in projections]

    def set_weights() -> None:
        for projection, level in zip(projections, levels, strict=True):
            projection.set(weight=level * 0.24e-3)
        sim.simulator.state.up_to_date_pipeline()

    def set_digital() -> None:
        for projection, level in zip(projections, levels, strict=True):
            projection.set_digital_weights(level)
        sim.simulator.state.up_to_date_pipeline()

    def set_parameters() -> None:
        neurons.set(v_reset=-61.0)
        sim.simulator.state.up_to_date_pipeline()

    changes = {"weights": measure(set_weights, repetitions)}
    if substrate != "ideal":
        changes["digital weights"] = measure(set_digital, repetitions)
    changes["parameters"] = measure(set_parameters, repetitions)
    return changes


# --- printing -------------------------------------------------------------------------------------


def report(imports: dict[str, Timing], results: list[dict[str, Any]]) -> None:
    """Print the tables and the JSON line."""
    rows = [[f"import {modules}", *timing.cells(MS)] for modules, timing in imports.items()]
    print_table("Import", ("in a new interpreter", "best ms", "median ms", "cpu ms", "load"), rows)
    stages = ["connect", *STAGES]
    rows = [
        [label(r), r["realised"], *(f"{r['stages'].get(stage, 0.0) * MS:.1f}" for stage in stages)]
        for r in results
    ]
    headings = ("network", "realised", *(f"{stage} ms" for stage in stages))
    print_table("Before the first step", headings, rows)
    rows = [
        [f"{label(r)}: {change}", *timing.cells(MS)]
        for r in results
        for change, timing in r["changes"].items()
    ]
    print_table("Changes", ("all taken over", "best ms", "median ms", "cpu ms", "load"), rows)
    print_json(
        "setup_costs",
        {
            "import": {modules: timing.record() for modules, timing in imports.items()},
            "results": [
                {**r, "changes": {name: t.record() for name, t in r["changes"].items()}}
                for r in results
            ],
        },
    )


def label(result: dict[str, Any]) -> str:
    """Return the name of a network on a substrate."""
    return f"{result['network']}, {result['synapses']} synapses, {result['substrate']}"


if __name__ == "__main__":
    main()
