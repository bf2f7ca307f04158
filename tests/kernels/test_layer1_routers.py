"""The compiled routers of layer 1 and their plain twins lay the same routes."""

import numpy as np
import pytest
from layer1_cases import random_defects, random_lines
from reference.layer1_routers import CROWDED_FROM, PlainBackbone, PlainDijkstra

from pyNN_brainscales_emu.hardware.layer1 import BUSES_PER_HICANN, MERGER_LINES
from pyNN_brainscales_emu.mapping import layer1_graph
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects
from pyNN_brainscales_emu.mapping.layer1_routing import Layer1Settings, route_layer1

PLAIN = {"backbone": PlainBackbone, "dijkstra": PlainDijkstra}


def plain_routes(lines, defects, algorithm):
    """Return {(line, target): vertices from the root} with the plain router."""
    hicann, merger, start, targets = lines
    graph = layer1_graph.bus_graph(defects)
    root = hicann * BUSES_PER_HICANN + MERGER_LINES[merger]
    starts = np.flatnonzero((np.diff(start) > 0) & ~graph.mute[root])
    router = PLAIN[algorithm](
        graph.onward,
        graph.crossing,
        layer1_graph.VERTEX_HICANN,
        layer1_graph.VERTEX_POSITION,
        layer1_graph.VERTEX_GROUP,
        graph.unusable,
        root[starts],
    )
    routes = {}
    for line in starts[np.lexsort((merger[starts], hicann[starts]))].tolist():
        of_line = targets[start[line] : start[line + 1]].tolist()
        paths = router.route(int(root[line]), of_line)
        routes |= {(line, target): path for target, path in paths.items()}
    return routes


def compiled_routes(lines, defects, algorithm):
    routing = route_layer1(
        *lines, np.ones(len(lines[0])), defects, Layer1Settings(algorithm=algorithm)
    )
    vertex = routing.segment_hicann * BUSES_PER_HICANN + routing.segment_bus

    def path(segment):
        return [] if segment < 0 else [*path(routing.segment_parent[segment]), int(vertex[segment])]

    ends = zip(routing.route_line, routing.route_target, routing.route_segment, strict=True)
    return {(int(line), int(target)): path(segment) for line, target, segment in ends}


@pytest.mark.parametrize("algorithm", PLAIN)
@pytest.mark.parametrize(
    ("n_lines", "n_targets", "rate"),
    [(30, 20, 0.0), (60, 40, 0.05), (80, 100, 0.2), (400, 4, 0.02)],
)
def test_compiled_and_plain_router_agree(rng, algorithm, n_lines, n_targets, rate):
    lines, defects = random_lines(rng, n_lines, n_targets), random_defects(rng, rate)
    compiled = compiled_routes(lines, defects, algorithm)
    assert len(compiled) > 0.2 * len(lines[3])
    assert compiled == plain_routes(lines, defects, algorithm)


def test_they_agree_where_many_lines_compete_for_the_drivers_of_few_hicanns(rng):
    lines = random_lines(rng, 400, 3, hicanns=[150, 151, 190])
    compiled = compiled_routes(lines, Layer1Defects(), "backbone")
    assert compiled == plain_routes(lines, Layer1Defects(), "backbone")
    ends = [path[-1] for path in compiled.values()]
    groups = layer1_graph.VERTEX_GROUP[ends]
    assert np.bincount(groups).max() >= CROWDED_FROM
