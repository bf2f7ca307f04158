"""Where the parts of a HICANN lie in its picture.

Lengths are columns of the synapse arrays to the east and rows to the south, from the north-western
corner of the upper array. Between the arrays lie the two rows of denmems with the H lines between
them; beside the arrays the synapse drivers, beyond these the V lines. Only the arrays are to scale.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DRIVERS_PER_HICANN,
    SYNAPSE_COLUMNS,
    SYNAPSE_ROWS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    H_LINES,
    RIGHT,
    V_LINES,
    V_LINES_PER_SIDE,
)

Floats = NDArray[np.float64]

ARRAY_ROWS: Final = SYNAPSE_ROWS_PER_HICANN // 2
#: Rows of denmems, and the room about them.
DENMEM_HEIGHT: Final = 18.0
_GAP: Final = 6.0
_H_BAND: Final = 84.0
TOP_DENMEMS: Final = ARRAY_ROWS + _GAP
_H_NORTH: Final = TOP_DENMEMS + DENMEM_HEIGHT + _GAP
BOTTOM_DENMEMS: Final = _H_NORTH + _H_BAND + _GAP
LOWER_ARRAY: Final = BOTTOM_DENMEMS + DENMEM_HEIGHT + _GAP
HEIGHT: Final = LOWER_ARRAY + ARRAY_ROWS

#: Synapse drivers, and the bands of V lines, as distances from the arrays.
DRIVER_NEAR, DRIVER_FAR = 4.0, 15.0
_V_NEAR, _V_FAR = 24.0, 106.0
#: The chip's border, and where the names of lines stand beyond it.
BORDER: Final = 114.0
MARGIN: Final = 26.0
WIDTH: Final = SYNAPSE_COLUMNS

_ROWS_PER_LINE: Final = SYNAPSE_ROWS_PER_HICANN // DRIVERS_PER_HICANN


def row_y(row: NDArray[np.integer]) -> Floats:
    """Return the northern edge of synapse rows."""
    return np.asarray(row + np.where(row >= ARRAY_ROWS, LOWER_ARRAY - ARRAY_ROWS, 0.0))


def driver_y(driver: NDArray[np.integer]) -> Floats:
    """Return the northern edge of the two rows of synapse drivers."""
    return row_y(_ROWS_PER_LINE * np.asarray(driver))


def driver_x(driver: NDArray[np.integer]) -> Floats:
    """Return the western edge of synapse drivers."""
    is_right = DRIVER_SIDE[driver] == RIGHT
    return np.where(is_right, WIDTH + DRIVER_NEAR, -DRIVER_FAR)


def h_line_y(h_line: NDArray[np.integer]) -> Floats:
    """Return where H lines lie."""
    return np.asarray(_H_NORTH + _H_BAND * np.asarray(h_line) / (H_LINES - 1))


def v_line_x(v_line: NDArray[np.integer]) -> Floats:
    """Return where V lines lie."""
    return np.asarray(_V_LINE_X[v_line])


def _v_line_places() -> Floats:
    across = np.linspace(_V_NEAR, _V_FAR, V_LINES_PER_SIDE)
    return np.concatenate([-across[::-1], WIDTH + across])


_V_LINE_X: Final = _v_line_places()
assert len(_V_LINE_X) == V_LINES
