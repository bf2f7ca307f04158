"""The synapses of a projection as columns of arrays.

They are ordered by presynaptic, then by postsynaptic cell.
Synapses between the same two cells are allowed; they keep the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.emulator.ordering import order_by

#: So many synapses become tuples at once: Ctrl-C is heard between the pieces.
_PIECE = 500_000

REDUCTIONS = {
    "sum": np.add.reduceat,
    "min": np.minimum.reduceat,
    "max": np.maximum.reduceat,
}


@dataclass(eq=False)
class SynapseColumns:
    """Columns of all synapses of one projection.

    Attributes
    ----------
    shape : (int, int)
        Number of presynaptic and of postsynaptic cells.
    pre, post : (n,) int64
        Indices within the presynaptic and the postsynaptic population, view or assembly.
    values : dict of str to (n,) float64
        Weight (uS, nA or mV) and delay (ms).
    """

    shape: tuple[int, int]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pre)

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        """(n,) number of the pair of cells, counted along the rows of the weight matrix."""
        return self.pre * self.shape[1] + self.post

    @cached_property
    def first_of_pair(self) -> NDArray[np.int64]:
        """(n_pairs,) number of the first synapse of each connected pair."""
        return np.flatnonzero(np.append(True, np.diff(self.pair) > 0)[: len(self)])

    @cached_property
    def has_multiple(self) -> bool:
        """Whether some pair of cells has more than one synapse."""
        return len(self.first_of_pair) < len(self)

    @cached_property
    def is_full(self) -> bool:
        """Whether every pair of cells has exactly one synapse."""
        return not self.has_multiple and len(self) == self.shape[0] * self.shape[1]

    def from_matrix(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the elements of a (pre x post) matrix at the synapses."""
        return matrix.ravel().copy() if self.is_full else matrix.ravel()[self.pair]

    def from_list(self, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return one value a synapse, from one value a synapse or one a connected pair.

        None if the number of values is neither.
        """
        if len(values) == len(self):
            return values.copy()
        if len(values) != len(self.first_of_pair):
            return None
        return np.repeat(values, np.diff(np.append(self.first_of_pair, len(self))))

    def to_matrix(self, values: NDArray[Any], multiple: str = "sum") -> NDArray[np.float64]:
        """Return a (pre x post) matrix of a column, NaN where there is no synapse.

        Parameters
        ----------
        values : (n,) array
        multiple : {'sum', 'last', 'first', 'min', 'max'}
            What to show for a pair with several synapses. NaN counts as missing.
        """
        if self.is_full:
            return values.astype(np.float64).reshape(self.shape)
        matrix = np.full(self.shape, np.nan)
        if len(self):
            matrix.ravel()[self.pair[self.first_of_pair]] = self._reduced(values, multiple)
        return matrix

    def _reduced(self, values: NDArray[Any], multiple: str) -> NDArray[Any]:
        first = self.first_of_pair
        if not self.has_multiple or multiple == "first":
            return values[first]
        if multiple == "last":
            last: NDArray[np.int64] = np.append(first[1:], len(self)) - 1
            return values[last]
        missing = np.isnan(values)
        neutral = {"sum": 0.0, "min": np.inf, "max": -np.inf}[multiple]
        reduced = REDUCTIONS[multiple](np.where(missing, neutral, values), first)
        result: NDArray[Any] = np.where(np.logical_and.reduceat(missing, first), np.nan, reduced)
        return result


@dataclass
class SynapseCollector:
    """Takes synapses as connectors make them, and joins them at the end.

    Attributes
    ----------
    pre, post : list of int arrays
        Indices, as `SynapseColumns` has them, in pieces of any length.
    values : list of mappings
        For each piece, by name: a number, or an array with one value a synapse.
    """

    pre: list[NDArray[np.int64]] = field(default_factory=list)
    post: list[NDArray[np.int64] | int] = field(default_factory=list)
    values: list[Mapping[str, Any]] = field(default_factory=list)

    def append(
        self, pre: ArrayLike, post: NDArray[np.int64] | int, values: Mapping[str, Any]
    ) -> None:
        """Take a piece."""
        self.pre.append(np.asarray(pre, dtype=np.int64))
        self.post.append(post)
        self.values.append(values)

    def join(self, shape: tuple[int, int], names: tuple[str, ...]) -> SynapseColumns:
        """Return all pieces as columns in the order of `SynapseColumns`."""
        sizes = np.array([len(piece) for piece in self.pre], dtype=np.int64)
        pre = _joined(self.pre, sizes, np.int64)
        post = _joined(self.post, sizes, np.int64)
        values = {name: self._column(name, sizes) for name in names}
        if _is_sorted(pre * shape[1] + post):
            return SynapseColumns(shape, pre, post, values)
        order = _order_by_pair(shape, pre, post)
        sorted_values = {
            name: column if self._is_one_number(name) else column[order]
            for name, column in values.items()
        }
        return SynapseColumns(shape, pre[order], post[order], sorted_values)

    def _column(self, name: str, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a column; parameters that all synapses share take no memory for each."""
        if name not in ("weight", "delay") and len(self.values) and self._is_one_number(name):
            return np.broadcast_to(np.float64(self.values[0][name]), (int(sizes.sum()),))
        return _joined([piece[name] for piece in self.values], sizes, np.float64)

    def _is_one_number(self, name: str) -> bool:
        pieces = [piece[name] for piece in self.values]
        return all(np.ndim(piece) == 0 and piece == pieces[0] for piece in pieces)


def _is_sorted(numbers: NDArray[np.int64]) -> bool:
    return bool(np.all(numbers[1:] >= numbers[:-1]))


def _all_below(limit: int, index: NDArray[np.int64]) -> bool:
    return bool(np.all((index >= 0) & (index < limit)))


def _order_by_pair(
    shape: tuple[int, int], pre: NDArray[np.int64], post: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return a stable order by presynaptic, then by postsynaptic cell."""
    if not (_all_below(shape[0], pre) and _all_below(shape[1], post)):
        # Left to the check of addresses, which reads them in any order; they are no counts.
        return np.argsort(pre * shape[1] + post, kind="stable")
    if _is_sorted(post):  # most connectors go from one postsynaptic cell to the next
        return order_by(pre, shape[0])[0]
    by_post = order_by(post, shape[1])[0]
    return by_post[order_by(pre[by_post], shape[0])[0]]


def _joined(pieces: list[Any], sizes: NDArray[np.int64], dtype: Any) -> NDArray[Any]:
    """Return pieces one after the other; a piece that is a number stands for its size."""
    if all(np.ndim(piece) == 0 for piece in pieces):
        return np.repeat(np.array(pieces, dtype=dtype), sizes)
    result = np.empty(sizes.sum(), dtype=dtype)
    ends = np.cumsum(sizes)
    for piece, size, end in zip(pieces, sizes.tolist(), ends.tolist(), strict=True):
        result[end - size : end] = piece
    return result


def as_tuples(columns: list[NDArray[Any]]) -> list[tuple[Any, ...]]:
    """Return columns as a list of tuples of plain numbers, one a synapse."""
    tuples: list[tuple[Any, ...]] = []
    for first in range(0, len(columns[0]) if columns else 0, _PIECE):
        pieces = (column[first : first + _PIECE].tolist() for column in columns)
        tuples.extend(zip(*pieces, strict=True))
    return tuples
