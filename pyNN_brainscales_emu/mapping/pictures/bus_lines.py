"""Layer-1 lines as strokes in the plane of the wafer: which bus runs from where to where.

HICANN (x, y) is the square from (x, y) to (x + 1, y + 1); y grows to the south. Inside of it H
lines lie in the order of their numbers from north to south, V lines from west to east on either
side of the synapse arrays, synapse drivers at the arrays' edges. The distances are schematic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import DRIVERS_PER_HICANN
from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    H_LINES,
    RIGHT,
    V_BUS,
    V_LINES,
    V_LINES_PER_SIDE,
)
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

Floats = NDArray[np.float64]

_H_NORTH, _H_SOUTH = 0.16, 0.84
_V_WIDTH = 0.32
_V_LEFT, _V_RIGHT = 0.05, 0.63
_DRIVER_LEFT, _DRIVER_RIGHT = 0.42, 0.58
_DRIVERS_NORTH, _DRIVERS_SOUTH = 0.04, 0.96


def _bus_offsets() -> Floats:
    """Return (320,) where each bus lies across its HICANN, 0 to 1."""
    v_line = np.arange(V_LINES)
    first = np.where(v_line < V_LINES_PER_SIDE, _V_LEFT, _V_RIGHT)
    across = _V_WIDTH * (v_line % V_LINES_PER_SIDE) / (V_LINES_PER_SIDE - 1)
    return np.concatenate([np.linspace(_H_NORTH, _H_SOUTH, H_LINES), first + across])


BUS_OFFSET: Final = _bus_offsets()
#: (224,) place of each synapse driver on its HICANN.
DRIVER_X: Final = np.where(DRIVER_SIDE == RIGHT, _DRIVER_RIGHT, _DRIVER_LEFT)
DRIVER_Y: Final = np.linspace(_DRIVERS_NORTH, _DRIVERS_SOUTH, DRIVERS_PER_HICANN)


@dataclass(frozen=True, eq=False)
class BusLines:
    """Strokes and marked points of some lines.

    Attributes
    ----------
    buses : (n, 2, 2) float64
        End points of the part of each bus that is used, one for each segment of the lines.
    buses_line : (n,) int32
        The line's number.
    links : (m, 2, 2) float64
        Steps at the borders of HICANNs, where a line goes on under another number, and the ways
        through closed synapse switches to the drivers.
    links_line : (m,) int32
    starts : (n_lines, 2) float64
        Sending repeaters.
    ends : (n_ends, 2) float64
        First driver of the chain on each HICANN that the line feeds.
    blind_ends : (n_blind, 2) float64
        Where a line arrives and gets no driver.
    failed : (n_failed,) int32
        HICANNs that some of the lines should reach and do not.
    """

    buses: Floats
    buses_line: NDArray[np.int32]
    links: Floats
    links_line: NDArray[np.int32]
    starts: Floats
    ends: Floats
    blind_ends: Floats
    failed: NDArray[np.int32]


def bus_lines(mapping: MappingResult, lines: NDArray[np.integer] | None = None) -> BusLines:
    """Return the strokes of some lines (by number), by default of all."""
    layer1 = mapping.layer1
    tracks = _Tracks(mapping)
    steps, steps_segment = tracks.join_segments()
    ways, ways_segment, ends, is_fed = tracks.join_drivers()
    starts, root = tracks.join_repeaters()

    def wanted(line: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.ones(len(line), dtype=bool) if lines is None else np.isin(line, lines)

    links_line = layer1.segment_line[np.concatenate([steps_segment, ways_segment])]
    of_route = wanted(layer1.route_line)
    keep, keep_links = wanted(layer1.segment_line), wanted(links_line)
    return BusLines(
        buses=tracks.strokes()[keep],
        buses_line=layer1.segment_line[keep],
        links=np.concatenate([steps, ways])[keep_links],
        links_line=links_line[keep_links],
        starts=starts[wanted(layer1.segment_line[root])],
        ends=ends[of_route & is_fed],
        blind_ends=ends[of_route & ~is_fed],
        failed=np.unique(layer1.failed_target[wanted(layer1.failed_line)]),
    )


class _Tracks:
    """Bus segments as stretches along their axis, which grow with everything that joins them."""

    def __init__(self, mapping: MappingResult) -> None:
        self.layer1, self.drivers = mapping.layer1, mapping.drivers
        self.hicann, bus = self.layer1.segment_hicann, self.layer1.segment_bus
        self.is_vertical = bus >= V_BUS
        self.x, self.y = HICANN_X[self.hicann], HICANN_Y[self.hicann]
        self.across = np.where(self.is_vertical, self.x, self.y) + BUS_OFFSET[bus]
        self.low = np.full(len(bus), np.inf)
        self.high = np.full(len(bus), -np.inf)

    def extend(self, segments: NDArray[np.integer], places: Floats) -> None:
        np.minimum.at(self.low, segments, places)
        np.maximum.at(self.high, segments, places)

    def strokes(self) -> Floats:
        """Return (n, 2, 2) end points of all segments."""
        along = np.stack([self.low, self.high], axis=1)
        across = np.stack([self.across, self.across], axis=1)
        vertical = self.is_vertical[:, np.newaxis]
        return np.stack([np.where(vertical, across, along), np.where(vertical, along, across)], 2)

    def join_segments(self) -> tuple[Floats, NDArray[np.intp]]:
        """Join all segments to their parents; return the steps at borders, and whose they are."""
        child = np.flatnonzero(self.layer1.segment_parent >= 0)
        parent = self.layer1.segment_parent[child]
        crosses = self.hicann[child] == self.hicann[parent]
        place = np.where(self.is_vertical, self.y, self.x)
        border = np.maximum(place[child], place[parent]).astype(float)
        self.extend(child, np.where(crosses, self.across[parent], border))
        self.extend(parent, np.where(crosses, self.across[child], border))
        child, parent, border = child[~crosses], parent[~crosses], border[~crosses]
        across = np.stack([self.across[parent], self.across[child]], axis=1)
        along = np.stack([border, border], axis=1)
        vertical = self.is_vertical[child][:, np.newaxis]
        steps = np.stack([np.where(vertical, across, along), np.where(vertical, along, across)], 2)
        return steps, child

    def join_drivers(self) -> tuple[Floats, NDArray[np.int32], Floats, NDArray[np.bool_]]:
        """Join V lines to the drivers that they feed.

        Returns
        -------
        ways : (n_fed, 2, 2)
        segments : (n_fed,)
            Segment that each way begins at.
        ends : (n_routes, 2)
        is_fed : (n_routes,)
            Whether the route got a driver.
        """
        segment, target = self.layer1.route_segment, self.layer1.route_target
        primary = self.drivers.route_primary
        is_fed = primary >= 0
        y = np.where(is_fed, HICANN_Y[target] + DRIVER_Y[primary], HICANN_Y[target] + 0.5)
        self.extend(segment, y)
        x = np.where(is_fed, HICANN_X[target] + DRIVER_X[primary], self.across[segment])
        ends = np.stack([x, y], axis=1)
        begins = np.stack([self.across[segment], y], axis=1)
        return np.stack([begins, ends], axis=1)[is_fed], segment[is_fed], ends, is_fed

    def join_repeaters(self) -> tuple[Floats, NDArray[np.intp]]:
        """Let every line begin at its sending repeater, at the western border; return these."""
        root = np.flatnonzero(self.layer1.segment_parent < 0)
        self.extend(root, self.x[root].astype(float))
        return np.stack([self.x[root].astype(float), self.across[root]], axis=1), root
