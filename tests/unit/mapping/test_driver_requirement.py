from itertools import zip_longest

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given
from hypothesis import strategies as st
from reference import driver_need as reference
from routing_builders import int32, line_table, placed, side_by_side

from pyNN_brainscales_emu.description.bio_graph import STP_MODES
from pyNN_brainscales_emu.mapping.driver_requirement import (
    driver_need,
    drivers_needed,
    route_table,
    wanted_routes,
)
from pyNN_brainscales_emu.mapping.line_addresses import ADDRESSES, AddressOrder
from pyNN_brainscales_emu.mapping.merger_limit import DriverChainLimit
from pyNN_brainscales_emu.mapping.neuron_columns import neuron_columns
from pyNN_brainscales_emu.mapping.synapse_table import synapses_by_target

SIGNS = ("excitatory", "inhibitory")


def needs(network, placement, lines):
    synapses, columns = synapses_by_target(network), neuron_columns(placement)
    routes = route_table(*wanted_routes(synapses, columns, lines), lines.n_lines)
    need = driver_need(synapses, columns, lines, routes)
    assert np.array_equal(need.drivers, drivers_needed(synapses, columns, lines, routes))
    return need


def need_of_one_line(sizes, synapses, addresses, modes=()):
    """Need of a line from sources with these addresses; synapses are (source, target) by sign."""
    n = len(sizes)
    network = graph(
        [neurons(n), poisson([1.0] * len(addresses), n)],
        [
            projection(np.array(p) + n, q, sign, stp_mode=mode)
            for ((p, q), sign), mode in zip_longest(synapses, modes, fillvalue="none")
        ],
    )
    lines = line_table([-1] * n + [0] * len(addresses), [-1] * n + list(addresses))
    return needs(network, side_by_side(7, sizes), lines)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8, 9, 12, 13])
def test_several_synapses_onto_a_neuron_of_four_denmems(k):
    # one even and one odd column: two synapses a row, four a driver
    need = need_of_one_line([4], [(([0] * k, [0] * k), "excitatory")], [63])
    assert need.drivers.tolist() == [-(-k // 4)]
    assert need.half_rows[0].sum() == k
    assert need.n_synapses.tolist() == [k]


@pytest.mark.parametrize(("size", "drivers"), [(2, 6), (4, 3), (8, 2), (16, 1), (64, 1)])
def test_larger_neurons_need_fewer_drivers(size, drivers):
    # 12 synapses; a driver holds 4 half rows, of size / 4 synapses each, with size 2 only two
    need = need_of_one_line([size], [(([0] * 12, [0] * 12), "excitatory")], [63])
    assert need.drivers.tolist() == [drivers]


def test_signs_take_rows_modes_take_drivers_prefixes_take_half_rows():
    one = ([0], [0])
    assert need_of_one_line([4], [(one, "excitatory"), (one, "inhibitory")], [63]).drivers == [1]
    two_signs = need_of_one_line([4], [(one, "excitatory"), (one, "inhibitory")], [63])
    assert two_signs.rows[0].tolist() == [[1, 1], [0, 0], [0, 0]]
    modes = ("none", "depression")
    two_modes = need_of_one_line([4], [(one, "excitatory"), (one, "excitatory")], [63], modes)
    assert two_modes.drivers_by_mode[0].tolist() == [1, 0, 1]
    two_prefixes = need_of_one_line([4], [(([0, 1], [0, 0]), "excitatory")], [63, 2])
    assert two_prefixes.rows[0].tolist() == [[1, 0], [0, 0], [0, 0]]


def test_the_neuron_with_most_synapses_counts():
    many = ([0] * 9 + [0] * 2, [0] * 9 + [1] * 2)
    assert need_of_one_line([4, 4], [(many, "excitatory")], [63]).drivers.tolist() == [3]


def test_neurons_of_two_denmems_use_the_parity_they_have():
    # neighbours in an even and an odd column do not compete for half rows
    need = need_of_one_line([2, 2], [(([0] * 6, [0, 1] * 3), "excitatory")], [63])
    assert need.half_rows[0].sum(axis=1).tolist() == [3, 3]
    assert need.drivers.tolist() == [2]


@pytest.mark.parametrize(("size", "rows"), [(2, 59), (4, 30), (8, 16), (16, 8), (64, 2)])
def test_a_full_line_onto_every_neuron(size, rows):
    # 14 + 15 + 15 + 15 sources by prefix. Size 8: 7 + 8 + 8 + 8 half rows of two, 16 rows;
    # size 16: 4 + 4 + 4 + 4 half rows of four
    n = 4
    pairs = np.meshgrid(np.arange(59), np.arange(n))
    need = need_of_one_line(
        [size] * n,
        [((pairs[0].ravel(), pairs[1].ravel()), "excitatory")],
        ADDRESSES[AddressOrder.LOW_FIRST],
    )
    assert need.rows[0].tolist() == [[rows, 0], [0, 0], [0, 0]]
    assert need.drivers.tolist() == [-(-rows // 2)]


def test_cells_without_a_line_and_pairs_without_a_route_need_nothing():
    network = graph([neurons(2)], [projection([0, 1, 1], [0, 0, 1])])
    placement = placed([3, 4], 0, 4)
    synapses, columns = synapses_by_target(network), neuron_columns(placement)
    lines = line_table([-1, 0], [-1, 63])
    assert [pair.tolist() for pair in wanted_routes(synapses, columns, lines)] == [[0, 0], [3, 4]]
    need = driver_need(synapses, columns, lines, route_table(int32([0]), int32([4]), 1))
    assert need.n_synapses.tolist() == [1]


def test_without_synapses():
    assert (
        len(needs(graph([neurons(2)]), placed([3, 4], 0, 4), line_table([0, 1], [2, 2])).rows) == 0
    )


@st.composite
def routed_synapses(draw):
    """Sizes of neurons on one HICANN, addresses of a line's sources, synapses by (mode, sign)."""
    sizes = draw(st.lists(st.sampled_from([2, 4, 6, 8, 10, 16]), min_size=1, max_size=5))
    addresses = draw(
        st.lists(
            st.sampled_from(ADDRESSES[AddressOrder.LOW_FIRST].tolist()), min_size=1, max_size=8
        )
    )
    synapse = st.tuples(st.integers(0, len(addresses) - 1), st.integers(0, len(sizes) - 1))
    kinds = draw(
        st.lists(
            st.tuples(
                st.sampled_from(STP_MODES),
                st.sampled_from(SIGNS),
                st.lists(synapse, min_size=1, max_size=40),
            ),
            min_size=1,
            max_size=4,
        )
    )
    return sizes, addresses, kinds


@given(routed_synapses())
def test_the_count_agrees_with_the_simple_one(case):
    sizes, addresses, kinds = case
    projections = [(tuple(zip(*pairs, strict=True)), sign) for _, sign, pairs in kinds]
    modes = [mode for mode, _, _ in kinds]
    need = need_of_one_line(sizes, projections, addresses, modes)
    columns = {}
    first = 0
    for neuron, size in enumerate(sizes):
        own = range(first, first + size // 2)
        columns[neuron] = (sum(x % 2 == 0 for x in own), sum(x % 2 == 1 for x in own))
        first += size // 2
    synapses = [
        (target, STP_MODES.index(mode), SIGNS.index(sign), addresses[source] // 16)
        for mode, sign, pairs in kinds
        for source, target in pairs
    ]
    assert need.drivers.tolist() == [reference.drivers_needed(synapses, columns)]
    for (mode, sign, prefix), half_rows in reference.half_rows_needed(synapses, columns).items():
        group = (mode * 2 + sign) * 4 + prefix
        assert need.half_rows[0, :, group].tolist() == [half_rows["even"], half_rows["odd"]]
    counted = need.synapses[0].sum(axis=0)
    for group in range(24):
        mode, sign, prefix = group // 8, group // 4 % 2, group % 4
        assert counted[group] == sum(s[1:] == (mode, sign, prefix) for s in synapses)


def test_the_count_agrees_on_a_network_of_many_lines(rng):
    n_cells, n_lines = 120, 6
    network = graph(
        [neurons(n_cells)],
        [
            projection(*rng.integers(0, n_cells, (2, 3_000)), "excitatory"),
            projection(*rng.integers(0, n_cells, (2, 1_000)), "inhibitory"),
        ],
    )
    placement = placed(np.arange(n_cells) % 3, 4 * (np.arange(n_cells) // 3), 8)
    lines = line_table(
        rng.integers(-1, n_lines, n_cells),
        rng.choice(ADDRESSES[AddressOrder.LOW_FIRST], n_cells),
        n_lines,
    )
    synapses, columns = synapses_by_target(network), neuron_columns(placement)
    line, target = wanted_routes(synapses, columns, lines)
    need = driver_need(synapses, columns, lines, route_table(line, target, n_lines))
    assert len(line) == 3 * n_lines
    for route in range(len(line)):
        of_route = [
            (post, 0, SIGNS.index(one.receptor), lines.cell_address[pre] // 16)
            for one in network.projections
            for pre, post in zip(one.presynaptic, one.postsynaptic, strict=True)
            if lines.cell_line[pre] == line[route] and post % 3 == target[route]
        ]
        assert need.drivers[route] == reference.drivers_needed(of_route, [(2, 2)] * n_cells)
        assert need.n_synapses[route] == len(of_route)


def test_blocks_are_joined_as_far_as_chains_reach():
    # 20 neurons in each of two blocks, all onto one neuron of size 4 on another HICANN: 20 half
    # rows are 5 drivers, 40 are 10
    network = graph([neurons(41)], [projection(np.arange(40), 40)])
    column = np.concatenate([np.arange(20), 32 + np.arange(20), [0]])
    placement = placed([3] * 40 + [4], column, [2] * 40 + [4])
    group = np.zeros((1, 8), dtype=bool)
    group[0, :2] = True
    synapses = synapses_by_target(network)

    def fits(chain_length):
        limit = DriverChainLimit(network, placement, synapses, chain_length=chain_length)
        return limit(np.array([3]), group).tolist()

    assert fits(10) == [True]
    assert fits(9) == [False]
    group[0, 1] = False
    assert fits(5) == [True]
    assert fits(4) == [False]
