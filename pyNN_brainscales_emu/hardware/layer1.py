"""Layer 1 as tables: the lines of a HICANN, their switches, repeaters and neighbours.

Horizontal (H) lines are numbered 0..63, vertical (V) lines 0..255: 0..127 run left of the synapse
arrays, 128..255 right of them. A *bus* is a line of either kind on one HICANN, numbered 0..63 for
the H lines and 64..319 for the V lines. All tables are read-only arrays; -1 means "none".
Source: halco:src/halco/hicann/v2/l1.cpp, halco:include/halco/hicann/v2/l1.h and
halco:src/halco/hicann/v2/synapse.cpp.

Not modelled: test ports, and the two directions that a repeater can be set to.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DRIVERS_PER_HICANN,
    LINK_CHANNELS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.topology import EAST, NORTH, SOUTH, WEST

H_LINES: Final = 64
V_LINES: Final = 256
V_LINES_PER_SIDE: Final = V_LINES // 2
#: Buses of a HICANN; the V line v is the bus `V_BUS` + v.
V_BUS: Final = H_LINES
BUSES_PER_HICANN: Final = H_LINES + V_LINES

#: Sides of a HICANN.
SIDES: Final = 2
LEFT, RIGHT = range(SIDES)

#: Switches that may be closed on one line of a HICANN: crossbar switches of an H line and of a V
#: line, synapse switches of a V line and of a row (sthal:sthal/Settings.h and the defaults of
#: calibtic:include/calibtic/HMF; marocco:marocco/routing/L1Routing.cpp counts the crossbar
#: switches of both sides of an H line together).
CROSSBAR_SWITCHES_PER_LINE: Final = 1
SYNAPSE_SWITCHES_PER_LINE: Final = 1

#: The pattern of the crossbar repeats every 32 V lines, one switch for two H lines; that of the
#: synapse switches every 32 V lines and 16 driver lines, in squares of 4 V lines x 2 driver lines.
_V_PERIOD: Final = 32
_H_LINES_PER_STEP: Final = 2
_SYNAPSE_V_STEP: Final = 4
_SYNAPSE_ROW_PERIOD: Final = 16
_SYNAPSE_ROW_STEP: Final = 2
#: A line continues this many numbers further on the neighbouring HICANN.
_SHIFT: Final = 2
#: The first of the H lines with a sending repeater, and their distance.
_FIRST_SENDING_LINE: Final = 6
_SENDING_LINE_STEP: Final = 8


def _frozen(values: Any, dtype: Any = np.int32) -> NDArray[Any]:
    table = np.array(values, dtype=dtype)
    table.setflags(write=False)
    return table


_H = np.arange(H_LINES)
_V = np.arange(V_LINES)
_ROW = np.arange(DRIVERS_PER_HICANN)

#: (256,) side of the synapse arrays on which a V line runs.
V_LINE_SIDE: Final[NDArray[np.int32]] = _frozen(_V // V_LINES_PER_SIDE)

# --- crossbar --------------------------------------------------------------------------------


def _crossing_v_lines() -> NDArray[np.int32]:
    block = _V_PERIOD * np.arange(V_LINES_PER_SIDE // _V_PERIOD)
    step = (_H // _H_LINES_PER_STEP)[:, np.newaxis]
    return _frozen(np.hstack([_V_PERIOD - 1 - step + block, V_LINES_PER_SIDE + step + block]))


def _crossing_h_lines() -> NDArray[np.int32]:
    _, h_line = np.nonzero(CROSSBAR.T)
    return _frozen(h_line.reshape(V_LINES, len(h_line) // V_LINES))


def _crossbar() -> NDArray[np.bool_]:
    exists = np.zeros((H_LINES, V_LINES), dtype=bool)
    exists[_H[:, np.newaxis], CROSSBAR_V_LINES] = True
    return _frozen(exists, bool)


#: (64, 8) V lines that an H line can be switched to: four on the left, then four on the right.
CROSSBAR_V_LINES: Final[NDArray[np.int32]] = _crossing_v_lines()
#: (64, 256) whether the crossbar has a switch between an H line and a V line.
CROSSBAR: Final[NDArray[np.bool_]] = _crossbar()
#: (256, 2) H lines that a V line can be switched to.
CROSSBAR_H_LINES: Final[NDArray[np.int32]] = _crossing_h_lines()

# --- synapse switches and drivers ------------------------------------------------------------


def _synapse_switches() -> NDArray[np.bool_]:
    line_step = (_V % _V_PERIOD // _SYNAPSE_V_STEP)[:, np.newaxis]
    row_step = _ROW % _SYNAPSE_ROW_PERIOD // _SYNAPSE_ROW_STEP
    upper = _ROW < DRIVERS_PER_HICANN // 2
    straight = (V_LINE_SIDE == LEFT)[:, np.newaxis] == upper
    mirrored = _SYNAPSE_ROW_PERIOD // _SYNAPSE_ROW_STEP - 1 - row_step
    return _frozen(line_step == np.where(straight, row_step, mirrored), bool)


def _driver_sides() -> NDArray[np.int32]:
    upper, odd = _ROW < DRIVERS_PER_HICANN // 2, _ROW % 2 == 1
    return _frozen(np.where(upper == odd, LEFT, RIGHT))


def _reached(own: bool) -> NDArray[np.int32]:
    """Return the driver lines of each V line on its own or on the neighbouring HICANN."""
    same_side = V_LINE_SIDE[:, np.newaxis] == DRIVER_SIDE
    _, driver_line = np.nonzero(SYNAPSE_SWITCH & (same_side == own))
    return _frozen(driver_line.reshape(V_LINES, len(driver_line) // V_LINES))


#: (224,) side on which the synapse driver of a driver line sits.
DRIVER_SIDE: Final[NDArray[np.int32]] = _driver_sides()
#: (256, 224) whether there is a synapse switch between a V line and a driver line. It leads to a
#: driver of the own HICANN where that driver sits on the side of the V line, else to the driver of
#: the same line on the neighbour beyond that side.
SYNAPSE_SWITCH: Final[NDArray[np.bool_]] = _synapse_switches()
#: (256, 14) driver lines that a V line reaches on its own HICANN, on its own side ...
OWN_DRIVER_LINES: Final[NDArray[np.int32]] = _reached(own=True)
#: (256, 14) ... and on the neighbour `V_LINE_NEIGHBOUR`, on the side that faces the V line.
NEIGHBOUR_DRIVER_LINES: Final[NDArray[np.int32]] = _reached(own=False)
#: (256,) direction (a column of `topology.NEIGHBOURS`) of the neighbour that a V line reaches.
V_LINE_NEIGHBOUR: Final[NDArray[np.int32]] = _frozen(np.where(V_LINE_SIDE == LEFT, WEST, EAST))
#: (256,) number 0..15 of the 16 V lines that share their drivers: 0..7 left, 8..15 right.
DRIVER_GROUPS: Final = 2 * _V_PERIOD // _SYNAPSE_V_STEP
V_LINE_DRIVER_GROUP: Final[NDArray[np.int32]] = _frozen(
    _V % _V_PERIOD // _SYNAPSE_V_STEP + V_LINE_SIDE * (DRIVER_GROUPS // 2)
)

# --- from HICANN to HICANN -------------------------------------------------------------------


def _h_lines_onward() -> NDArray[np.int32]:
    onward = np.full((H_LINES, 4), -1)
    onward[:, EAST] = (_H + _SHIFT) % H_LINES
    onward[:, WEST] = (_H - _SHIFT) % H_LINES
    return _frozen(onward)


def _v_lines_onward() -> NDArray[np.int32]:
    onward = np.full((V_LINES, 4), -1)
    north = np.where(V_LINE_SIDE == LEFT, _SHIFT, -_SHIFT)
    first = V_LINE_SIDE * V_LINES_PER_SIDE
    onward[:, NORTH] = first + (_V - first + north) % V_LINES_PER_SIDE
    onward[:, SOUTH] = first + (_V - first - north) % V_LINES_PER_SIDE
    return _frozen(onward)


#: (64, 4) number under which an H line continues on the HICANN to the north, east, south, west.
H_LINE_ONWARD: Final[NDArray[np.int32]] = _h_lines_onward()
#: (256, 4) number under which a V line continues on the HICANN to the north, east, south, west.
V_LINE_ONWARD: Final[NDArray[np.int32]] = _v_lines_onward()
#: (64,) border (WEST or EAST) at which a HICANN's own repeater re-drives an H line; at the other
#: border the repeater of the neighbour does.
H_REPEATER_BORDER: Final[NDArray[np.int32]] = _frozen(np.where(_H % 2 == 0, WEST, EAST))
#: (256,) likewise (NORTH or SOUTH) for V lines.
V_REPEATER_BORDER: Final[NDArray[np.int32]] = _frozen(
    np.where((V_LINE_SIDE == LEFT) == (_V % 2 == 1), NORTH, SOUTH)
)

# --- sending repeaters -----------------------------------------------------------------------

#: (8,) H line of each sending repeater.
SENDING_LINES: Final[NDArray[np.int32]] = _frozen(
    _FIRST_SENDING_LINE + _SENDING_LINE_STEP * np.arange(LINK_CHANNELS_PER_HICANN)
)
#: (8,) H line that each DNC merger (or channel of the Gbit link) feeds: merger m feeds the sending
#: repeater 7 - m.
MERGER_LINES: Final[NDArray[np.int32]] = _frozen(SENDING_LINES[::-1])
