"""Spike times of the engine at a step of 0.1 ms against integrations of high precision.

Prints, for LIF and AdEx neurons that fire at 5 to 50 Hz for 1 s: the share of spikes within some
distances of their partner in SciPy's DOP853 (tolerance 1e-9), and, where NEST is installed, in NEST
at a step of 0.01 ms.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "science")]

from test_engine_accuracy import (  # noqa: E402
    cases_in_range,
    emulated,
    n_matched,
    nest_times,
    reference_times,
)

DISTANCES_MS = (0.02, 0.05, 0.1, 0.3)


def compare(name: str, adex: bool, cases: list, references: list) -> dict:
    times = emulated(cases, adex)
    n_reference = sum(map(len, references))
    matched = {
        distance: sum(n_matched(*pair, distance) for pair in zip(times, references, strict=True))
        for distance in DISTANCES_MS
    }
    shares = "".join(f"{100 * matched[d] / n_reference:>10.2f}" for d in DISTANCES_MS)
    n_ours = sum(map(len, times))
    rate = 100 * (n_ours / n_reference - 1)
    print(f"{name:<24}{len(cases):>8}{n_reference:>8}{n_ours:>8}{rate:>+9.2f}{shares}")
    return {"case": name, "neurons": len(cases), "reference": n_reference, "ours": n_ours,
            "matched": {str(d): int(m) for d, m in matched.items()}}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=40)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    print(f"{'':<24}{'neurons':>8}{'spikes':>8}{'ours':>8}{'rate %':>9}", end="")
    print("".join(f"{f'< {d} ms %':>10}" for d in DISTANCES_MS))
    results = []
    for label, adex in (("LIF", False), ("AdEx", True)):
        cases = cases_in_range(adex, arguments.neurons, arguments.seed)
        references = [np.asarray(reference_times(case)) for case in cases]
        results.append(compare(f"{label}, DOP853", adex, cases, references))
        if importlib.util.find_spec("nest") is not None:
            import nest

            nest.set_verbosity("M_ERROR")
            references = nest_times(nest, cases, adex)
            results.append(compare(f"{label}, NEST at 0.01 ms", adex, cases, references))
    print(json.dumps({"benchmark": "accuracy", "results": results}))


if __name__ == "__main__":
    main()
