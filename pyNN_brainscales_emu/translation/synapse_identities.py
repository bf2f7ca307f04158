"""What keys the random numbers of synapses and rows: their places, or their cells.

A synapse keeps its deviation and its rounding as long as it sits where it sits, whatever else is in
the network.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, SYNAPSE_ROWS_PER_HICANN
from pyNN_brainscales_emu.mapping.layer1_results import DECODER_BITS
from pyNN_brainscales_emu.mapping.results import MappingResult

#: Tells what is known by its place on the wafer from what is known by its cells.
_PLACED = np.uint64(1 << 63)


def synapse_identities(
    graph: BioGraph, mapping: MappingResult
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Return what keys the deviation of each synapse, all projections in a row.

    A synapse on the wafer is known by its HICANN, row and column. One without a place (losses are
    switched off) is known by the target's firing denmem, the presynaptic cell and the receptor;
    the sub-identity tells those between the same cells from each other.
    """
    placement = mapping.placement
    denmem = placement.neuron_hicann.astype(np.uint64) * np.uint64(DENMEMS_PER_HICANN)
    denmem += placement.neuron_denmem.astype(np.uint64)
    of_cell = np.zeros(graph.n_cells, dtype=np.uint64)
    of_cell[graph.neurons] = denmem
    identities = [np.zeros(0, dtype=np.uint64)]
    sub_identities = [np.zeros(0, dtype=np.uint32)]
    for number, projection in enumerate(graph.projections):
        identity = of_cell[projection.postsynaptic] << np.uint64(33)
        identity |= projection.presynaptic.astype(np.uint64) << np.uint64(1)
        identity |= np.uint64(projection.receptor == "inhibitory")
        sub_identity = np.zeros(len(identity), dtype=np.uint32)
        site = mapping.projections[number].site
        placed, other = site >= 0, site < 0
        identity[placed] = _PLACED | (site[placed] >> DECODER_BITS).astype(np.uint64)
        sub_identity[other] = _occurrence(identity[other]) << np.uint32(20) | np.uint32(number)
        identities.append(identity)
        sub_identities.append(sub_identity)
    return np.concatenate(identities), np.concatenate(sub_identities)


def row_identities(graph: BioGraph, mapping: MappingResult) -> NDArray[np.uint64]:
    """Return what keys the deviation of each row.

    That is HICANN and row, or, for rows without a place, target HICANN, presynaptic cell and
    receptor.
    """
    hicann = np.zeros(graph.n_cells, dtype=np.uint64)
    hicann[graph.neurons] = mapping.placement.neuron_hicann
    place = mapping.row_place.astype(np.int64)
    identity = _PLACED | (place[:, 0] * SYNAPSE_ROWS_PER_HICANN + place[:, 1]).astype(np.uint64)
    for projection, routing in zip(graph.projections, mapping.projections, strict=True):
        kept = routing.realised & (routing.site < 0)
        presynaptic = projection.presynaptic[kept].astype(np.uint64)
        identity[routing.row[kept]] = (
            hicann[projection.postsynaptic[kept]] << np.uint64(33)
            | presynaptic << np.uint64(1)
            | np.uint64(projection.receptor == "inhibitory")
        )
    return identity


def _occurrence(identity: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return how many equal entries stand before each entry."""
    occurrence = np.zeros(len(identity), dtype=np.uint32)
    repeated = _repeated(identity)
    if len(repeated):
        values = identity[repeated]
        order = np.lexsort((repeated, values))
        values = values[order]
        first = np.searchsorted(values, values)
        occurrence[repeated[order]] = np.arange(len(values)) - first
    return occurrence


def _repeated(identity: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the positions of entries that are not unique, in any order."""
    ordered = np.sort(identity)
    if not (ordered[1:] == ordered[:-1]).any():  # the usual case, found out in a sixth of the time
        return np.zeros(0, dtype=np.intp)
    order = np.argsort(identity)
    equal = np.concatenate([[False], ordered[1:] == ordered[:-1], [False]])
    return np.asarray(order[equal[1:] | equal[:-1]])
