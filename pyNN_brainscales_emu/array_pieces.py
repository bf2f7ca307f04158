"""Long arrays, worked on piece by piece, so that intermediate results stay small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)
#: Entries of a piece: a few arrays of so many numbers fit into the second-level cache.
PIECE = 2**17


def pieces(n: int) -> Iterator[slice]:
    """Yield slices that together are the entries 0 to n - 1."""
    for first in range(0, n, PIECE):
        yield slice(first, min(first + PIECE, n))


def looked_up(table: NDArray[_T], index: NDArray[np.integer[Any]]) -> NDArray[_T]:
    """Return ``table[index]``; NumPy would make a copy of all indices as int64 first."""
    result = np.empty(len(index), dtype=table.dtype)
    for piece in pieces(len(index)):
        result[piece] = table[index[piece]]
    return result


def index_type(end: int) -> type[np.signedinteger[Any]]:
    """Return the type for indices from 0 to end - 1: 32 bits where they do."""
    return np.int32 if end <= np.iinfo(np.int32).max else np.int64


def constant(value: float, n: int) -> NDArray[np.float64]:
    """Return n times one number, (n,) float64, read-only, that takes the memory of one."""
    return np.broadcast_to(np.float64(value), n)


def is_constant(values: NDArray[Any]) -> bool:
    """Return whether there are values, and all are equal."""
    return bool(len(values)) and bool(values.min() == values.max())
