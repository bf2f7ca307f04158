"""Calibrations that need no measurement: computed from the truth, or from nothing.

The default calibration is what a measurement would find: the points of `PROTOCOL` with the error of
their own write and of the measurement, and the same fits. It is drawn from the wafer's number, so a
wafer always has the same default calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.deviations import calibration_draws
from pyNN_brainscales_emu.calibration.distortion import Distortion
from pyNN_brainscales_emu.calibration.fits import fit_cell
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    n_circuits,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN, deviating
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_NEURON_CELLS, shared_block

Array = NDArray[np.float64]


def default_calibration(chip: VirtualHICANN) -> HICANNCalibration:
    """Return what a measurement of a HICANN would find."""
    cells = {cell: _default_cell(chip, cell) for cell in CELLS}
    return HICANNCalibration(chip.wafer, chip.hicann, "default", "", MappingProxyType(cells))


def perfect_calibration(chip: VirtualHICANN) -> HICANNCalibration:
    """Return the truth about a HICANN.

    The curve of a shared cell is that of the mean denmem of its block; what single denmems make of
    it differs, and cannot be set.
    """
    cells = {cell: CellCalibration.trusted(cell, _mean_of_blocks(chip, cell)) for cell in CELLS}
    return HICANNCalibration(chip.wafer, chip.hicann, "perfect", "", MappingProxyType(cells))


def nominal_calibration(wafer: int, hicann: int) -> HICANNCalibration:
    """Return the nominal curves for every circuit: an uncalibrated HICANN."""
    return HICANNCalibration(wafer, hicann, "nominal", "", _nominal_cells())


@cache
def _nominal_cells() -> Mapping[str, CellCalibration]:
    cells = {
        cell: CellCalibration.trusted(cell, Distortion.none(n_circuits(cell))) for cell in CELLS
    }
    return MappingProxyType(cells)


def _default_cell(chip: VirtualHICANN, cell: str) -> CellCalibration:
    protocol = PROTOCOL[cell]
    stored = np.array(protocol.dac, dtype=float)
    n = n_circuits(cell)
    values = np.broadcast_to(stored[:, None], (len(stored), DENMEMS_PER_HICANN))
    settled = chip.settled(cell, values, np.arange(DENMEMS_PER_HICANN))
    error = protocol.error
    if cell in SHARED_NEURON_CELLS:
        settled = _block_means(settled)
        error *= np.sqrt(n / DENMEMS_PER_HICANN)
    drawn = calibration_draws(chip.wafer, chip.hicann, cell, len(stored), n)
    deviation = np.hypot(chip.write_sigma(cell), error) * drawn
    return fit_cell(cell, stored, deviating(settled, deviation, chip.profile.spreads[cell]))


def _mean_of_blocks(chip: VirtualHICANN, cell: str) -> Distortion:
    distortion = chip.distortions[cell]
    if cell not in SHARED_NEURON_CELLS:
        return distortion
    own = _block_means(chip.own_offset(cell)[None, :])[0]
    return Distortion(distortion.offset + own, distortion.factor, distortion.gain)


def _block_means(of_denmems: Array) -> Array:
    """Return the means over the denmems that share a block, (n, 512) to (n, 4)."""
    block = shared_block(np.arange(DENMEMS_PER_HICANN))
    order = np.argsort(block, kind="stable")
    n_blocks = int(block.max()) + 1
    return np.asarray(of_denmems[:, order].reshape(len(of_denmems), n_blocks, -1).mean(axis=2))
