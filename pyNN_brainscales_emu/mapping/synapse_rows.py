"""What the rows of each chain of drivers are set to.

A chain's drivers go to the modes of short-term plasticity, a driver's rows to the signs, and the
half rows of a row to address prefixes. Where there is less than needed, each level is shared out
in proportion to the synapses (marocco:marocco/routing/SynapseManager.cpp). Drivers are taken from
north to south, modes, signs and prefixes in ascending order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.driver_assignment import share_rows
from pyNN_brainscales_emu.hardware.constants import (
    DRIVERS_PER_HICANN,
    DRIVERS_PER_SIDE,
    HICANNS_PER_WAFER,
    ROWS_PER_DRIVER,
    SYNAPSE_ROWS_PER_HICANN,
)
from pyNN_brainscales_emu.mapping.driver_requirement import (
    N_GROUPS,
    N_PREFIXES,
    DriverNeed,
)
from pyNN_brainscales_emu.mapping.layer1_results import DriverAllocation, RowSettings
from pyNN_brainscales_emu.mapping.synapse_table import N_SIGNS

_LINE_STEP = DRIVERS_PER_HICANN // DRIVERS_PER_SIDE


@dataclass(frozen=True, eq=False)
class HalfRows:
    """Half rows of each route, as ranges of the rows of its chain.

    The rows of a chain are numbered from its northern end, two for each driver.

    Attributes
    ----------
    first : (n_routes, 2, 24) int16
        First row, by parity of the columns and group of synapses.
    count : (n_routes, 2, 24) int16
        How many half rows.
    """

    first: NDArray[np.int16]
    count: NDArray[np.int16]


def chain_lengths(drivers: DriverAllocation) -> NDArray[np.int32]:
    """Return (n_routes,) how many drivers each route has got."""
    length = (drivers.route_last - drivers.route_first) // _LINE_STEP + 1
    return np.where(drivers.route_first >= 0, length, 0).astype(np.int32)


def share_half_rows(need: DriverNeed, drivers: DriverAllocation) -> HalfRows:
    """Share out the rows of every chain among the groups of synapses.

    Parameters
    ----------
    need : DriverNeed
    drivers : DriverAllocation
        Of the same routes.
    """
    first = np.zeros(need.half_rows.shape, dtype=np.int16)
    count = np.zeros(need.half_rows.shape, dtype=np.int16)
    share_rows(
        need.half_rows,
        need.synapses,
        np.ascontiguousarray(need.rows),
        np.ascontiguousarray(need.drivers_by_mode),
        chain_lengths(drivers),
        first,
        count,
    )
    return HalfRows(first, count)


def row_settings(
    half_rows: HalfRows, drivers: DriverAllocation, route_target: NDArray[np.int32]
) -> RowSettings:
    """Return what every row of the wafer is set to.

    Parameters
    ----------
    half_rows : HalfRows
    drivers : DriverAllocation
    route_target : (n_routes,) int32
        Target HICANN of each route.
    """
    shape = (HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN)
    settings = RowSettings(
        np.full(shape, -1, dtype=np.int32),
        np.full(shape, -1, dtype=np.int8),
        np.full(shape, -1, dtype=np.int8),
        np.full((*shape, 2), -1, dtype=np.int8),
    )
    count = half_rows.count.reshape(-1).astype(np.int64)
    entry = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    route, parity, group = np.unravel_index(entry, (len(route_target), 2, N_GROUPS))
    row = _row_on_hicann(drivers.route_first[route], half_rows.first.reshape(-1)[entry] + step)
    hicann = route_target[route]
    settings.route[hicann, row] = route
    settings.sign[hicann, row] = group // N_PREFIXES % N_SIGNS
    settings.mode[hicann, row] = group // (N_PREFIXES * N_SIGNS)
    settings.prefix[hicann, row, parity] = group % N_PREFIXES
    return settings


def _row_on_hicann(first_driver: NDArray[np.int32], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row 0..447 of a row of a chain."""
    driver_line = first_driver + _LINE_STEP * (number // ROWS_PER_DRIVER)
    row: NDArray[np.int64] = ROWS_PER_DRIVER * driver_line + number % ROWS_PER_DRIVER
    return row
