"""Calibrations that need no measurement: computed from the truth, or from nothing.

The default calibration is what a measurement would find: the points of `PROTOCOL` with the error of
their own write and of the measurement, and the same fits. It is drawn from the wafer's number, so a
wafer always has the same default calibration; that of a circuit is the same whatever else is
calibrated with it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.deviations import calibration_draws
from pyNN_brainscales_emu.calibration.distortion import Distortion
from pyNN_brainscales_emu.calibration.fits import fit_cell
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    n_circuits,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import (
    CELLS,
    VirtualHICANN,
    VirtualWafer,
    deviating,
)
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_NEURON_CELLS

Array = NDArray[np.float64]

#: Circuits calibrated at once: their points then stay in the processor's cache.
_BLOCK: Final = 2048


def default_calibration(chip: VirtualHICANN) -> HICANNCalibration:
    """Return what a measurement of a HICANN would find."""
    cells = {
        cell: default_circuits(chip.on_wafer, cell, chip.hicann, np.arange(n_circuits(cell)))
        for cell in CELLS
    }
    return _with_readout_shift(chip, "default", cells)


def perfect_calibration(chip: VirtualHICANN) -> HICANNCalibration:
    """Return the truth about a HICANN.

    The curve of a shared cell is that of the mean denmem of its block; what single denmems make of
    it differs, and cannot be set.
    """
    cells = {
        cell: perfect_circuits(chip.on_wafer, cell, chip.hicann, np.arange(n_circuits(cell)))
        for cell in CELLS
    }
    return _with_readout_shift(chip, "perfect", cells)


def _with_readout_shift(
    chip: VirtualHICANN, method: str, cells: dict[str, CellCalibration]
) -> HICANNCalibration:
    """Return a calibration that has the true offsets of the read-out.

    Measuring finds them to some hundredths of a millivolt, which is left out.
    """
    shift = chip.readout_shift(np.arange(DENMEMS_PER_HICANN))
    return HICANNCalibration(chip.wafer, chip.hicann, method, "", MappingProxyType(cells), shift)


def nominal_calibration(wafer: int, hicann: int) -> HICANNCalibration:
    """Return the nominal curves for every circuit: an uncalibrated HICANN."""
    cells = {cell: nominal_circuits(cell, n_circuits(cell)) for cell in CELLS}
    shift = np.zeros(DENMEMS_PER_HICANN)
    return HICANNCalibration(wafer, hicann, "nominal", "", MappingProxyType(cells), shift)


def default_circuits(
    truth: VirtualWafer, cell: str, hicann: ArrayLike, circuit: ArrayLike
) -> CellCalibration:
    """Return what a measurement of one cell of some circuits would find.

    Parameters
    ----------
    truth : VirtualWafer
    cell : str
    hicann, circuit : (n,) int
        The circuit is the denmem, or the block of a shared cell.

    Returns
    -------
    CellCalibration
        Of n circuits.
    """
    hicann, circuit = np.broadcast_arrays(hicann, circuit)
    starts = range(0, max(len(circuit), 1), _BLOCK)
    blocks = [slice(start, start + _BLOCK) for start in starts]
    return CellCalibration.joined(
        [_fitted(truth, cell, hicann[block], circuit[block]) for block in blocks]
    )


def perfect_circuits(
    truth: VirtualWafer, cell: str, hicann: ArrayLike, circuit: ArrayLike
) -> CellCalibration:
    """Return the truth about one cell of some circuits; see `default_circuits`."""
    distortion = truth.distortion(cell, hicann, circuit)
    if cell in SHARED_NEURON_CELLS:
        offset = distortion.offset + truth.mean_own_offset(cell, hicann, circuit)
        distortion = Distortion(offset, distortion.factor, distortion.gain)
    return CellCalibration.trusted(cell, distortion)


def nominal_circuits(cell: str, n: int) -> CellCalibration:
    """Return nominal curves for n circuits."""
    return CellCalibration.trusted(cell, Distortion.none(n))


def _fitted(
    truth: VirtualWafer, cell: str, hicann: NDArray[np.intp], circuit: NDArray[np.intp]
) -> CellCalibration:
    protocol = PROTOCOL[cell]
    stored = np.array(protocol.dac, dtype=float)
    settled = truth.settled_circuits(cell, stored[:, np.newaxis], hicann, circuit)
    drawn = calibration_draws(truth.wafer, cell, len(stored), hicann, circuit)
    error = protocol.error
    if cell in SHARED_NEURON_CELLS:  # each point is a mean over the denmems of the block
        error *= np.sqrt(n_circuits(cell) / DENMEMS_PER_HICANN)
    sigma = float(np.hypot(truth.write_sigma(cell), error))
    measured = deviating(settled, sigma * drawn, truth.profile.spreads[cell])
    return fit_cell(cell, stored, measured, sigma)
