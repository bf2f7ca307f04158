"""What is known about a HICANN: the calibration of its denmems, as tables.

A denmem's calibration gives a curve for each floating-gate cell, of the nominal curve's family
(calibtic:include/calibtic/trafo/) with coefficients of its own. ``V_reset`` is a cell of the
shared column of a block of floating gates: it has one curve for each of the four blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.distortion import (
    Distortion,
    distorted_curve,
    distorted_domain,
    distorted_forward,
    distorted_inverse,
)
from pyNN_brainscales_emu.calibration.transformations import Transformation
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, FG_BLOCKS_PER_HICANN
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_NEURON_CELLS, shared_block

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def circuits_of(cell: str, denmem: ArrayLike) -> NDArray[np.intp]:
    """Return which curve of a cell's table belongs to each denmem: its own, or its block's."""
    denmem = np.asarray(denmem, dtype=np.intp)
    return shared_block(denmem) if cell in SHARED_NEURON_CELLS else denmem


def n_circuits(cell: str) -> int:
    """Return how many curves of a cell a HICANN has: 512, or 4 of a shared cell."""
    return FG_BLOCKS_PER_HICANN if cell in SHARED_NEURON_CELLS else DENMEMS_PER_HICANN


@dataclass(frozen=True, eq=False)
class CellCalibration:
    """Calibration of one cell of n circuits.

    Attributes
    ----------
    distortion : Distortion
        Coefficients of the n curves.
    domain : (n, 2) float64
        Smallest and largest value that the calibration vouches for, in V, s, S or A.
    good : (n,) bool
        Whether the circuit could be calibrated.
    """

    distortion: Distortion
    domain: Array
    good: Mask

    @classmethod
    def trusted(cls, cell: str, distortion: Distortion) -> CellCalibration:
        """Return a calibration that is good everywhere, on the whole domain of the curves."""
        domain = distorted_domain(cell, distortion)
        return cls(distortion, domain, np.ones(len(distortion), dtype=bool))

    @classmethod
    def joined(cls, parts: Sequence[CellCalibration]) -> CellCalibration:
        """Return the circuits of calibrations of a cell, at least one, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            Distortion.joined([part.distortion for part in parts]),
            np.concatenate([part.domain for part in parts]),
            np.concatenate([part.good for part in parts]),
        )

    def take(self, index: NDArray[Any] | slice) -> CellCalibration:
        """Return some of the circuits."""
        return CellCalibration(self.distortion.take(index), self.domain[index], self.good[index])


@dataclass(frozen=True, eq=False)
class HICANNCalibration:
    """Calibration of all denmems of a HICANN.

    Attributes
    ----------
    wafer, hicann : int
    method : str
        How it was found: ``'measured'``, ``'default'``, ``'nominal'``, ``'perfect'``.
    date : str
        When it was measured, ISO 8601; empty if it was computed.
    cells : mapping of str to CellCalibration
        By the cell's name: 512 circuits each, 4 of ``V_reset``.
    readout_shift : (512,) float64
        How much too high the membrane of each denmem is read, V.
    """

    wafer: int
    hicann: int
    method: str
    date: str
    cells: Mapping[str, CellCalibration]
    readout_shift: Array

    @property
    def blacklisted(self) -> Mask:
        """(512,) denmems of which any cell could not be calibrated."""
        denmem = np.arange(DENMEMS_PER_HICANN)
        bad = [~cells.good[circuits_of(cell, denmem)] for cell, cells in self.cells.items()]
        return np.asarray(np.logical_or.reduce(bad))

    def forward(self, cell: str, value: ArrayLike, denmem: ArrayLike) -> Array:
        """Return unrounded DAC values.

        Parameters
        ----------
        cell : str
        value : (n,) or (n_values, n) float
            Wanted parameter values in V, s, S or A; those outside the domain are taken to its end.
        denmem : (n,) int
        """
        known = self.cells[cell].take(circuits_of(cell, denmem))
        inside = np.clip(value, known.domain[:, 0], known.domain[:, 1])
        return distorted_forward(cell, known.distortion, inside)

    def inverse(self, cell: str, dac: ArrayLike, denmem: ArrayLike) -> Array:
        """Return parameter values in V, s, S or A for DAC values; see `forward`."""
        known = self.cells[cell].distortion.take(circuits_of(cell, denmem))
        return distorted_inverse(cell, known, dac)

    def curve(self, cell: str, denmem: int) -> Transformation:
        """Return the curve of one denmem, with the coefficients of its family."""
        known = self.cells[cell].distortion
        circuit = int(circuits_of(cell, denmem))
        numbers = (known.offset[circuit], known.factor[circuit], known.gain[circuit])
        return distorted_curve(cell, *map(float, numbers))
