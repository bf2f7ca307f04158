"""The wafer's map as tables: where the HICANNs, reticles and FPGAs sit.

HICANNs are numbered 0..383 row by row from the top left (the enum of `HICANNOnWafer`); x grows
to the east, y to the south. Tables are read-only arrays indexed by these numbers.
Source: halco:src/halco/hicann/v2/lookup_tables.cpp and halco:src/halco/hicann/v2/hicann.cpp.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Columns and rows of the grid of HICANNs; its corners are empty.
HICANN_COLUMNS: Final = 36
HICANN_ROWS: Final = 16
#: First occupied column of each row of HICANNs; every row is symmetric about the middle.
_FIRST_COLUMN: Final = (12, 12, 8, 8, 4, 4, 0, 0, 0, 0, 4, 4, 8, 8, 12, 12)

#: A reticle is this many HICANNs wide and high.
RETICLE_WIDTH: Final = 4
RETICLE_HEIGHT: Final = 2

#: FPGA that serves each reticle, one line a row of reticles.
_RETICLE_FPGA: Final = (
    *(12, 13, 11),
    *(16, 14, 15, 10, 9),
    *(20, 17, 19, 7, 6, 8, 3),
    *(22, 21, 23, 18, 5, 4, 0, 2, 1),
    *(25, 26, 24, 28, 43, 42, 47, 45, 46),
    *(27, 29, 30, 41, 40, 38, 44),
    *(31, 32, 39, 37, 36),
    *(33, 34, 35),
)

#: Group of read-out channels (converter) of each reticle, one line a row of reticles.
_RETICLE_ADC_GROUP: Final = (
    *(0, 0, 0),
    *(1, 0, 0, 0, 0),
    *(1, 1, 1, 2, 2, 0, 2),
    *(1, 1, 1, 1, 2, 2, 2, 2, 2),
    *(3, 3, 3, 3, 4, 4, 4, 4, 4),
    *(3, 3, 3, 4, 4, 5, 4),
    *(3, 5, 5, 5, 5),
    *(5, 5, 5),
)

#: The HICANN in the wafer's middle at which placement starts (x, y) (marocco:marocco/placement).
CENTRE_X: Final = 18
CENTRE_Y: Final = 7


def _frozen(values: Any) -> NDArray[np.int32]:
    table = np.asarray(values, dtype=np.int32)
    table.setflags(write=False)
    return table


def _occupied() -> NDArray[np.bool_]:
    """Return (rows, columns) whether a place of the grid holds a HICANN."""
    first = np.array(_FIRST_COLUMN)[:, np.newaxis]
    column = np.arange(HICANN_COLUMNS)
    return (column >= first) & (column < HICANN_COLUMNS - first)


def _number_grid(occupied: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the number of every place, counted row by row; -1 where there is no HICANN."""
    grid = np.full(occupied.shape, -1, dtype=np.int32)
    grid[occupied] = np.arange(np.count_nonzero(occupied))
    return _frozen(grid)


def _shifted(dx: int, dy: int) -> NDArray[np.int32]:
    """Return the number of the HICANN `dx` columns east and `dy` rows south of each; -1: none."""
    padded = np.pad(HICANN_GRID, 1, constant_values=-1)
    return np.asarray(padded[HICANN_Y + 1 + dy, HICANN_X + 1 + dx])


#: (16, 36) number of the HICANN at [y, x], -1 where there is none.
HICANN_GRID: Final = _number_grid(_occupied())
#: (384,) column and row of every HICANN.
HICANN_Y: Final = _frozen(np.nonzero(HICANN_GRID >= 0)[0])
HICANN_X: Final = _frozen(np.nonzero(HICANN_GRID >= 0)[1])

#: (8, 9) number of the reticle at [y, x], -1 where there is none; numbered row by row.
RETICLE_GRID: Final = _number_grid(_occupied()[::RETICLE_HEIGHT, ::RETICLE_WIDTH])
#: (48,) column and row of every reticle in the grid of reticles.
RETICLE_Y: Final = _frozen(np.nonzero(RETICLE_GRID >= 0)[0])
RETICLE_X: Final = _frozen(np.nonzero(RETICLE_GRID >= 0)[1])
#: (48,) number of the FPGA that serves a reticle.
RETICLE_FPGA: Final = _frozen(_RETICLE_FPGA)

#: (384,) reticle, and FPGA, of every HICANN.
HICANN_RETICLE: Final = _frozen(RETICLE_GRID[HICANN_Y // RETICLE_HEIGHT, HICANN_X // RETICLE_WIDTH])
HICANN_FPGA: Final = _frozen(RETICLE_FPGA[HICANN_RETICLE])
#: (384,) group of read-out channels of every HICANN, 0..5: the HICANNs of a group share two
#: channels, one for each of the two analog outputs that every HICANN has.
HICANN_ADC_GROUP: Final = _frozen(np.asarray(_RETICLE_ADC_GROUP)[HICANN_RETICLE])

#: Columns of `NEIGHBOURS`.
NORTH, EAST, SOUTH, WEST = range(4)
#: (384, 4) numbers of the northern, eastern, southern and western neighbour, -1: none.
NEIGHBOURS: Final = _frozen(
    np.stack([_shifted(0, -1), _shifted(1, 0), _shifted(0, 1), _shifted(-1, 0)], axis=1)
)


def spiral_order(x: int = CENTRE_X, y: int = CENTRE_Y) -> NDArray[np.int32]:
    """Return the numbers of all HICANNs from (x, y) outwards.

    The order is a square spiral: ring by ring, ring r holding the HICANNs with
    ``max(|dx|, |dy|) == r``; within a ring clockwise, starting straight north of the middle.
    Places without a HICANN are passed over.

    Returns
    -------
    (384,) int32
        A permutation; it starts with the HICANN at (x, y) if there is one.
    """
    dx, dy = HICANN_X - x, HICANN_Y - y
    ring = np.maximum(np.abs(dx), np.abs(dy))
    clockwise_from_north = np.arctan2(dx, -dy) % (2 * np.pi)
    return _frozen(np.lexsort((clockwise_from_north, ring)))


#: (384,) HICANNs from the wafer's centre outwards, see `spiral_order`.
SPIRAL_ORDER: Final = spiral_order()


def _distances() -> NDArray[np.int16]:
    dx = np.abs(HICANN_X[:, np.newaxis] - HICANN_X)
    dy = np.abs(HICANN_Y[:, np.newaxis] - HICANN_Y)
    table: NDArray[np.int16] = (dx + dy).astype(np.int16)
    table.setflags(write=False)
    return table


#: (384, 384) HICANNs passed from one to another along rows and columns.
HICANN_DISTANCE: Final = _distances()


@cache
def _nearest() -> NDArray[np.int32]:
    """Return (16, 36) the HICANN nearest to the place [y, x]; of equally near ones the first."""
    x = np.arange(HICANN_COLUMNS)[:, np.newaxis]
    y = np.arange(HICANN_ROWS)[:, np.newaxis, np.newaxis]
    distance = np.abs(x - HICANN_X) + np.abs(y - HICANN_Y)
    return _frozen(distance.argmin(axis=-1))


def nearest_hicann(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.int32]:
    """Return the HICANN nearest to each (rounded) position on the grid of HICANNs.

    Parameters
    ----------
    x, y : (n,) float arrays
        Columns 0 to 35 and rows 0 to 15; where the grid is empty, the nearest HICANN counts.
    """
    row, column = np.rint(y).astype(np.int64), np.rint(x).astype(np.int64)
    nearest: NDArray[np.int32] = _nearest()[row, column]
    return nearest
