"""What a cut means: parts, what they take, what is replayed into them, and what can run at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import BrainScaleSError, CapacityError, raise_together
from pyNN_brainscales_emu.partition.capacity import Capacity
from pyNN_brainscales_emu.partition.cut import Cut
from pyNN_brainscales_emu.partition.cut_graph import CutGraph, IntArray


@dataclass(frozen=True, eq=False)
class Part:
    """What one run of a chip emulates.

    Parameters
    ----------
    number : int
        In the order of the runs.
    neurons : ndarray of int
        Over all populations of the network.
    cells : tuple of (str, int)
        Populations and how many of their neurons are in this part.
    circuits : int
        That the neurons take.
    inputs : ndarray of int
        Distinct sources from outside: neurons of earlier parts, and spike sources.
    hears : tuple of int
        Earlier parts whose spikes are replayed into this one.
    events_per_ms : float
        Expected events into the chip in a biological millisecond; NaN where no rates are known.
    stage : int
        Parts of one stage do not hear each other and can run side by side.
    """

    number: int
    neurons: IntArray
    cells: tuple[tuple[str, int], ...]
    circuits: int
    inputs: IntArray
    hears: tuple[int, ...]
    events_per_ms: float
    stage: int


@dataclass(frozen=True, eq=False)
class PartitionPlan:
    """The plan of a partitioned emulation; printable.

    Parameters
    ----------
    parts : tuple of Part
    capacity : Capacity
    """

    parts: tuple[Part, ...]
    capacity: Capacity

    @property
    def n_parts(self) -> int:
        """Number of runs of one chip."""
        return len(self.parts)

    @property
    def n_stages(self) -> int:
        """Number of runs one after the other, given as many chips as parts of a stage."""
        return 1 + max((part.stage for part in self.parts), default=-1)

    def __str__(self) -> str:
        head = ("part", "stage", "circuits", "inputs", "events/ms", "hears", "cells")
        rows = [tuple(_cells(part, self.capacity)) for part in self.parts]
        widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        lines = [
            "  ".join(
                [cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)]
                + [row[-1]]
            ).rstrip()
            for row in (head, *rows)
        ]
        parts = "1 part" if self.n_parts == 1 else f"{self.n_parts} parts"
        stages = "1 stage" if self.n_stages == 1 else f"{self.n_stages} stages"
        return "\n".join([f"{parts} of one chip in {stages}", *lines])


def make_plan(graph: CutGraph, capacity: Capacity, cut: Cut) -> PartitionPlan:
    """Return the plan of a cut.

    Parameters
    ----------
    graph : CutGraph
    capacity : Capacity
    cut : Cut
        By hand, by a function of the user's, or automatic.

    Returns
    -------
    PartitionPlan

    Raises
    ------
    CapacityError
        With all problems: parts larger than the chip, and parts that need each other's spikes.
    """
    errors = [*_too_large(graph, capacity, cut), *_circles(graph, cut)]
    raise_together("the parts cannot run one after the other", errors, CapacityError)
    parts: list[Part] = []
    order = np.argsort(cut.part, kind="stable")
    ends = np.cumsum(np.bincount(cut.part, minlength=cut.n_parts))
    for number, neurons in enumerate(np.split(order, ends[:-1]) if cut.n_parts else []):
        inputs = np.setdiff1d(graph.sources_of(neurons), neurons, assume_unique=True)
        hears = np.unique(cut.part[inputs[inputs < graph.n_neurons]])
        rates = graph.rates_per_ms
        parts.append(
            Part(
                number,
                neurons,
                tuple(_counts(graph, neurons)),
                int(cut.circuits[neurons].sum()),
                inputs,
                tuple(hears.tolist()),
                float("nan") if rates is None else float(rates[inputs].sum()),
                1 + max((parts[earlier].stage for earlier in hears.tolist()), default=-1),
            )
        )
    return PartitionPlan(tuple(parts), capacity)


def _too_large(graph: CutGraph, capacity: Capacity, cut: Cut) -> Iterator[BrainScaleSError]:
    taken = np.bincount(cut.part, weights=cut.circuits, minlength=cut.n_parts)
    for number in np.flatnonzero(taken > capacity.circuits).tolist():
        cells = ", ".join(label for label, _ in _counts(graph, np.flatnonzero(cut.part == number)))
        yield CapacityError(
            f"part {number} ({cells}) takes more circuits than the chip has",
            value=int(taken[number]),
            limit=capacity.circuits,
            remedy="Put some of its cells into another part.",
        )


def _circles(graph: CutGraph, cut: Cut) -> Iterator[BrainScaleSError]:
    """Find synapses from a part into an earlier one."""
    inner = graph.pre < graph.n_neurons
    source, target = graph.pre[inner], graph.post[inner]
    backward = cut.part[source] > cut.part[target]
    pairs = np.unique(
        np.stack([cut.part[target[backward]], cut.part[source[backward]]], axis=1), axis=0
    )
    for early, late in pairs.tolist():
        yield CapacityError(
            f"part {early} hears part {late}, which runs later",
            remedy="Number the parts so that spikes go from lower to higher numbers; populations "
            "that hear each other belong into one part.",
        )


def _counts(graph: CutGraph, neurons: IntArray) -> Iterator[tuple[str, int]]:
    counts = np.bincount(graph.population[neurons], minlength=len(graph.sizes))
    for number in np.flatnonzero(counts).tolist():
        yield graph.labels[number], int(counts[number])


def _cells(part: Part, capacity: Capacity) -> Iterator[str]:
    yield str(part.number)
    yield str(part.stage)
    yield f"{part.circuits} of {capacity.circuits}"
    yield str(part.inputs.size)
    yield "-" if np.isnan(part.events_per_ms) else f"{part.events_per_ms:.3g}"
    yield ", ".join(map(str, part.hears)) or "-"
    yield ", ".join(f"{count} of {label}" for label, count in part.cells)
