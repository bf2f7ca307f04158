"""Placement by connectivity: what has most connections to placed neurons comes next, near them.

Behaviour: marocco:marocco/placement/algorithms/ClusterBy{Population,Neuron}Connectivity.cpp, with
the choices left open there: inputs and outputs count alike, each synapse once; of equals, and
where nothing is connected to what is placed, the first in the order of creation comes next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.topology import (
    CENTRE_X,
    CENTRE_Y,
    HICANN_X,
    HICANN_Y,
    spiral_order,
)


class Clusters:
    """Groups of neurons, and how strongly each is connected to what is placed.

    Parameters
    ----------
    graph : BioGraph
    group : (n_neurons,) int64
        Group of each neuron, by local index: numbers from 0 without gaps.
    """

    def __init__(self, graph: BioGraph, group: NDArray[np.int64]) -> None:
        self._group = group
        n_groups = int(group.max(initial=-1)) + 1
        self._partners = _partners(graph, group, n_groups)
        self._waiting = np.zeros(n_groups, dtype=bool)
        self._connections = np.zeros(n_groups)
        self._position = np.zeros((2, n_groups))

    def wait(self, groups: NDArray[np.bool_]) -> None:
        """Say which groups wait for being placed; (n_groups,)."""
        self._waiting[:] = groups

    def next_group(self) -> int:
        """Return the group that comes next; one must be waiting."""
        waiting = np.flatnonzero(self._waiting)
        return int(waiting[np.argmax(self._connections[waiting])])

    def hicanns_for(self, group: int) -> NDArray[np.int32]:
        """Return (384,) the HICANNs around the mean position of a group's placed partners."""
        if not self._connections[group]:
            return spiral_order(CENTRE_X, CENTRE_Y)
        x, y = np.rint(self._position[:, group] / self._connections[group]).astype(int)
        return spiral_order(int(x), int(y))

    def note(self, group: int, hicann: NDArray[np.int64]) -> None:
        """Take down where neurons of a group have been placed."""
        self._waiting[group] = False
        if not len(hicann):
            return
        first, last = self._partners.indptr[group : group + 2]
        partner, n_synapses = self._partners.indices[first:last], self._partners.data[first:last]
        self._connections[partner] += n_synapses
        self._position[0, partner] += n_synapses * HICANN_X[hicann].mean()
        self._position[1, partner] += n_synapses * HICANN_Y[hicann].mean()


def _partners(graph: BioGraph, group: NDArray[np.int64], n_groups: int) -> csr_array:
    """Return (n_groups, n_groups) the number of synapses between groups, both ways."""
    total = csr_array((n_groups, n_groups))
    for projection in graph.projections:
        kept = ~graph.is_source[projection.presynaptic]
        pre = group[graph.local_index[projection.presynaptic[kept]]]
        post = group[graph.local_index[projection.postsynaptic[kept]]]
        total = total + csr_array((np.ones(len(pre)), (pre, post)), shape=total.shape)
    return csr_array(total + total.T)
