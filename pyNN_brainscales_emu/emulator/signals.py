"""Samples of recorded signals, kept in chunks, one for each advance."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Traces of the step function, in the kernel's order.
TRACES = ("v", "w", "gsyn_exc", "gsyn_inh")


@dataclass(frozen=True, eq=False)
class Probes:
    """Which lanes are sampled, in the order of the kernel's columns.

    Attributes
    ----------
    table : (n_columns, 3) int32
        Lane, trace and column, by unit.
    start : (n_units + 1,) int64
        Probes of each unit.
    column : dict of str to (n_neurons,) int64
        By signal: the column of each neuron (local index), -1 where it is not recorded.
    """

    table: NDArray[np.int32]
    start: NDArray[np.int64]
    column: dict[str, NDArray[np.int64]]

    @property
    def n_columns(self) -> int:
        """Number of sampled lanes."""
        return len(self.table)

    @classmethod
    def build(cls, signals: Any, layout: Any, n_neurons: int) -> Probes:
        """Lay out the probes for `RecordingArrays.signals` on a `NeuronLayout`."""
        neuron = np.concatenate([np.zeros(0, np.int64), *(signals[name] for name in signals)])
        trace = np.repeat(
            [TRACES.index(name) for name in signals], [len(signals[name]) for name in signals]
        )
        engine = layout.engine[neuron.astype(np.int64)]
        order = np.argsort(layout.unit[engine], kind="stable")
        table = np.empty((len(neuron), 3), dtype=np.int32)
        table[:, 0] = layout.lane[engine][order]
        table[:, 1] = trace[order]
        table[:, 2] = np.arange(len(neuron))
        column = {}
        for name in signals:
            of_signal = np.flatnonzero(table[:, 1] == TRACES.index(name))
            column[name] = np.full(n_neurons, -1, dtype=np.int64)
            column[name][neuron[order][of_signal]] = of_signal
        start = np.searchsorted(layout.unit[engine][order], np.arange(layout.n_units + 1))
        return cls(table, start.astype(np.int64), column)


@dataclass(frozen=True, eq=False)
class SampleChunk:
    """Samples of one advance.

    Attributes
    ----------
    first_step, last_step : int
        The steps of the advance; the last one is not among them.
    interval_steps : int
        Steps between two samples, which are taken at its multiples.
    column : dict of str to (n_neurons,) int64
        As `Probes` has it.
    samples : (n_samples, n_columns) float array
    """

    first_step: int
    last_step: int
    interval_steps: int
    column: Mapping[str, NDArray[np.int64]]
    samples: NDArray[np.floating[Any]]

    def put(self, variable: str, neurons: NDArray[np.int64], interval: int, first: int,
            result: NDArray[Any]) -> None:  # fmt: skip
        """Write samples into a signal whose row 0 is sample `first` of the given interval."""
        if variable not in self.column or interval % self.interval_steps:
            return
        column = self.column[variable][neurons]
        known = column >= 0
        begin = max(first, -(-self.first_step // interval))
        end = min(first + len(result), -(-self.last_step // interval))
        if not known.any() or begin >= end:
            return
        stride = interval // self.interval_steps
        row = begin * stride - -(-self.first_step // self.interval_steps)
        rows = self.samples[row : row + (end - begin - 1) * stride + 1 : stride]
        if known.all() and np.array_equal(column, np.arange(column[0], column[0] + len(column))):
            result[begin - first : end - first] = rows[:, column[0] : column[0] + len(column)]
        else:
            result[begin - first : end - first, known] = rows[:, column[known]]

    def without(self, gone: NDArray[np.bool_]) -> SampleChunk | None:
        """Return the chunk without the samples of some neurons; None if nothing is left."""
        kept = {name: np.where(gone, -1, column) for name, column in self.column.items()}
        used = np.zeros(self.samples.shape[1], dtype=bool)
        for column in kept.values():
            used[column[column >= 0]] = True
        if used.all():
            return self
        if not used.any():
            return None
        place = np.append(np.cumsum(used) - 1, -1)  # -1 stays -1
        return replace(
            self,
            column={name: place[column] for name, column in kept.items()},
            samples=np.ascontiguousarray(self.samples[:, used]),
        )


@dataclass(eq=False)
class SampleStore:
    """Samples of one presentation.

    Attributes
    ----------
    interval_steps : int
        Steps between two samples from now on; those of earlier advances keep theirs.
    chunks : list of SampleChunk
        By time.
    nbytes : int
        Memory that the samples take.
    """

    interval_steps: int = 1
    chunks: list[SampleChunk] = field(default_factory=list)
    nbytes: int = 0

    def reserve(
        self, probes: Probes, first_step: int, last_step: int, dtype: type[np.floating[Any]]
    ) -> NDArray[Any]:
        """Return the array that the kernel fills with the samples of these steps."""
        interval = self.interval_steps
        first, last = -(-first_step // interval), -(-last_step // interval)
        rows = last - first if probes.n_columns else 0
        samples = np.full((rows, probes.n_columns), np.nan, dtype=dtype)
        if rows:
            self.chunks.append(SampleChunk(first_step, last_step, interval, probes.column, samples))
            self.nbytes += samples.nbytes
        return samples

    def signal(
        self,
        variable: str,
        neurons: NDArray[np.int64],
        interval: int,
        first: int,
        end: int,
        dtype: type[np.floating[Any]] = np.float32,
    ) -> NDArray[Any]:
        """Return samples at multiples of an interval, (end - first, n_neurons).

        NaN where a neuron was not recorded, or not at this interval.
        """
        result = np.full((max(0, end - first), len(neurons)), np.nan, dtype=dtype)
        for chunk in self._after(first * interval):
            chunk.put(variable, neurons, interval, first, result)
        return result

    def forget(self, gone: NDArray[np.bool_], after_step: int) -> None:
        """Free the samples of some neurons, (n_neurons,) bool.

        Those before `after_step` are free already.
        """
        begin = len(self.chunks) - len(self._after(after_step))
        self.nbytes -= sum(chunk.samples.nbytes for chunk in self.chunks[begin:])
        parts = [chunk.without(gone) for chunk in self.chunks[begin:]]
        left = [chunk for chunk in parts if chunk is not None]
        self.nbytes += sum(chunk.samples.nbytes for chunk in left)
        self.chunks[begin:] = left

    def _after(self, step: int) -> list[SampleChunk]:
        """Return the chunks that end after a step."""
        return self.chunks[bisect_right(self.chunks, step, key=lambda chunk: chunk.last_step) :]
