"""How every merger of the wafer is set, so that events take the way that the mapping found.

A DNC merger sends the events of neuron blocks, brings stimuli onto the wafer, or is not in use.
On the way of events from a neuron block each merger passes on the inputs that are needed. Where
stimuli come in, the level-0 merger of the same number leaves out its (empty) neuron block and
passes on the background generator alone, which keeps the repeaters locked. Mergers that send
events onto layer 1 are slow, which leaves the sending repeater a clock cycle between two events
and needs both inputs on; what is not in use listens to its link, which is off.
Source: marocco:marocco/placement/MergerTreeConfigurator.cpp, marocco/placement/InputPlacement.cpp
(configureGbitLinks), marocco/parameter/HICANNParameters.cpp (background generators).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    HICANNS_PER_WAFER,
    MERGERS_PER_TREE,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.merger_tree import (
    DNC_MERGERS,
    LEFT,
    MERGER_PORTS,
    ONE_TO_ONE,
    RIGHT,
    MergerMode,
)
from pyNN_brainscales_emu.mapping.layer1_results import LineTable

_LEVEL_0 = slice(0, NEURON_BLOCKS_PER_HICANN)


@dataclass(frozen=True, eq=False)
class MergerModes:
    """Settings of all mergers.

    Attributes
    ----------
    tree : (384, 15) int8
        `MergerMode` of the mergers of the tree: eight of level 0, four of level 1, two of level 2,
        one of level 3.
    dnc : (384, 8) int8
        `MergerMode` of the DNC mergers.
    slow : (384, 8) bool
        Whether a DNC merger sends at half its rate.
    background : (384, 8) int8
        Background generator that keeps the repeaters of each DNC merger's line locked; -1: none.
    """

    tree: NDArray[np.int8]
    dnc: NDArray[np.int8]
    slow: NDArray[np.bool_]
    background: NDArray[np.int8]


def merger_modes(block_merger: NDArray[np.int8], lines: LineTable) -> MergerModes:
    """Return the settings of all mergers.

    Parameters
    ----------
    block_merger : (384, 8) int8
        DNC merger by which the spikes of each neuron block leave; -1: none.
    lines : LineTable
        Stimuli come in at those of its DNC mergers by which no block leaves.
    """
    leaves_by = block_merger[:, np.newaxis, :] == np.arange(DNC_MERGERS)[:, np.newaxis]
    is_output = leaves_by.any(axis=2)
    in_use = is_output.copy()
    in_use[lines.hicann, lines.merger] = True
    tree = _tree_modes(leaves_by)
    tree[:, _LEVEL_0][in_use & ~is_output] = MergerMode.LEFT_ONLY
    generator = np.where(is_output, leaves_by.argmax(axis=2), np.arange(DNC_MERGERS))
    return MergerModes(
        tree=tree,
        dnc=np.where(in_use, MergerMode.MERGE, MergerMode.LEFT_ONLY).astype(np.int8),
        slow=in_use,
        background=np.where(in_use, generator, -1).astype(np.int8),
    )


def _tree_modes(leaves_by: NDArray[np.bool_]) -> NDArray[np.int8]:
    ways = leaves_by.reshape(HICANNS_PER_WAFER, -1)
    left, right = (
        ways @ (MERGER_PORTS == port).reshape(-1, MERGERS_PER_TREE) for port in (LEFT, RIGHT)
    )
    modes: NDArray[np.int8] = np.select(
        [left & right, left, right],
        [MergerMode.MERGE, MergerMode.LEFT_ONLY, MergerMode.RIGHT_ONLY],
        ONE_TO_ONE,
    ).astype(np.int8)
    modes[:, _LEVEL_0] = MergerMode.MERGE
    return modes
