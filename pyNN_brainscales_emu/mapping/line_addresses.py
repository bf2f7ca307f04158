"""Layer-1 lines and the addresses of cells on them.

A line carries 6-bit addresses. Address 0 belongs to the background events that keep repeaters
locked, and those with the lower bits 0001 reach no synapse, so that this decoder means "off"; 59
are left (marocco:marocco/placement/internal/L1AddressPool.cpp).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    DENMEM_COLUMNS,
    HICANNS_PER_WAFER,
    LINK_CHANNELS_PER_HICANN,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.neuron_blocks import neuron_block
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping.merger_routing import MergerRouting
from pyNN_brainscales_emu.mapping.results import Placement

#: Addresses of 6 bits, the one of background events, and the lower bits of "off".
_N_ADDRESSES: Final = 64
_BACKGROUND_ADDRESS: Final = 0
_OFF_DECODER: Final = 1
_N_DECODERS: Final = 16


class AddressOrder(Enum):
    """Which addresses of a line are given out first.

    Source: marocco:marocco/placement/parameters/L1AddressAssignment.cpp.
    """

    HIGH_FIRST = "high_first"
    LOW_FIRST = "low_first"
    ALTERNATE = "alternate"


def _usable_addresses() -> NDArray[np.int32]:
    address = np.arange(_N_ADDRESSES, dtype=np.int32)
    usable = (address != _BACKGROUND_ADDRESS) & (address % _N_DECODERS != _OFF_DECODER)
    return np.asarray(address[usable])


def _orders() -> dict[AddressOrder, NDArray[np.int32]]:
    low = _usable_addresses()
    alternate = np.stack([low, low[::-1]], axis=1).reshape(-1)[: len(low)]
    return {
        AddressOrder.HIGH_FIRST: low[::-1],
        AddressOrder.LOW_FIRST: low,
        AddressOrder.ALTERNATE: alternate,
    }


#: (59,) usable addresses in the order in which they are given out.
ADDRESSES: Final = _orders()


def neuron_blocks(placement: Placement) -> NDArray[np.int32]:
    """Return (n_neurons,) the neuron block 0..7 of each neuron on its HICANN."""
    return neuron_block(placement.neuron_denmem).astype(np.int32)


def neurons_per_block(placement: Placement) -> NDArray[np.int64]:
    """Return (384, 8) the number of neurons of each neuron block."""
    block = placement.neuron_hicann.astype(np.int64) * NEURON_BLOCKS_PER_HICANN
    n_blocks = HICANNS_PER_WAFER * NEURON_BLOCKS_PER_HICANN
    count = np.bincount(block + neuron_blocks(placement), minlength=n_blocks)
    return count.reshape(HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN)


def assign_lines(
    graph: BioGraph,
    placement: Placement,
    mergers: MergerRouting,
    order: AddressOrder = AddressOrder.HIGH_FIRST,
) -> LineTable:
    """Give every cell a line and an address on it.

    Neurons get addresses in the order of their columns, spike sources in that of their cells. The
    channel of a source has the number of its DNC merger.

    Parameters
    ----------
    graph : BioGraph
        Tells neurons and spike sources apart.
    placement : Placement
    mergers : MergerRouting
        Of this placement.
    order : AddressOrder

    Returns
    -------
    LineTable
        Lines in the order of HICANN and DNC merger. Cells have none where a block has no way out,
        where a line has more cells than addresses, and where a source's channel is not free.
    """
    neuron_line = _dnc_mergers(
        placement.neuron_hicann,
        mergers.block_merger[placement.neuron_hicann, neuron_blocks(placement)],
    )
    free = mergers.input_mergers[placement.source_hicann, placement.source_channel]
    source_line = _dnc_mergers(
        placement.source_hicann, np.where(free, placement.source_channel, -1)
    )
    dnc_merger = np.full(graph.n_cells, -1, dtype=np.int64)
    dnc_merger[graph.neurons] = neuron_line
    dnc_merger[graph.sources] = source_line
    rank = np.zeros(graph.n_cells, dtype=np.int64)
    rank[graph.neurons] = placement.neuron_denmem % DENMEM_COLUMNS
    rank[graph.sources] = np.arange(len(graph.sources))
    return _line_table(dnc_merger, assign_addresses(dnc_merger, rank, order))


def assign_addresses(
    line: NDArray[np.int64],
    rank: NDArray[np.int64],
    order: AddressOrder = AddressOrder.HIGH_FIRST,
) -> NDArray[np.int32]:
    """Return (n,) the address of each cell on its line; -1 without one or without room.

    Parameters
    ----------
    line : (n,) int64
        Any number that cells of a line have in common; -1: none.
    rank : (n,) int64
        Cells of a line get their addresses in this order.
    """
    by_line = np.lexsort((rank, line))
    ordered = line[by_line]
    position = np.arange(len(line))
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(line)]
    number = position - np.maximum.accumulate(np.where(is_first, position, 0))
    has_room = (number < ADDRESSES_PER_LINE) & (ordered >= 0)
    address = np.full(len(line), -1, dtype=np.int32)
    address[by_line[has_room]] = ADDRESSES[order][number[has_room]]
    return address


def _dnc_mergers(hicann: NDArray[np.int32], dnc_merger: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return DNC mergers by their number on the wafer, -1 where there is none."""
    number = hicann.astype(np.int64) * LINK_CHANNELS_PER_HICANN + dnc_merger
    return np.where(dnc_merger >= 0, number, -1)


def _line_table(dnc_merger: NDArray[np.int64], address: NDArray[np.int32]) -> LineTable:
    has_line = address >= 0
    used, line = np.unique(dnc_merger[has_line], return_inverse=True)
    cell_line = np.full(len(dnc_merger), -1, dtype=np.int32)
    cell_line[has_line] = line
    return LineTable(
        (used // LINK_CHANNELS_PER_HICANN).astype(np.int32),
        (used % LINK_CHANNELS_PER_HICANN).astype(np.int32),
        cell_line,
        address,
    )
