"""How far neuron blocks may be joined before their line asks for too many synapse drivers.

More sources on a line need more half rows on its targets, but a line gets no more than one chain
of drivers there. So blocks are joined only if no target HICANN needs a longer chain
(marocco:marocco/placement/ConstrainMergers.cpp).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    DRIVER_CHAIN_LENGTH,
    HICANNS_PER_WAFER,
)
from pyNN_brainscales_emu.mapping.driver_requirement import drivers_needed
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping.line_addresses import (
    AddressOrder,
    assign_addresses,
    neuron_blocks,
)
from pyNN_brainscales_emu.mapping.neuron_columns import neuron_columns
from pyNN_brainscales_emu.mapping.results import Placement
from pyNN_brainscales_emu.mapping.synapse_table import SynapseTable


class DriverChainLimit:
    """Whether blocks of a HICANN may share a line; a `JoinLimit`.

    Parameters
    ----------
    graph : BioGraph
    placement : Placement
        The sources in it are not used.
    synapses : SynapseTable
    order : AddressOrder
        As the addresses will be given out: the prefixes depend on it.
    chain_length : int
        Most drivers of a chain.
    """

    def __init__(
        self,
        graph: BioGraph,
        placement: Placement,
        synapses: SynapseTable,
        order: AddressOrder = AddressOrder.HIGH_FIRST,
        chain_length: int = DRIVER_CHAIN_LENGTH,
    ) -> None:
        self._neurons = graph.neurons
        self._n_cells = graph.n_cells
        self._placement = placement
        self._columns = neuron_columns(placement)
        self._synapses = synapses
        self._order = order
        self._chain_length = chain_length

    def __call__(self, hicann: NDArray[np.int64], group: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (k,) whether the blocks `group` (k, 8) of each HICANN may share a line."""
        lines = self._trial_lines(hicann, group)
        targets = np.unique(self._columns.hicann)
        routes = np.full((HICANNS_PER_WAFER, len(hicann)), -1, dtype=np.int32)
        routes[targets] = np.arange(len(targets) * len(hicann)).reshape(len(targets), len(hicann))
        needed = drivers_needed(self._synapses, self._columns, lines, routes)
        most = needed.reshape(len(targets), len(hicann)).max(axis=0)
        fits: NDArray[np.bool_] = most <= self._chain_length
        return fits

    def _trial_lines(self, hicann: NDArray[np.int64], group: NDArray[np.bool_]) -> LineTable:
        """Return the lines, one for each HICANN, as if the blocks were joined."""
        number = np.full(HICANNS_PER_WAFER, -1, dtype=np.int64)
        number[hicann] = np.arange(len(hicann))
        line = number[self._placement.neuron_hicann]
        line[~group[line, neuron_blocks(self._placement)]] = -1
        column = self._placement.neuron_denmem.astype(np.int64) % DENMEM_COLUMNS
        address = assign_addresses(line, column, self._order)
        cell_line = np.full(self._n_cells, -1, dtype=np.int32)
        cell_address = np.full(self._n_cells, -1, dtype=np.int32)
        cell_line[self._neurons] = np.where(address >= 0, line, -1)
        cell_address[self._neurons] = address
        no_merger = np.full(len(hicann), -1, dtype=np.int32)
        return LineTable(hicann.astype(np.int32), no_merger, cell_line, cell_address)
