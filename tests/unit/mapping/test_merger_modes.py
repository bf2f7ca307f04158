"""Settings of the mergers: what they let through is what the mapping asks for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.merger_tree import (
    DNC_INPUT_LEVEL,
    DNC_INPUT_MERGER,
    MERGER_INPUTS,
    ONE_TO_ONE,
    MergerMode,
)
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping.merger_modes import merger_modes
from pyNN_brainscales_emu.mapping.merger_routing import MergerStrategy, route_mergers

COUNTS = st.lists(st.sampled_from([0, 0, 1, 4, 8, 16, 20, 30, 32]), min_size=8, max_size=8)


def passed(mode, left, right):
    return {
        MergerMode.LEFT_ONLY: left,
        MergerMode.RIGHT_ONLY: right,
        MergerMode.MERGE: left | right,
    }[MergerMode(mode)]


def arriving(tree, n_neurons, generators):
    """Send events of blocks and generators up the tree: what gets to each DNC merger."""
    level = [
        passed(
            tree[block],
            {f"generator {block}"} if block in generators else set(),
            {block} if n_neurons[block] else set(),
        )
        for block in range(8)
    ]
    outputs, first = [level], 8
    for inputs in MERGER_INPUTS.values():
        level = [
            passed(tree[first + merger], level[left], level[right])
            for merger, (left, right) in enumerate(inputs)
        ]
        first += len(inputs)
        outputs.append(level)
    return [outputs[DNC_INPUT_LEVEL[dnc]][DNC_INPUT_MERGER[dnc]] for dnc in range(8)]


def lines_at(*mergers):
    none = np.zeros(0, dtype=np.int32)
    hicann = np.zeros(len(mergers), dtype=np.int32)
    return LineTable(hicann, np.array(mergers, dtype=np.int32), none, none)


@given(counts=COUNTS, strategy=st.sampled_from(MergerStrategy), data=st.data())
def test_every_dnc_merger_gets_the_events_it_shall_send_and_one_generator(counts, strategy, data):
    n_neurons = np.zeros((HICANNS_PER_WAFER, 8), dtype=np.int64)
    n_neurons[0] = counts
    routing = route_mergers(n_neurons, strategy)
    free = np.flatnonzero(routing.input_mergers[0]).tolist()
    stimuli = data.draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    outputs = set(routing.block_merger[0]) - {-1}
    modes = merger_modes(routing.block_merger, lines_at(*outputs, *stimuli))
    generators = set(modes.background[0]) - {-1}
    assert len(generators) == len(outputs) + len(stimuli)
    events = arriving(modes.tree[0], counts, generators)
    for dnc in range(8):
        generator = modes.background[0, dnc]
        if dnc in outputs:
            blocks = {block for block in range(8) if routing.block_merger[0, block] == dnc}
            assert generator in blocks
            sending = {block for block in blocks if counts[block]}
            assert events[dnc] == sending | {f"generator {generator}"}
        elif dnc in stimuli:
            assert events[dnc] == {f"generator {dnc}"}
        else:
            assert modes.dnc[0, dnc] == MergerMode.LEFT_ONLY
            assert generator == -1
        assert modes.slow[0, dnc] == (modes.dnc[0, dnc] == MergerMode.MERGE)
        assert modes.slow[0, dnc] == (dnc in outputs or dnc in stimuli)


def test_all_blocks_on_one_line():
    block_merger = np.full((HICANNS_PER_WAFER, 8), -1, dtype=np.int8)
    block_merger[0] = 3
    modes = merger_modes(block_merger, lines_at(3))
    assert np.all(modes.tree[0] == MergerMode.MERGE)
    assert modes.dnc[0].tolist() == [1, 1, 1, 2, 1, 1, 1, 1]
    assert modes.background[0].tolist() == [-1, -1, -1, 0, -1, -1, -1, -1]
    np.testing.assert_array_equal(modes.tree[1], ONE_TO_ONE)
    assert not modes.slow[1:].any()
    assert np.all(modes.dnc[1:] == MergerMode.LEFT_ONLY)
