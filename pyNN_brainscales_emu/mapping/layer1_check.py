"""Checks a routing of layer 1 against the hardware, without the code that made it.

Only the tables of `hardware` are used; what a repeater or a dead HICANN spoils is derived here
again, from the line's two ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.layer1 import (
    BUSES_PER_HICANN,
    CROSSBAR,
    CROSSBAR_SWITCHES_PER_LINE,
    H_LINE_ONWARD,
    H_REPEATER_BORDER,
    MERGER_LINES,
    SYNAPSE_SWITCHES_PER_LINE,
    V_BUS,
    V_LINE_NEIGHBOUR,
    V_LINE_ONWARD,
    V_REPEATER_BORDER,
)
from pyNN_brainscales_emu.hardware.topology import NEIGHBOURS
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects
from pyNN_brainscales_emu.mapping.layer1_results import Layer1Routing

_DIRECTIONS = range(NEIGHBOURS.shape[1])
#: (320, 4) bus under which a bus continues in each direction, -1: it does not run that way.
_BUS_ONWARD = np.concatenate(
    [H_LINE_ONWARD, np.where(V_LINE_ONWARD >= 0, V_BUS + V_LINE_ONWARD, -1)]
)
#: (320,) direction of the border with the own repeater of a bus.
_OWN_BORDER = np.concatenate([H_REPEATER_BORDER, V_REPEATER_BORDER])


def layer1_violations(
    routing: Layer1Routing,
    lines_hicann: ArrayLike,
    lines_merger: ArrayLike,
    targets_start: ArrayLike,
    targets_hicann: ArrayLike,
    defects: Layer1Defects | None = None,
) -> list[str]:
    """Return everything about a routing that the hardware cannot do or that was not asked.

    Parameters
    ----------
    routing : Layer1Routing
    lines_hicann, lines_merger, targets_start, targets_hicann, defects
        What was asked, as for `layer1_routing.route_layer1`.

    Returns
    -------
    list of str
        A sentence for each kind of violation with the numbers of the segments or routes concerned;
        empty if all is well. If numbers are out of range or parents do not precede their
        children, nothing else is looked at.
    """
    hicann, merger = np.asarray(lines_hicann), np.asarray(lines_merger)
    malformed = list(_named(_form(routing, len(hicann))))
    if malformed:
        return malformed
    checks = {
        **_trees(routing, hicann, merger),
        **_continuity(routing),
        **_limits(routing),
        **_defects(routing, defects or Layer1Defects()),
        **_routes(routing),
        **_completeness(routing, np.asarray(targets_start), np.asarray(targets_hicann)),
    }
    return list(_named(checks))


def _named(checks: dict[str, Any]) -> Iterator[str]:
    for what, wrong in checks.items():
        entries = np.flatnonzero(wrong)
        if len(entries):
            more = ", ..." if len(entries) > 5 else ""
            yield f"{what}: {', '.join(map(str, entries[:5]))}{more} ({len(entries)} in all)"


def _outside(values: NDArray[Any], size: int) -> NDArray[np.bool_]:
    return np.asarray((values < 0) | (values >= size))


def _form(routing: Layer1Routing, n_lines: int) -> dict[str, Any]:
    """Numbers in range, parents before children."""
    n_segments = len(routing.segment_line)
    parent = routing.segment_parent
    return {
        "segments of no line": _outside(routing.segment_line, n_lines),
        "routes of no line": _outside(routing.route_line, n_lines),
        "failed pairs of no line": _outside(routing.failed_line, n_lines),
        "failed pairs to no HICANN": _outside(routing.failed_target, HICANNS_PER_WAFER),
        "segments on no HICANN": _outside(routing.segment_hicann, HICANNS_PER_WAFER),
        "segments on no bus": _outside(routing.segment_bus, BUSES_PER_HICANN),
        "segments before their parent": (parent < -1) | (parent >= np.arange(n_segments)),
        "routes to no HICANN": _outside(routing.route_target, HICANNS_PER_WAFER),
        "routes to no segment": _outside(routing.route_segment, n_segments),
    }


def _trees(routing: Layer1Routing, hicann: NDArray[Any], merger: NDArray[Any]) -> dict[str, Any]:
    """One tree for each line, from the H line of its sending repeater."""
    line, parent = routing.segment_line, routing.segment_parent
    is_root = parent < 0
    misplaced = (routing.segment_hicann != hicann[line]) | (
        routing.segment_bus != MERGER_LINES[merger[line]]
    )
    n_roots = np.bincount(line[is_root], minlength=len(hicann))
    has_segments = np.bincount(line, minlength=len(hicann)) > 0
    return {
        "segments that start elsewhere than at the line's sending repeater": is_root & misplaced,
        "segments with a parent of another line": ~is_root & (line[parent] != line),
        "lines without exactly one first segment": has_segments & (n_roots != 1),
    }


def _steps(routing: Layer1Routing) -> NDArray[np.int64]:
    """Return (n_segments,) the direction from the parent; -1: none, or not one step along it."""
    parent = routing.segment_parent
    step = np.full(len(parent), -1)
    for direction in _DIRECTIONS:
        hicann = NEIGHBOURS[routing.segment_hicann[parent], direction]
        bus = _BUS_ONWARD[routing.segment_bus[parent], direction]
        onward = (hicann == routing.segment_hicann) & (bus == routing.segment_bus)
        step[onward & (hicann >= 0) & (parent >= 0)] = direction
    return step


def _switches(routing: Layer1Routing) -> NDArray[np.bool_]:
    """Return (n_segments,) whether a segment branches off its parent on the same HICANN."""
    parent = routing.segment_parent
    return np.asarray((parent >= 0) & (routing.segment_hicann == routing.segment_hicann[parent]))


def _switch_lines(routing: Layer1Routing) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return (n_segments,) the H and V line of the switch to the parent (where there is one)."""
    bus, parent_bus = routing.segment_bus, routing.segment_bus[routing.segment_parent]
    return np.minimum(bus, parent_bus), np.maximum(bus, parent_bus) - V_BUS


def _continuity(routing: Layer1Routing) -> dict[str, Any]:
    """Each segment continues its parent by the shift rule or by a crossbar switch."""
    switched = _switches(routing)
    h_line, v_line = _switch_lines(routing)
    across = (h_line < V_BUS) & (v_line >= 0)
    exists = across & CROSSBAR[np.where(across, h_line, 0), np.where(across, v_line, 0)]
    broken = (routing.segment_parent >= 0) & ~switched & (_steps(routing) < 0)
    return {
        "segments that do not continue their parent": broken,
        "segments behind a crossbar switch that does not exist": switched & ~exists,
    }


def _limits(routing: Layer1Routing) -> dict[str, Any]:
    """No bus twice, no switch too many."""
    bus = routing.segment_hicann.astype(np.int64) * BUSES_PER_HICANN + routing.segment_bus
    n_uses = np.bincount(bus, minlength=HICANNS_PER_WAFER * BUSES_PER_HICANN)
    switched = np.flatnonzero(_switches(routing))
    ends = np.concatenate([switched, routing.segment_parent[switched]])
    n_switches = np.bincount(ends, minlength=len(bus))
    n_synapse_switches = np.bincount(routing.route_segment, minlength=len(bus))
    return {
        "segments on a bus that is used twice": n_uses[bus] > 1,
        "segments with too many crossbar switches": n_switches > CROSSBAR_SWITCHES_PER_LINE,
        "segments with too many synapse switches": (n_synapse_switches > SYNAPSE_SWITCHES_PER_LINE),
    }


def _defects(routing: Layer1Routing, defects: Layer1Defects) -> dict[str, Any]:
    """Nothing defect in use."""
    hicann, bus, parent = routing.segment_hicann, routing.segment_bus, routing.segment_parent
    dead_line = np.concatenate([defects.h_line, defects.v_line], axis=1)
    dead_repeater = np.concatenate([defects.h_repeater, defects.v_repeater], axis=1)
    # A bus ends at two repeaters: the own one and, at the border opposite to it, a neighbour's.
    beyond = NEIGHBOURS[hicann, _OWN_BORDER[bus] ^ 2]
    step = _steps(routing)
    own = step == (_OWN_BORDER[bus] ^ 2)  # entered over the border with the own repeater
    driver = np.where(own, np.arange(len(bus)), parent)
    h_line, v_line = _switch_lines(routing)
    switch = np.stack([hicann, h_line, v_line], axis=1)
    return {
        "segments on a defect line": dead_line[hicann, bus],
        "segments on a dead HICANN": defects.hicann[hicann],
        "segments that end at a repeater of a dead HICANN": (
            (beyond >= 0) & defects.hicann[beyond]
        ),
        "segments over a border with a dead repeater": (
            (step >= 0) & dead_repeater[hicann[driver], bus[driver]]
        ),
        "segments fed by a dead sending repeater": (parent < 0) & dead_repeater[hicann, bus],
        "segments behind a defect crossbar switch": (
            _switches(routing) & _rows_in(switch, defects.crossbar_switches)
        ),
        "routes to a dead HICANN": defects.hicann[routing.route_target],
    }


def _rows_in(rows: NDArray[Any], listed: NDArray[Any]) -> NDArray[np.bool_]:
    size = np.array([1, HICANNS_PER_WAFER, HICANNS_PER_WAFER * BUSES_PER_HICANN])
    return np.isin(rows @ size, listed @ size)


def _routes(routing: Layer1Routing) -> dict[str, Any]:
    """Routes end on a V line of their line that reaches drivers of the target."""
    segment, target = routing.route_segment, routing.route_target
    hicann, v_line = routing.segment_hicann[segment], routing.segment_bus[segment] - V_BUS
    vertical = v_line >= 0
    beyond = NEIGHBOURS[hicann, V_LINE_NEIGHBOUR[np.where(vertical, v_line, 0)]]
    return {
        "routes of another line than their segment": (
            routing.segment_line[segment] != routing.route_line
        ),
        "routes that do not end on a vertical line": ~vertical,
        "routes that do not end next to their target": (hicann != target) & (beyond != target),
        "routes with a wrong length": _hicanns_passed(routing)[segment] != routing.route_length,
    }


def _hicanns_passed(routing: Layer1Routing) -> NDArray[np.int64]:
    """Return (n_segments,) how often the way from the first segment changes the HICANN."""
    passed = np.zeros(len(routing.segment_parent), dtype=np.int64)
    ancestor = np.arange(len(passed))
    switched = _switches(routing)
    while (routing.segment_parent[ancestor] >= 0).any():
        has_parent = routing.segment_parent[ancestor] >= 0
        passed += has_parent & ~switched[ancestor]
        ancestor = np.where(has_parent, routing.segment_parent[ancestor], ancestor)
    return passed


def _completeness(
    routing: Layer1Routing, start: NDArray[Any], targets: NDArray[Any]
) -> dict[str, Any]:
    """Each pair asked for is a route or failed, and there are no others."""
    n_lines = len(start) - 1
    asked = np.repeat(np.arange(n_lines), np.diff(start)) * HICANNS_PER_WAFER + targets
    routed = routing.route_line.astype(np.int64) * HICANNS_PER_WAFER + routing.route_target
    failed = routing.failed_line.astype(np.int64) * HICANNS_PER_WAFER + routing.failed_target
    size = n_lines * HICANNS_PER_WAFER
    n_asked = np.bincount(asked, minlength=size)
    n_answers = np.bincount(np.concatenate([routed, failed]), minlength=size)
    return {
        f"pairs (line x {HICANNS_PER_WAFER} + target) that are not once a route or failed": (
            n_asked != n_answers
        )
    }
