"""What synapses find without regard to routes: the fan-in of a neuron, and rows of their own.

A neuron of n denmems owns n/2 columns of both arrays of its HICANN: n * 224 synapses, its fan-in
(Schmitt et al. 2017 reckon with 220 usable rows; halco:include/halco/hicann/v2/synapse.h has
224). As many of those asked beyond are lost, whatever becomes of their routes.

Where losses are switched off, synapses that found no place on the wafer get rows of their own: one
for each source cell, target HICANN, receptor, mode of short-term plasticity and gmax.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.hardware.constants import SYNAPSE_ROWS_PER_ARRAY
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping.synapse_table import (
    N_SIGNS,
    STPMode,
    SynapseTable,
    row_kind,
)

_NO_ROW = -1
_N_KINDS = N_SIGNS * len(STPMode)
#: Rows are numbered through a table of all possible ones while this is at most so many times as
#: long as the list of synapses (0.1 s for 4 million), and by sorting beyond.
_TABLE_TO_SYNAPSES = 16


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


def name_fan_in_losses(
    synapses: SynapseTable, neuron_size: NDArray[np.int32], reason: NDArray[np.uint8]
) -> None:
    """Call those losses FAN_IN that no driver could have helped.

    Of the synapses that reach the HICANN of a neuron of n denmems, at most n * 224 can be realised.
    The last ones that found no driver, as many as there are beyond that, are renamed.

    Parameters
    ----------
    synapses : SynapseTable
    neuron_size : (n_neurons,) int32
        Denmems n of each neuron.
    reason : (n,) uint8
        `LossReason` of every synapse, by its number through all projections; changed in place.
    """
    asked = np.diff(synapses.start)
    fan_in = neuron_size.astype(np.int64) * SYNAPSE_ROWS_PER_ARRAY
    is_overfull = asked > fan_in
    if not np.any(is_overfull):
        return
    position = synapses.position[np.repeat(is_overfull, asked)]
    neuron = np.repeat(np.flatnonzero(is_overfull), asked[is_overfull])
    is_realised = reason[position] == LossReason.REALISED
    without_driver = np.flatnonzero(reason[position] == LossReason.DRIVER)
    free = fan_in - np.bincount(neuron[is_realised], minlength=len(fan_in))
    owner = neuron[without_driver]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)  # owners ascend
    reason[position[without_driver[rank >= free[owner]]]] = LossReason.FAN_IN


def rows_by_source(
    graph: BioGraph, cell_hicann: NDArray[np.int64], chosen: list[NDArray[np.bool_]]
) -> tuple[list[NDArray[np.int64]], int]:
    """Return rows numbered by source, target HICANN, receptor, STP mode and gmax asked for.

    Parameters
    ----------
    graph : BioGraph
    cell_hicann : (n_cells,) int64
    chosen : list of (n,) bool
        Synapses that get rows, for each projection.

    Returns
    -------
    rows : list of (n,) int64
        Row of every synapse, -1 where it is not chosen.
    n_rows : int
    """
    used_hicanns, dense_hicann = np.unique(cell_hicann, return_inverse=True)
    gmax, gmax_number = np.unique(
        [np.inf if p.gmax is None else p.gmax for p in graph.projections], return_inverse=True
    )
    keys = [np.zeros(0, dtype=np.int64)]
    for projection, mask, group in zip(graph.projections, chosen, gmax_number, strict=True):
        hicann = dense_hicann[projection.postsynaptic[mask]]
        key = projection.presynaptic[mask].astype(np.int64) * len(used_hicanns) + hicann
        key = (key * _N_KINDS + row_kind(projection)) * len(gmax) + group
        keys.append(key)
    n_keys = graph.n_cells * len(used_hicanns) * _N_KINDS * len(gmax)
    number, n_rows = _numbered(np.concatenate(keys), n_keys)
    return _scattered(number, chosen), n_rows


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
    number: NDArray[np.int64], chosen: list[NDArray[np.bool_]]
) -> list[NDArray[np.int64]]:
    """Deal the rows of the chosen synapses out to the projections; the others get -1."""
    rows = []
    begin = 0
    for mask in chosen:
        row = np.full(len(mask), _NO_ROW, dtype=np.int64)
        end = begin + int(np.count_nonzero(mask))
        row[mask] = number[begin:end]
        rows.append(row)
        begin = end
    return rows
