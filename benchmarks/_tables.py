"""What all benchmarks share: measuring, the table, the JSON line."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("pyNN-brainscales-emu", "PyNN", "numpy")


@dataclass
class Timing:
    """Seconds of some repetitions of the same thing.

    Attributes
    ----------
    wall, cpu : list of float
        Elapsed time, and processor time of all threads: the latter says what a repetition would
        have taken on a machine that others do not use. Empty `cpu`: not known.
    load : list of float
        Load average (1 min) at the end of each repetition.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Smallest elapsed time, s."""
        return min(self.wall)

    @property
    def median(self) -> float:
        """Median elapsed time, s."""
        return statistics.median(self.wall)

    @contextmanager
    def repetition(self) -> Iterator[None]:
        """Measure what happens inside as one repetition."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.add(time.perf_counter() - wall, time.process_time() - cpu)

    def add(self, wall: float, cpu: float | None = None) -> None:
        """Enter a repetition that was measured elsewhere."""
        self.wall.append(wall)
        if cpu is not None:
            self.cpu.append(cpu)
        self.load.append(load())

    def cells(self, scale: float = 1.0) -> list[str]:
        """Return best, median, processor time and load as cells of a table (`TIMING`)."""
        cpu = f"{min(self.cpu) * scale:.4g}" if self.cpu else "-"
        last = f"{self.load[-1]:.1f}"
        return [f"{self.best * scale:.4g}", f"{self.median * scale:.4g}", cpu, last]

    def record(self) -> dict[str, Any]:
        """Return the figures for the JSON line, s."""
        cpu = round(min(self.cpu), 6) if self.cpu else None
        figures = {"best": round(self.best, 6), "median": round(self.median, 6), "cpu": cpu}
        return {**figures, "repetitions": len(self.wall), "load": round(max(self.load), 2)}


#: Headings of `Timing.cells`, in seconds.
TIMING = ("best s", "median s", "cpu s", "load")


def measure(function: Callable[[], Any], repetitions: int) -> Timing:
    """Return the time of some calls."""
    timing = Timing()
    for _ in range(repetitions):
        with timing.repetition():
            function()
    return timing


def load() -> float:
    """Return the load average of the last minute; NaN where there is none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def ratio(peers: Sequence[Timing], ours: Timing) -> str:
    """Return how many times faster than the best of the peer the best repetition was."""
    best = min((peer.best for peer in peers), default=None)
    return f"{best / ours.best:.2f}" if best is not None else "-"


def parser(description: str, repetitions: int) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    result.add_argument("--repetitions", type=int, default=repetitions, help="of each measurement")
    result.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads to measure"
    )
    return result


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    lines = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join([line[0].ljust(widths[0]), *cells[1:]]), flush=True)


def print_json(benchmark: str, results: Mapping[str, Any]) -> None:
    """Print everything as one line of JSON."""
    print(json.dumps({"benchmark": benchmark, "machine": machine(), **results}))
    sys.stdout.flush()


def machine() -> dict[str, Any]:
    """Return processor, number of cores, versions and the present load."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(load(), 2),
        **{name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
