"""Placement by connectivity: what has most connections to placed neurons comes next, near them.

Behaviour: marocco:marocco/placement/algorithms/ClusterBy{Population,Neuron}Connectivity.cpp, with
the choices left open there: inputs and outputs count alike, each synapse once; of equals, and
where nothing is connected to what is placed, the first in the order of creation comes next.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyNN_brainscales_emu._kernels.neuron_clustering import Clustering
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.topology import (
    CENTRE_X,
    CENTRE_Y,
    HICANN_X,
    HICANN_Y,
    SPIRAL_ORDER,
    spiral_order,
)
from pyNN_brainscales_emu.mapping.denmem_grid import DenmemGrid


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


def place_one_by_one(
    graph: BioGraph,
    neurons: NDArray[np.int64],
    width: NDArray[np.int32],
    grid: DenmemGrid,
    hicann: NDArray[np.int64],
    denmem: NDArray[np.int64],
) -> None:
    """Place neurons where there is room, each as a group of its own.

    Parameters
    ----------
    graph : BioGraph
    neurons : (k,) int64
        Neurons to place, by local index.
    width : (n_neurons,) int32
        Columns of each neuron.
    grid : DenmemGrid
        Its room is taken.
    hicann, denmem : (n_neurons,) int64, filled
        Where each neuron is; HICANN -1: not placed.
    """
    n_neurons = len(width)
    partners = _partners(graph, np.arange(n_neurons), n_neurons)
    waiting = np.zeros(n_neurons, dtype=np.uint8)
    waiting[neurons] = True
    Clustering(
        partners.indptr.astype(np.int64),
        partners.indices.astype(np.int32),
        partners.data,
        waiting,
        width,
        grid.free_columns,
        HICANN_X,
        HICANN_Y,
        _orders(),
        SPIRAL_ORDER,
    ).place(hicann, denmem)


@lru_cache(maxsize=1)
def _orders() -> NDArray[np.int32]:
    """Return (16, 36, 384) the HICANNs from each place of the wafer outwards."""
    columns, rows = range(int(HICANN_X.max()) + 1), range(int(HICANN_Y.max()) + 1)
    return np.array([[spiral_order(x, y) for x in columns] for y in rows], dtype=np.int32)


def _partners(graph: BioGraph, group: NDArray[np.int64], n_groups: int) -> csr_array:
    """Return (n_groups, n_groups) the number of synapses between groups, both ways."""
    total = csr_array((n_groups, n_groups))
    for projection in graph.projections:
        kept = ~graph.is_source[projection.presynaptic]
        pre = group[graph.local_index[projection.presynaptic[kept]]]
        post = group[graph.local_index[projection.postsynaptic[kept]]]
        total = total + csr_array((np.ones(len(pre)), (pre, post)), shape=total.shape)
    return csr_array(total + total.T)
