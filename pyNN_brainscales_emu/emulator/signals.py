"""Samples of recorded signals, kept in chunks, one for each advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(eq=False)
class SampleStore:
    """Samples of one presentation.

    Attributes
    ----------
    interval_steps : int
        Steps between two samples.
    chunks : list of (first sample, Probes, samples)
    """

    interval_steps: int = 1
    chunks: list[tuple[int, Probes, NDArray[np.floating[Any]]]] = field(default_factory=list)

    def clear(self) -> None:
        """Forget all samples."""
        self.chunks = []

    def reserve(
        self, probes: Probes, first_step: int, last_step: int, dtype: type[np.floating[Any]]
    ) -> NDArray[Any]:
        """Return the array that the kernel fills with the samples of these steps."""
        interval = self.interval_steps
        first, last = -(-first_step // interval), -(-last_step // interval)
        rows = last - first if probes.n_columns else 0
        samples = np.empty((rows, probes.n_columns), dtype=dtype)
        if rows:
            self.chunks.append((first, probes, samples))
        return samples

    def drop_last(self, samples: NDArray[Any]) -> None:
        """Forget an array that the kernel has not filled to its end."""
        if self.chunks and self.chunks[-1][2] is samples:
            self.chunks.pop()

    def signal(self, variable: str, neurons: NDArray[np.int64], n_samples: int) -> NDArray[Any]:
        """Return samples 0..n_samples-1, (n_samples, n_neurons); NaN where not recorded."""
        dtype = self.chunks[0][2].dtype if self.chunks else np.float64
        result = np.full((n_samples, len(neurons)), np.nan, dtype=dtype)
        for first, probes, samples in self.chunks:
            if variable not in probes.column:
                continue
            column = probes.column[variable][neurons]
            known = column >= 0
            last = min(first + len(samples), n_samples)
            result[first:last, known] = samples[: last - first, column[known]]
        return result
