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

from pyNN_brainscales_emu.array_pieces import constant, index_type, is_constant, looked_up, pieces
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
    pre, post : (n,) int32
        Indices within the presynaptic and the postsynaptic population, view or assembly.
    values : dict of str to (n,) float64
        Weight (uS, nA or mV) and delay (ms). A column may be a read-only view of one number;
        columns are replaced, never written to.
    """

    shape: tuple[int, int]
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    values: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pre)

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        """(n,) number of the pair of cells, counted along the rows of the weight matrix."""
        return _pair(self.shape, self.pre, self.post)

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

    pre: list[NDArray[Any]] = field(default_factory=list)
    post: list[NDArray[Any] | int] = field(default_factory=list)
    values: list[Mapping[str, Any]] = field(default_factory=list)

    def append(self, pre: ArrayLike, post: NDArray[Any] | int, values: Mapping[str, Any]) -> None:
        """Take a piece."""
        self.pre.append(_indices(pre))
        self.post.append(_indices(post))
        self.values.append(values)

    def join(self, shape: tuple[int, int], names: tuple[str, ...]) -> SynapseColumns:
        """Return all pieces as columns in the order of `SynapseColumns`, and forget them."""
        sizes = np.array([len(piece) for piece in self.pre], dtype=np.int64)
        pre = _narrow(_joined(self.pre, sizes))
        post = _narrow(_joined(self.post, sizes))
        self.pre, self.post = [], []
        values = {name: _joined_values([p[name] for p in self.values], sizes) for name in names}
        if _is_sorted_by_pair(shape, pre, post):
            return SynapseColumns(shape, pre, post, values)
        order = _order_by_pair(shape, pre, post)
        pre, post = looked_up(pre, order), looked_up(post, order)
        sorted_values = {
            name: column if is_constant(column) else looked_up(column, order)
            for name, column in values.items()
        }
        return SynapseColumns(shape, pre, post, sorted_values)


def _indices(given: Any) -> NDArray[Any]:
    index = np.asarray(given)
    return index if index.dtype in (np.int32, np.int64) else index.astype(np.int64)


def _narrow(index: NDArray[Any]) -> NDArray[Any]:
    """Return indices as int32; larger ones, which no cell has, go to the check of addresses."""
    if index.dtype == np.int32 or not _all_within(np.iinfo(np.int32).min, 2**31, index):
        return index
    return index.astype(np.int32)


def _pair(shape: tuple[int, int], pre: NDArray[Any], post: NDArray[Any]) -> NDArray[np.int64]:
    number: NDArray[np.int64] = pre.astype(np.int64) * shape[1] + post
    return number


def _is_sorted(numbers: NDArray[Any]) -> bool:
    return bool(np.all(numbers[1:] >= numbers[:-1]))


def _is_sorted_by_pair(shape: tuple[int, int], pre: NDArray[Any], post: NDArray[Any]) -> bool:
    for piece in pieces(len(pre)):
        with_next = slice(piece.start, piece.stop + 1)
        if not _is_sorted(_pair(shape, pre[with_next], post[with_next])):
            return False
    return True


def _all_within(first: int, end: int, index: NDArray[Any]) -> bool:
    return not len(index) or bool(index.min() >= first and index.max() < end)


def _order_by_pair(
    shape: tuple[int, int], pre: NDArray[Any], post: NDArray[Any]
) -> NDArray[np.signedinteger[Any]]:
    """Return a stable order by presynaptic, then by postsynaptic cell."""
    if not (_all_within(0, shape[0], pre) and _all_within(0, shape[1], post)):
        # Left to the check of addresses, which reads them in any order; they are no counts.
        return np.argsort(_pair(shape, pre, post), kind="stable")
    number = index_type(len(pre))
    if _is_sorted(post):  # most connectors go from one postsynaptic cell to the next
        return order_by(pre, shape[0], number)[0]
    by_post = order_by(post, shape[1], number)[0]
    by_pre = order_by(looked_up(pre, by_post), shape[0], number)[0]
    return looked_up(by_post, by_pre)


def _joined(pieces: list[Any], sizes: NDArray[np.int64]) -> NDArray[Any]:
    """Return pieces of indices one after the other; a number stands for a whole piece."""
    if len(pieces) == 1 and np.ndim(pieces[0]):
        only: NDArray[Any] = pieces[0]
        return only
    dtype = np.result_type(np.int32, *(piece.dtype for piece in pieces))
    return _filled(pieces, sizes, dtype)


def _joined_values(pieces: list[Any], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return pieces of values one after the other; a number stands for a whole piece."""
    if pieces and all(np.ndim(piece) == 0 and piece == pieces[0] for piece in pieces):
        return constant(float(pieces[0]), int(sizes.sum()))
    return _filled(pieces, sizes, np.float64)


def _filled(pieces: list[Any], sizes: NDArray[np.int64], dtype: Any) -> NDArray[Any]:
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
