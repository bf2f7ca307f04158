from itertools import zip_longest

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given
from hypothesis import strategies as st
from routing_builders import RoutedNetwork, layer1, line_table, side_by_side

from pyNN_brainscales_emu.description.bio_graph import STP_MODES
from pyNN_brainscales_emu.mapping.layer1_results import SynapsePlaces
from pyNN_brainscales_emu.mapping.line_addresses import ADDRESSES, AddressOrder
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping.synapse_rows import chain_lengths

SIGNS = ("excitatory", "inhibitory")
USABLE = ADDRESSES[AddressOrder.LOW_FIRST]
HICANN = 200


def places_of(routed, projection):
    return SynapsePlaces.of_sites(routed.placed.sites_of(projection))


def one_line(sizes, synapses, addresses, modes=(), v_line=0, **options):
    """Sources with these addresses on one line onto neurons of one HICANN."""
    n = len(sizes)
    network = graph(
        [neurons(n), poisson([1.0] * len(addresses), n)],
        [
            projection(np.asarray(p) + n, q, sign, stp_mode=mode)
            for ((p, q), sign), mode in zip_longest(synapses, modes, fillvalue="none")
        ],
    )
    return RoutedNetwork(
        network,
        side_by_side(HICANN, sizes),
        line_table([-1] * n + [0] * len(addresses), [-1] * n + list(addresses)),
        layer1([0], [HICANN], [v_line]),
        **options,
    )


@pytest.mark.parametrize(("k", "lost"), [(1, 0), (11, 0), (12, 0), (13, 1), (20, 8)])
def test_a_neuron_of_four_denmems_takes_twelve_synapses_from_a_line(k, lost):
    routed = one_line([4], [(([0] * k, [0] * k), "excitatory")], [63])
    assert np.count_nonzero(routed.placed.reason == LossReason.DRIVER) == lost
    assert np.count_nonzero(routed.placed.reason == LossReason.REALISED) == k - lost


@pytest.mark.parametrize(("size", "most"), [(2, 6), (4, 12), (8, 24), (16, 48), (64, 192)])
def test_what_a_chain_of_three_holds_grows_with_the_neuron(size, most):
    routed = one_line([size], [(([0] * 400, [0] * 400), "excitatory")], [63])
    assert np.count_nonzero(routed.placed.reason == LossReason.REALISED) == most


def test_sites_of_a_few_synapses_by_hand():
    # V line 0 reaches driver line 1 first, rows 2 and 3; the neuron has columns 0 to 3. Prefix 3
    # takes the even half of row 2, prefix 0 is first in order and takes even columns before
    routed = one_line([8], [(([0, 0, 1], [0, 0, 0]), "excitatory")], [63, 2])
    places = places_of(routed, 0)
    assert places.hicann.tolist() == [HICANN] * 3
    assert places.row.tolist() == [2, 2, 2]
    assert places.column.tolist() == [1, 3, 0]
    assert places.decoder.tolist() == [15, 15, 2]
    assert routed.settings.prefix[HICANN, 2].tolist() == [0, 3]
    assert routed.settings.sign[HICANN, 2:4].tolist() == [0, -1]


def test_signs_and_modes_are_kept_apart():
    pair = ([0], [0])
    routed = one_line(
        [4],
        [(pair, "excitatory"), (pair, "inhibitory"), (pair, "excitatory")],
        [63],
        ("none", "none", "depression"),
    )
    rows = [int(places_of(routed, number).row[0]) for number in range(3)]
    assert rows[1] == rows[0] + 1
    assert rows[2] // 2 == rows[0] // 2 + 2  # driver lines of a side are two apart
    assert routed.settings.sign[HICANN, rows].tolist() == [0, 1, 0]
    assert routed.settings.mode[HICANN, rows].tolist() == [0, 0, 2]


def test_reasons_of_loss():
    network = graph(
        [neurons(1), poisson([1.0] * 3, 1)], [projection([1, 2, 3, 3], 0), projection([1], 0)]
    )
    routed = RoutedNetwork(
        network,
        side_by_side(HICANN, [4]),
        line_table([-1, 0, 1, -1], [-1, 63, 63, -1]),
        layer1([0], [HICANN], [0]),
    )
    reasons = [LossReason(reason) for reason in routed.placed.reasons_of(0)]
    assert reasons == [
        LossReason.REALISED,
        LossReason.LAYER1_ROUTE,
        LossReason.ADDRESS,
        LossReason.ADDRESS,
    ]
    assert places_of(routed, 0).row[1:].tolist() == [-1, -1, -1]
    assert places_of(routed, 0).decoder[1:].tolist() == [-1, -1, -1]
    assert routed.placed.reasons_of(1).tolist() == [LossReason.REALISED]


def test_a_defect_synapse_is_passed_over():
    synapse_defects = np.zeros((384, 448, 256), dtype=bool)
    synapse_defects[HICANN, 2, 0] = True
    pairs = (([0] * 3, [0] * 3), "excitatory")
    routed = one_line([4], [pairs], [63], synapse_defects=synapse_defects)
    places = places_of(routed, 0)
    assert list(zip(places.row, places.column, strict=True)) == [(3, 0), (2, 1), (-1, -1)]
    assert routed.placed.reason.tolist() == [0, 0, LossReason.DRIVER]


def test_scarce_rows_go_to_signs_by_their_synapses():
    # one driver for 18 excitatory and 6 inhibitory half rows: a row each, at least
    routed = one_line(
        [4],
        [(([0] * 18, [0] * 18), "excitatory"), (([0] * 6, [0] * 6), "inhibitory")],
        [63],
        chain_length=1,
    )
    lost = [np.count_nonzero(routed.placed.reasons_of(number)) for number in range(2)]
    assert lost == [16, 4]
    routed = one_line(
        [4],
        [(([0] * 18, [0] * 18), "excitatory"), (([0] * 6, [0] * 6), "inhibitory")],
        [63],
        chain_length=2,
    )  # shares 3 and 1 of four rows
    lost = [np.count_nonzero(routed.placed.reasons_of(number)) for number in range(2)]
    assert lost == [12, 4]


@st.composite
def networks(draw):
    """A network of two HICANNs with lines and routes of every kind."""
    size = st.sampled_from([2, 4, 6, 8, 16])
    sizes = draw(st.lists(size, min_size=1, max_size=8))
    n, n_lines = len(sizes), draw(st.integers(1, 8))
    n_sources = draw(st.integers(1, 12))
    cell_line = draw(st.lists(st.integers(-1, n_lines - 1), min_size=n_sources, max_size=n_sources))
    address = draw(
        st.lists(st.sampled_from(USABLE.tolist()), min_size=n_sources, max_size=n_sources)
    )
    synapse = st.tuples(st.integers(n, n + n_sources - 1), st.integers(0, n - 1))
    kinds = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SIGNS),
                st.sampled_from(STP_MODES),
                st.lists(synapse, min_size=1, max_size=60),
            ),
            min_size=1,
            max_size=3,
        )
    )
    lines = draw(st.lists(st.integers(0, n_lines - 1), unique=True))
    v_lines = draw(st.permutations(range(256)))[: len(lines)]
    network = graph(
        [neurons(n), poisson([1.0] * n_sources, n)],
        [projection(*zip(*pairs, strict=True), sign, stp_mode=mode) for sign, mode, pairs in kinds],
    )
    return (
        RoutedNetwork(
            network,
            side_by_side(HICANN, sizes),
            line_table([-1] * n + cell_line, [-1] * n + address, n_lines),
            layer1(lines, [HICANN] * len(lines), v_lines),
            chain_length=draw(st.integers(1, 4)),
        ),
        network,
        kinds,
    )


@given(networks())
def test_every_synapse_has_a_site_of_its_own_that_hears_its_source(case):
    routed, network, kinds = case
    sites = set()
    settings, lines = routed.settings, routed.lines
    chain = [
        set(range(first, last + 1, 2)) if first >= 0 else set()
        for first, last in zip(routed.drivers.route_first, routed.drivers.route_last, strict=True)
    ]
    for number, (sign, mode, _) in enumerate(kinds):
        places, reasons = places_of(routed, number), routed.placed.reasons_of(number)
        one = network.projections[number]
        assert len(reasons) == one.size
        for i, (pre, post) in enumerate(zip(one.presynaptic, one.postsynaptic, strict=True)):
            line, row, column = lines.cell_line[pre], places.row[i], places.column[i]
            route = routed.routes[HICANN, line] if line >= 0 else -1
            if reasons[i] != LossReason.REALISED:
                assert row == column == places.hicann[i] == places.decoder[i] == -1
                assert (reasons[i] == LossReason.ADDRESS) == (line < 0)
                assert (reasons[i] == LossReason.LAYER1_ROUTE) == (line >= 0 and route < 0)
                continue
            assert (row, column) not in sites
            sites.add((row, column))
            west = routed.placement.neuron_denmem[post]
            assert west <= column < west + routed.placement.neuron_size[post] // 2
            assert row // 2 in chain[route]
            assert settings.route[HICANN, row] == route
            assert settings.sign[HICANN, row] == SIGNS.index(sign)
            assert settings.mode[HICANN, row] == STP_MODES.index(mode)
            address = lines.cell_address[pre]
            assert settings.prefix[HICANN, row, column % 2] * 16 + places.decoder[i] == address
            assert address % 16 == places.decoder[i] != 1


@given(networks())
def test_a_route_with_all_drivers_that_it_needs_loses_nothing(case):
    routed, network, _ = case
    served = chain_lengths(routed.drivers) == routed.need.drivers
    for number, one in enumerate(network.projections):
        line = routed.lines.cell_line[one.presynaptic]
        route = np.where(line >= 0, routed.routes[HICANN, line], -1)
        of_served = (route >= 0) & np.append(served, False)[route]
        assert np.all(routed.placed.reasons_of(number)[of_served] == LossReason.REALISED)


@given(networks())
def test_chains_are_not_overfilled(case):
    routed, _, _ = case
    half_rows = routed.half_rows
    assert np.all(half_rows.count >= 0)
    rows = 2 * chain_lengths(routed.drivers)[:, np.newaxis, np.newaxis]
    used = half_rows.count > 0
    assert np.all((half_rows.first + half_rows.count <= rows)[used])


def test_longer_chains_lose_less(rng):
    lost = []
    for chain_length in (1, 2, 3, 5):
        pairs = np.random.default_rng(5).integers(0, (59, 32), (2_000, 2)).T
        routed = one_line([8] * 32, [(pairs, "excitatory")], USABLE, chain_length=chain_length)
        lost.append(np.count_nonzero(routed.placed.reason))
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > lost[-1]
