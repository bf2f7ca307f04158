"""The merger tree of a HICANN as tables: which merger takes which inputs.

Eight level-0 mergers take the events of one neuron block and of one background generator each;
four level-1, two level-2 and one level-3 merger each join two neighbours of the level below; eight
DNC mergers join one output of the tree with a channel of the Gbit link. A DNC merger feeds a
sending repeater (`layer1.MERGER_LINES`) and the link. A merger passes on its left input, its right
one or both; the left input of a level-0 merger is the background generator.
The mergers of the tree are counted level by level: 0 to 7, 8 to 11, 12 and 13, 14.
Source: halbe:hal/HICANN/MergerTree.h; halco:include/halco/hicann/v2/merger{1,2,3}onhicann.h;
marocco:marocco/placement/MergerTreeGraph.cpp.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    LINK_CHANNELS_PER_HICANN,
    MERGERS_PER_TREE,
    NEURON_BLOCKS_PER_HICANN,
)

#: Levels of the tree below the DNC mergers.
MERGER_LEVELS: Final = 4
DNC_MERGERS: Final = LINK_CHANNELS_PER_HICANN
#: The (level, merger) of the tree whose output each DNC merger takes as its right input; the left
#: one is the channel of the Gbit link with its own number.
_DNC_TREE_INPUT: Final = ((0, 0), (1, 0), (0, 2), (3, 0), (0, 4), (2, 1), (1, 3), (0, 7))


class MergerMode(IntEnum):
    """Which of its inputs a merger passes on; bits of its setting (halbe:hal/HICANN/Merger.h)."""

    RIGHT_ONLY = 0
    LEFT_ONLY = 1
    MERGE = 2


def _frozen(values: Any, dtype: Any = np.int32) -> NDArray[Any]:
    table = np.array(values, dtype=dtype)
    table.setflags(write=False)
    return table


def _joins(level: int) -> NDArray[np.int32]:
    return _frozen(np.arange(NEURON_BLOCKS_PER_HICANN >> (level - 1)).reshape(-1, 2))


#: By level 1, 2, 3: (n_mergers, 2) left and right input, as mergers of the level below.
MERGER_INPUTS: Final[dict[int, NDArray[np.int32]]] = {
    level: _joins(level) for level in range(1, MERGER_LEVELS)
}
#: (8,) level, and number within it, of the merger whose output each DNC merger takes.
DNC_INPUT_LEVEL: Final[NDArray[np.int32]] = _frozen(_DNC_TREE_INPUT)[:, 0]
DNC_INPUT_MERGER: Final[NDArray[np.int32]] = _frozen(_DNC_TREE_INPUT)[:, 1]


def _blocks() -> NDArray[np.bool_]:
    """Return (8, 8) which blocks lie below the merger that feeds each DNC merger."""
    level, merger = DNC_INPUT_LEVEL[:, np.newaxis], DNC_INPUT_MERGER[:, np.newaxis]
    return _frozen(np.arange(NEURON_BLOCKS_PER_HICANN) >> level == merger, bool)


#: (8, 8) whether the events of a neuron block (second index) can reach a DNC merger (first).
DNC_MERGER_BLOCKS: Final[NDArray[np.bool_]] = _blocks()


def _n_mergers_below(level: int) -> int:
    return sum(NEURON_BLOCKS_PER_HICANN >> lower for lower in range(level))


_NO_PORT: Final = -1
LEFT, RIGHT = 0, 1


def _ports() -> NDArray[np.int8]:
    """Return (8, 8, 15) by which input the events of each block enter the mergers on their way."""
    shape = (DNC_MERGERS, NEURON_BLOCKS_PER_HICANN, MERGERS_PER_TREE)
    ports = np.full(shape, _NO_PORT, dtype=np.int8)
    for dnc_merger, block in np.argwhere(DNC_MERGER_BLOCKS):
        way = ports[dnc_merger, block]
        way[block] = RIGHT
        merger = block
        for level in range(1, DNC_INPUT_LEVEL[dnc_merger] + 1):
            merger, port = np.argwhere(MERGER_INPUTS[level] == merger)[0]
            way[_n_mergers_below(level) + merger] = port
    return _frozen(ports, np.int8)


#: (8, 8, 15) input, left 0 or right 1, by which events on their way from a neuron block (second
#: index) to a DNC merger (first) enter each merger of the tree; -1 where they do not pass.
MERGER_PORTS: Final[NDArray[np.int8]] = _ports()
#: (8, 8, 15) whether they pass it.
MERGER_PATHS: Final[NDArray[np.bool_]] = _frozen(MERGER_PORTS != _NO_PORT, bool)
#: (8, 15) mergers between each block and the DNC merger of its number.
DIRECT_PATHS: Final[NDArray[np.bool_]] = _frozen(
    MERGER_PATHS[np.arange(DNC_MERGERS), np.arange(DNC_MERGERS)], bool
)


def _one_to_one() -> NDArray[np.int8]:
    """Return (15,) the modes that lead each block to the DNC merger of its number."""
    ports = MERGER_PORTS[np.arange(DNC_MERGERS), np.arange(DNC_MERGERS)].max(axis=0)
    modes = np.where(ports == LEFT, MergerMode.LEFT_ONLY, MergerMode.RIGHT_ONLY)
    modes[:NEURON_BLOCKS_PER_HICANN] = MergerMode.MERGE
    return _frozen(modes, np.int8)


#: (15,) `MergerMode` of mergers that nothing else is asked of: each block has an output of its own,
#: and level 0 joins it with its background generator.
ONE_TO_ONE: Final[NDArray[np.int8]] = _one_to_one()
