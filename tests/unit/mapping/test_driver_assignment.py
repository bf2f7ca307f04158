import numpy as np
import pytest
from graph_builders import graph, neurons, projection
from hypothesis import given
from hypothesis import strategies as st
from mapping_check import assert_mapping_is_sound
from routing_builders import layer1
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    NEIGHBOUR_DRIVER_LINES,
    OWN_DRIVER_LINES,
    V_LINE_SIDE,
)
from pyNN_brainscales_emu.hardware.topology import EAST, HICANN_GRID, NEIGHBOURS, WEST
from pyNN_brainscales_emu.mapping.driver_assignment import (
    NO_DRIVER_DEFECTS,
    DriverDefects,
    allocate_drivers,
)
from pyNN_brainscales_emu.mapping.driver_requirement import DriverNeed
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.synapse_rows import chain_lengths
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options

HICANN = int(HICANN_GRID[7, 18])
#: V lines 0..3 of a HICANN share their 14 drivers, likewise 4..7 and so on.
ALL_OWN = list(range(256))


def need_of(drivers, synapses):
    """Need of so many drivers, by rows of one mode and sign."""
    half_rows = np.zeros((len(drivers), 2, 24), dtype=np.int32)
    half_rows[:, 0, 0] = 2 * np.asarray(drivers)
    count = np.zeros_like(half_rows)
    count[:, 0, 0] = synapses
    return DriverNeed(half_rows, count)


def allocated(
    v_lines,
    drivers,
    synapses=None,
    chain_length=3,
    defects=NO_DRIVER_DEFECTS,
    west=(),
    algorithm="fieres",
):
    """Drivers of one HICANN; the lines numbered in `west` come in by its western neighbour."""
    n = len(v_lines)
    synapses = np.asarray(drivers) if synapses is None else synapses
    switches = [int(NEIGHBOURS[HICANN, WEST]) if i in west else HICANN for i in range(n)]
    routing = layer1(np.arange(n), np.full(n, HICANN), v_lines, switches)
    return allocate_drivers(routing, need_of(drivers, synapses), chain_length, defects, algorithm)


def chains(allocation):
    """Driver lines of each route."""
    return [
        [] if first < 0 else list(range(first, last + 1, 2))
        for first, last in zip(allocation.route_first, allocation.route_last, strict=True)
    ]


def defect_drivers(*lines):
    table = np.zeros((384, 224), dtype=bool)
    table[HICANN, list(lines)] = True
    return DriverDefects(drivers=table)


def test_a_line_alone_takes_the_northern_driver_that_it_reaches():
    # all gaps are equal, 56 drivers: the chain grows northwards as far as the quadrant allows
    allocation = allocated([16], [3])
    assert allocation.route_primary[0] == OWN_DRIVER_LINES[16][0]
    assert allocation.route_last[0] == allocation.route_primary[0]
    assert chain_lengths(allocation).tolist() == [3]


def test_a_chain_grows_southwards_at_the_northern_edge():
    allocation = allocated([0], [3])
    assert OWN_DRIVER_LINES[0][0] == 1
    assert chains(allocation) == [[1, 3, 5]]
    assert allocation.route_primary.tolist() == [1]


def test_no_chain_is_longer_than_the_limit():
    assert chain_lengths(allocated([0, 128], [9, 2])).tolist() == [3, 2]
    assert chain_lengths(allocated([0, 128], [9, 2], chain_length=5)).tolist() == [5, 2]
    assert allocated([0], [9]).route_drivers_needed.tolist() == [9]


def test_a_line_without_need_gets_nothing():
    assert chains(allocated([0, 4], [0, 1]))[0] == []


def test_the_smallest_sufficient_gap_is_taken():
    own = OWN_DRIVER_LINES[0]
    # gaps of one and two drivers around the third and the second driver that the line reaches
    around = [own[2] - 2, own[2] + 2, own[1] - 2, own[1] + 4]
    one = allocated([0], [1], defects=defect_drivers(*around))
    two = allocated([0], [2], defects=defect_drivers(*around))
    assert chains(one) == [[own[2]]]
    assert chains(two) == [[own[1], own[1] + 2]]


def test_without_a_sufficient_gap_the_largest_is_taken():
    # every reachable driver stands alone but one, which has a free neighbour
    own = OWN_DRIVER_LINES[0]
    blocked = {line + step for line in own for step in (-2, 2) if 0 <= line + step < 224}
    blocked = blocked - {own[4] + 2} | {own[4] + 4}
    assert chains(allocated([0], [3], defects=defect_drivers(*blocked))) == [[own[4], own[4] + 2]]


def test_the_fifteenth_line_of_a_group_is_rejected():
    # 16 left V lines, 0..3 and every 32nd from there, share 14 drivers
    group = [v for v in range(128) if np.array_equal(OWN_DRIVER_LINES[v], OWN_DRIVER_LINES[0])]
    assert len(group) == 16
    synapses = np.arange(100, 116)
    allocation = allocated(group, [1] * 16, synapses)
    rejected = np.flatnonzero(allocation.route_primary < 0)
    assert rejected.tolist() == [0, 1]  # those with fewest synapses


def test_lines_with_most_synapses_choose_first():
    own = OWN_DRIVER_LINES[0]
    only_one = set(own) - {own[5]}
    allocation = allocated([0, 1], [1, 1], [5, 6], defects=defect_drivers(*only_one))
    assert chains(allocation) == [[], [own[5]]]
    allocation = allocated([0, 1], [1, 1], [6, 6], defects=defect_drivers(*only_one))
    assert chains(allocation) == [[own[5]], []]


def test_drivers_are_shared_out_by_synapses():
    # 64 left lines of four groups ask for 192 of 112 drivers; a quarter has most synapses
    lines = [v for v in range(128) if v % 8 < 4]
    synapses = np.where(np.arange(64) < 16, 1_000, 10)
    got = chain_lengths(allocated(lines, [3] * 64, synapses))
    assert got.sum() <= 112
    assert np.all(got[:16] >= got[16:].max())
    assert got[:16].mean() > 2


def test_a_defect_switch_closes_a_way():
    switches = np.zeros((384, 256, 224), dtype=bool)
    own = OWN_DRIVER_LINES[0]
    switches[HICANN, 0, own[1:]] = True
    defects = DriverDefects(switches=switches)
    assert allocated([0], [1], defects=defects).route_primary.tolist() == [own[0]]
    switches[HICANN, 0, own[0]] = True
    assert allocated([0], [1], defects=defects).route_primary.tolist() == [-1]


def test_a_side_without_drivers_rejects_all():
    left = np.flatnonzero(DRIVER_SIDE == 0)
    allocation = allocated([0, 1, 130], [1, 2, 1], defects=defect_drivers(*left))
    assert (allocation.route_primary >= 0).tolist() == [False, False, True]


def test_a_neighbour_drives_the_side_that_faces_it():
    # right V lines of the western neighbour reach left drivers
    allocation = allocated([130], [2], west={0})
    assert DRIVER_SIDE[chains(allocation)[0]].tolist() == [0, 0]
    assert allocation.route_primary[0] in NEIGHBOUR_DRIVER_LINES[130]


@st.composite
def requests(draw):
    own = draw(st.lists(st.integers(0, 255), max_size=140, unique=True))
    west = draw(st.lists(st.integers(128, 255), max_size=80, unique=True))
    n = len(own) + len(west)
    drivers = draw(st.lists(st.integers(1, 6), min_size=n, max_size=n))
    synapses = draw(st.lists(st.integers(1, 400), min_size=n, max_size=n))
    broken = draw(st.lists(st.integers(0, 223), max_size=60))
    return own, west, drivers, synapses, broken, draw(st.integers(1, 6))


ALGORITHMS = ("fieres", "primaries_first")


@given(requests(), st.sampled_from(ALGORITHMS))
def test_chains_keep_the_rules(case, algorithm):
    own, west, drivers, synapses, broken, limit = case
    allocation = allocated(
        own + west,
        drivers,
        synapses,
        limit,
        defect_drivers(*broken),
        west=set(range(len(own), len(own) + len(west))),
        algorithm=algorithm,
    )
    taken = set(broken)
    for route, chain in enumerate(chains(allocation)):
        v_line, is_own = (own + west)[route], route < len(own)
        reached = (OWN_DRIVER_LINES if is_own else NEIGHBOUR_DRIVER_LINES)[v_line]
        assert not taken & set(chain)
        taken |= set(chain)
        assert len(chain) <= min(limit, drivers[route])
        if chain:
            primary = allocation.route_primary[route]
            assert primary in chain
            assert primary in reached
            assert len({line // 112 for line in chain}) == 1
            side = V_LINE_SIDE[v_line] if is_own else 1 - V_LINE_SIDE[v_line]
            assert set(DRIVER_SIDE[chain]) == {side}
    for route, chain in enumerate(chains(allocation)):
        if not chain:  # rejected only where nothing that it reaches was left
            v_line, is_own = (own + west)[route], route < len(own)
            reached = (OWN_DRIVER_LINES if is_own else NEIGHBOUR_DRIVER_LINES)[v_line]
            assert set(reached.tolist()) <= taken


def test_sides_do_not_see_each_other(rng):
    east = int(NEIGHBOURS[HICANN, EAST])
    v_lines = np.concatenate([ALL_OWN, ALL_OWN])
    targets = np.repeat([HICANN, east], 256)
    drivers, synapses = rng.integers(1, 4, 512), rng.integers(1, 99, 512)
    both = allocate_drivers(layer1(np.arange(512), targets, v_lines), need_of(drivers, synapses), 3)
    alone = allocated(ALL_OWN, drivers[:256], synapses[:256])
    assert np.array_equal(both.route_primary[:256], alone.route_primary)
    assert np.array_equal(both.route_first[:256], alone.route_first)


def reachable_drivers(own, west, broken):
    """Which drivers each line reaches, as a sparse matrix."""
    reached = [OWN_DRIVER_LINES[v] for v in own] + [NEIGHBOUR_DRIVER_LINES[v] for v in west]
    table = np.zeros((len(reached), 224), dtype=bool)
    for row, lines in zip(table, reached, strict=True):
        row[lines] = True
    table[:, list(broken)] = False
    return csr_array(table)


@given(requests())
def test_primaries_first_serves_as_many_lines_as_can_be(case):
    own, west, drivers, synapses, broken, limit = case
    n = len(own) + len(west)
    west_numbers = set(range(len(own), n))
    allocation = allocated(
        own + west,
        drivers,
        synapses,
        limit,
        defect_drivers(*broken),
        west_numbers,
        "primaries_first",
    )
    served = chain_lengths(allocation) > 0
    if n:
        matched = maximum_bipartite_matching(reachable_drivers(own, west, broken))
        assert np.count_nonzero(served) == np.count_nonzero(matched >= 0)
    for route, chain in enumerate(chains(allocation)):
        if chain and len(chain) < min(limit, drivers[route]):  # nothing free beside it
            beside = {chain[0] - 2, chain[-1] + 2} & set(range(chain[0] // 112 * 112, 224))
            beside = {line for line in beside if line // 112 == chain[0] // 112}
            taken = set(broken).union(*chains(allocation))
            assert beside <= taken


def test_primaries_first_leaves_no_line_out_for_the_sake_of_a_chain():
    # 14 lines of each of four groups, whose drivers the chains of the others take
    lines = [line for line in range(128) if line % 32 < 16 and (line < 96 or line % 4 < 2)]
    assert np.count_nonzero(chain_lengths(allocated(lines, [2] * 56)) == 0) > 0
    got = chain_lengths(allocated(lines, [2] * 56, algorithm="primaries_first"))
    assert got.min() == 1


@pytest.mark.parametrize("total", [112, 113, 150])
def test_what_is_there_is_given_out(total):
    # single drivers for lines of all groups: at most 14 for each group of 16 lines
    lines = list(range(min(total, 128)))
    got = chain_lengths(allocated(lines, [1] * len(lines)))
    groups = np.array(lines) % 32 // 4
    expected = sum(min(14, np.count_nonzero(groups == group)) for group in range(8))
    assert got.sum() == expected


def test_a_chain_can_have_all_drivers_of_a_quadrant():
    network = graph([neurons(2)], [projection([0] * 150, [1] * 150)])
    realised = []
    for length in (28, 56):
        options = MappingOptions(driver_chain_length=length)
        result = map_network(
            network, Options(neuron_size=2, mapping_options=options, on_loss="ignore")
        )
        assert_mapping_is_sound(network, result, length)
        assert result.stats.n_drivers == length
        realised.append(result.stats.n_synapses_set)
    assert realised == [56, 112]  # one column, one synapse a row
