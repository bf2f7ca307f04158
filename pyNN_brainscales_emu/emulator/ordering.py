"""Ordering by small integers, and of events by cell and time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.ordering import counting_order

#: A counting sort looks at every cell: not worth it for fewer events than this part of the cells.
_EVENTS_PER_CELL: Final = 0.25


def order_by(
    key: NDArray[np.signedinteger[Any]],
    n_keys: int,
    dtype: type[np.signedinteger[Any]] = np.int64,
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return a stable order by key, and where each key starts in it.

    Parameters
    ----------
    key : (n,) int32 or int64
        From 0 to ``n_keys - 1``.
    n_keys : int
    dtype : {int64, int32}
        Of the order.

    Returns
    -------
    order : (n,) of this type
    start : (n_keys + 1,) int64
    """
    order = np.empty(len(key), dtype=dtype)
    start = np.empty(n_keys + 1, dtype=np.int64)
    counting_order(np.ascontiguousarray(key), start, order)
    return order, start


def by_cell_and_time(
    cell: NDArray[np.integer[Any]], time: NDArray[np.float64], n_cells: int
) -> NDArray[np.int64]:
    """Return a stable order of events by cell, then time.

    Takes linear time for many events of which each cell's are in the order of time already, as
    they are when they come from the kernels.

    Parameters
    ----------
    cell, time : (n,)
        Cells from 0 to ``n_cells - 1``; times are numbers.
    """
    if len(cell) >= _EVENTS_PER_CELL * n_cells:
        order, _ = order_by(cell.astype(np.int64, copy=False), n_cells)
        same_cell = np.diff(cell[order]) == 0
        if not (np.diff(time[order])[same_cell] < 0).any():
            return order
    return np.lexsort((time, cell))
