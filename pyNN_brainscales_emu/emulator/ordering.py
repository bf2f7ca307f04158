"""Stable ordering by small integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.ordering import counting_order


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
