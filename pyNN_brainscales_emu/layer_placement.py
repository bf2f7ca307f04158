"""Where the layers of a feed-forward network do well on the wafer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_NEURON_BLOCK,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.placement import place
from pyNN_brainscales_emu.simulator import state

#: HICANNs that take the neurons of the first layer, of the layers between, in turns, and of the
#: last one. A HICANN's link records 1.8 kHz at most, so the layer that fires most gets five;
#: Schmitt et al. (2017) used eight HICANNs as well, chosen at random.
HICANNS: Final = ((174, 138, 139, 175, 211), (210,), (209,), (173,))

Block = tuple[int, int]


def place_layers(layers: Sequence[Any]) -> bool:
    """Spread the layers of a small feed-forward network over eight HICANNs.

    Packed as densely as it could be, such a network would lose spikes at the links, which a HICANN
    has one of, and synapses: a layer-1 line brings about twelve synapses to a neuron of four
    denmems, six of each sign, and each neuron block has lines of its own.

    Parameters
    ----------
    layers : sequence of Population
        From the first to the last.

    Returns
    -------
    bool
        Whether the neurons were placed. A network that is too large for the eight HICANNs is left
        to the automatic placement. On the ideal substrate nothing has a place.
    """
    options = state.session.options
    if options.is_ideal or len(layers) < 2:
        return False
    shares = list(_shares(layers))
    if _fit(shares, options.neuron_size):
        for layer, cells, block in shares:
            place(layer[cells], neuron_blocks=[block])
        return True
    return False


def _shares(layers: Sequence[Any]) -> Iterator[tuple[Any, list[int], Block]]:
    """Yield which cells of which layer go to which neuron block."""
    first, *others, last = layers
    groups = [HICANNS[0], *(HICANNS[1 + index % 2] for index in range(len(others))), HICANNS[-1]]
    for layer, hicanns in zip((first, *others, last), groups, strict=True):
        blocks = [
            (hicann, block) for hicann in hicanns for block in range(NEURON_BLOCKS_PER_HICANN)
        ]
        parts = np.array_split(np.arange(layer.size), len(blocks))
        for cells, block in zip(parts, blocks, strict=True):
            if len(cells):
                yield layer, cells.tolist(), block


def _fit(shares: Sequence[tuple[Any, list[int], Block]], neuron_size: int) -> bool:
    """Return whether no neuron block gets more neurons than it has room for."""
    room = DENMEMS_PER_NEURON_BLOCK // neuron_size
    taken: dict[Block, int] = {}
    for _, cells, block in shares:
        taken[block] = taken.get(block, 0) + len(cells)
    return all(count <= room for count in taken.values())
