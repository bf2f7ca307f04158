"""Which synapse drivers each line gets on its target HICANNs.

A line reaches 14 drivers of one side of the target through synapse switches, one of which may be
closed; the driver behind it, the primary one, passes the events on to its neighbours in the same
quadrant. All lines of a side compete for its 112 drivers. The algorithm is that of Fieres et al.
as in marocco:marocco/routing/Fieres.cpp: where more is asked than there is, drivers are shared out
in proportion to the synapses; the lines with most synapses choose first, each the smallest gap
around a reachable driver that holds its chain, or else the largest one; a line without a free
reachable driver gets none.

So long chains can take the only drivers that other lines reach. The other algorithm here, which a
comment in the same file proposes, gives every line one driver before chains grow: a matching
between lines and reachable drivers that serves as many lines as can be, those with most synapses
first; then each chain in turn takes one driver beside it that is free, or whose line can move, as
long as it wants more. It takes the place of the first where that does not give every line of a
side what it wants.

Not modelled: that long chains decode wrongly at times; a shift of chains to make room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.driver_assignment import assign_drivers
from pyNN_brainscales_emu.hardware.constants import (
    DRIVER_CHAIN_LENGTH,
    DRIVERS_PER_HICANN,
    DRIVERS_PER_SIDE,
    HICANNS_PER_WAFER,
)
from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    LEFT,
    NEIGHBOUR_DRIVER_LINES,
    OWN_DRIVER_LINES,
    RIGHT,
    V_BUS,
    V_LINE_SIDE,
)
from pyNN_brainscales_emu.mapping.driver_requirement import DriverNeed
from pyNN_brainscales_emu.mapping.layer1_results import DriverAllocation, Layer1Routing

Algorithm = Literal["fieres", "primaries_first"]

#: Sides of all HICANNs, numbered 2 * HICANN + side.
_N_SIDES = 2 * HICANNS_PER_WAFER
#: A side has a driver on every second driver line.
_LINE_STEP = DRIVERS_PER_HICANN // DRIVERS_PER_SIDE


@dataclass(frozen=True, eq=False)
class DriverDefects:
    """What cannot be used; None: everything can.

    Attributes
    ----------
    drivers : (384, 224) bool or None
        By HICANN and driver line.
    switches : (384, 256, 224) bool or None
        Synapse switches by HICANN of the V line, V line and driver line.
    """

    drivers: NDArray[np.bool_] | None = None
    switches: NDArray[np.bool_] | None = None


NO_DRIVER_DEFECTS = DriverDefects()


def allocate_drivers(
    routing: Layer1Routing,
    need: DriverNeed,
    chain_length: int = DRIVER_CHAIN_LENGTH,
    defects: DriverDefects = NO_DRIVER_DEFECTS,
    algorithm: Algorithm = "fieres",
) -> DriverAllocation:
    """Give every route its chain of drivers, as far as there are any.

    Parameters
    ----------
    routing : Layer1Routing
    need : DriverNeed
        Of the same routes.
    chain_length : int
        Most drivers of a chain.
    defects : DriverDefects
    algorithm : {"fieres", "primaries_first"}

    Returns
    -------
    DriverAllocation
        A route that needs no driver gets none.
    """
    needed = need.drivers
    v_line = routing.segment_bus[routing.route_segment] - V_BUS
    switch_hicann = routing.segment_hicann[routing.route_segment]
    is_own = switch_hicann == routing.route_target
    side = np.where(is_own, V_LINE_SIDE[v_line], LEFT + RIGHT - V_LINE_SIDE[v_line])
    side_number = 2 * routing.route_target.astype(np.int64) + side
    order = np.lexsort((~is_own, v_line, side_number))
    order = order[needed[order] > 0]
    reached = np.where(is_own[:, np.newaxis], OWN_DRIVER_LINES[v_line], _neighbours(v_line))
    chain = np.full((len(order), 3), -1, dtype=np.int32)
    assign_drivers(
        np.searchsorted(side_number[order], np.arange(_N_SIDES + 1)),
        v_line[order].astype(np.int32),
        needed[order],
        need.n_synapses[order],
        _reachable(reached[order], switch_hicann[order], v_line[order], defects),
        _defect_by_side(defects),
        chain_length,
        algorithm == "primaries_first",
        chain,
    )
    return _allocation(needed, order, chain, side)


def _neighbours(v_line: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.asarray(NEIGHBOUR_DRIVER_LINES[v_line])


def _reachable(
    driver_line: NDArray[np.int32],
    hicann: NDArray[np.int32],
    v_line: NDArray[np.int32],
    defects: DriverDefects,
) -> NDArray[np.int32]:
    """Return drivers of the side by their place in it, -1 behind defect switches."""
    driver = (driver_line // _LINE_STEP).astype(np.int32)
    if defects.switches is not None:
        broken = defects.switches[hicann[:, np.newaxis], v_line[:, np.newaxis], driver_line]
        driver[broken] = -1
    return driver


def _defect_by_side(defects: DriverDefects) -> NDArray[np.uint8]:
    """Return (768, 112) which drivers of each side are defect."""
    if defects.drivers is None:
        return np.zeros((_N_SIDES, DRIVERS_PER_SIDE), dtype=np.uint8)
    sides = [defects.drivers[:, side == DRIVER_SIDE] for side in (LEFT, RIGHT)]
    by_side = np.stack(sides, axis=1).reshape(_N_SIDES, DRIVERS_PER_SIDE)
    return np.ascontiguousarray(by_side, dtype=np.uint8)


def _allocation(
    needed: NDArray[np.int32],
    order: NDArray[np.int64],
    chain: NDArray[np.int32],
    side: NDArray[np.int64],
) -> DriverAllocation:
    """Turn places within a side into driver lines of the HICANN."""
    line_of_driver = np.stack([np.flatnonzero(side_ == DRIVER_SIDE) for side_ in (LEFT, RIGHT)])
    lines = np.full((len(needed), 3), -1, dtype=np.int32)
    on_lines = line_of_driver[side[order][:, np.newaxis], chain]
    lines[order] = np.where(chain >= 0, on_lines, -1)
    first, last, primary = np.ascontiguousarray(lines.T)
    return DriverAllocation(needed, first, last, primary)
