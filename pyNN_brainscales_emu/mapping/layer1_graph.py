"""The buses of the whole wafer as a graph: where a bus continues and what it can switch to.

A vertex is a bus of a HICANN, numbered ``HICANN * 320 + bus``. It has up to two neighbours along
the line (on the next HICANNs) and, through crossbar switches, eight (H line) or two (V line) on
the same HICANN. Behaviour: marocco:marocco/routing/L1RoutingGraph.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.random_numbers import uniform
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.layer1 import (
    BUSES_PER_HICANN,
    CROSSBAR_H_LINES,
    CROSSBAR_V_LINES,
    DRIVER_GROUPS,
    H_LINE_ONWARD,
    H_REPEATER_BORDER,
    MERGER_LINES,
    V_BUS,
    V_LINE_DRIVER_GROUP,
    V_LINE_NEIGHBOUR,
    V_LINE_ONWARD,
    V_LINES,
    V_REPEATER_BORDER,
)
from pyNN_brainscales_emu.hardware.topology import (
    EAST,
    HICANN_X,
    HICANN_Y,
    NEIGHBOURS,
    NORTH,
    SOUTH,
    WEST,
)
from pyNN_brainscales_emu.keyed_random import Purpose
from pyNN_brainscales_emu.mapping.layer1_defects import (
    Layer1Defects,
    dead_repeaters,
    unusable_buses,
)

SwitchOrdering = Literal["hicann", "seed", "filled"]

N_VERTICES: Final = HICANNS_PER_WAFER * BUSES_PER_HICANN
#: Crossbar switches of an H line; V lines have fewer.
_SWITCHES: Final = CROSSBAR_V_LINES.shape[1]
#: Columns of `onward`: against and along the HICANNs' coordinate (x of H lines, y of V lines).
_BACKWARD, _FORWARD = range(2)
_DIRECTIONS: Final = ((WEST, EAST), (NORTH, SOUTH))

_HICANN = np.arange(HICANNS_PER_WAFER, dtype=np.int32)[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class BusGraph:
    """Buses of the wafer that routes may use, and the ways between them.

    Attributes
    ----------
    onward : (n_vertices, 2) int32
        Vertex that continues a bus westwards and eastwards (H) or northwards and southwards (V);
        -1 where the wafer ends or the repeater is dead.
    crossing : (n_vertices, 8) int32
        Vertices at the other end of the crossbar switches, in the order in which they are tried;
        -1 where there is none.
    unusable : (n_vertices,) bool
        Buses that no route may occupy.
    mute : (n_vertices,) bool
        H lines of sending repeaters that are dead.
    neighbour : (n_vertices,) int32
        HICANN (alive) next to the own one whose drivers a V line reaches; -1 for none.
    """

    onward: NDArray[np.int32]
    crossing: NDArray[np.int32]
    unusable: NDArray[np.bool_]
    mute: NDArray[np.bool_]
    neighbour: NDArray[np.int32]


def bus_graph(
    defects: Layer1Defects, ordering: SwitchOrdering = "hicann", seed: int = 0
) -> BusGraph:
    """Return the graph of the buses without what is defect.

    Parameters
    ----------
    defects : Layer1Defects
    ordering : {"hicann", "seed", "filled"}
        Order in which the crossbar switches of a line are tried: shuffled by the HICANN's number
        alone, shuffled by `seed`, or as `hardware.layer1` lists them.
    seed : int
        For ``ordering="seed"``.
    """
    mute = np.zeros((HICANNS_PER_WAFER, BUSES_PER_HICANN), dtype=bool)
    mute[:, MERGER_LINES] = defects.h_repeater[:, MERGER_LINES]
    return BusGraph(
        onward=_onward(dead_repeaters(defects)),
        crossing=_without_switches(
            _crossings(ordering, seed if ordering == "seed" else 0), defects.crossbar_switches
        ),
        unusable=unusable_buses(defects).reshape(N_VERTICES),
        mute=mute.reshape(N_VERTICES),
        neighbour=_neighbours(defects.hicann),
    )


# --- along the lines -------------------------------------------------------------------------


def _line_ends() -> NDArray[np.int32]:
    """Return (384, 320, 2) the vertex that continues a bus either way; -1: end of the wafer."""
    ends = np.empty((HICANNS_PER_WAFER, BUSES_PER_HICANN, 2), dtype=np.int32)
    lines = ((H_LINE_ONWARD, slice(0, V_BUS), 0), (V_LINE_ONWARD, slice(V_BUS, None), V_BUS))
    for (onward, buses, first), directions in zip(lines, _DIRECTIONS, strict=True):
        for way, direction in enumerate(directions):
            neighbour = NEIGHBOURS[:, direction, np.newaxis]
            vertex = neighbour * BUSES_PER_HICANN + first + onward[:, direction]
            ends[:, buses, way] = np.where(neighbour >= 0, vertex, -1)
    return ends


_LINE_ENDS: Final = _line_ends()
#: (320,) column of `onward` at whose border a bus has its own repeater.
_REPEATER_WAY: Final = np.concatenate(
    [
        np.where(H_REPEATER_BORDER == WEST, _BACKWARD, _FORWARD),
        np.where(V_REPEATER_BORDER == NORTH, _BACKWARD, _FORWARD),
    ]
)


def _onward(dead_repeater: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return (n_vertices, 2) how buses continue where the repeaters on the way work."""
    onward = _LINE_ENDS.reshape(N_VERTICES, 2).copy()
    here = np.flatnonzero(dead_repeater)
    way = _REPEATER_WAY[here % BUSES_PER_HICANN]
    beyond = onward[here, way]
    onward[here, way] = -1
    exists = beyond >= 0
    onward[beyond[exists], 1 - way[exists]] = -1
    return onward


# --- across the switches ---------------------------------------------------------------------


@lru_cache(maxsize=4)
def _crossings(ordering: SwitchOrdering, seed: int) -> NDArray[np.int32]:
    """Return (n_vertices, 8) what a bus can switch to, in the order of the switches."""
    rank = _switch_ranks(ordering, seed)
    crossing = np.full((HICANNS_PER_WAFER, BUSES_PER_HICANN, _SWITCHES), -1, dtype=np.int32)
    crossing[:, :V_BUS] = V_BUS + _in_order(CROSSBAR_V_LINES, rank)
    crossing[:, V_BUS:, : CROSSBAR_H_LINES.shape[1]] = _in_order(
        CROSSBAR_H_LINES, rank[:, CROSSBAR_H_LINES, _SWITCH_OF_V_LINE]
    )
    first = _HICANN[:, :, np.newaxis] * BUSES_PER_HICANN
    table = np.where(crossing >= 0, crossing + first, -1).reshape(N_VERTICES, _SWITCHES)
    table.setflags(write=False)
    return table


#: (256, 2) which of the eight switches of `CROSSBAR_H_LINES` leads to a V line.
_SWITCH_OF_V_LINE: Final = (
    CROSSBAR_V_LINES[CROSSBAR_H_LINES] == np.arange(V_LINES)[:, np.newaxis, np.newaxis]
).argmax(axis=-1)


def _switch_ranks(ordering: SwitchOrdering, seed: int) -> NDArray[np.float64]:
    """Return (384, 64, 8) numbers by which the switches of a HICANN are sorted."""
    index = np.arange(CROSSBAR_V_LINES.size).reshape(CROSSBAR_V_LINES.shape)
    if ordering == "filled":
        return np.broadcast_to(index.astype(float), (HICANNS_PER_WAFER, *index.shape))
    switch = np.tile(index.ravel().astype(np.uint64), HICANNS_PER_WAFER)
    hicann = np.repeat(_HICANN.ravel().astype(np.uint32), index.size)
    rank = np.empty(switch.shape)
    uniform(seed, Purpose.PLACEMENT, switch, hicann, rank)
    return rank.reshape(HICANNS_PER_WAFER, *index.shape)


def _in_order(lines: NDArray[np.int32], rank: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return (384, n_lines, n_switches) the lines at the far ends of switches sorted by rank."""
    order = np.argsort(rank, axis=-1, kind="stable")
    return lines[np.arange(len(lines))[:, np.newaxis], order]


def _without_switches(
    crossing: NDArray[np.int32], switches: NDArray[np.int32]
) -> NDArray[np.int32]:
    if not len(switches):
        return crossing
    crossing = crossing.copy()
    hicann, h_line, v_line = switches.astype(np.int32).T
    ends = hicann * BUSES_PER_HICANN + h_line, hicann * BUSES_PER_HICANN + V_BUS + v_line
    for here, there in (ends, ends[::-1]):
        entry, way = np.nonzero(crossing[here] == there[:, np.newaxis])
        crossing[here[entry], way] = -1
    return crossing


# --- what a vertex is ------------------------------------------------------------------------


def _neighbours(dead: NDArray[np.bool_]) -> NDArray[np.int32]:
    reached = np.full((HICANNS_PER_WAFER, BUSES_PER_HICANN), -1, dtype=np.int32)
    beyond = NEIGHBOURS[:, V_LINE_NEIGHBOUR]
    reached[:, V_BUS:] = np.where((beyond >= 0) & ~dead[beyond], beyond, -1)
    return reached.reshape(N_VERTICES)


def _of_buses(h_lines: NDArray[np.int32], v_lines: NDArray[np.int32]) -> NDArray[np.int32]:
    table = np.empty((HICANNS_PER_WAFER, BUSES_PER_HICANN), dtype=np.int32)
    table[:, :V_BUS], table[:, V_BUS:] = h_lines, v_lines
    flat = table.reshape(N_VERTICES)
    flat.setflags(write=False)
    return flat


#: (n_vertices,) HICANN of each vertex.
VERTEX_HICANN: Final = _of_buses(_HICANN, _HICANN)
#: (n_vertices,) the coordinate along the line: column of H lines, row of V lines.
VERTEX_POSITION: Final = _of_buses(HICANN_X[:, np.newaxis], HICANN_Y[:, np.newaxis])
#: (n_vertices,) number of the group of V lines that share their drivers, wafer-wide; -1 for
#: H lines.
VERTEX_GROUP: Final = _of_buses(
    np.full((1, 1), -1, dtype=np.int32), _HICANN * DRIVER_GROUPS + V_LINE_DRIVER_GROUP
)
N_GROUPS: Final = HICANNS_PER_WAFER * DRIVER_GROUPS
