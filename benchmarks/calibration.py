"""What knowing the wafer costs: time and memory of the default calibration, and of translating.

* one HICANN (512 denmems, all cells), and the whole wafer (196 608 denmems) in a new process, with
  the memory that the process holds at its peak, and before;
* translating the neurons and synapses of the training network (135 neurons), and of the AdEx
  network of `recurrent_networks.py` (22 445 neurons of eight denmems): *first* in a new process,
  *cold* on a wafer of which nothing is known yet, *warm* when the same wafer was used before.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _emulator_network import build as build_network
from _published_networks import ADEX_SIZE, adex
from _stages import stage_times
from _tables import TIMING, Timing, parser, print_json, print_table
from training_batch import SUBSTRATES

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.sources import calibration_for
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, HICANNS_PER_WAFER
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.training import SpikingNetwork

MIB_OF_RUSAGE = 1 / 1024  # ru_maxrss counts KiB on Linux
FIRST_WAFER = 1000


def main() -> None:
    """Measure everything, or one thing in this process."""
    arguments = parse_arguments()
    if arguments.alone:
        print(json.dumps(ALONE[arguments.alone]()))
        return
    repetitions = arguments.repetitions
    timings = {"one HICANN": one_hicann(repetitions)}
    wafer, memory = Timing(), []
    for _ in range(max(repetitions // 3, 1)):
        found = alone("wafer")
        wafer.add(found["wall"], found["cpu"])
        memory.append((found["before_MiB"], found["peak_MiB"]))
    timings["196 608 denmems"] = wafer
    timings["training network: first"] = in_new_processes("training", repetitions)
    timings |= translations("training network", training, {}, repetitions)
    if not arguments.no_adex:
        timings |= translations("AdEx network", large, {"neuron_size": 8}, max(repetitions // 3, 1))
    report(timings, memory)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__.splitlines()[0], repetitions=9)
    options.add_argument("--alone", choices=ALONE, help=argparse.SUPPRESS)
    options.add_argument("--no-adex", action="store_true", help="leave the large network out")
    return options.parse_args()


# --- the default calibration ----------------------------------------------------------------------


def one_hicann(repetitions: int) -> Timing:
    """Return the time of the default calibration of a HICANN."""
    default_calibration(VirtualHICANN(33, 0, "default"))  # tabulates the nominal curves
    timing = Timing()
    for number in range(1, 3 * repetitions + 1):
        with timing.repetition():
            default_calibration(VirtualHICANN(33, number, "default"))
    return timing


def whole_wafer() -> dict[str, float]:
    """Calibrate all denmems as a translation asks for them; return times and memory."""
    before = peak_MiB()
    hicann, denmem = np.divmod(np.arange(HICANNS_PER_WAFER * DENMEMS_PER_HICANN), 512)
    timing = Timing()
    with timing.repetition():
        calibration = calibration_for(Options())
        for cell in CELLS:
            calibration.circuits(cell, hicann, denmem)
    return {
        "wall": timing.best,
        "cpu": timing.cpu[0],
        "before_MiB": before,
        "peak_MiB": peak_MiB(),
    }


def peak_MiB() -> float:
    """Return the largest memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_OF_RUSAGE


# --- translating networks -------------------------------------------------------------------------


def training() -> None:
    """Build the training network."""
    SpikingNetwork(sim)


def large() -> None:
    """Build the AdEx network."""
    build_network(sim, adex(ADEX_SIZE, seed=1))


def translate(build: Callable[[], None], wafer: int, options: dict[str, Any]) -> Timing:
    """Return the time of the translation in a first run on a wafer."""
    sim.setup(wafer=wafer, on_loss="ignore", **{**SUBSTRATES["brainscales1"], **options})
    build()
    with stage_times(time.process_time) as cpu, stage_times() as wall:
        sim.run(0.1)
    timing = Timing()
    timing.add(wall["translate"], cpu["translate"])
    sim.end()
    return timing


def translations(
    name: str, build: Callable[[], None], options: dict[str, Any], repetitions: int
) -> dict[str, Timing]:
    """Return times on wafers of which nothing, and everything needed, is known."""
    cold, warm = Timing(), Timing()
    for number in range(FIRST_WAFER, FIRST_WAFER + repetitions):
        for timing in (cold, warm):
            timing.add(*(figure[0] for figure in _figures(translate(build, number, options))))
    return {f"{name}: cold": cold, f"{name}: warm": warm}


def _figures(timing: Timing) -> tuple[list[float], list[float]]:
    return timing.wall, timing.cpu


def first_translation() -> dict[str, float]:
    """Return the time of the training network's translation in this process."""
    timing = translate(training, 33, {})
    return {"wall": timing.wall[0], "cpu": timing.cpu[0]}


# --- processes of their own -----------------------------------------------------------------------

ALONE: dict[str, Callable[[], dict[str, float]]] = {
    "wafer": whole_wafer,
    "training": first_translation,
}


def alone(what: str) -> dict[str, float]:
    """Run one measurement in a new process; return its figures."""
    command = [sys.executable, __file__, "--alone", what]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


def in_new_processes(what: str, repetitions: int) -> Timing:
    """Return the times of one measurement in new processes."""
    timing = Timing()
    for _ in range(repetitions):
        figures = alone(what)
        timing.add(figures["wall"], figures["cpu"])
    return timing


# --- printing -------------------------------------------------------------------------------------


def report(timings: dict[str, Timing], memory: list[tuple[float, float]]) -> None:
    """Print the tables and the JSON line."""
    names = list(timings)
    rows = [[name, *timings[name].cells(1e3)] for name in names[:2]]
    in_ms = tuple(heading.replace(" s", " ms") for heading in TIMING)
    print_table("Default calibration", ("", *in_ms), rows)
    before, peak = (max(column) for column in zip(*memory, strict=True))
    print(f"memory of a process: {before:.0f} MiB, with the whole wafer {peak:.0f} MiB at its peak")
    rows = [[name, *timings[name].cells(1e3)] for name in names[2:]]
    print_table("Translation", ("", *in_ms), rows)
    figures = {name: timing.record() for name, timing in timings.items()}
    print_json("calibration", {"memory_MiB": {"before": before, "peak": peak}, "times": figures})


if __name__ == "__main__":
    main()
