"""Synapse rows: what they are set to, and how strong that makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import RECEPTORS, BioGraph
from pyNN_brainscales_emu.hardware.constants import DRIVERS_PER_HICANN, ROWS_PER_DRIVER
from pyNN_brainscales_emu.hardware.floating_gate import GMAX_CELLS, GMAX_DAC
from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.translation.gmax import row_strength
from pyNN_brainscales_emu.translation.realised import RowSetting
from pyNN_brainscales_emu.translation.stored import (
    RowTable,
    SharedCells,
)


def row_table(graph: BioGraph, mapping: MappingResult, setting: RowSetting) -> RowTable:
    """Return the rows of a mapping with their gmax."""
    hicann, row = mapping.row_place[:, 0], mapping.row_place[:, 1]
    receptor = mapping.rows.sign[hicann, row]
    mode = mapping.rows.mode[hicann, row]
    placed = hicann >= 0
    if not placed.all():
        # Rows without a place are known by their synapses only.
        receptor, mode = np.where(placed, receptor, 0), np.where(placed, mode, 0)
        for projection, routing in zip(graph.projections, mapping.projections, strict=True):
            used = routing.row[(routing.row >= 0) & (routing.site < 0)]
            receptor[used] = RECEPTORS.index(projection.receptor)
    return RowTable(
        hicann.astype(np.int32),
        row.astype(np.int32),
        np.maximum(receptor, 0).astype(np.int8),
        np.maximum(mode, 0).astype(np.int8),
        setting.gmax_selector,
        setting.gmax_divisor,
    )


def block_of_row(row: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the block of floating gates whose V_gmax a row uses: the quadrant of its driver.

    Rows without a place (-1) get that of row 0.
    """
    line = np.maximum(row, 0) // ROWS_PER_DRIVER
    return np.asarray(2 * (line >= DRIVERS_PER_HICANN // 2) + DRIVER_SIDE[line], dtype=np.intp)


def realised_rows(rows: RowTable, shared_cells: SharedCells | None) -> RowSetting:
    """Return the strength of rows: ``(V_gmax / 500 nA) (22 / divisor)``.

    A V_gmax is proportional to the stored value, and has its nominal current at the default one.
    Rows without a place have the default V_gmax.
    """
    strength = row_strength(rows.gmax_selector, rows.gmax_divisor)
    if shared_cells is not None and len(shared_cells.hicann) and len(rows.row):
        table = np.stack([shared_cells.cells[cell] for cell in GMAX_CELLS], axis=-1)
        share = table / np.array(GMAX_DAC)
        hicann = np.searchsorted(shared_cells.hicann, np.maximum(rows.hicann, 0))
        hicann = np.minimum(hicann, len(shared_cells.hicann) - 1)
        of_row = share[hicann, block_of_row(rows.row), rows.gmax_selector]
        strength = strength * np.where(rows.hicann >= 0, of_row, 1.0)
    return RowSetting(rows.gmax_selector, rows.gmax_divisor, strength)
