"""How many spike sources may share a line before it asks for too long chains of drivers.

More sources on a line need more half rows on its targets, but a line gets one chain of drivers
there. So input placement splits sources over several lines
(marocco:marocco/placement/InputPlacement.cpp). The count is that of `driver_requirement`, except
that a need once reached stays, so for neurons of an odd number of columns it is at times larger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.source_chains import ChainCounter
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.mapping.line_addresses import ADDRESSES, AddressOrder
from pyNN_brainscales_emu.mapping.neuron_columns import NeuronColumns
from pyNN_brainscales_emu.mapping.synapse_table import row_kind


class SourceChains:
    """The limit that chains of drivers set to the sources of a line.

    Parameters
    ----------
    graph : BioGraph
    columns : NeuronColumns
        Of the placed neurons.
    order : AddressOrder
        As addresses will be given out: the prefixes depend on it.
    chain_length : int
        Most drivers of a chain.
    """

    def __init__(
        self, graph: BioGraph, columns: NeuronColumns, order: AddressOrder, chain_length: int
    ) -> None:
        source, neuron, kind = _synapses_of_sources(graph)
        by_source = np.argsort(source, kind="stable")
        count = np.bincount(source, minlength=len(graph.sources))
        self._counter = ChainCounter(
            np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
            neuron[by_source],
            kind[by_source],
            columns.hicann,
            columns.count,
            np.ascontiguousarray(ADDRESSES[order], dtype=np.int32),
            HICANNS_PER_WAFER,
            chain_length,
        )

    def n_fitting(self, present: NDArray[np.int64], sources: NDArray[np.int64]) -> int:
        """Return how many of the first sources fit on a line that has some already.

        Parameters
        ----------
        present, sources : (n,) int64
            Local indices of sources.
        """
        return self._counter.n_fitting(present, sources)


def _synapses_of_sources(
    graph: BioGraph,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    """Return source and target (local indices) and kind of every synapse of a spike source."""
    sources, neurons = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    kinds = [np.zeros(0, np.uint8)]
    for projection in graph.projections:
        kept = graph.is_source[projection.presynaptic]
        sources.append(graph.local_index[projection.presynaptic[kept]].astype(np.int32))
        neurons.append(graph.local_index[projection.postsynaptic[kept]].astype(np.int32))
        kinds.append(np.full(len(sources[-1]), row_kind(projection), np.uint8))
    return np.concatenate(sources), np.concatenate(neurons), np.concatenate(kinds)
