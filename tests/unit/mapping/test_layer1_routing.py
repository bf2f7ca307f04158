"""Routes on layer 1: closed-form cases, defects, and what any routing must keep to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer1_cases import mask, one_line, random_defects, random_lines, route
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pyNN_brainscales_emu.errors import OptionError, PlacementError
from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.hardware.layer1 import CROSSBAR_V_LINES, MERGER_LINES, V_BUS
from pyNN_brainscales_emu.hardware.topology import (
    EAST,
    HICANN_DISTANCE,
    HICANN_X,
    HICANN_Y,
    NEIGHBOURS,
    NORTH,
    SOUTH,
    SPIRAL_ORDER,
    WEST,
)
from pyNN_brainscales_emu.mapping.layer1_check import layer1_violations
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects, unusable_buses
from pyNN_brainscales_emu.mapping.layer1_graph import bus_graph
from pyNN_brainscales_emu.mapping.layer1_routing import Layer1Settings

ALGORITHMS = ("backbone", "dijkstra")
MIDDLE = HICANNOnWafer.from_xy(18, 7).enum


def all_targets(hicann, merger=0):
    return one_line(hicann, np.arange(384), merger)


# --- an empty wafer --------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("merger", range(8))
def test_a_line_reaches_its_own_hicann_by_one_switch(algorithm, merger):
    routing = route(one_line(MIDDLE, [MIDDLE], merger), algorithm=algorithm)
    first, second = routing.segment_bus.tolist()
    assert first == 62 - 8 * merger
    assert second - V_BUS in CROSSBAR_V_LINES[first]
    assert routing.segment_parent.tolist() == [-1, 0]
    assert routing.route_segment.tolist() == [1]
    assert routing.route_length.tolist() == [0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("target", [0, 15, 150, MIDDLE + 1, 383])
def test_a_route_from_the_long_rows_is_as_long_as_the_distance(algorithm, target):
    routing = route(one_line(MIDDLE, [target]), algorithm=algorithm)
    distance = HICANN_DISTANCE[MIDDLE, target]
    assert routing.route_length.tolist() == [distance]
    assert len(routing.segment_line) == distance + 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_line_reaches_the_whole_wafer_along_straight_ribs(algorithm):
    routing = route(all_targets(MIDDLE), algorithm=algorithm)
    np.testing.assert_array_equal(np.sort(routing.route_target), np.arange(384))
    np.testing.assert_array_equal(
        routing.route_length, HICANN_DISTANCE[MIDDLE, routing.route_target]
    )
    # The row of 36 H lines, and a V line on every HICANN.
    assert len(routing.segment_line) == 36 + 384


def test_the_backbone_makes_detours_around_the_corners_of_the_wafer():
    corner = HICANNOnWafer.from_xy(12, 0).enum
    western = HICANNOnWafer.from_xy(0, 8).enum
    routing = route(one_line(corner, [western]))
    assert routing.route_length.tolist() == [HICANN_DISTANCE[corner, western]]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_line_without_targets_occupies_nothing(algorithm):
    routing = route(one_line(MIDDLE, []), algorithm=algorithm)
    assert len(routing.segment_line) == len(routing.route_line) == len(routing.failed_line) == 0


def test_no_lines():
    assert len(route(([], [], [0], [])).segment_line) == 0


# --- priorities and order --------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_line_of_high_priority_is_routed_first(rng, algorithm):
    lines = random_lines(rng, 2000, 30)
    by_coordinate = np.lexsort((lines[1], lines[0]))
    n_targets = np.diff(lines[2])
    last = by_coordinate[n_targets[by_coordinate] > 15][-1]
    n_failed = []
    for priority in (np.ones(2000), 1.0 + (np.arange(2000) == last)):
        failed_line = route(lines, priority=priority, algorithm=algorithm).failed_line
        n_failed.append(np.count_nonzero(failed_line == last))
    assert n_failed[0] > n_targets[last] / 2
    assert n_failed[1] < n_targets[last] / 10


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_numbering_of_the_lines_does_not_matter(rng, algorithm):
    hicann, merger, start, targets = random_lines(rng, 100, 30)
    of_line = np.split(targets, start[1:-1])
    order = rng.permutation(100)
    new_start = np.concatenate([[0], np.cumsum([len(of_line[line]) for line in order])])
    new_targets = np.concatenate([of_line[line] for line in order])
    one = route((hicann, merger, start, targets), algorithm=algorithm)
    other = route((hicann[order], merger[order], new_start, new_targets), algorithm=algorithm)

    def table(routing, line):
        bus = routing.segment_bus[routing.route_segment]
        return sorted(zip(line, routing.route_target, bus, routing.route_length, strict=True))

    assert table(one, one.route_line) == table(other, order[other.route_line])


def test_switches_are_tried_in_an_order_of_the_hicann_the_seed_or_the_lines(rng):
    lines = random_lines(rng, 50, 10)

    def buses(**options):
        return route(lines, **options).segment_bus.tolist()

    assert buses() == buses(switch_seed=7)
    seeded = [buses(switch_ordering="seed", switch_seed=seed) for seed in (7, 7, 8)]
    assert seeded[0] == seeded[1] != seeded[2]
    assert seeded[0] != buses() != buses(switch_ordering="filled")


def test_shuffled_switches_are_the_same_switches():
    graphs = [
        bus_graph(Layer1Defects(), *ordering)
        for ordering in (("hicann",), ("seed", 3), ("filled",))
    ]
    for graph in graphs[:2]:
        assert (graph.crossing != graphs[2].crossing).any()
        np.testing.assert_array_equal(
            np.sort(graph.crossing, axis=1), np.sort(graphs[2].crossing, axis=1)
        )


def test_the_first_switch_of_a_line_is_shuffled_evenly():
    first = bus_graph(Layer1Defects()).crossing.reshape(384, 320, 8)[:, :64, 0]
    v_line = first % 320 - V_BUS
    way = (v_line[:, :, np.newaxis] == CROSSBAR_V_LINES).argmax(axis=-1)
    counts = np.bincount(way.ravel(), minlength=8)
    expected = 384 * 64 / 8
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected * 7 / 8)


def test_lines_of_sending_repeaters_in_use_are_not_passed(rng):
    hicann, merger = np.repeat(np.arange(384), 4), np.tile(np.arange(4), 384)
    targets = rng.integers(384, size=len(hicann))
    routing = route((hicann, merger, np.arange(len(hicann) + 1), targets))
    sending = np.isin(routing.segment_bus, [62, 54, 46, 38])
    assert (routing.segment_parent[sending] == -1).all()
    assert len(routing.route_line) > 500


# --- defects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("direction", [NORTH, EAST, SOUTH, WEST])
def test_a_dead_hicann_spoils_every_second_line_of_its_neighbours(algorithm, direction):
    source = NEIGHBOURS[MIDDLE, direction]
    defects = mask("hicann", MIDDLE)
    routing = route(all_targets(source), defects, algorithm=algorithm)
    # Sending repeaters drive even H lines, which end at the repeater of the eastern neighbour.
    n_routes = len(routing.route_line)
    assert n_routes == 0 if direction == WEST else n_routes > 350
    assert MIDDLE in routing.failed_target
    n_unusable = np.count_nonzero(unusable_buses(defects)[source])
    assert n_unusable == (32 if direction in (EAST, WEST) else 128)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("way", [EAST, WEST])
def test_a_blocked_border_is_passed_on_another_row(algorithm, way):
    # The even H lines have their repeaters on the left borders.
    other = {EAST: 24, WEST: 12}[way]
    target = HICANNOnWafer.from_xy(other, 7).enum
    repeater = {EAST: (NEIGHBOURS[MIDDLE, EAST], 56), WEST: (NEIGHBOURS[MIDDLE, WEST], 52)}[way]
    lines = one_line(MIDDLE, [target], merger=1)
    assert route(lines, algorithm=algorithm).route_length.tolist() == [6]
    blocked = mask("h_repeater", repeater)
    assert route(lines, blocked, algorithm=algorithm).route_length.tolist() == [8]


def test_a_dead_sending_repeater_sends_nothing():
    routing = route(all_targets(MIDDLE), mask("h_repeater", (MIDDLE, 62)))
    assert len(routing.route_line) == 0
    assert len(routing.failed_target) == 384
    assert len(route(all_targets(MIDDLE, 1), mask("h_repeater", (MIDDLE, 62))).failed_line) == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_defect_first_line_sends_nothing(algorithm):
    routing = route(all_targets(MIDDLE), mask("h_line", (MIDDLE, 62)), algorithm=algorithm)
    assert len(routing.route_line) == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_without_the_switches_of_the_first_line_the_own_hicann_is_out_of_direct_reach(algorithm):
    switches = np.array([(MIDDLE, 62, v_line) for v_line in CROSSBAR_V_LINES[62]])
    defects = Layer1Defects(crossbar_switches=switches[:-1])
    routing = route(one_line(MIDDLE, [MIDDLE]), defects, algorithm=algorithm)
    assert routing.segment_bus.tolist() == [62, V_BUS + switches[-1, 2]]
    defects = Layer1Defects(crossbar_switches=switches)
    routing = route(one_line(MIDDLE, [MIDDLE]), defects, algorithm=algorithm)
    assert (routing.route_length > 1).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_target_without_v_lines_is_reached_from_its_neighbours_if_allowed(algorithm):
    target = NEIGHBOURS[MIDDLE, EAST]
    defects = mask("v_line", target)
    lines = one_line(MIDDLE, [target, NEIGHBOURS[MIDDLE, NORTH]])
    assert route(lines, defects, algorithm=algorithm).failed_target.tolist() == [target]
    reached = []
    for seed in range(20):
        routing = route(
            lines, defects, algorithm=algorithm, neighbour_lines=True,
            switch_ordering="seed", switch_seed=seed,
        )  # fmt: skip
        assert layer1_violations(routing, *lines, defects) == []
        reached.append(target in routing.route_target)
        if reached[-1]:
            segment = routing.route_segment[routing.route_target.tolist().index(target)]
            assert routing.segment_hicann[segment] == MIDDLE
            assert routing.segment_bus[segment] >= V_BUS + 128
    # The V line on the source's HICANN, on the way north, is on the right in half of the cases.
    assert 0 < sum(reached) < 20


# --- what every routing keeps to -------------------------------------------------------------


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    n_lines=st.integers(1, 400),
    n_targets=st.integers(0, 100),
    rate=st.sampled_from([0.0, 0.01, 0.1, 0.3]),
    algorithm=st.sampled_from(ALGORITHMS),
    ordering=st.sampled_from(["hicann", "seed", "filled"]),
    neighbour_lines=st.booleans(),
)
def test_no_routing_violates_the_hardware(
    seed, n_lines, n_targets, rate, algorithm, ordering, neighbour_lines
):
    rng = np.random.default_rng(seed)
    lines, defects = random_lines(rng, n_lines, n_targets), random_defects(rng, rate)
    routing = route(
        lines, defects, rng.integers(1, 4, n_lines), algorithm=algorithm,
        switch_ordering=ordering, neighbour_lines=neighbour_lines,
    )  # fmt: skip
    assert layer1_violations(routing, *lines, defects) == []
    is_leaf = ~np.isin(np.arange(len(routing.segment_line)), routing.segment_parent)
    assert np.isin(np.flatnonzero(is_leaf), routing.route_segment).all()
    assert (np.diff(routing.segment_line) >= 0).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_full_wafer_is_routed_as_far_as_it_goes(rng, algorithm):
    lines = random_lines(rng, 3072, 384)
    routing = route(lines, algorithm=algorithm)
    assert layer1_violations(routing, *lines) == []
    assert len(routing.segment_line) > 384 * 320 / 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_most_of_a_moderate_load_is_routed(rng, algorithm):
    lines = random_lines(rng, 200, 16)
    assert len(route(lines, algorithm=algorithm).failed_line) < 0.05 * len(lines[3])


# --- the 32 networks ------------------------------------------------------------------------


def network_of(hicann, h_line):
    """Which of the networks that layer 1 consists of an H line belongs to."""
    return (h_line // 2 - HICANN_X[hicann] - 2 * HICANN_Y[hicann]) % 32


def test_layer_1_consists_of_32_networks_that_no_switch_connects():
    graph = bus_graph(Layer1Defects())
    ways = np.concatenate([graph.onward, graph.crossing], axis=1)
    vertex = np.repeat(np.arange(len(ways)), ways.shape[1])
    exists = ways.reshape(-1) >= 0
    edges = (np.ones(exists.sum()), (vertex[exists], ways.reshape(-1)[exists]))
    n_networks, network = connected_components(csr_array(edges, shape=(len(ways),) * 2))
    assert n_networks == 32
    by_hicann = network.reshape(384, -1)
    for hicann in (0, MIDDLE, 383):  # two H lines and eight V lines of each
        assert set(np.bincount(by_hicann[hicann, :V_BUS])) == {2}
        assert set(np.bincount(by_hicann[hicann, V_BUS:])) == {8}
    hicann, h_line = np.divmod(np.arange(384 * V_BUS), V_BUS)
    of_formula = np.zeros((32, 32), dtype=int)
    np.add.at(of_formula, (network_of(hicann, h_line), by_hicann[:, :V_BUS].reshape(-1)), 1)
    assert np.count_nonzero(of_formula) == 32


@pytest.mark.parametrize("n_hicanns", [30, 94, 140])
def test_lines_from_everywhere_to_everywhere_are_routed_as_far_as_their_networks_have_room(
    n_hicanns,
):
    """Two lines a HICANN on the same two mergers, as blocks of 64 neurons are joined."""
    hicann = np.repeat(SPIRAL_ORDER[:n_hicanns], 2)
    merger = np.tile([3, 5], n_hicanns)
    n_lines = len(hicann)
    start = np.arange(n_lines + 1) * n_hicanns
    targets = np.tile(np.sort(SPIRAL_ORDER[:n_hicanns]), n_lines)
    routing = route((hicann, merger, start, targets))
    lines_of = np.bincount(network_of(hicann, MERGER_LINES[merger]), minlength=32)
    assert len(routing.route_line) == n_hicanns * np.minimum(lines_of, 8).sum()


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (([3, 3], [1, 1], [0, 1, 2], [5, 5]), "lines of layer 1 are named twice"),
        (([3], [1], [0, 2], [5, 5]), "pairs of line and target"),
        (([384], [1], [0, 1], [5]), "HICANNs of lines"),
        (([3], [8], [0, 1], [5]), "DNC mergers"),
        (([3], [1], [0, 1], [-1]), "target HICANNs"),
        (([3], [1], [0, 2], [5]), "delimited"),
        (([3], [1], [0, 0, 1], [5]), "delimited"),
    ],
)
def test_impossible_lines_are_refused(lines, complaint):
    with pytest.raises(PlacementError, match=complaint):
        route(lines)


def test_unknown_options_are_refused():
    with pytest.raises(OptionError, match="algorithm"):
        Layer1Settings(algorithm="astar")
    with pytest.raises(OptionError, match="switch ordering"):
        Layer1Settings(switch_ordering="random")


def test_impossible_defects_are_refused():
    with pytest.raises(OptionError, match="'h_line'"):
        Layer1Defects(h_line=np.zeros((384, 63), dtype=bool))
    with pytest.raises(OptionError, match="'hicann'"):
        Layer1Defects(hicann=np.zeros(384))
    with pytest.raises(OptionError, match="crossbar_switches"):
        Layer1Defects(crossbar_switches=np.zeros((4, 2), dtype=int))
    with pytest.raises(OptionError, match="2 defect crossbar switches do not exist"):
        Layer1Defects(crossbar_switches=np.array([(0, 0, 31), (0, 0, 30), (384, 0, 31)]))
