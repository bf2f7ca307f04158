"""The merger tree's tables against its published wiring."""

import numpy as np

from pyNN_brainscales_emu.hardware.merger_tree import (
    DNC_INPUT_LEVEL,
    DNC_INPUT_MERGER,
    DNC_MERGER_BLOCKS,
    MERGER_INPUTS,
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
