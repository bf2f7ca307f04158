"""The merger tree of a HICANN as tables: which merger takes which inputs.

Eight level-0 mergers take the events of one neuron block and of one background generator each;
four level-1, two level-2 and one level-3 merger each join two neighbours of the level below; eight
DNC mergers join one output of the tree with a channel of the Gbit link. A DNC merger feeds a
sending repeater (`layer1.MERGER_LINES`) and the link. A merger passes on its left input, its right
one or both.
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
    NEURON_BLOCKS_PER_HICANN,
)

#: Levels of the tree below the DNC mergers.
MERGER_LEVELS: Final = 4
DNC_MERGERS: Final = LINK_CHANNELS_PER_HICANN
#: The (level, merger) of the tree whose output each DNC merger takes as its right input; the left
#: one is the channel of the Gbit link with its own number.
_DNC_TREE_INPUT: Final = ((0, 0), (1, 0), (0, 2), (3, 0), (0, 4), (2, 1), (1, 3), (0, 7))


class MergerMode(IntEnum):
    """Which of its inputs a merger passes on."""

    LEFT_ONLY = 0
    RIGHT_ONLY = 1
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
