"""What became of the synapses onto each neuron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.results import LossReason, ProjectionRouting

N_REASONS: Final = len(LossReason)
#: Synapses are counted in pieces of this many, to keep the memory small.
_PIECE: Final = 1 << 22


def synapses_by_neuron(graph: BioGraph, routings: Sequence[ProjectionRouting]) -> NDArray[np.int32]:
    """Count the synapses onto each neuron by what became of them.

    Returns
    -------
    (n_neurons, 5) int32
        By local index and `LossReason`; a row sums to the synapses asked for.
    """
    first_entry = N_REASONS * graph.local_index.astype(np.int64)
    count = np.zeros(N_REASONS * len(graph.neurons), dtype=np.int64)
    for projection, routing in zip(graph.projections, routings, strict=True):
        for begin in range(0, len(routing.reason), _PIECE):
            piece = slice(begin, begin + _PIECE)
            entry = first_entry[projection.postsynaptic[piece]] + routing.reason[piece]
            count += np.bincount(entry, minlength=len(count))
    return count.reshape(-1, N_REASONS).astype(np.int32)
