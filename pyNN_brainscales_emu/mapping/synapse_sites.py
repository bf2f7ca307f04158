"""Drivers, rows and sites of all synapses; chains that grow around what is broken in a row.

How many drivers a line needs is counted as if every synapse circuit worked. Where broken rows or
synapses leave too few sites although the line got all that it asked for, it asks again for one
more half row in each group of synapses that came off short, some times. Every target HICANN gets
the attempt that loses fewest of its synapses: HICANNs do not share drivers. The original tool does
not do this; without such defects it makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.mapping.driver_assignment import Algorithm, allocate_drivers
from pyNN_brainscales_emu.mapping.driver_requirement import (
    N_GROUPS,
    N_PREFIXES,
    DriverNeed,
    driver_need,
)
from pyNN_brainscales_emu.mapping.layer1_results import (
    DECODER_BITS,
    DriverAllocation,
    Layer1Routing,
    LineTable,
)
from pyNN_brainscales_emu.mapping.neuron_columns import NeuronColumns
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping.synapse_places import PlacedSynapses, place_all
from pyNN_brainscales_emu.mapping.synapse_rows import HalfRows, chain_lengths, share_half_rows
from pyNN_brainscales_emu.mapping.synapse_table import SynapseTable
from pyNN_brainscales_emu.mapping.usable_components import UsableComponents
from pyNN_brainscales_emu.mapping_options import MappingOptions

#: How often lines may ask.
_MOST_ATTEMPTS: Final = 5


@dataclass(frozen=True, eq=False)
class SynapseSites:
    """What the synapses of a routed network got.

    Attributes
    ----------
    drivers : DriverAllocation
    half_rows : HalfRows
    placed : PlacedSynapses
    """

    drivers: DriverAllocation
    half_rows: HalfRows
    placed: PlacedSynapses


def synapse_sites(
    synapses: SynapseTable,
    columns: NeuronColumns,
    lines: LineTable,
    layer1: Layer1Routing,
    routes: NDArray[np.int32],
    options: MappingOptions,
    usable: UsableComponents,
) -> SynapseSites:
    """Share out drivers and rows, and give every synapse its site.

    Parameters
    ----------
    synapses : SynapseTable
    columns : NeuronColumns
    lines : LineTable
    layer1 : Layer1Routing
    routes : (384, n_lines) int32
        See `route_table`.
    options : MappingOptions
        ``driver_chain_length`` and ``driver_assignment`` are used.
    usable : UsableComponents
    """

    def attempt(need: DriverNeed) -> SynapseSites:
        algorithm: Algorithm = options.driver_assignment  # type: ignore[assignment]  # checked there
        length = options.driver_chain_length
        drivers = allocate_drivers(layer1, need, length, usable.drivers, algorithm)
        half_rows = share_half_rows(need, drivers)
        broken = usable.broken_synapses
        placed = place_all(synapses, columns, lines, routes, drivers, half_rows, broken)
        return SynapseSites(drivers, half_rows, placed)

    need = driver_need(synapses, columns, lines, routes)
    if usable.broken_synapses is not None:
        need = _grown_need(need, attempt, synapses, columns, lines, routes, layer1.route_target)
    return attempt(need)


def _grown_need(
    need: DriverNeed,
    attempt: Callable[[DriverNeed], SynapseSites],
    synapses: SynapseTable,
    columns: NeuronColumns,
    lines: LineTable,
    routes: NDArray[np.int32],
    route_target: NDArray[np.int32],
) -> DriverNeed:
    """Return what to ask for where rows or synapses are broken: the best of some attempts."""
    best = need.half_rows.copy()
    fewest = np.full(HICANNS_PER_WAFER, synapses.n_synapses + 1)
    for _ in range(_MOST_ATTEMPTS):
        sites = attempt(need)
        lost = np.flatnonzero(sites.placed.reason[synapses.position] == LossReason.DRIVER)
        hicann = columns.hicann[np.searchsorted(synapses.start, lost, side="right") - 1]
        n_lost = np.bincount(hicann, minlength=HICANNS_PER_WAFER)
        better = (n_lost < fewest)[route_target]
        best[better] = need.half_rows[better]
        fewest = np.minimum(fewest, n_lost)
        short = _came_off_short(sites.drivers, lost, hicann, synapses, lines, routes)
        if not short.any():
            break
        need = replace(need, half_rows=need.half_rows + short[:, np.newaxis])
    return replace(need, half_rows=best)


def _came_off_short(
    drivers: DriverAllocation,
    lost: NDArray[np.int64],
    hicann: NDArray[np.integer],
    synapses: SynapseTable,
    lines: LineTable,
    routes: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return (n_routes, 24) 1 for groups that lost synapses on routes with all that they asked.

    `lost` are the entries of the table without a site, `hicann` their targets.
    """
    source = synapses.source[lost]
    route = routes[hicann, lines.cell_line[source]]
    prefix = lines.cell_address[source] >> DECODER_BITS
    needed = drivers.route_drivers_needed
    short = np.zeros((len(needed), N_GROUPS), dtype=np.int32)
    short[route, N_PREFIXES * synapses.kind[lost].astype(np.int64) + prefix] = 1
    short[chain_lengths(drivers) < needed] = 0
    return short
