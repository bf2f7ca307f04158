"""Every cell type beside NEST, through the same PyNN script: signals and spike times.

The engine takes steps of 0.1 ms, NEST of 0.01 ms. A quiet case stays below the threshold: the root
mean square of each signal's difference, and its largest one, over 1 s, samples at an event left
out (NEST shows them behind it, this engine before it). A firing case: how far spikes lie from their
partners in the other simulator; signals that only spikes move are compared in it. NEST puts spikes
on its grid and starts the refractory period there, so its times drift by up to a step with each
spike: `--nest-step 0.001` shows how much of a difference that is.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import _peers
import numpy as np
from _cell_cases import CELLS, DELAY_MS, POINT_NEURONS, SAMPLING_MS, Case, cases
from _tables import print_json, print_table
from _workers import Worker
from numpy.typing import NDArray

STEP_MS, NEST_STEP_MS = 0.1, 0.01
ALL = [*CELLS, *POINT_NEURONS]
Signals = dict[str, NDArray[np.float64]]


def main(arguments: list[str] | None = None) -> None:
    """Compare the cell types and print the table."""
    options = parse_arguments(arguments)
    peers = _peers.find(options, "pyNN.nest")
    results = []
    with TemporaryDirectory() as folder, Worker("_cell_worker.py") as ours:
        if "pyNN.nest" not in peers:
            results = [alone(ours, name, options, Path(folder)) for name in options.cells]
        else:
            with Worker("_cell_worker.py", peers.python) as nest:
                results = [
                    compare(ours, nest, name, options, Path(folder)) for name in options.cells
                ]
            report(results)
    print_json("cells_against_nest", {"peers": peers.versions, "results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    _peers.add_option(options)
    options.add_argument("--cells", nargs="+", choices=ALL, default=ALL)
    options.add_argument("--duration", type=float, default=1000.0, help="ms")
    options.add_argument("--nest-step", type=float, default=NEST_STEP_MS, help="ms")
    return options.parse_args(arguments)


def emulated(ours: Worker, case: Case, folder: Path) -> tuple[Signals, NDArray[np.float64]]:
    """Return signals and spike times of the emulator."""
    return run(ours, "pyNN.brainscales_emu", case, folder, STEP_MS, substrate="ideal")


def run(
    worker: Worker, backend: str, case: Case, folder: Path, timestep_ms: float, **setup: Any
) -> tuple[Signals, NDArray[np.float64]]:
    """Run a case in one of the simulators; return signals and spike times of its first cell."""
    path, output = folder / "case.json", folder / "signals.npz"
    path.write_text(json.dumps(case))
    answer = worker.ask("run_cell", backend=backend, case=str(path), timestep_ms=timestep_ms,
                        output=str(output), **setup)  # fmt: skip
    with np.load(output) as file:
        return {name: file[name] for name in file.files}, np.array(answer["trains"][0])


def alone(ours: Worker, name: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the numbers of spikes of both cases, without a comparison."""
    runs = cases(name, options.duration)
    quiet, firing = (emulated(ours, runs[kind], folder)[1] for kind in ("quiet", "firing"))
    return {"cell": name, "quiet_spikes": len(quiet), "spikes": len(firing)}


def compare(
    ours: Worker, nest: Worker, name: str, options: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    """Return how signals and spike times of a cell type differ."""
    runs = cases(name, options.duration)
    result: dict[str, Any] = {"cell": name}
    for kind, case in runs.items():
        signals, spikes = emulated(ours, case, folder)
        other, partners = run(nest, "pyNN.nest", case, folder, options.nest_step)
        if kind == "quiet":
            result["quiet_spikes"] = len(spikes), len(partners)
            result["signals"] = {
                n: differences(case, signals[n], other[n]) for n in case["recorded"]
            }
        else:
            for n, quiet in result["signals"].items():
                if quiet["range"] == 0.0:  # only spikes move it
                    result["signals"][n] = differences(case, signals[n], other[n])
            result["spikes"] = len(spikes), len(partners)
            apart = spikes - partners if len(spikes) == len(partners) else np.full(1, np.nan)
            result["worst_ms"] = float(np.abs(apart).max(initial=0.0))
            result["rms_ms"] = float(np.sqrt(np.mean(apart**2)))
    return result


def differences(
    case: Case, signal: NDArray[np.float64], other: NDArray[np.float64]
) -> dict[str, float]:
    """Return root mean square and largest difference of a signal, and its own range."""
    times = np.concatenate([times for _, _, times in case["events"]])
    arrivals = np.rint((times + DELAY_MS) / SAMPLING_MS).astype(int)
    kept = np.ones(min(len(signal), len(other)), dtype=bool)
    kept[arrivals[arrivals < len(kept)]] = False
    difference = (signal[: len(kept)] - other[: len(kept)])[kept]
    return {
        "rms": float(np.sqrt(np.mean(difference**2))),
        "largest": float(np.abs(difference).max()),
        "range": float(np.ptp(other)),
    }


def report(results: list[dict[str, Any]]) -> None:
    """Print the tables of signals and of spikes."""
    rows = [
        [r["cell"], name, *(f"{signal[n]:.2g}" for n in ("rms", "largest", "range"))]
        for r in results
        for name, signal in r["signals"].items()
    ]
    headings = ("cell type", "signal", "rms difference", "largest", "range of the signal")
    print_table("Signals below the threshold, in PyNN's units", headings, rows)
    rows = [
        [r["cell"], *r["spikes"], f"{r['rms_ms']:.3f}", f"{r['worst_ms']:.3f}",
         "/".join(map(str, r["quiet_spikes"]))]
        for r in results
    ]  # fmt: skip
    headings = ("cell type", "spikes here", "in NEST", "rms ms", "largest ms", "quiet case")
    print_table("Spike times", headings, rows)


if __name__ == "__main__":
    main()
