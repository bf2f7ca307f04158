"""The hardware synapse of every synapse.

A synapse sits in a half row of its line that listens to its source's address prefix, has its sign
and mode, and crosses a column of its target; the lower address bits are its decoder. A neuron
fills its sites one after the other, even columns first, row by row; what finds none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.synapse_routing import place_synapses
from pyNN_brainscales_emu.hardware.constants import SYNAPSE_COLUMNS, SYNAPSE_ROWS_PER_HICANN
from pyNN_brainscales_emu.mapping.driver_requirement import N_GROUPS
from pyNN_brainscales_emu.mapping.layer1_results import DriverAllocation, LineTable
from pyNN_brainscales_emu.mapping.neuron_columns import NeuronColumns
from pyNN_brainscales_emu.mapping.synapse_rows import HalfRows
from pyNN_brainscales_emu.mapping.synapse_table import SynapseTable

_NO_DEFECTS = np.zeros((0, SYNAPSE_ROWS_PER_HICANN, SYNAPSE_COLUMNS), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class PlacedSynapses:
    """Sites of all synapses.

    Attributes
    ----------
    site : (n,) int32
        HICANN << 21 | row << 12 | column << 4 | decoder, by the number of the synapse counted
        through all projections; -1 where lost.
    reason : (n,) uint8
        `LossReason` likewise.
    offsets : (n_projections + 1,) int64
        Where each projection begins.
    """

    site: NDArray[np.int32]
    reason: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def reasons_of(self, projection: int) -> NDArray[np.uint8]:
        """Return (n,) the `LossReason` of each synapse of a projection."""
        return self.reason[self.offsets[projection] : self.offsets[projection + 1]]

    def sites_of(self, projection: int) -> NDArray[np.int32]:
        """Return (n,) the site of each synapse of a projection."""
        return self.site[self.offsets[projection] : self.offsets[projection + 1]]


def place_all(
    synapses: SynapseTable,
    columns: NeuronColumns,
    lines: LineTable,
    routes: NDArray[np.int32],
    drivers: DriverAllocation,
    half_rows: HalfRows,
    defects: NDArray[np.bool_] | None = None,
) -> PlacedSynapses:
    """Give every synapse a site, or the reason why it has none.

    The reasons are ADDRESS where the source has no line, LAYER1_ROUTE where the line does not
    reach the target's HICANN, and DRIVER where its drivers there have no site left.

    Parameters
    ----------
    synapses : SynapseTable
    columns : NeuronColumns
    lines : LineTable
    routes : (384, n_lines) int32
        See `route_table`.
    drivers : DriverAllocation
    half_rows : HalfRows
    defects : (384, 448, 256) bool, optional
        Synapses that cannot be used, by HICANN, row and column.
    """
    n_synapses = synapses.n_synapses
    site = np.empty(n_synapses, dtype=np.int32)
    reason = np.zeros(n_synapses, dtype=np.uint8)
    place_synapses(
        synapses.start,
        synapses.source,
        synapses.kind,
        synapses.position,
        lines.cell_line,
        lines.cell_address,
        columns.hicann,
        columns.first,
        columns.count,
        routes,
        drivers.route_first,
        half_rows.first,
        half_rows.count,
        _NO_DEFECTS if defects is None else np.ascontiguousarray(defects).view(np.uint8),
        np.zeros(lines.n_lines * N_GROUPS, dtype=np.int32),
        site,
        reason,
    )
    return PlacedSynapses(site, reason, synapses.offsets)
