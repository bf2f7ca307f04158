"""Routing of source lines over layer 1 to the HICANNs that listen to them.

Behaviour: marocco:marocco/routing/L1Routing.cpp, L1BackboneRouter.cpp, L1GraphWalker.cpp and
L1DijkstraRouter.cpp. The lines are routed one after the other; what one occupies is gone for the
next. A target is reached when the line has a vertical line on the target HICANN itself.

Choices, where the tool leaves some or would make routes that the chip cannot have:

* One crossbar switch for each line of a HICANN, both sides together, as the tool's backbone
  counts. The dijkstra router here applies it during the search; there, routes through one common
  switch excluded each other.
* The tool can describe a route that ends on the chip next to the target, whose drivers it reaches
  across the border, but makes none. `Layer1Settings.neighbour_lines` adds them for targets that
  would fail, from vertical lines that have no use of their own, so that one synapse switch for
  each vertical line stays enough.
* Parts of a tree that lead to no target are released, also those of the backbone.

Not modelled: calibrated limits other than one switch; several wafers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu._kernels.layer1 import BackboneRouter, DijkstraRouter, LineRouter
from pyNN_brainscales_emu.errors import OptionError, PlacementError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.layer1 import BUSES_PER_HICANN, MERGER_LINES
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects
from pyNN_brainscales_emu.mapping.layer1_graph import (
    N_GROUPS,
    N_VERTICES,
    VERTEX_GROUP,
    VERTEX_HICANN,
    VERTEX_POSITION,
    BusGraph,
    SwitchOrdering,
    bus_graph,
)
from pyNN_brainscales_emu.mapping.layer1_results import Layer1Routing

Algorithm = Literal["backbone", "dijkstra"]

_ROUTERS: Final[dict[str, type[LineRouter]]] = {
    "backbone": BackboneRouter,
    "dijkstra": DijkstraRouter,
}


@dataclass(frozen=True)
class Layer1Settings:
    """How lines are routed; the defaults are those of marocco:marocco/routing/parameters.

    Attributes
    ----------
    algorithm : {"backbone", "dijkstra"}
        ``"backbone"`` grows along the source's row, with one vertical rib in each column that has
        targets; ``"dijkstra"`` takes a shortest path to each target, nearest targets first.
    switch_ordering : {"hicann", "seed", "filled"}
        Order in which crossbar switches are tried: shuffled by the HICANN's number, shuffled by
        `switch_seed`, or ascending.
    switch_seed : int
    neighbour_lines : bool
        Whether a target that has no vertical line of its own may be reached by one of the HICANN
        to its west or east.

    Raises
    ------
    OptionError
        For an unknown algorithm or ordering.
    """

    algorithm: Algorithm = "backbone"
    switch_ordering: SwitchOrdering = "hicann"
    switch_seed: int = 424242
    neighbour_lines: bool = False

    def __post_init__(self) -> None:
        _check_choice("algorithm", self.algorithm, get_args(Algorithm))
        _check_choice("switch ordering", self.switch_ordering, get_args(SwitchOrdering))


def route_layer1(
    lines_hicann: ArrayLike,
    lines_merger: ArrayLike,
    targets_start: ArrayLike,
    targets_hicann: ArrayLike,
    priority: ArrayLike,
    defects: Layer1Defects | None = None,
    settings: Layer1Settings | None = None,
) -> Layer1Routing:
    """Route lines to their target HICANNs.

    Lines of higher priority are routed first, lines of equal priority by HICANN and merger. The
    H lines of sending repeaters in use, those of lines with targets, are kept free for them: the
    backbone never passes them, shortest paths only where there is no other way.

    Parameters
    ----------
    lines_hicann, lines_merger : (n_lines,) int
        HICANN, and DNC merger on it, that a line starts from; each pair at most once.
    targets_start : (n_lines + 1,) int
        Line i has the targets ``targets_hicann[targets_start[i]:targets_start[i + 1]]``.
    targets_hicann : (n_targets,) int
        Target HICANNs; each at most once for a line.
    priority : (n_lines,) float
        Mean priority of the projections that a line carries.
    defects : Layer1Defects, optional
        Nothing is defect by default.
    settings : Layer1Settings, optional

    Returns
    -------
    Layer1Routing
        Segments and routes sorted by line; a line without a route has no segments. Every pair of
        line and target is either a route or failed.

    Raises
    ------
    PlacementError
        If lines or targets are named twice, or do not exist on the wafer.
    """
    settings = settings or Layer1Settings()
    hicann, merger = _integers(lines_hicann, np.int32), _integers(lines_merger, np.int32)
    start, targets = _integers(targets_start, np.int64), _integers(targets_hicann, np.int32)
    _check_lines(hicann, merger)
    _check_targets(len(hicann), start, targets)
    order = np.lexsort((merger, hicann, -np.asarray(priority, dtype=float))).astype(np.int32)

    graph = bus_graph(defects or Layer1Defects(), settings.switch_ordering, settings.switch_seed)
    root = hicann * BUSES_PER_HICANN + MERGER_LINES[merger]
    root = np.where(graph.mute[root], -1, root).astype(np.int32)
    in_use = root[(np.diff(start) > 0) & (root >= 0)]
    router = _router(graph, in_use, settings)
    return _route(router, order, root, start, targets)


def _router(graph: BusGraph, in_use: NDArray[np.int32], settings: Layer1Settings) -> LineRouter:
    """Return the router on a graph in which some lines start at the vertices `in_use`."""
    avoided = np.zeros(N_VERTICES, dtype=np.uint8)
    avoided[in_use] = 1
    return _ROUTERS[settings.algorithm](
        graph.onward,
        graph.crossing,
        VERTEX_HICANN,
        VERTEX_POSITION,
        VERTEX_GROUP,
        graph.neighbour if settings.neighbour_lines else np.full(N_VERTICES, -1, dtype=np.int32),
        graph.unusable.astype(np.uint8),
        avoided,
        HICANN_X,
        HICANN_Y,
        N_GROUPS,
    )


def _route(
    router: LineRouter,
    order: NDArray[np.int32],
    root: NDArray[np.int32],
    start: NDArray[np.int64],
    targets: NDArray[np.int32],
) -> Layer1Routing:
    # Each vertex is part of one segment at most.
    segments = np.empty((4, N_VERTICES), dtype=np.int32)
    routes = np.empty((3, len(targets)), dtype=np.int32)
    failed = np.empty((2, len(targets)), dtype=np.int32)
    n_segments, n_routes, n_failed = router.route(
        order, root, start, targets, segments, routes, failed
    )
    return _by_line(segments[:, :n_segments], routes[:, :n_routes], failed[:, :n_failed])


def _by_line(
    segments: NDArray[np.int32], routes: NDArray[np.int32], failed: NDArray[np.int32]
) -> Layer1Routing:
    """Return the result with everything sorted by line instead of by order of routing."""
    by_line = np.argsort(segments[0], kind="stable")
    new_number = np.empty(len(by_line), dtype=np.int32)
    new_number[by_line] = np.arange(len(by_line))
    line, vertex, parent, passed = segments[:, by_line]
    route_line, target, end = routes[:, np.argsort(routes[0], kind="stable")]
    failed_line, failed_target = failed[:, np.argsort(failed[0], kind="stable")]
    route_segment = new_number[end]
    return Layer1Routing(
        segment_line=line,
        segment_hicann=vertex // BUSES_PER_HICANN,
        segment_bus=vertex % BUSES_PER_HICANN,
        segment_parent=np.where(parent >= 0, new_number[parent], -1).astype(np.int32),
        route_line=route_line,
        route_target=target,
        route_segment=route_segment,
        route_length=passed[route_segment],
        failed_line=failed_line,
        failed_target=failed_target,
    )


# --- checks ----------------------------------------------------------------------------------


def _integers(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    return np.ascontiguousarray(values, dtype=dtype)


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise OptionError(f"The {name} of layer 1 is unknown", value=value, limit=allowed)


def _check_range(name: str, values: NDArray[Any], size: int) -> None:
    outside = values[(values < 0) | (values >= size)]
    if len(outside):
        raise PlacementError(
            f"{len(outside)} {name} of layer 1 do not exist",
            value=int(outside[0]),
            limit=f"0 to {size - 1}",
        )


def _check_lines(hicann: NDArray[np.int32], merger: NDArray[np.int32]) -> None:
    _check_range("HICANNs of lines", hicann, HICANNS_PER_WAFER)
    _check_range("DNC mergers", merger, len(MERGER_LINES))
    _check_distinct("lines", hicann.astype(np.int64) * len(MERGER_LINES) + merger)


def _check_targets(n_lines: int, start: NDArray[np.int64], targets: NDArray[np.int32]) -> None:
    n_targets = np.diff(start)
    if (
        len(n_targets) != n_lines
        or (n_targets < 0).any()
        or start[[0, -1]].tolist()
        != [
            0,
            len(targets),
        ]
    ):
        raise PlacementError(
            "The targets of layer-1 lines are not delimited by their starts",
            value=(len(start), len(targets)),
            limit=f"{n_lines + 1} ascending numbers from 0 to the number of targets",
        )
    _check_range("target HICANNs", targets, HICANNS_PER_WAFER)
    line = np.repeat(np.arange(n_lines), n_targets)
    _check_distinct("pairs of line and target", line * HICANNS_PER_WAFER + targets)


def _check_distinct(name: str, keys: NDArray[np.int64]) -> None:
    if len(keys) and np.bincount(keys).max() > 1:
        raise PlacementError(
            f"Some {name} of layer 1 are named twice",
            value=int(np.count_nonzero(np.bincount(keys) > 1)),
            limit="each once",
        )
