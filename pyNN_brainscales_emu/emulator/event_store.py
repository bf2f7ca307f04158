"""Events of cells, kept in chunks, one for each advance, until they are forgotten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


@dataclass(eq=False)
class EventStore:
    """Events of one presentation.

    What is shown and what is forgotten goes by chunks, so an event belongs to exactly one of the
    windows between the ends of advances, whatever its time stamp.

    Attributes
    ----------
    n_times : int
        Columns of times an event has.
    ends : list of int
        The step at the end of each chunk's advance, ascending.
    cells : list of (n,) int32
        Local index of each event's cell, chunk by chunk.
    times : list of (n_times, n) float64
        In ms.
    nbytes : int
        Memory that the events take.
    """

    n_times: int = 1
    ends: list[int] = field(default_factory=list)
    cells: list[NDArray[np.int32]] = field(default_factory=list)
    times: list[Times] = field(default_factory=list)
    nbytes: int = 0

    def append(self, end_step: int, cell: NDArray[np.int32], *times: Times) -> None:
        """Keep the events of an advance."""
        if len(cell):
            self.ends.append(end_step)
            self.cells.append(cell)
            self.times.append(np.stack(times))
            self.nbytes += cell.nbytes + self.times[-1].nbytes

    def drop_after(self, step: int) -> None:
        """Forget the events of an advance that did not come to its end, which was after a step."""
        begin = bisect_right(self.ends, step)
        self.nbytes -= _nbytes(self.cells[begin:]) + _nbytes(self.times[begin:])
        del self.ends[begin:], self.cells[begin:], self.times[begin:]

    def after(self, step: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int32], Times]:
        """Return the events of the advances that ended after a step.

        Returns
        -------
        end_step : (n,) int64
            When the event's advance ended.
        cell : (n,) int32
        times : (n_times, n) float64
        """
        first = bisect_right(self.ends, step)
        cells, times = self.cells[first:], self.times[first:]
        return (
            np.repeat(np.array(self.ends[first:], dtype=np.int64), [len(part) for part in cells]),
            np.concatenate([np.zeros(0, dtype=np.int32), *cells]),
            np.concatenate([np.zeros((self.n_times, 0)), *times], axis=1),
        )

    def forget(self, gone: NDArray[np.bool_], after_step: int, until_step: int) -> None:
        """Forget the events of some cells.

        Parameters
        ----------
        gone : (n_cells,) bool
            By local index.
        after_step, until_step : int
            Only chunks that end after the one and not after the other are looked at.
        """
        begin, end = bisect_right(self.ends, after_step), bisect_right(self.ends, until_step)
        kept = [(number, ~gone[self.cells[number]]) for number in range(begin, end)]
        left = [(number, keep) for number, keep in kept if keep.any()]
        self.nbytes -= _nbytes(self.cells[begin:end]) + _nbytes(self.times[begin:end])
        cells = [self.cells[number][keep] for number, keep in left]
        times = [self.times[number][:, keep] for number, keep in left]
        self.nbytes += _nbytes(cells) + _nbytes(times)
        self.ends[begin:end] = [self.ends[number] for number, _ in left]
        self.cells[begin:end], self.times[begin:end] = cells, times


def _nbytes(parts: Sequence[NDArray[Any]]) -> int:
    return sum(part.nbytes for part in parts)
