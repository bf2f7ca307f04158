"""Samples of recorded signals, kept in chunks, one for each advance."""

from __future__ import annotations

from dataclasses import dataclass, field
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
        samples = np.full((rows, probes.n_columns), np.nan, dtype=dtype)
        if rows:
            self.chunks.append((first, probes, samples))
        return samples

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
