"""Spike times of the engine at a step of 0.1 ms against integrations of high precision.

LIF and AdEx neurons that fire at 5 to 50 Hz for 1 s, each alone: *calm* ones; *strong* ones, with
dt g / C up to 10; and strong ones with saturating inputs. Prints the share of the reference's
spikes that have a partner within some distances, in SciPy's DOP853 (tolerance 1e-9, exact event
times), and in NEST at a step of 0.01 ms. NEST puts spikes on its grid and starts the refractory
period there, so its own times drift by up to a step with each spike: that much is added to the
distance, and nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import _peers
import numpy as np
from _accuracy_cases import (
    DELAY_MS,
    DURATION_MS,
    REGIMES,
    Case,
    Trains,
    cases_in_range,
    emulated,
    largest_stiffness,
    n_matched,
    reference_times,
)
from _tables import print_json, print_table
from _workers import Worker

DISTANCES_MS = (0.02, 0.05, 0.1, 0.3)
NEST_STEP_MS = 0.01


def main(arguments: list[str] | None = None) -> None:
    """Compare all regimes and models with all references."""
    options = parse_arguments(arguments)
    peers = _peers.find(options, "NEST")
    results = []
    for regime in options.regimes:
        for model, adex in (("LIF", False), ("AdEx", True)):
            cases = cases_in_range(regime, adex, options.neurons, options.seed)
            label = f"{model}, {regime}"
            results.append(compare(f"{label}, DOP853", adex, cases, reference_times(cases), 0.0))
            if "NEST" in peers and cases[0].input_limit is None:
                trains = nest_times(peers, cases, adex)
                results.append(compare(f"{label}, NEST", adex, cases, trains, NEST_STEP_MS))
    report(results)
    print_json("accuracy", {"peers": peers.versions, "results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    _peers.add_option(options)
    options.add_argument("--regimes", nargs="+", choices=REGIMES, default=list(REGIMES))
    options.add_argument("--neurons", type=int, default=40, help="of each model and regime")
    options.add_argument("--seed", type=int, default=11)
    return options.parse_args(arguments)


def nest_times(peers: _peers.Peers, cases: list[Case], adex: bool) -> Trains:
    """Return the spike times of each neuron in NEST."""
    columns: dict[str, Any] = {
        name: [case.parameters[name] for case in cases] for name in cases[0].parameters
    }
    columns["neuron"] = np.repeat(np.arange(len(cases)), [len(case.time_ms) for case in cases])
    for name in ("time_ms", "weight", "inhibitory"):
        columns[name] = np.concatenate([getattr(case, name) for case in cases])
    settings = {"resolution_ms": NEST_STEP_MS, "delay_ms": DELAY_MS, "duration_ms": DURATION_MS}
    with TemporaryDirectory() as folder, Worker("_nest_worker.py", peers.python) as worker:
        path = Path(folder) / "cases.npz"
        np.savez(path, **columns)
        answer = worker.ask("spike_times", cases=str(path), adex=adex, **settings)
    return [np.array(train) for train in answer["trains"]]


def compare(
    label: str, adex: bool, cases: list[Case], references: Trains, drift_ms: float
) -> dict[str, Any]:
    """Return the numbers of spikes, and how many have a partner within each distance."""
    trains = emulated(cases, adex)
    matched = dict.fromkeys(DISTANCES_MS, 0)
    for times, reference in zip(trains, references, strict=True):
        drift = drift_ms * np.arange(1, len(reference) + 1)
        for distance in DISTANCES_MS:
            matched[distance] += n_matched(times, reference, distance + drift)
    return {
        "case": label,
        "neurons": len(cases),
        "stiffness": max(map(largest_stiffness, cases)),
        "reference": sum(map(len, references)),
        "ours": sum(map(len, trains)),
        "matched": matched,
    }


def report(results: list[dict[str, Any]]) -> None:
    """Print the table."""
    rows = [
        [
            r["case"],
            r["neurons"],
            f"{r['stiffness']:.2g}",
            r["reference"],
            r["ours"],
            f"{100 * (r['ours'] / r['reference'] - 1):+.2f}",
            *(f"{100 * n / r['reference']:.2f}" for n in r["matched"].values()),
        ]
        for r in results
    ]
    within = (f"< {distance} ms %" for distance in DISTANCES_MS)
    headings = ("reference", "neurons", "dt g/C", "spikes", "ours", "rate %", *within)
    print_table("Spike times at a step of 0.1 ms", headings, rows)


if __name__ == "__main__":
    main()
