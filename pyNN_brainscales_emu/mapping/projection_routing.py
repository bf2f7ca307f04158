"""From the sites of all synapses to the result for each projection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.topology import HICANN_DISTANCE
from pyNN_brainscales_emu.mapping.layer1_results import (
    COLUMN_BITS,
    DECODER_BITS,
    ROW_BITS,
    Layer1Routing,
    LineTable,
)
from pyNN_brainscales_emu.mapping.results import LossReason, Placement, ProjectionRouting
from pyNN_brainscales_emu.mapping.synapse_capacity import rows_by_source
from pyNN_brainscales_emu.mapping.synapse_places import PlacedSynapses

#: Bits of a site below HICANN and row.
_BELOW_ROW = DECODER_BITS + COLUMN_BITS
_ROWS_WITH_GAPS = HICANNS_PER_WAFER << ROW_BITS
_NONE = -1


def projection_routings(
    graph: BioGraph,
    placed: PlacedSynapses,
    lines: LineTable,
    layer1: Layer1Routing,
    routes: NDArray[np.int32],
) -> tuple[tuple[ProjectionRouting, ...], NDArray[np.int32]]:
    """Sort sites, rows and distances by projection.

    Parameters
    ----------
    graph : BioGraph
    placed : PlacedSynapses
    lines : LineTable
    layer1 : Layer1Routing
    routes : (384, n_lines) int32
        See `driver_requirement.route_table`.

    Returns
    -------
    routings : tuple of ProjectionRouting
    row_place : (n_rows, 2) int32
        HICANN and row of the rows in use, ascending.
    """
    in_use = np.zeros(_ROWS_WITH_GAPS + 1, dtype=bool)  # the last entry collects lost synapses
    for number in range(len(graph.projections)):
        in_use[placed.sites_of(number) >> _BELOW_ROW] = True
    in_use[-1] = False
    row_number = np.cumsum(in_use, dtype=np.int32) - 1
    row_number[-1] = _NONE
    row = np.flatnonzero(in_use)
    row_place = np.stack([row >> ROW_BITS, row & (1 << ROW_BITS) - 1], axis=1).astype(np.int32)
    routings = [
        ProjectionRouting(
            placed.reasons_of(number),
            _route_lengths(graph, number, placed, lines, layer1, routes),
            row_number[placed.sites_of(number) >> _BELOW_ROW],
            placed.sites_of(number),
        )
        for number in range(len(graph.projections))
    ]
    return tuple(routings), row_place


def _route_lengths(
    graph: BioGraph,
    number: int,
    placed: PlacedSynapses,
    lines: LineTable,
    layer1: Layer1Routing,
    routes: NDArray[np.int32],
) -> NDArray[np.int16]:
    site = placed.sites_of(number)
    length = np.append(layer1.route_length, _NONE).astype(np.int16)
    if not lines.n_lines:
        return np.full(len(site), _NONE, dtype=np.int16)
    line = lines.cell_line[graph.projections[number].presynaptic]
    of_synapse: NDArray[np.int16] = length[routes[site >> _BELOW_ROW + ROW_BITS, line]]
    of_synapse[site < 0] = _NONE
    return of_synapse


def without_losses(
    graph: BioGraph,
    placement: Placement,
    routings: tuple[ProjectionRouting, ...],
    row_place: NDArray[np.int32],
) -> tuple[tuple[ProjectionRouting, ...], NDArray[np.int32]]:
    """Realise lost synapses too: in rows of their own, as far away as their cells are."""
    cell_hicann = np.empty(graph.n_cells, dtype=np.int64)
    cell_hicann[graph.neurons] = placement.neuron_hicann
    cell_hicann[graph.sources] = placement.source_hicann
    lost = [~routing.realised for routing in routings]
    rows, n_rows = rows_by_source(graph, cell_hicann, lost)
    completed = []
    for projection, routing, mask, row in zip(graph.projections, routings, lost, rows, strict=True):
        pre, post = projection.presynaptic[mask], projection.postsynaptic[mask]
        distance, number = routing.distance.copy(), routing.row.copy()
        distance[mask] = HICANN_DISTANCE[cell_hicann[pre], cell_hicann[post]]
        number[mask] = len(row_place) + row[mask]
        reason = np.full_like(routing.reason, LossReason.REALISED)
        completed.append(ProjectionRouting(reason, distance, number, routing.site))
    no_place = np.full((n_rows, 2), _NONE, dtype=np.int32)
    return tuple(completed), np.concatenate([row_place, no_place])
