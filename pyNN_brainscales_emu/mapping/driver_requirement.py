"""How many synapse drivers a line needs on a target HICANN.

A driver has two rows. A row has one sign, and for its even and its odd columns (half rows) one
2-bit prefix each; the driver has one mode of short-term plasticity. So the synapses of one line
that a neuron takes fall into groups of (mode, sign, prefix), and a half row gives each neuron as
many synapses of one group as the neuron has columns of that parity. All neurons of the HICANN
share the half rows, hence the largest need counts.

The count is that of marocco:marocco/routing/SynapseDriverRequirements.cpp: each neuron uses the
parity that needs fewer half rows, though it could fill both. Half rows that may be of either
parity go to the emptier one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.synapse_routing import count_by_parity, count_half_rows
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER, ROWS_PER_DRIVER
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping.neuron_columns import EVEN, FREE, ODD, NeuronColumns
from pyNN_brainscales_emu.mapping.synapse_table import N_SIGNS, STPMode, SynapseTable

#: Values of the two upper address bits, which a half row selects.
N_PREFIXES = 4
N_MODES = len(STPMode)
#: Groups of synapses that can share a half row; their number is
#: ``(mode * N_SIGNS + sign) * N_PREFIXES + prefix``.
N_GROUPS = N_MODES * N_SIGNS * N_PREFIXES


@dataclass(frozen=True, eq=False)
class DriverNeed:
    """What each route needs: a route is a line on a target HICANN.

    Attributes
    ----------
    half_rows : (n_routes, 2, 24) int32
        By parity of the columns and group.
    synapses : (n_routes, 2, 24) int32
        Synapses meant for these half rows.
    """

    half_rows: NDArray[np.int32]
    synapses: NDArray[np.int32]

    @property
    def rows(self) -> NDArray[np.int32]:
        """(n_routes, 3, 2) rows by mode and sign: the two parities share them."""
        by_prefix = self.half_rows.reshape(-1, 2, N_MODES, N_SIGNS, N_PREFIXES)
        rows: NDArray[np.int32] = by_prefix.sum(axis=4, dtype=np.int32).max(axis=1)
        return rows

    @property
    def drivers_by_mode(self) -> NDArray[np.int32]:
        """(n_routes, 3) drivers by mode of short-term plasticity."""
        rows = self.rows.sum(axis=2, dtype=np.int32)
        return np.asarray((rows + ROWS_PER_DRIVER - 1) // ROWS_PER_DRIVER)

    @property
    def drivers(self) -> NDArray[np.int32]:
        """(n_routes,) drivers."""
        return np.asarray(self.drivers_by_mode.sum(axis=1, dtype=np.int32))

    @property
    def n_synapses(self) -> NDArray[np.int64]:
        """(n_routes,) synapses."""
        return np.asarray(self.synapses.sum(axis=(1, 2), dtype=np.int64))


def route_table(
    line: NDArray[np.int32], target: NDArray[np.int32], n_lines: int
) -> NDArray[np.int32]:
    """Return (384, n_lines) the route from a line to a target HICANN; -1: none.

    Parameters
    ----------
    line, target : (n_routes,) int32
        Line and target HICANN of each route; no pair may occur twice.
    """
    table = np.full((HICANNS_PER_WAFER, n_lines), -1, dtype=np.int32)
    table[target, line] = np.arange(len(line))
    return table


def wanted_routes(
    synapses: SynapseTable, columns: NeuronColumns, lines: LineTable
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return line and target HICANN of every pair with synapses, by line, then target."""
    everywhere = np.arange(HICANNS_PER_WAFER * lines.n_lines, dtype=np.int32)
    _, count = _most_half_rows(
        synapses, columns, lines, everywhere.reshape(HICANNS_PER_WAFER, lines.n_lines)
    )
    wanted = count.reshape(HICANNS_PER_WAFER, lines.n_lines) > 0
    line, target = np.nonzero(wanted.T)
    return line.astype(np.int32), target.astype(np.int32)


def driver_need(
    synapses: SynapseTable, columns: NeuronColumns, lines: LineTable, routes: NDArray[np.int32]
) -> DriverNeed:
    """Count the half rows, and so the drivers, that each route needs.

    Parameters
    ----------
    synapses : SynapseTable
        Synapses of cells without a line, or without a route, are left out.
    columns : NeuronColumns
    lines : LineTable
    routes : (384, n_lines) int32
        See `route_table`.
    """
    n_routes = int(routes.max(initial=-1)) + 1
    most, _ = _most_half_rows(synapses, columns, lines, routes)
    half_rows, lead = _settled(most)
    count = np.zeros((n_routes, 2, N_GROUPS), dtype=np.int32)
    count_by_parity(
        synapses.start,
        synapses.source,
        synapses.kind,
        lines.cell_line,
        lines.cell_address,
        columns.hicann,
        columns.count,
        routes,
        lead,
        np.zeros(lines.n_lines * N_GROUPS, dtype=np.int32),
        count,
    )
    return DriverNeed(half_rows, count)


def drivers_needed(
    synapses: SynapseTable, columns: NeuronColumns, lines: LineTable, routes: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return (n_routes,) the number of drivers only, in half the time of `driver_need`."""
    half_rows, _ = _settled(_most_half_rows(synapses, columns, lines, routes)[0])
    return DriverNeed(half_rows, half_rows).drivers


def _most_half_rows(
    synapses: SynapseTable, columns: NeuronColumns, lines: LineTable, routes: NDArray[np.int32]
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return (n_routes, 3, 24) the largest needs by even, odd and free; and the synapses."""
    n_routes = int(routes.max(initial=-1)) + 1
    half_rows = np.zeros((n_routes, 3, N_GROUPS), dtype=np.uint16)
    count = np.zeros(n_routes, dtype=np.int64)
    count_half_rows(
        synapses.start,
        synapses.source,
        synapses.kind,
        lines.cell_line,
        lines.cell_address,
        columns.hicann,
        columns.count,
        routes,
        np.zeros(lines.n_lines * N_GROUPS, dtype=np.int32),
        half_rows,
        count,
    )
    return half_rows, count


def _settled(most: NDArray[np.uint16]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the free half rows to the emptier parity, prefix by prefix.

    Returns
    -------
    half_rows : (n_routes, 2, 24) int32
    lead : (n_routes, 24) int32
        How many half rows the odd columns were ahead before a group's free ones came.
    """
    by_prefix = most.astype(np.int32).reshape(-1, 3, N_MODES * N_SIGNS, N_PREFIXES)
    half_rows = by_prefix[:, :FREE].copy()
    lead = np.zeros(by_prefix[:, FREE].shape, dtype=np.int32)
    ahead = by_prefix[:, ODD].sum(axis=2) - by_prefix[:, EVEN].sum(axis=2)
    for prefix in range(N_PREFIXES):
        free = by_prefix[:, FREE, :, prefix]
        lead[:, :, prefix] = ahead
        even = _even_among(free, ahead)
        half_rows[:, EVEN, :, prefix] += even
        half_rows[:, ODD, :, prefix] += free - even
        ahead = ahead + free - 2 * even
    return half_rows.reshape(-1, 2, N_GROUPS), lead.reshape(-1, N_GROUPS)


def _even_among(free: NDArray[np.int32], lead: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return how many free half rows go to even columns; see `even_among` of the kernel."""
    catching_up = np.minimum(free, np.abs(lead))
    even: NDArray[np.int32] = np.where(lead >= 0, catching_up, 0) + (free - catching_up + 1) // 2
    return even
