"""How two calibrations of a chip differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS, distorted_inverse
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.storage import CalibrationFile, check_same_chip
from pyNN_brainscales_emu.calibration.tables import CellCalibration
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS
from pyNN_brainscales_emu.errors import DataError


@dataclass(frozen=True)
class CalibrationDifference:
    """How two calibrations differ in one cell.

    Attributes
    ----------
    mean, sd, largest : float
        Of the second's parameter value less the first's at the stored values of `PROTOCOL`, over
        circuits that are good in both: in V of potentials, else as a share. NaN without such.
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
    """Compare the HICANNs that two files of one chip have in common, cell by cell.

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
    return {
        cell: _difference(
            cell, *([file.hicanns[n].cells[cell] for n in common] for file in (first, second))
        )
        for cell in CELLS
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
    found = np.concatenate(differences)
    if len(found) == 0:
        return CalibrationDifference(np.nan, np.nan, np.nan, *map(int, counts))
    largest = float(found[np.argmax(np.abs(found))])
    return CalibrationDifference(
        float(found.mean()), float(found.std()), largest, *map(int, counts)
    )
