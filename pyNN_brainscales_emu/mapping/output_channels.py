"""Which link channels of a HICANN carry the spikes of its own neurons.

The eight neuron blocks feed a tree of mergers that can join neighbouring blocks into one output:
pairs (outputs 1, 3, 5 and 6), halves (3 and 5) or all eight (3); a block that is not joined has
the output with its own number (halbe:hal/HICANN/MergerTree.h; marocco:marocco/placement/
MergerTreeGraph.cpp). Each output shares its number and its line with a channel of the Gbit link,
so a channel in use for neurons takes no stimulus. As few outputs as possible are used that still
give every neuron an address, the default of marocco:marocco/placement/parameters/
MergerRouting.cpp.

Not modelled: joining three, five, six or seven blocks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    HICANNS_PER_WAFER,
    LINK_CHANNELS_PER_HICANN,
    NEURON_BLOCKS_PER_HICANN,
)

#: Outputs of the tree by how many blocks are joined, coarsest first.
_OUTPUTS: Final = ((3,), (3, 5), (1, 3, 5, 6), tuple(range(NEURON_BLOCKS_PER_HICANN)))


def output_channels(
    neuron_hicann: NDArray[np.int32], neuron_denmem: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return the channels that neurons need for their spikes.

    Parameters
    ----------
    neuron_hicann, neuron_denmem : (n_neurons,) int32
        HICANN and firing denmem of each neuron.

    Returns
    -------
    (384, 8) bool
        Whether a channel of a HICANN carries its neurons' spikes.
    """
    n_neurons = _neurons_per_block(neuron_hicann, neuron_denmem)
    in_use = np.zeros((HICANNS_PER_WAFER, LINK_CHANNELS_PER_HICANN), dtype=bool)
    pending = np.ones(n_neurons.shape, dtype=bool)
    for outputs in _OUTPUTS:
        group = n_neurons.reshape(HICANNS_PER_WAFER, len(outputs), -1)
        waiting = pending.reshape(group.shape)
        joined = waiting[:, :, 0] & (group.sum(axis=2) <= ADDRESSES_PER_LINE)
        in_use[:, outputs] |= joined & (group.sum(axis=2) > 0)
        waiting[joined] = False
    return in_use


def _neurons_per_block(
    neuron_hicann: NDArray[np.int32], neuron_denmem: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return (384, 8) the number of neurons in each neuron block."""
    block = neuron_denmem % DENMEM_COLUMNS // COLUMNS_PER_NEURON_BLOCK
    count = np.bincount(
        neuron_hicann.astype(np.int64) * NEURON_BLOCKS_PER_HICANN + block,
        minlength=HICANNS_PER_WAFER * NEURON_BLOCKS_PER_HICANN,
    )
    return count.reshape(HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN)
