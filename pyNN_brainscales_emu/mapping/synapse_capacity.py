"""Which synapses the synapse arrays can hold, and in which rows they sit.

A neuron of n denmems owns n/2 columns of both arrays of its HICANN: n * 224 synapses, its fan-in
(Schmitt et al. 2017 reckon with 220 usable rows; halco:include/halco/hicann/v2/synapse.h has
224). What is asked beyond is lost.

Not modelled: layer-1 routes; synapse drivers, of which a HICANN has 224 for all its sources
together, and their chains; the decoder addresses that sources of one row must differ in. So a row
here is the strength that a source has on a HICANN, with one receptor and one gmax; the rows that
the hardware needs for it are not counted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import RECEPTORS, BioGraph, BioProjection
from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_ARRAY
from pyNN_brainscales_emu.hardware.topology import HICANN_DISTANCE
from pyNN_brainscales_emu.mapping.results import LossReason, Placement, ProjectionRouting
from pyNN_brainscales_emu.options import Options

_LOST_ROW = -1
#: Rows are numbered through a table of all possible ones while this is at most so many times as
#: long as the list of synapses (0.1 s for 4 million), and by sorting beyond.
_TABLE_TO_SYNAPSES = 16


def allocate_synapses(
    graph: BioGraph, placement: Placement, options: Options
) -> tuple[tuple[ProjectionRouting, ...], int]:
    """Decide which synapses are realised, and number their rows.

    Parameters
    ----------
    graph : BioGraph
    placement : Placement
    options : Options
        With ``effects.routing_loss`` off every synapse is realised.

    Returns
    -------
    routings : tuple of ProjectionRouting
        One for each projection. Rows are numbered by source cell, then target HICANN, receptor
        and gmax asked for.
    n_rows : int
        Number of rows in use.
    """
    fan_in = placement.neuron_size.astype(np.int64) * SYNAPSE_ROWS_PER_ARRAY
    reasons = _fan_in_losses(graph, fan_in if options.effects.routing_loss else None)
    cell_hicann = _hicann_of_cells(graph, placement)
    distances = [_distances(projection, cell_hicann) for projection in graph.projections]
    rows, n_rows = _rows(graph, cell_hicann, reasons)
    routings = (ProjectionRouting(*of_one) for of_one in zip(reasons, distances, rows, strict=True))
    return tuple(routings), n_rows


def check_targets(graph: BioGraph) -> None:
    """Check that all targets are neurons.

    Raises
    ------
    NetworkError
        Names every projection onto spike sources.
    """
    wrong = [
        projection.label
        for projection in graph.projections
        if np.any(graph.is_source[projection.postsynaptic])
    ]
    if wrong:
        raise NetworkError(
            "A spike source cannot be the target of a projection",
            value=wrong,
            limit="populations of neurons as targets",
        )


def _fan_in_losses(graph: BioGraph, fan_in: NDArray[np.int64] | None) -> list[NDArray[np.uint8]]:
    """Return the `LossReason` of every synapse; each neuron keeps the first `fan_in` ones."""
    reasons = [np.zeros(projection.size, dtype=np.uint8) for projection in graph.projections]
    if fan_in is None:
        return reasons
    used = np.zeros(len(fan_in), dtype=np.int64)
    for projection, reason in zip(graph.projections, reasons, strict=True):
        target = graph.local_index[projection.postsynaptic]
        count = np.bincount(target, minlength=len(fan_in))
        full = used + count > fan_in
        if np.any(full):
            crowded = np.flatnonzero(full[target])
            rank = used[target[crowded]] + _rank_within(target[crowded])
            reason[crowded[rank >= fan_in[target[crowded]]]] = LossReason.FAN_IN
        used += count
    return reasons


def _rank_within(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many earlier entries have the same value, for each entry."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    position = np.arange(len(group))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = position - np.maximum.accumulate(np.where(is_first, position, 0))
    return rank


def _hicann_of_cells(graph: BioGraph, placement: Placement) -> NDArray[np.int64]:
    """Return (n_cells,) the HICANN of each neuron, and where each source enters the wafer."""
    hicann = np.empty(graph.n_cells, dtype=np.int64)
    hicann[graph.neurons] = placement.neuron_hicann
    hicann[graph.sources] = placement.source_hicann
    return hicann


def _distances(projection: BioProjection, cell_hicann: NDArray[np.int64]) -> NDArray[np.int16]:
    pair = cell_hicann[projection.presynaptic] * HICANNS_PER_WAFER
    pair += cell_hicann[projection.postsynaptic]
    distance: NDArray[np.int16] = HICANN_DISTANCE.reshape(-1)[pair]
    return distance


def _rows(
    graph: BioGraph, cell_hicann: NDArray[np.int64], reasons: list[NDArray[np.uint8]]
) -> tuple[list[NDArray[np.int64]], int]:
    """Return the row of every synapse, for each projection, and the number of rows."""
    used_hicanns, dense_hicann = np.unique(cell_hicann, return_inverse=True)
    gmax, gmax_number = np.unique(
        [np.inf if p.gmax is None else p.gmax for p in graph.projections], return_inverse=True
    )
    keys = [np.zeros(0, dtype=np.int64)]
    for projection, reason, group in zip(graph.projections, reasons, gmax_number, strict=True):
        key = projection.presynaptic * len(used_hicanns) + dense_hicann[projection.postsynaptic]
        key = (key * len(RECEPTORS) + RECEPTORS.index(projection.receptor)) * len(gmax) + group
        keys.append(key[reason == LossReason.REALISED])
    n_keys = graph.n_cells * len(used_hicanns) * len(RECEPTORS) * len(gmax)
    number, n_rows = _numbered(np.concatenate(keys), n_keys)
    return _scattered(number, reasons), n_rows


def _numbered(key: NDArray[np.int64], n_keys: int) -> tuple[NDArray[np.int64], int]:
    """Return the rank of each key (0..n_keys-1) among the different keys, and their number."""
    if n_keys > _TABLE_TO_SYNAPSES * len(key):
        values, number = np.unique(key, return_inverse=True)
        return number, len(values)
    occurs = np.zeros(n_keys, dtype=bool)
    occurs[key] = True
    rank = np.cumsum(occurs, dtype=np.int32)
    return rank[key].astype(np.int64) - 1, int(rank[-1]) if n_keys else 0


def _scattered(
    number: NDArray[np.int64], reasons: list[NDArray[np.uint8]]
) -> list[NDArray[np.int64]]:
    """Deal the realised synapses' rows out to the projections; the others get -1."""
    rows = []
    begin = 0
    for reason in reasons:
        realised = reason == LossReason.REALISED
        row = np.full(len(reason), _LOST_ROW, dtype=np.int64)
        end = begin + int(np.count_nonzero(realised))
        row[realised] = number[begin:end]
        rows.append(row)
        begin = end
    return rows
