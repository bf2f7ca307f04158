"""Simulators that do the same thing in turn, each in a process of its own, and their table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from _tables import TIMING, Timing, print_table, ratio
from _workers import Worker


@dataclass
class Contestant:
    """One simulator with its settings.

    Attributes
    ----------
    name : str
        Simulator and method: peers are compared by it, with their best number of threads.
    threads : int
    prepared : dict
        Its answer to `prepare`.
    answers : list of dict
        To each `run`.
    """

    name: str
    threads: int
    prepared: dict[str, Any] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        """Times of the runs."""
        columns = ([answer[name] for answer in self.answers] for name in ("wall", "cpu", "load"))
        return Timing(*columns)

    def record(self) -> dict[str, Any]:
        """Return everything for the JSON line."""
        last = {n: v for n, v in self.answers[-1].items() if n not in ("wall", "cpu", "load")}
        head = {"simulator": self.name, "threads": self.threads, "prepared": self.prepared}
        return {**head, "run": self.timing.record(), **last}


class Comparison:
    """Runs contestants in turn (A B A B): what else the machine does meets all alike.

    Attributes
    ----------
    folder : path
        For files that the contestants read; gone afterwards.
    contestants : list of Contestant
    workers : list of Worker
        Of each.
    """

    def __init__(self) -> None:
        self.contestants: list[Contestant] = []
        self.workers: list[Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> Comparison:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def enter(self, name: str, threads: int, worker: Worker, **settings: Any) -> None:
        """Start a contestant: its process prepares itself with the settings."""
        self._stack.enter_context(worker)
        prepared = worker.ask("prepare", threads=threads, **settings)
        self.contestants.append(Contestant(name, threads, prepared))
        self.workers.append(worker)

    def run(self, repetitions: int, **settings: Any) -> None:
        """Let all run in turn, some times."""
        for _ in range(repetitions):
            for contestant, worker in zip(self.contestants, self.workers, strict=True):
                contestant.answers.append(worker.ask("run", **settings))

    def print_table(
        self,
        title: str,
        references: Sequence[str],
        columns: Mapping[str, Callable[[Contestant], Any]],
    ) -> None:
        """Print a row for each contestant; see `print_contestants`."""
        print_contestants(title, self.contestants, references, columns)

    def records(self) -> list[dict[str, Any]]:
        """Return everything for the JSON line."""
        return [contestant.record() for contestant in self.contestants]


def print_contestants(
    title: str,
    contestants: Sequence[Contestant],
    references: Sequence[str],
    columns: Mapping[str, Callable[[Contestant], Any]],
) -> None:
    """Print a row for each contestant.

    Parameters
    ----------
    references : sequence of str
        Names of contestants: a column for each says how many times as fast a row is.
    columns : mapping
        What else to show of a contestant, by heading.
    """
    timings = {name: [c.timing for c in contestants if c.name == name] for name in references}
    rows = [
        [
            f"{c.name}, {c.threads} thread(s)",
            *c.timing.cells(),
            *(show(c) for show in columns.values()),
            *(ratio(timings[name], c.timing) for name in references),
        ]
        for c in contestants
    ]
    versus = [f"x {name}" for name in references]
    print_table(title, ("simulator", *TIMING, *columns, *versus), rows)


def peak_memory(contestant: Contestant) -> str:
    """Return the largest memory that the contestant's process has held, in MB."""
    peak = contestant.answers[-1]["peak_mb"]
    return "-" if peak is None else f"{peak:.0f}"


def rate(contestant: Contestant) -> str:
    """Return the mean rate of the neurons in the last run, in Hz."""
    return f"{contestant.answers[-1]['rate_hz']:.2f}"
