import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection, sized_neurons
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.errors import CapacityError, PlacementError
from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.hardware.defects import Defects, from_lists
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA, SPIRAL_ORDER
from pyNN_brainscales_emu.mapping.neuron_placement import place_neurons
from pyNN_brainscales_emu.mapping.usable_components import usable_components
from pyNN_brainscales_emu.mapping_options import PLACEMENT_STRATEGIES, MappingOptions
from pyNN_brainscales_emu.options import Options

CENTRE = int(HICANNOnWafer.from_xy(18, 7))


def place(*args, neuron_size=4):
    return place_neurons(graph(*args), Options(neuron_size=neuron_size))


def request(cells, **what):
    return PlacementRequest(tuple(cells), **what)


def denmems_of(placement):
    """List the (HICANN, column) pairs of all neurons one by one."""
    return [
        (int(hicann), int(denmem) + column)
        for hicann, denmem, size in zip(
            placement.hicann, placement.denmem, placement.size, strict=True
        )
        for column in range(size // 2)
    ]


def assert_valid(placement):
    taken = denmems_of(placement)
    assert len(set(taken)) == len(taken), "a denmem is used twice"
    last = placement.denmem + placement.size // 2 - 1
    np.testing.assert_array_equal(placement.denmem // 32, last // 32)
    assert np.all((placement.denmem >= 0) & (last < 256))
    assert np.all((placement.hicann >= 0) & (placement.hicann < 384))


def test_automatic_placement_fills_the_wafer_from_its_centre():
    placement = place([neurons(300)])
    np.testing.assert_array_equal(placement.hicann[:128], CENTRE)
    np.testing.assert_array_equal(placement.denmem[:128], np.arange(0, 256, 2))
    np.testing.assert_array_equal(placement.hicann[128:256], SPIRAL_ORDER[1])
    np.testing.assert_array_equal(placement.hicann[256:], SPIRAL_ORDER[2])
    np.testing.assert_array_equal(placement.size, 4)


def test_a_size_that_does_not_divide_the_block_leaves_columns_free():
    placement = place([neurons(11)], neuron_size=6)
    np.testing.assert_array_equal(placement.denmem, [*range(0, 30, 3), 32])


def test_sources_are_not_placed_as_neurons():
    placement = place([poisson([1.0, 2.0], 0), neurons(3, 2)])
    assert len(placement.hicann) == 3


def test_empty_network():
    assert len(place([]).hicann) == 0
    assert len(place([poisson([1.0], 0)]).hicann) == 0


@pytest.mark.parametrize(("size", "most"), [(2, 98_304), (4, 49_152), (6, 30_720), (64, 3_072)])
def test_the_wafer_holds_so_many_neurons_and_no_more(size, most):
    placement = place([neurons(most)], neuron_size=size)
    assert_valid(placement)
    with pytest.raises(CapacityError, match=rf"1 of {most + 1} neurons.*196608 denmems"):
        place([neurons(most + 1)], neuron_size=size)


def test_capacity_error_names_populations_sizes_and_the_remedy():
    with pytest.raises(CapacityError) as error:
        place(sized_neurons(20_000, 10_000), neuron_size=8)
    message = str(error.value)
    assert "5424 of 30000 neurons" in message
    assert "5424 of population1" in message
    assert "got 240000; allowed: 196608 denmems" in message
    # 30 000 neurons in 3 072 blocks: ten a block, three columns each.
    assert "neuron_size=6" in message


def test_capacity_error_where_no_size_helps():
    with pytest.raises(CapacityError, match="no more than 98304"):
        place([neurons(100_000)])


def test_by_hand_onto_denmems():
    wanted = ((5, 254), (5, 0), (380, 31))
    requests = [request([2, 0, 1], denmems=wanted, neuron_size=2)]
    placement = place([neurons(4)], (), requests)
    np.testing.assert_array_equal(placement.hicann, [5, 380, 5, CENTRE])
    np.testing.assert_array_equal(placement.denmem, [0, 31, 254, 0])
    np.testing.assert_array_equal(placement.size, [2, 2, 2, 4])


def test_by_hand_into_blocks_and_hicanns_in_the_order_named():
    requests = [
        request(range(10), neuron_blocks=((7, 3), (2, 0)), neuron_size=8),
        request(range(10, 140), hicanns=(9, 8)),
    ]
    placement = place([neurons(140)], (), requests)
    assert_valid(placement)
    np.testing.assert_array_equal(placement.hicann[:10], [7] * 8 + [2] * 2)
    np.testing.assert_array_equal(placement.denmem[:9], [*range(96, 128, 4), 0])
    np.testing.assert_array_equal(placement.hicann[10:], [9] * 128 + [8] * 2)


def test_by_hand_comes_before_automatic():
    requests = [request([200], denmems=((CENTRE, 1),))]
    placement = place([neurons(201)], (), requests)
    assert_valid(placement)
    assert (placement.hicann[200], placement.denmem[200]) == (CENTRE, 1)
    np.testing.assert_array_equal(placement.denmem[:3], [3, 5, 7])


def test_tight_requests_come_before_wide_ones():
    requests = [
        request(range(16), hicanns=(4,)),
        request(range(16, 32), neuron_blocks=((4, 0),)),
        request([32], denmems=((4, 32),)),
    ]
    placement = place([neurons(33)], (), requests)
    assert_valid(placement)
    np.testing.assert_array_equal(placement.hicann, 4)
    np.testing.assert_array_equal(placement.denmem[16:32] // 32, 0)


def test_later_requests_win_in_what_they_name():
    requests = [
        request(range(4), hicanns=(4,), neuron_size=8),
        request([1, 2], hicanns=(5,)),
        request([2, 3], neuron_size=16),
    ]
    placement = place([neurons(4)], (), requests)
    np.testing.assert_array_equal(placement.hicann, [4, 5, 5, 4])
    np.testing.assert_array_equal(placement.size, [8, 8, 16, 16])


def test_size_alone_stays_automatic():
    placement = place([neurons(4)], (), [request([1], neuron_size=64)])
    assert_valid(placement)
    np.testing.assert_array_equal(placement.hicann, CENTRE)
    np.testing.assert_array_equal(placement.denmem, [32, 0, 34, 36])


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"neuron_size": 3}, "neuron_size; got 3; allowed: an even number of denmems, 2 to 64"),
        ({"neuron_size": 66}, "got 66"),
        ({"hicanns": (384, -1)}, r"no such HICANNs; got \[-1, 384\]; allowed: 0 to 383"),
        ({"neuron_blocks": ((0, 8),)}, r"no such neuron blocks; got \[8\]; allowed: 0 to 7"),
        ({"denmems": ((0, 0),)}, "one denmem for each cell is needed; got 1; allowed: 2"),
        ({"denmems": ((0, 0), (0, 256))}, r"top row of denmems; got \[256\]; allowed: 0 to 255"),
        ({"denmems": ((0, 0), (0, 1))}, "the same denmems are asked for by 1 pair of neurons"),
        ({"denmems": ((0, 0), (0, 31))}, "across the border of a neuron block"),
        ({"hicanns": (1,), "denmems": ((0, 0), (0, 2))}, "one kind of place only"),
    ],
)
def test_requests_that_cannot_be_kept(what, message):
    with pytest.raises(PlacementError, match=message):
        place([neurons(2, label="cells")], (), [request([0, 1], **what)])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "nothing to place"),
        ([0, 9], r"no such cells; got \[9\]; allowed: cells 0 to 3"),
        ([0, 0], r"named more than once; got \['neurons\[0\]'\]"),
        ([1, 2], r"1 of them are spike sources, first poisson\[0\]"),
    ],
)
def test_requests_for_cells_that_cannot_be_placed(cells, message):
    with pytest.raises(PlacementError, match=message):
        place([neurons(2), poisson([1.0, 1.0], 2)], (), [request(cells, hicanns=(0,))])


@pytest.mark.parametrize("what", [{"denmems": ((0, 0),)}, {"neuron_size": 4}])
def test_spike_sources_have_no_denmems(what):
    with pytest.raises(PlacementError, match="spike sources have no denmems"):
        place([neurons(1), poisson([1.0], 1)], (), [request([1], **what)])


def test_a_request_for_sources_leaves_the_neurons_alone():
    population = [neurons(3), poisson([1.0, 1.0], 3)]
    free, asked = place(population), place(population, (), [request([3, 4], hicanns=(9,))])
    np.testing.assert_array_equal(free.hicann, asked.hicann)
    np.testing.assert_array_equal(free.denmem, asked.denmem)


def test_too_little_room_on_the_places_named():
    with pytest.raises(PlacementError) as error:
        place([neurons(40)], (), [request(range(40), neuron_blocks=((3, 1), (3, 1), (3, 2)))])
    assert "place() of 40 cells from neurons[0] on: 8 of 40 neurons find no room" in str(
        error.value
    )
    assert "got 160; allowed: 128 denmems" in str(error.value)


def test_all_problems_come_in_one_error():
    requests = [
        request([0], hicanns=(999,)),
        request([1], neuron_size=5),
        request([2, 3], denmems=((7, 10), (7, 11))),
        request([4], denmems=((8, 63),)),
        request(range(5, 25), neuron_blocks=((9, 0),)),
    ]
    with pytest.raises(PlacementError) as error:
        place([neurons(60_000)], (), requests)
    message = str(error.value)
    assert "for 6 reasons" in message
    for part in ("[999]", "got 5;", "neurons[2]", "neurons[4]", "4 of 20 neurons", "196"):
        assert part in message
    assert len(message.splitlines()) == 7


def test_very_many_problems_are_counted():
    requests = [request([0], hicanns=tuple(range(-20, 0)))] * 70
    with pytest.raises(PlacementError) as error:
        place([neurons(1)], (), requests)
    lines = str(error.value).splitlines()
    assert "for 70 reasons" in lines[0]
    assert "-13, 'and 12 more'" in lines[1]
    assert lines[-1] == "- and 20 more."
    assert len(lines) == 52


def test_placement_is_repeatable():
    first, second = (place(sized_neurons(100, 70), neuron_size=6) for _ in range(2))
    np.testing.assert_array_equal(first.hicann, second.hicann)
    np.testing.assert_array_equal(first.denmem, second.denmem)


@st.composite
def placeable_networks(draw):
    """Populations with requests that may or may not be possible to keep."""
    sizes = draw(st.lists(st.integers(1, 60), min_size=1, max_size=4))
    n_cells = sum(sizes)
    requests = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, n_cells - 1))
        cells = range(first, draw(st.integers(first, min(first + 20, n_cells - 1))) + 1)
        hicann = st.integers(180, 182)
        place = draw(
            st.one_of(
                st.fixed_dictionaries({}),
                st.fixed_dictionaries({"hicanns": st.lists(hicann, min_size=1, max_size=3)}),
                st.fixed_dictionaries(
                    {
                        "neuron_blocks": st.lists(
                            st.tuples(hicann, st.integers(0, 7)), min_size=1, max_size=5
                        )
                    }
                ),
                st.fixed_dictionaries(
                    {
                        "denmems": st.lists(
                            st.tuples(hicann, st.integers(0, 255)),
                            min_size=len(cells),
                            max_size=len(cells),
                        )
                    }
                ),
            )
        )
        size = draw(st.sampled_from([None, 2, 4, 6, 8, 20, 64]))
        place = {kind: tuple(places) for kind, places in place.items()}
        requests.append(request(cells, neuron_size=size, **place))
    return graph(sized_neurons(*sizes), (), requests), draw(st.sampled_from([2, 4, 6, 10]))


def wishes_one_by_one(network, default_size):
    """Apply the requests to one cell after the other."""
    size = [default_size] * network.n_cells
    allowed = [None] * network.n_cells
    for wish in network.placement_requests:
        for position, cell in enumerate(wish.cells):
            size[cell] = wish.neuron_size or size[cell]
            if wish.denmems:
                hicann, denmem = wish.denmems[position]
                allowed[cell] = {(hicann, denmem)}
            elif wish.neuron_blocks:
                allowed[cell] = {
                    (h, 32 * b + column) for h, b in wish.neuron_blocks for column in range(32)
                }
            elif wish.hicanns:
                allowed[cell] = {(h, column) for h in wish.hicanns for column in range(256)}
    return size, allowed


@settings(max_examples=150, deadline=None)
@given(placeable_networks())
def test_every_request_is_kept_or_refused(network_and_size):
    network, default_size = network_and_size
    size, allowed = wishes_one_by_one(network, default_size)
    try:
        placement = place_neurons(network, Options(neuron_size=default_size))
    except PlacementError:
        assert network.placement_requests
        return
    assert_valid(placement)
    np.testing.assert_array_equal(placement.size, size)
    for hicann, denmem, places in zip(placement.hicann, placement.denmem, allowed, strict=True):
        assert places is None or (hicann, denmem) in places


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.lists(st.sampled_from([2, 4, 6, 8, 10, 30, 64]), min_size=12, max_size=12),
)
def test_first_fit_equals_placing_neurons_one_by_one(counts, sizes):
    first = np.cumsum([0, *counts])
    requests = [
        request(range(first[i], first[i + 1]), neuron_size=size)
        for i, size in enumerate(sizes[: len(counts)])
    ]
    placement = place(sized_neurons(*counts), (), requests)
    free = np.ones((384 * 8, 32), dtype=bool)
    for neuron, size in enumerate(placement.size):
        hicann, denmem = first_gap(free, size // 2)
        assert (placement.hicann[neuron], placement.denmem[neuron]) == (hicann, denmem)


def first_gap(free, width):
    """Take the first gap, block by block from the centre outwards; slow and simple."""
    for block, columns in enumerate(free):
        for start in range(33 - width):
            if columns[start : start + width].all():
                columns[start : start + width] = False
                return SPIRAL_ORDER[block // 8], 32 * (block % 8) + start
    raise AssertionError("no room")


# --- blacklisted denmems ---------------------------------------------------------------------


def blacklist(*denmems):
    mask = np.zeros((384, 512), dtype=bool)
    for hicann, denmem in denmems:
        mask[hicann, denmem] = True
    return usable_components(Defects(denmem=mask))


def test_automatic_placement_avoids_columns_with_blacklisted_denmems():
    """A bottom denmem (256 + column 3) makes its whole column unusable."""
    avoided = blacklist((CENTRE, 0), (CENTRE, 256 + 3))
    placement = place_neurons(graph([neurons(3)]), Options(neuron_size=4), avoided)
    np.testing.assert_array_equal(placement.hicann, CENTRE)
    np.testing.assert_array_equal(placement.denmem, [1, 4, 6])


def test_a_wafer_with_one_good_hicann_takes_only_that():
    mask = np.ones((384, 512), dtype=bool)
    mask[297] = False
    avoided = usable_components(Defects(denmem=mask))
    placement = place_neurons(graph([neurons(128)]), Options(neuron_size=4), avoided)
    np.testing.assert_array_equal(placement.hicann, 297)
    with pytest.raises(CapacityError, match=r"1 of 129 neurons.*512 denmems"):
        place_neurons(graph([neurons(129)]), Options(neuron_size=4), avoided)


def test_blacklisted_denmems_named_by_hand_are_refused():
    by_hand = request([0, 1], denmems=((7, 10), (7, 20)))
    network = graph([neurons(2)], (), [by_hand])
    with pytest.raises(PlacementError, match=r"1 neuron on defect.*from 20 of HICANN 7"):
        place_neurons(network, Options(neuron_size=4), blacklist((7, 256 + 21)))
    assert_valid(place_neurons(network, Options(neuron_size=4), blacklist((7, 12))))


def test_hicanns_named_by_hand_have_less_room():
    by_hand = request(range(128), hicanns=(7,))
    network = graph([neurons(128)], (), [by_hand])
    with pytest.raises(PlacementError, match="1 of 128 neurons find no room"):
        place_neurons(network, Options(neuron_size=4), blacklist((7, 0)))


# --- what is broken --------------------------------------------------------------------------


def place_on(broken, *args, neuron_size=4, **how):
    options = Options(neuron_size=neuron_size, mapping_options=MappingOptions(**how))
    return place_neurons(graph(*args), options, usable_components(from_lists(broken)))


def test_broken_denmems_are_left_out():
    # Column 1 of the top row and column 5 of the bottom row.
    placement = place_on({"denmem": [[CENTRE, 1], [CENTRE, 256 + 5]]}, [neurons(4)])
    np.testing.assert_array_equal(placement.hicann, CENTRE)
    np.testing.assert_array_equal(placement.denmem, [2, 6, 8, 10])


def test_dead_hicanns_and_those_that_cannot_send_are_left_out():
    # The HICANN to the west of a dead one cannot send; the FPGA takes eight along.
    west = int(HICANNOnWafer.from_xy(17, 7))
    dead = int(HICANNOnWafer.from_xy(18, 7))
    fpga = HICANNOnWafer.from_xy(20, 7).fpga.enum
    placement = place_on({"hicann": [dead], "fpga": [fpga]}, [neurons(128 * 370)])
    used = np.unique(placement.hicann)
    assert dead not in used
    assert west not in used
    assert fpga not in HICANN_FPGA[used]
    # Of 384: one dead, eight without an FPGA, and to the west of these one and two.
    assert len(used) == 370
    with pytest.raises(CapacityError, match=f"allowed: {372 * 512} denmems"):
        place_on({"hicann": [dead], "fpga": [fpga]}, [neurons(128 * 373)])


def test_neuron_blocks_that_cannot_send_are_left_out():
    broken = {"merger": [[CENTRE, 0]], "dnc_merger": [[CENTRE, 2]]}
    placement = place_on(broken, [neurons(16 * 7)])
    block = placement.denmem // 32
    np.testing.assert_array_equal(placement.hicann, CENTRE)
    # Block 0 has lost its level-0 merger; block 2 joins DNC merger 3.
    np.testing.assert_array_equal(np.unique(block), np.arange(1, 8))
    by_hand = place_on(broken, [neurons(1)], (), [request([0], neuron_blocks=((CENTRE, 0),))])
    assert by_hand.denmem[0] == 0
    with pytest.raises(CapacityError, match=r"keep from layer 1\. Here these are 64"):
        place_on(broken, [neurons(128 * 384)])


def test_what_options_spare_is_named_where_there_is_no_room():
    few_lines = {"minimize_number_of_sending_repeaters": True}
    with pytest.raises(CapacityError) as error:
        place_on({}, [neurons(1)], (), [request([0], neuron_size=64)], **few_lines)
    message = str(error.value)
    assert "got 64; allowed: 181248 denmems, up to 60 of them side by side" in message
    assert "minimize_number_of_sending_repeaters leaves 15360 denmems free" in message
    assert "restrict_rightmost" not in message


def test_neurons_and_sources_that_do_not_fit_are_told_together():
    everything = [neurons(60_000), poisson(np.ones(300_000), 60_000)]
    with pytest.raises(CapacityError) as error:
        place_on({}, everything)
    for text in ("10848 of 60000 neurons", "got 300000; allowed: 181248 addresses"):
        assert text in str(error.value)


def test_by_hand_onto_a_hicann_that_cannot_send():
    west, dead = (int(HICANNOnWafer.from_xy(x, 7)) for x in (17, 18))
    placement = place_on({"hicann": [dead]}, [neurons(3)], (), [request([0], hicanns=(west,))])
    assert placement.hicann[0] == west


def test_by_hand_onto_what_is_broken():
    broken = {"denmem": [[7, 3]], "hicann": [9]}
    requests = [
        request([0, 1], denmems=((7, 2), (7, 4))),
        request([2], denmems=((9, 0),)),
        request([3], hicanns=(9,)),
    ]
    with pytest.raises(PlacementError) as error:
        place_on(broken, [neurons(4, label="cells")], (), requests)
    message = str(error.value)
    assert "2 neurons on defect denmems: cells[0] (4 denmems from 2 of HICANN 7)" in message
    assert "cells[2]" in message
    assert "1 of 1 neurons find no room" in message


# --- strategies ------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "most"), [(2, 236), (4, 118), (6, 80), (8, 59), (10, 48)])
def test_so_many_neurons_that_their_addresses_fill_few_lines(size, most):
    how = {"minimize_number_of_sending_repeaters": True}
    placement = place_on({}, [neurons(most + 1)], neuron_size=size, **how)
    assert_valid(placement)
    assert np.count_nonzero(placement.hicann == CENTRE) == most
    block = placement.denmem[:most] // 32
    count = np.bincount(block, minlength=8)
    n_lines = {2: 4, 4: 2, 6: 2, 8: 1, 10: 1}[size]
    assert np.all(count.reshape(n_lines, -1).sum(axis=1) <= 59)


def test_the_last_block_can_be_kept_free():
    placement = place_on({}, [neurons(300)], restrict_rightmost_neuron_blocks=True)
    assert np.count_nonzero(placement.hicann == CENTRE) == 7 * 16
    assert placement.denmem.max() < 224
    by_hand = [request([0], neuron_blocks=((3, 7),))]
    placement = place_on({}, [neurons(1)], (), by_hand, restrict_rightmost_neuron_blocks=True)
    assert placement.denmem[0] == 224


def test_smaller_blocks_first():
    # Nothing is free in block 2 of HICANN 9, and four columns in block 5 of HICANN 380.
    broken = [[9, column] for column in range(64, 96)]
    broken += [[380, column] for column in range(164, 192)]
    how = {"default_placement_strategy": "bySmallerNeuronBlockAndPopulationIDasc"}
    placement = place_on({"denmem": broken}, [neurons(3)], **how)
    np.testing.assert_array_equal(placement.hicann, [380, 380, CENTRE])
    np.testing.assert_array_equal(placement.denmem, [160, 162, 0])


def test_populations_are_placed_near_their_partners():
    far = int(HICANNOnWafer.from_xy(3, 8))
    populations = sized_neurons(20, 20, 20)
    # Population 1 has two synapses with population 2, which sits far in the west; 0 has none.
    some = [projection([20, 21], [40, 41])]
    how = {"default_placement_strategy": "ClusterByPopulationConnectivity"}
    placement = place_on({}, populations, some, [request(range(40, 60), hicanns=(far,))], **how)
    np.testing.assert_array_equal(placement.hicann[20:], far)
    np.testing.assert_array_equal(placement.hicann[:20], CENTRE)


def test_neurons_are_placed_near_their_partners():
    """Two chains of neurons that are mixed in the order of creation end up side by side."""
    even, odd = np.arange(0, 32, 2), np.arange(1, 32, 2)
    some = [projection(chain[:-1], chain[1:]) for chain in (even, odd)]
    how = {"default_placement_strategy": "ClusterByNeuronConnectivity"}
    placement = place_on({}, [neurons(32)], some, neuron_size=4, **how)
    assert_valid(placement)
    np.testing.assert_array_equal(np.argsort(placement.denmem), [*even, *odd])


@given(
    n=st.integers(1, 60),
    n_synapses=st.integers(0, 300),
    n_by_hand=st.integers(1, 5),
    seed=st.integers(0, 999),
)
def test_single_neurons_are_placed_like_populations_of_one(n, n_synapses, n_by_hand, seed):
    rng = np.random.default_rng(seed)
    some = [projection(*rng.integers(0, n, (2, n_synapses)))] * 2
    far = int(HICANNOnWafer.from_xy(3, 8))
    by_hand = [request(range(min(n, n_by_hand)), hicanns=(far, CENTRE))]
    broken = {"denmem": [[CENTRE, int(column)] for column in rng.integers(0, 512, 40)]}
    placements = [
        place_on(
            broken, populations, some, by_hand, neuron_size=24, default_placement_strategy=strategy
        )
        for populations, strategy in (
            ([neurons(n)], "ClusterByNeuronConnectivity"),
            (sized_neurons(*[1] * n), "ClusterByPopulationConnectivity"),
        )
    ]
    np.testing.assert_array_equal(placements[0].hicann, placements[1].hicann)
    np.testing.assert_array_equal(placements[0].denmem, placements[1].denmem)


@pytest.mark.parametrize("strategy", PLACEMENT_STRATEGIES)
def test_a_network_too_large_for_the_wafer_is_refused_by_all_strategies(strategy):
    with pytest.raises(CapacityError, match="3 of 3075 neurons"):
        place_on({}, [neurons(3075)], neuron_size=64, default_placement_strategy=strategy)
