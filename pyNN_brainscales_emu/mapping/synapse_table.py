"""All synapses of a network, those of a target neuron side by side.

Routing asks of every neuron how many synapses it takes from which line, so this order makes each
question one pass through memory. At 9 bytes a synapse a full wafer of 43 million takes 0.4 GB.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.synapse_routing import count_targets, scatter_by_target
from pyNN_brainscales_emu.description.bio_graph import (
    RECEPTORS,
    STP_MODES,
    BioGraph,
    BioProjection,
)
from pyNN_brainscales_emu.errors import CapacityError

#: Signs of a row: every row belongs to one of the two synaptic inputs of its denmems
#: (halbe:hal/HICANN/RowConfig.h). The order is that of `RECEPTORS`.
N_SIGNS = len(RECEPTORS)
#: Positions of synapses are kept in 32 bits.
_MOST_SYNAPSES = 2**31 - 1


class STPMode(IntEnum):
    """Short-term plasticity of a synapse driver (halbe:hal/HICANN/SynapseDriver.h).

    A driver facilitates or depresses all events that it gets, or it leaves them alone. The numbers
    follow `STP_MODES`; on the chip there is an enable bit and a bit for the mode.
    """

    OFF = 0
    FACILITATION = 1
    DEPRESSION = 2


@dataclass(frozen=True, eq=False)
class SynapseTable:
    """Synapses ordered by target neuron, then projection, then their order there.

    Attributes
    ----------
    start : (n_neurons + 1,) int64
        Synapses of a neuron (local index) are the entries ``start[i]`` to ``start[i + 1]``.
    source : (n,) int32
        Cell index of the source.
    kind : (n,) uint8
        2 * STP mode + sign: what a row must share besides its address prefix.
    position : (n,) int32
        Number of the synapse, counted through all projections.
    offsets : (n_projections + 1,) int64
        Where the synapses of each projection begin in this count.
    """

    start: NDArray[np.int64]
    source: NDArray[np.int32]
    kind: NDArray[np.uint8]
    position: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return len(self.source)

    @property
    def n_neurons(self) -> int:
        """Number of target neurons, those without synapses included."""
        return len(self.start) - 1


def row_kind(projection: BioProjection) -> int:
    """Return what the rows of a projection must share: 2 * STP mode + sign."""
    mode = STPMode(STP_MODES.index(projection.stp_mode))
    return N_SIGNS * mode + RECEPTORS.index(projection.receptor)


def synapses_by_target(graph: BioGraph) -> SynapseTable:
    """Order all synapses of a network by their target neuron.

    Parameters
    ----------
    graph : BioGraph
        Targets must be neurons.

    Raises
    ------
    CapacityError
        If there are more than 2**31 - 1 synapses.
    """
    offsets = np.cumsum([0, *(projection.size for projection in graph.projections)])
    _check_number(int(offsets[-1]))
    cell_neuron = graph.local_index.astype(np.int32)
    start = _starts(graph, cell_neuron)
    n_synapses = int(offsets[-1])
    source = np.empty(n_synapses, dtype=np.int32)
    kind = np.empty(n_synapses, dtype=np.uint8)
    position = np.empty(n_synapses, dtype=np.int32)
    cursor = start[:-1].copy()
    for projection, offset in zip(graph.projections, offsets, strict=False):
        scatter_by_target(
            np.ascontiguousarray(projection.presynaptic, dtype=np.int32),
            np.ascontiguousarray(projection.postsynaptic, dtype=np.int32),
            cell_neuron,
            row_kind(projection),
            int(offset),
            cursor,
            source,
            kind,
            position,
        )
    return SynapseTable(start, source, kind, position, offsets.astype(np.int64))


def _starts(graph: BioGraph, cell_neuron: NDArray[np.int32]) -> NDArray[np.int64]:
    count = np.zeros(len(graph.neurons), dtype=np.int64)
    for projection in graph.projections:
        postsynaptic = np.ascontiguousarray(projection.postsynaptic, dtype=np.int32)
        count_targets(postsynaptic, cell_neuron, count)
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _check_number(n_synapses: int) -> None:
    if n_synapses > _MOST_SYNAPSES:
        raise CapacityError(
            "The network has too many synapses to be mapped",
            value=n_synapses,
            limit=f"{_MOST_SYNAPSES} synapses",
            remedy="A wafer holds 44 040 192 synapses.",
        )
