"""How two calibrations of a chip differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS, distorted_inverse
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.storage import CalibrationFile, check_same_chip
from pyNN_brainscales_emu.calibration.tables import CellCalibration
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS
from pyNN_brainscales_emu.errors import DataError

#: Key of the offsets of the read-out among the cells.
READOUT_SHIFT: Final = "readout_shift"


@dataclass(frozen=True)
class CalibrationDifference:
    """How two calibrations differ in one cell, or in the offsets of the read-out.

    Attributes
    ----------
    mean, sd, largest : float
        Of the second's parameter value less the first's at the stored values of `PROTOCOL`, over
        circuits that are good in both: in V of potentials, else as a share. NaN without such. Of
        the read-out in V, over all denmems.
    n_circuits : int
        Circuits that are good in both.
    n_only_first, n_only_second : int
        Circuits that are good in one only.
    """

    mean: float
    sd: float
    largest: float
    n_circuits: int
    n_only_first: int
    n_only_second: int


def compare_calibrations(
    first: CalibrationFile, second: CalibrationFile
) -> dict[str, CalibrationDifference]:
    """Compare the HICANNs that two files of one chip have in common.

    Returns
    -------
    dict of str to CalibrationDifference
        Of each cell by its name, and of the read-out by `READOUT_SHIFT`.

    Raises
    ------
    DataError
        If the files belong to different chips or have no HICANN in common.
    """
    check_same_chip(first, second)
    common = sorted(set(first.hicanns) & set(second.hicanns))
    if not common:
        raise DataError(
            f"calibrations {first.path} and {second.path}: they have no HICANN in common",
            value=sorted(second.hicanns),
            limit=sorted(first.hicanns),
        )
    differences = {
        cell: _difference(
            cell, *([file.hicanns[n].cells[cell] for n in common] for file in (first, second))
        )
        for cell in CELLS
    }
    shift_a, shift_b = (
        np.concatenate([file.hicanns[n].readout_shift for n in common]) for file in (first, second)
    )
    return differences | {
        READOUT_SHIFT: _found(shift_b - shift_a, len(shift_a), n_only_first=0, n_only_second=0)
    }


def _difference(
    cell: str, first: Sequence[CellCalibration], second: Sequence[CellCalibration]
) -> CalibrationDifference:
    stored = np.array(PROTOCOL[cell].dac, dtype=float)[:, None]
    differences, counts = [], np.zeros(3, dtype=int)
    for a, b in zip(first, second, strict=True):
        value_a, value_b = (distorted_inverse(cell, c.distortion, stored) for c in (a, b))
        difference = value_b - value_a if cell in POTENTIAL_CELLS else value_b / value_a - 1.0
        both = a.good & b.good
        differences.append(difference[:, both].ravel())
        counts += [np.count_nonzero(m) for m in (both, a.good & ~b.good, b.good & ~a.good)]
    return _found(np.concatenate(differences), *map(int, counts))


def _found(
    difference: NDArray[np.float64], n_circuits: int, n_only_first: int, n_only_second: int
) -> CalibrationDifference:
    mean = sd = largest = np.nan
    if len(difference):
        mean, sd = float(difference.mean()), float(difference.std())
        largest = float(difference[np.argmax(np.abs(difference))])
    return CalibrationDifference(mean, sd, largest, n_circuits, n_only_first, n_only_second)
