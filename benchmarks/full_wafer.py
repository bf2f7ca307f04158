"""A whole wafer of neurons: 49 152 of four denmems, 43 million synapses, about 5 Hz.

LIF neurons that a leak potential above the threshold drives, with 875 random synapses each, weak
and balanced. On the ideal substrate all synapses are there; on `brainscales1` those that the wafer
has room for, with all effects on. Each run is a fresh process: *build* is what the script does,
*first* a run of 1 ms, which describes, maps, translates and compiles; then 1 s of biological time
is measured. *peaks* are the largest resident memory so far after each of the three.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
from _tables import TIMING, Timing, load, parser, print_json, print_table
from _worker_loop import peak_mb

import pyNN_brainscales_emu as sim

SIZE, INPUTS, EXCITATORY_SHARE = 49_152, 875, 0.8
NEURON_SIZE = 4
CELL = {
    "cm": 0.2,
    "tau_m": 100.0,
    "v_rest": -46.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 5.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
}
#: uS. The wafer's smallest excitatory weight is about 0.06 nS for these neurons.
WEIGHTS = {"excitatory": 1e-4, "inhibitory": 8.6e-4}
DELAY, SHORT_RUN = 1.0, 1.0
SUBSTRATES = ("ideal", "brainscales1")


def main(arguments: list[str] | None = None) -> None:
    """Measure all substrates and numbers of threads in turn, each time in a fresh process."""
    options = parse_arguments(arguments)
    if options.one:
        print(json.dumps(measure_here(options)))
        return
    settings = [(substrate, n) for substrate in options.substrates for n in options.threads]
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {setting: [] for setting in settings}
    for _ in range(options.repetitions):
        for setting in settings:
            runs[setting].append(in_new_process(*setting, options))
    report(runs, options)


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=2)
    options.add_argument("--substrates", nargs="+", choices=SUBSTRATES, default=SUBSTRATES)
    options.add_argument("--size", type=int, default=SIZE, help="number of neurons")
    options.add_argument("--inputs", type=int, default=INPUTS, help="synapses of a neuron")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--one", choices=SUBSTRATES, help=argparse.SUPPRESS)
    return options.parse_args(arguments)


def in_new_process(substrate: str, threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure in a fresh process."""
    command = [sys.executable, __file__, "--one", substrate, "--threads", str(threads)]
    for name in ("size", "inputs", "duration"):
        command += [f"--{name}", str(getattr(options, name))]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    if output.returncode:
        raise RuntimeError(f"{substrate} failed:\n{output.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(output.stdout.splitlines()[-1])
    return result


def measure_here(options: argparse.Namespace) -> dict[str, Any]:
    """Build and run the network in this process; return times, memory and rate."""
    ends, peaks = [time.perf_counter()], []
    neurons, projections = build(options)
    ends.append(time.perf_counter())
    peaks.append(peak_mb())
    sim.run(SHORT_RUN)
    ends.append(time.perf_counter())
    peaks.append(peak_mb())
    cpu, wall = time.process_time(), time.perf_counter()
    sim.run(options.duration)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rate = neurons.mean_spike_count() / (SHORT_RUN + options.duration) * 1e3
    asked = sum(len(projection) for projection in projections)
    lost = 0 if options.one == "ideal" else sim.mapping().n_synapses_lost
    peaks.append(peak_mb())
    return {
        "wall": wall,
        "cpu": cpu,
        "load": load(),
        "before_s": np.diff(ends).tolist(),
        "peaks_mb": peaks,
        "rate_hz": float(rate),
        "asked": asked,
        "realised": asked - lost,
    }


def build(options: argparse.Namespace) -> tuple[Any, list[Any]]:
    """Create the neurons and connect each pair with the same probability."""
    settings = {} if options.one == "ideal" else {"neuron_size": NEURON_SIZE}
    sim.setup(substrate=options.one, threads=options.threads[0], on_loss="ignore", **settings)
    neurons = sim.Population(options.size, sim.IF_cond_exp(**CELL), label="neurons")
    v_init = np.random.default_rng(1).uniform(CELL["v_reset"], CELL["v_thresh"], options.size)
    neurons.initialize(v=v_init)
    neurons.record("spikes")
    n_excitatory = round(EXCITATORY_SHARE * options.size)
    parts = {"excitatory": neurons[:n_excitatory], "inhibitory": neurons[n_excitatory:]}
    projections = [
        sim.Projection(
            part,
            neurons,
            sim.FixedProbabilityConnector(options.inputs / options.size),
            sim.StaticSynapse(weight=WEIGHTS[receptor], delay=DELAY),
            receptor_type=receptor,
        )
        for receptor, part in parts.items()
    ]
    return neurons, projections


def report(runs: dict[tuple[str, int], list[dict[str, Any]]], options: argparse.Namespace) -> None:
    """Print the table and the JSON line."""
    rows, results = [], []
    for (substrate, threads), answers in runs.items():
        timing = Timing(*([run[name] for run in answers] for name in ("wall", "cpu", "load")))
        last = answers[-1]
        rows.append(
            [
                f"{substrate}, {threads} thread(s)",
                *timing.cells(),
                f"{timing.best / options.duration * 1e3:.2f}",
                *(f"{seconds:.1f}" for seconds in last["before_s"]),
                f"{last['realised'] / 1e6:.2f}",
                f"{last['rate_hz']:.2f}",
                "/".join("-" if peak is None else f"{peak:.0f}" for peak in last["peaks_mb"]),
            ]
        )
        head = {"substrate": substrate, "threads": threads, "run": timing.record()}
        results.append(last | head)
    columns = ("x real time", "build s", "first s", "million synapses", "rate Hz", "peaks MB")
    title = f"Full wafer: {options.size} neurons, {options.inputs} inputs each"
    print_table(title, ("substrate", *TIMING, *columns), rows)
    print_json("full_wafer", {"neurons": options.size, "results": results})


if __name__ == "__main__":
    main()
