"""Checks the hardware synapses of a mapping: each on its own, and each where its cells need it.

The second needs the network: a hardware synapse must cross a column of its target and hear its
source, in a row of the sign and mode asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioProjection
from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_ROWS,
    HICANNS_PER_WAFER,
    SYNAPSE_COLUMNS,
    SYNAPSE_ROWS_PER_HICANN,
)
from pyNN_brainscales_emu.mapping.layer1_results import DECODER_BITS, SynapsePlaces
from pyNN_brainscales_emu.mapping.neuron_losses import synapses_by_neuron
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.mapping.synapse_table import N_SIGNS, row_kind

#: Synapses are looked at in pieces of this many, to keep the memory small.
_PIECE = 1 << 21


def site_violations(
    mapping: MappingResult, broken: NDArray[np.bool_] | None = None
) -> Iterator[str]:
    """Yield in words what is wrong about hardware synapses without regard to their cells.

    Parameters
    ----------
    mapping : MappingResult
    broken : (384, 448, 256) bool, optional
        Hardware synapses that cannot be used.
    """
    taken = np.zeros((HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN, SYNAPSE_COLUMNS), dtype=bool)
    n_sites = 0
    for routing in mapping.projections:
        for begin in range(0, len(routing.site), _PIECE):
            site = routing.site[begin : begin + _PIECE]
            places = SynapsePlaces.of_sites(site[site >= 0])
            taken[places.hicann, places.row, places.column] = True
            n_sites += len(places)
    if np.count_nonzero(taken) != n_sites:
        yield "hardware synapses are used twice"
    if broken is not None and np.any(taken & broken):
        yield "hardware synapses in use are broken"


def synapse_violations(graph: BioGraph, mapping: MappingResult) -> Iterator[str]:
    """Yield in words which projections have hardware synapses that do not fit their cells.

    Parameters
    ----------
    graph : BioGraph
        The network that the mapping is one of, see `adoption.check_fit`.
    mapping : MappingResult
    """
    for number, projection in enumerate(graph.projections):
        pieces = range(0, projection.size, _PIECE)
        found = [
            _mistakes(graph, mapping, projection, number, slice(begin, begin + _PIECE))
            for begin in pieces
        ]
        wrong = {what for piece in found for what, mask in piece.items() if np.any(mask)}
        if wrong:
            yield f"synapses of {projection.label!r} have the wrong {', '.join(sorted(wrong))}"
    if not np.array_equal(synapses_by_neuron(graph, mapping.projections), mapping.neuron_synapses):
        yield "losses of neurons are not those of their synapses"


def _mistakes(
    graph: BioGraph,
    mapping: MappingResult,
    projection: BioProjection,
    number: int,
    piece: slice,
) -> dict[str, NDArray[np.bool_]]:
    """Return which hardware synapses of a part of a projection are wrong in which respect."""
    routing, rows, placement = mapping.projections[number], mapping.rows, mapping.placement
    chosen = routing.site[piece] >= 0
    places = SynapsePlaces.of_sites(routing.site[piece][chosen])
    hicann, row, column = places.hicann, places.row, places.column
    cell = projection.presynaptic[piece][chosen]
    neuron = graph.local_index[projection.postsynaptic[piece][chosen]]
    east = column - placement.neuron_denmem[neuron]
    route = rows.route[hicann, row]  # -1, the entry appended below, where there is none
    route_line = np.append(mapping.layer1.route_line, -1)
    route_length = np.append(mapping.layer1.route_length, -1)
    address = mapping.lines.cell_address[cell]
    mode, sign = divmod(row_kind(projection), N_SIGNS)
    return {
        "HICANN": hicann != placement.neuron_hicann[neuron],
        "column": (east < 0) | (east >= placement.neuron_size[neuron] // DENMEM_ROWS),
        "line": (route < 0) | (route_line[route] != mapping.lines.cell_line[cell]),
        "decoder": places.decoder != address & (1 << DECODER_BITS) - 1,
        "prefix": rows.prefix[hicann, row, column % 2] != address >> DECODER_BITS,
        "sign": rows.sign[hicann, row] != sign,
        "STP mode": rows.mode[hicann, row] != mode,
        "distance": routing.distance[piece][chosen] != route_length[route],
    }
