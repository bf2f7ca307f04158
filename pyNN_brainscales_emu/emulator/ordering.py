"""Stable ordering by small integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.ordering import counting_order


def order_by(key: NDArray[np.int64], n_keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a stable order by key, and where each key starts in it.

    Parameters
    ----------
    key : (n,) int64
        From 0 to ``n_keys - 1``.

    Returns
    -------
    order : (n,) int64
    start : (n_keys + 1,) int64
    """
    order = np.empty(len(key), dtype=np.int64)
    start = np.empty(n_keys + 1, dtype=np.int64)
    counting_order(np.ascontiguousarray(key, dtype=np.int64), start, order)
    return order, start
