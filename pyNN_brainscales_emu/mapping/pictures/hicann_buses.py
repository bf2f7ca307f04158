"""Synapse drivers and buses in the picture of a HICANN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE, SENDING_LINES, V_BUS
from pyNN_brainscales_emu.mapping.pictures import hicann_plan as plan
from pyNN_brainscales_emu.mapping.pictures.figures import (
    BROKEN,
    GREY,
    add_polygons,
    add_strokes,
    alternating,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_content import Chains, broken_drivers

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

Floats = NDArray[np.float64]

#: A driver is drawn as high as the four rows from one driver of its side to the next, less a gap.
_DRIVER_HEIGHT: Final = 3.2
#: Names of lines stand so many rows apart; with more chains on a side they are left out.
_TEXT_HEIGHT: Final = 10.5
_MOST_NAMES: Final = 48


# --- buses -------------------------------------------------------------------------------------


def draw_buses(axes: Any, mapping: MappingResult, hicann: int, chains: Chains) -> None:
    """Draw the H and V lines in use, crossbar switches, sending repeaters, and broken lines.

    Lines that feed drivers of this HICANN have the colour of these, others are grey.
    """
    layer1 = mapping.layer1
    here = np.flatnonzero(layer1.segment_hicann == hicann)
    bus, line = layer1.segment_bus[here], layer1.segment_line[here]
    colours = _line_colours(line, chains)
    is_fed = np.isin(line, chains.line)
    for mask, width, zorder in ((~is_fed, 0.5, 1), (is_fed, 0.8, 1.1)):
        ends = _bus_strokes(bus[mask])
        add_strokes(axes, ends, zorder, colors=colours[mask], linewidths=width, label="_buses")
    if not is_fed.all():
        axes.plot([], [], color=GREY, linewidth=1.0, label="bus passing through")
    _mark_switches(axes, mapping, here)
    _mark_repeaters(axes, bus[layer1.segment_parent[here] < 0])
    _draw_broken(axes, mapping, hicann)


def _line_colours(line: NDArray[np.int32], chains: Chains) -> Floats:
    """Return (n, 4) the colour of the first chain that each line feeds; grey for the others."""
    from matplotlib.colors import to_rgba

    colours = np.tile(to_rgba(GREY), (len(line), 1))
    chain_of = np.full(int(max(line.max(initial=-1), chains.line.max(initial=-1))) + 1, -1)
    chain_of[chains.line[::-1]] = np.arange(len(chains.line))[::-1]
    fed = chain_of[line] >= 0
    colours[fed] = alternating()(chains.number[chain_of[line[fed]]])
    return colours


def _bus_strokes(bus: NDArray[np.int32]) -> Floats:
    """Return (n, 2, 2) end points of buses, which run through the whole HICANN."""
    is_vertical = bus >= V_BUS
    at = np.empty(len(bus))
    at[is_vertical] = plan.v_line_x(bus[is_vertical] - V_BUS)
    at[~is_vertical] = plan.h_line_y(bus[~is_vertical])
    horizontal = np.array([-plan.BORDER, plan.WIDTH + plan.BORDER])
    vertical = np.array([-10.0, plan.HEIGHT + 10.0])
    x = np.where(is_vertical[:, np.newaxis], at[:, np.newaxis], horizontal)
    y = np.where(is_vertical[:, np.newaxis], vertical, at[:, np.newaxis])
    return np.stack([x, y], axis=2)


def _mark_switches(axes: Any, mapping: MappingResult, here: NDArray[np.intp]) -> None:
    """Mark closed crossbar switches: where a segment branches off on the same HICANN."""
    layer1 = mapping.layer1
    child = here[layer1.segment_parent[here] >= 0]
    parent = layer1.segment_parent[child]
    same = layer1.segment_hicann[parent] == layer1.segment_hicann[child]
    buses = np.sort([layer1.segment_bus[parent[same]], layer1.segment_bus[child[same]]], axis=0)
    if buses.shape[1]:
        at = (plan.v_line_x(buses[1] - V_BUS), plan.h_line_y(buses[0]))
        axes.scatter(*at, s=5, color="black", zorder=3, label="closed crossbar switch")


def _mark_repeaters(axes: Any, bus: NDArray[np.int32]) -> None:
    """Mark the sending repeaters in use, at the western border."""
    sending = bus[np.isin(bus, SENDING_LINES)]
    if len(sending):
        at = (np.full(len(sending), -plan.BORDER), plan.h_line_y(sending))
        axes.scatter(*at, marker=">", s=22, color="black", zorder=5, label="sending repeater")


def _draw_broken(axes: Any, mapping: MappingResult, hicann: int) -> None:
    defects = mapping.defects
    h_line = np.flatnonzero(defects.h_line[hicann] | defects.h_repeater[hicann])
    v_line = np.flatnonzero(defects.v_line[hicann] | defects.v_repeater[hicann])
    bus = np.concatenate([h_line, V_BUS + v_line]).astype(np.int32)
    if len(bus):
        style = {"colors": BROKEN, "linewidths": 0.7, "linestyles": (0, (3, 2))}
        add_strokes(axes, _bus_strokes(bus), 0.9, label="defect bus or repeater", **style)


# --- drivers -----------------------------------------------------------------------------------


def draw_drivers(axes: Any, mapping: MappingResult, hicann: int, chains: Chains) -> None:
    """Draw all synapse drivers: chains in the colours of their lines, unused and broken ones."""
    from matplotlib.colors import to_rgba

    colours = np.ones((len(DRIVER_SIDE), 4))
    member, chain = chains.members
    colours[member] = alternating()(chains.number[chain])
    colours[broken_drivers(mapping, hicann)] = to_rgba(BROKEN)
    if mapping.defects.dead_hicanns[hicann]:
        colours[:] = to_rgba(BROKEN)
    driver = np.arange(len(DRIVER_SIDE))
    boxes = _driver_boxes(driver)
    edge = {"edgecolors": GREY, "linewidths": 0.25, "zorder": 2}
    add_polygons(axes, boxes, facecolors=colours, label="_drivers", **edge)
    if len(chains.line):
        _draw_ways(axes, chains)
        _write_names(axes, chains)


def _driver_boxes(driver: NDArray[np.integer]) -> Floats:
    """Return (n, 4, 2) corners; drivers of one side touch nearly."""
    x, y = plan.driver_x(driver), plan.driver_y(driver) - (_DRIVER_HEIGHT - 2) / 2
    width = plan.DRIVER_FAR - plan.DRIVER_NEAR
    corners = np.array([[0, 0], [width, 0], [width, _DRIVER_HEIGHT], [0, _DRIVER_HEIGHT]])
    return np.asarray(np.stack([x, y], axis=1)[:, np.newaxis] + corners)


def _draw_ways(axes: Any, chains: Chains) -> None:
    """Draw the way from each V line, or from the neighbour's side of the border, to its driver."""
    is_right = chains.is_right
    outward = np.where(is_right, 1.0, -1.0)
    edge = np.where(is_right, plan.WIDTH, 0.0)
    border = edge + outward * (plan.BORDER + 4)
    begin = np.where(chains.is_own, plan.v_line_x(chains.v_line), border)
    end = edge + outward * plan.DRIVER_FAR
    y = plan.driver_y(chains.primary) + 1.0
    strokes = np.stack([np.stack([begin, y], 1), np.stack([end, y], 1)], axis=1)
    colours = alternating()(chains.number)
    add_strokes(axes, strokes, 2.5, colors=colours, linewidths=0.9, label="_ways")
    for mask, marker, label in (
        (chains.is_own, "o", "closed synapse switch"),
        (~chains.is_own, "D", "driver fed by a V line of the neighbour"),
    ):
        if mask.any():
            style = {"edgecolors": "white", "linewidths": 0.3, "zorder": 4}
            axes.scatter(begin[mask], y[mask], s=10, marker=marker, c=colours[mask], **style)
            axes.scatter([], [], s=14, marker=marker, color=GREY, label=label)


def _write_names(axes: Any, chains: Chains) -> None:
    """Write the number of its line beside each chain, outside of the chip."""
    colours = alternating()(chains.number)
    for is_right in (False, True):
        chosen = np.flatnonzero(chains.is_right == is_right)
        if not 0 < len(chosen) <= _MOST_NAMES:
            continue
        x = plan.WIDTH + plan.BORDER + 12 if is_right else -plan.BORDER - 12
        axes.text(x, -1.2 * _TEXT_HEIGHT, "line", ha="center", va="center", fontsize=7, color=GREY)
        places = _apart(plan.driver_y(chains.primary[chosen]) + 1.0)
        for number, y in zip(chosen, places, strict=True):
            style = {"ha": "center", "va": "center", "fontsize": 7}
            axes.text(x, y, str(chains.line[number]), color=colours[number], **style)


def _apart(places: Floats) -> Floats:
    """Return ascending places, moved as little as possible so that texts there do not overlap."""
    step = _TEXT_HEIGHT * np.arange(len(places))
    moved = isotonic_regression(places - step).x
    return np.asarray(np.clip(moved, 0.0, max(0.0, plan.HEIGHT - step[-1])) + step)
