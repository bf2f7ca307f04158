"""The merger tree's tables against its published wiring."""

import numpy as np

from pyNN_brainscales_emu.hardware.merger_tree import (
    DNC_INPUT_LEVEL,
    DNC_INPUT_MERGER,
    DNC_MERGER_BLOCKS,
    LEFT,
    MERGER_INPUTS,
    MERGER_PATHS,
    MERGER_PORTS,
    ONE_TO_ONE,
    RIGHT,
    MergerMode,
)


def blocks_below(level, merger):
    """Follow the inputs down to the neuron blocks."""
    if level == 0:
        return [merger]
    left, right = MERGER_INPUTS[level][merger]
    return blocks_below(level - 1, left) + blocks_below(level - 1, right)


def test_each_level_joins_neighbours_of_the_level_below():
    assert {level: inputs.tolist() for level, inputs in MERGER_INPUTS.items()} == {
        1: [[0, 1], [2, 3], [4, 5], [6, 7]],
        2: [[0, 1], [2, 3]],
        3: [[0, 1]],
    }


def test_dnc_mergers_take_the_published_outputs():
    inputs = list(zip(DNC_INPUT_LEVEL.tolist(), DNC_INPUT_MERGER.tolist(), strict=True))
    assert inputs == [(0, 0), (1, 0), (0, 2), (3, 0), (0, 4), (2, 1), (1, 3), (0, 7)]


def test_blocks_that_reach_a_dnc_merger_lie_below_its_input():
    for dnc, reaches in enumerate(DNC_MERGER_BLOCKS):
        below = blocks_below(DNC_INPUT_LEVEL[dnc], DNC_INPUT_MERGER[dnc])
        assert np.flatnonzero(reaches).tolist() == below


def test_one_to_one_is_possible():
    assert DNC_MERGER_BLOCKS.diagonal().all()


def test_ways_from_the_blocks_to_the_dnc_mergers():
    # Block 2 is the left input of level-1 merger 1, which is the right one of level-2 merger 0.
    way = MERGER_PORTS[3, 2]
    assert {int(merger): int(way[merger]) for merger in np.flatnonzero(way >= 0)} == {
        2: RIGHT,
        8 + 1: LEFT,
        12 + 0: RIGHT,
        14: LEFT,
    }
    np.testing.assert_array_equal(MERGER_PATHS.any(axis=2), DNC_MERGER_BLOCKS)
    np.testing.assert_array_equal(MERGER_PATHS.sum(axis=2)[3], 4)


def test_modes_that_lead_each_block_to_its_own_dnc_merger():
    merge, left, right = MergerMode.MERGE, MergerMode.LEFT_ONLY, MergerMode.RIGHT_ONLY
    # halbe:hal/HICANN/MergerTree.cpp, the default of a chip
    assert ONE_TO_ONE.tolist() == [merge] * 8 + [right, right, right, left, right, left, left]
