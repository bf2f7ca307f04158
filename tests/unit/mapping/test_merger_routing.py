import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    HICANNS_PER_WAFER,
    MERGERS_PER_TREE,
)
from pyNN_brainscales_emu.hardware.merger_tree import DNC_INPUT_LEVEL, DNC_MERGER_BLOCKS
from pyNN_brainscales_emu.mapping.merger_routing import (
    MergerDefects,
    MergerStrategy,
    mute_blocks,
    route_mergers,
    source_inputs,
)

FEWEST = MergerStrategy.MINIMIZE_NUMBER_OF_SENDING_REPEATERS
COUNTS = st.lists(st.sampled_from([0, 0, 1, 4, 8, 16, 20, 30, 32]), min_size=8, max_size=8)


def blocks(*counts):
    """Neurons of the blocks of HICANN 0; all others are empty."""
    table = np.zeros((HICANNS_PER_WAFER, 8), dtype=np.int64)
    table[0] = counts
    return table


def mergers_on_path(dnc_merger, block):
    """Names of the mergers between a block and a DNC merger."""
    return [(level, block >> level) for level in range(DNC_INPUT_LEVEL[dnc_merger] + 1)]


def defect(**masks):
    shapes = {"mergers": MERGERS_PER_TREE, "dnc_mergers": 8, "sending_repeaters": 8}
    tables = {}
    for name, numbers in masks.items():
        tables[name] = np.zeros((HICANNS_PER_WAFER, shapes[name]), dtype=bool)
        tables[name][0, numbers] = True
    return MergerDefects(**tables)


@pytest.mark.parametrize(
    ("n_neurons", "expected"),
    [
        (7, [3] * 8),  # 56 neurons fit on one line
        (8, [3, 3, 3, 3, 5, 5, 5, 5]),  # size 8: 64 do not, 32 do
        # size 4: three blocks. 5 takes 4, then 6; 3 takes 2, then 1
        (16, [0, 3, 3, 3, 5, 5, 5, 7]),
        (32, list(range(8))),  # size 2: 64 on two blocks
    ],
)
def test_full_blocks(n_neurons, expected):
    assert route_mergers(blocks(*[n_neurons] * 8), FEWEST).block_merger[0].tolist() == expected


def test_empty_outer_blocks_are_left_to_stimuli():
    routing = route_mergers(blocks(0, 0, 30, 0, 30, 0, 0, 0), FEWEST)
    # 5 tries first and takes block 4; 3 is left with 2 and the empty block between them
    assert routing.block_merger[0].tolist() == [-1, -1, 3, 3, 5, -1, -1, -1]
    assert np.flatnonzero(routing.input_mergers[0]).tolist() == [0, 1, 6, 7]
    # all on one line: block 4 occupies the mergers between block 5 and DNC merger 5
    routing = route_mergers(blocks(0, 0, 20, 0, 20, 0, 0, 0), FEWEST)
    assert routing.block_merger[0].tolist() == [-1, -1, 3, 3, 3, -1, -1, -1]
    assert np.flatnonzero(routing.input_mergers[0]).tolist() == [0, 1, 6, 7]


def test_an_empty_hicann_takes_stimuli_on_every_channel():
    routing = route_mergers(blocks(*[0] * 8), FEWEST)
    assert np.all(routing.input_mergers)
    assert np.all(routing.block_merger == -1)


def test_a_block_between_is_not_cut_off():
    # 59 neurons of 3 and 4 would fit into DNC merger 3, but block 5 then has no way out
    def only_without_five(hicann, group):
        return ~group[:, 5]

    routing = route_mergers(blocks(0, 0, 0, 20, 20, 20, 0, 0), limit=only_without_five)
    assert routing.block_merger[0, 3:6].tolist() == [3, 4, 5]


def test_one_to_one():
    routing = route_mergers(blocks(1, 0, 1, 1, 0, 1, 1, 1), MergerStrategy.ONE_TO_ONE)
    assert routing.block_merger[0].tolist() == [0, -1, 2, 3, -1, 5, 6, 7]
    assert np.flatnonzero(routing.input_mergers[0]).tolist() == [1, 4]


def test_the_limit_is_obeyed_by_the_default_strategy_only():
    asked = []

    def no_more_than_two(hicann, group):
        asked.append(group.copy())
        return np.count_nonzero(group, axis=1) <= 2

    counts = blocks(*[4] * 8)
    routing = route_mergers(counts, limit=no_more_than_two)
    assert np.bincount(routing.block_merger[0]).max() == 2
    assert len(np.unique(routing.block_merger[0])) == 4
    assert all(np.all(group.sum(axis=1) > 1) for group in asked)
    n_asked = len(asked)
    route_mergers(counts, FEWEST, limit=no_more_than_two)
    assert len(asked) == n_asked


def test_a_defect_merger_is_gone_around():
    # block 4 cannot leave by DNC merger 4, but through DNC merger 5
    routing = route_mergers(
        blocks(0, 0, 0, 0, 30, 30, 0, 0), FEWEST, defects=defect(dnc_mergers=[4])
    )
    assert routing.block_merger[0, 4:6].tolist() == [5, 5]
    # sending repeater 2 is fed by DNC merger 5
    routing = route_mergers(
        blocks(0, 0, 0, 0, 0, 30, 0, 0), FEWEST, defects=defect(sending_repeaters=[2])
    )
    assert routing.block_merger[0, 5] == 3
    assert not routing.input_mergers[0, 5]
    # the merger of level 0 is the only way out
    routing = route_mergers(blocks(9, 0, 0, 0, 0, 0, 0, 0), FEWEST, defects=defect(mergers=[0]))
    assert routing.block_merger[0, 0] == -1


@given(counts=COUNTS, strategy=st.sampled_from(MergerStrategy), forbidden=st.integers(0, 255))
def test_every_block_has_a_way_of_its_own(counts, strategy, forbidden):
    routing = route_mergers(
        blocks(*counts), strategy, limit=lambda hicann, group: ~group[:, forbidden % 8]
    )
    owner = {}
    for block, dnc_merger in enumerate(routing.block_merger[0]):
        if dnc_merger < 0:
            assert counts[block] == 0
            continue
        assert DNC_MERGER_BLOCKS[dnc_merger, block]
        for merger in mergers_on_path(dnc_merger, block):
            assert owner.setdefault(merger, dnc_merger) == dnc_merger
    for dnc_merger in range(8):
        joined = np.flatnonzero(routing.block_merger[0] == dnc_merger)
        assert sum(counts[block] for block in joined) <= ADDRESSES_PER_LINE
        if len(joined):
            assert np.all(np.diff(joined) == 1)
        if routing.input_mergers[0, dnc_merger]:
            assert not len(joined)
            assert not set(mergers_on_path(dnc_merger, dnc_merger)) & set(owner)


@given(st.data())
def test_nothing_runs_over_defects(data):
    mergers = data.draw(st.lists(st.integers(0, MERGERS_PER_TREE - 1), max_size=4, unique=True))
    dnc_mergers = data.draw(st.lists(st.integers(0, 7), max_size=3, unique=True))
    counts = data.draw(COUNTS)
    strategy = data.draw(st.sampled_from(MergerStrategy))
    defects = defect(mergers=mergers, dnc_mergers=dnc_mergers)
    routing = route_mergers(blocks(*counts), strategy, defects=defects)
    first = [0, 8, 12, 14]
    owner = {}
    for block, dnc_merger in enumerate(routing.block_merger[0]):
        if dnc_merger < 0:
            continue
        assert dnc_merger not in dnc_mergers
        for level, merger in mergers_on_path(dnc_merger, block):
            assert first[level] + merger not in mergers
            assert owner.setdefault((level, merger), dnc_merger) == dnc_merger


def test_hicanns_do_not_see_each_other(rng):
    counts = rng.choice([0, 4, 8, 16, 32], size=(HICANNS_PER_WAFER, 8))
    together = route_mergers(counts, FEWEST)
    for hicann in range(0, HICANNS_PER_WAFER, 50):
        alone = route_mergers(blocks(*counts[hicann]), FEWEST)
        assert np.array_equal(alone.block_merger[0], together.block_merger[hicann])


def test_blocks_that_no_merger_brings_onto_layer_1():
    first_merger = mute_blocks(defect(mergers=[0]), 16)
    assert np.argwhere(first_merger).tolist() == [[0, 0]]
    # DNC merger 1 takes blocks 0 and 1 through the first merger of level 1, number 8.
    assert not mute_blocks(defect(dnc_mergers=[0]), 16).any()
    # Twice 32 neurons are more than the 59 addresses of a line.
    assert np.argwhere(mute_blocks(defect(dnc_mergers=[0]), 32)).tolist() == [[0, 0]]
    assert np.argwhere(mute_blocks(defect(dnc_mergers=[0], mergers=[8]), 16)).tolist() == [
        [0, 0],
        [0, 1],
    ]
    assert mute_blocks(defect(dnc_mergers=range(8)), 16)[0].all()


@given(
    st.sampled_from([8, 10, 16, 32]),
    st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8),
    st.lists(st.integers(0, MERGERS_PER_TREE - 1), max_size=6),
    st.lists(st.integers(0, 7), max_size=6),
    st.sampled_from(MergerStrategy),
)
def test_all_neurons_of_other_blocks_get_an_address(full, filled, mergers, dnc_mergers, strategy):
    defects = defect(mergers=mergers, dnc_mergers=dnc_mergers)
    mute = mute_blocks(defects, full)[0]
    n_neurons = np.where(mute, 0, np.ceil(full * np.array(filled))).astype(np.int64)
    found = route_mergers(blocks(*n_neurons), strategy, defects=defects).block_merger[0]
    occupied = n_neurons > 0
    assert (found[occupied] >= 0).all()
    of_line = np.bincount(found[occupied], n_neurons[occupied], minlength=8)
    assert of_line.max() <= ADDRESSES_PER_LINE


def test_dnc_mergers_that_take_stimuli_on_an_empty_wafer():
    assert source_inputs(defect()).all()
    free = source_inputs(defect(mergers=[3], dnc_mergers=[6]))
    assert np.argwhere(~free).tolist() == [[0, 3], [0, 6]]
