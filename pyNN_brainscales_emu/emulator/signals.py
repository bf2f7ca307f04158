"""Samples of recorded signals, kept in chunks, one for each advance."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.kernel_models import state_row
from pyNN_brainscales_emu.emulator.layout import NeuronLayout
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays


@dataclass(frozen=True, eq=False)
class Probes:
    """Which lanes are sampled, in the order of the kernel's columns.

    Attributes
    ----------
    table : (n_stretches, 4) int32
        Stretches of lanes that are sampled alike: first lane, state, first column and number of
        lanes, by unit.
    start : (n_units + 1,) int64
        Stretches of each unit.
    column : dict of str to (n_neurons,) int64
        By signal: the column of each neuron (local index), -1 where it is not recorded.
    n_columns : int
        Number of sampled lanes.
    """

    table: NDArray[np.int32]
    start: NDArray[np.int64]
    column: dict[str, NDArray[np.int64]]
    n_columns: int

    @classmethod
    def build(
        cls,
        signals: Mapping[str, NDArray[np.int64]],
        layout: NeuronLayout,
        neurons: NeuronArrays,
    ) -> Probes:
        """Lay out the probes for `RecordingArrays.signals`, where a model has the variable."""
        empty = np.zeros(0, dtype=np.int64)
        row_of = {name: _rows(name, neurons) for name in signals}
        chosen = {name: ids[row_of[name][ids] >= 0] for name, ids in signals.items()}
        neuron = np.concatenate([empty, *chosen.values()])
        row = np.concatenate([empty, *(row_of[name][ids] for name, ids in chosen.items())])
        engine = layout.engine[neuron]
        unit, lane = layout.unit[engine], layout.lane[engine]
        order = np.lexsort((lane, row, unit))
        unit, lane, row = unit[order], lane[order], row[order]
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (np.diff(unit) != 0) | (np.diff(row) != 0) | (np.diff(lane) != 1)
        first = np.flatnonzero(begins)
        length = np.diff(first, append=len(order))
        table = np.stack([lane[first], row[first], first, length], axis=1).astype(np.int32)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        column, at = {}, 0
        for name, ids in chosen.items():
            column[name] = np.full(neurons.size, -1, dtype=np.int64)
            column[name][ids] = place[at : at + len(ids)]
            at += len(ids)
        start = np.searchsorted(unit[first], np.arange(layout.n_units + 1)).astype(np.int64)
        return cls(table, start, column, len(order))


def _rows(variable: str, neurons: NeuronArrays) -> NDArray[np.int64]:
    """Return the row of a variable among the states of each neuron, -1 where it has none."""
    rows = np.full(neurons.size, -1, dtype=np.int64)
    for group in neurons.groups:
        if variable in group.model.states:
            rows[group.index] = state_row(group.model, variable)
    return rows


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
        samples = np.empty((rows, probes.n_columns), dtype=dtype)
        if rows:
            self.chunks.append(SampleChunk(first_step, last_step, interval, probes.column, samples))
            self.nbytes += samples.nbytes
        return samples

    def drop_last(self, samples: NDArray[Any]) -> None:
        """Forget an array that the kernel has not filled to its end."""
        if self.chunks and self.chunks[-1].samples is samples:
            self.nbytes -= self.chunks.pop().samples.nbytes

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
