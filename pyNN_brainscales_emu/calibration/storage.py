"""Calibrations in files: HDF5 tables with a schema version, written whole or not at all.

A file holds any HICANNs of one chip (a wafer with a profile of its variation). Its layout, with one
row a HICANN:

* attributes ``format``, ``schema_version``, ``wafer``, ``variation``;
* ``hicann`` (n,), ``method`` (n,) and ``date`` (n,);
* ``readout_shift`` (n, 512): how much too high the membrane of each denmem is read, in V;
* a group for each cell with ``offset``, ``factor``, ``gain`` (n, 512), ``domain`` (n, 512, 2) and
  ``good`` (n, 512); 4 blocks in place of 512 denmems for ``V_reset``. The curve of a circuit is
  ``DAC = gain F((x - offset) / factor)`` with the cell's nominal curve F.

Files are data: nothing in them is executed. h5py is needed (extra ``io``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    Distortion,
    distorted_domain,
)
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    n_circuits,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.hdf5 import (
    integer_attribute,
    new_file,
    read_table,
    read_texts,
    reading_file,
    sub_group,
    text_attribute,
)
from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    FLOATING_GATE_FULL_SCALE_V,
    HICANNS_PER_WAFER,
    READOUT_SHIFT_LIMIT_V,
)

FORMAT: Final = FileFormat(
    kind="calibration",
    version=2,
    remedy="Calibrate with `python -m pyNN_brainscales_emu calibrate`, or use "
    "calibration='default'.",
)
#: Room for rounding errors where domains are compared, as a share of their width.
_ROUNDING: Final = 1e-9
#: What no circuit has: far beyond what is drawn, and what fits take for plausible.
_FACTOR_LIMITS: Final = (1e-3, 1e3)
_LARGEST_OFFSET_V: Final = 2 * FLOATING_GATE_FULL_SCALE_V
_LARGEST_SHIFT_V: Final = 3 * READOUT_SHIFT_LIMIT_V
_ROWS: Final = ("offset", "factor", "gain", "domain", "good")


@dataclass(frozen=True, eq=False)
class CalibrationFile:
    """Calibration of some HICANNs of a chip.

    Attributes
    ----------
    path : str
        Where it came from, for messages.
    wafer : int
    variation : str
        Name of the profile that the wafer's variation follows.
    hicanns : mapping of int to HICANNCalibration
    """

    path: str
    wafer: int
    variation: str
    hicanns: Mapping[int, HICANNCalibration]

    def hicann(self, number: int) -> HICANNCalibration:
        """Return the calibration of a HICANN.

        Raises
        ------
        DataError
            If it is not in the file.
        """
        if number not in self.hicanns:
            raise DataError(
                f"calibration {self.path}: HICANN {number} was not calibrated",
                value=number,
                limit=f"HICANNs {sorted(self.hicanns)}",
                remedy="Calibrate it and merge the files, or place the neurons elsewhere.",
            )
        return self.hicanns[number]


def save_calibration(
    path: str | os.PathLike[str],
    hicanns: Iterable[HICANNCalibration],
    variation: str,
    *,
    overwrite: bool = False,
) -> None:
    """Write calibrations of one wafer to a file.

    Parameters
    ----------
    path : path
    hicanns : iterable of HICANNCalibration
        All of one wafer, each HICANN once.
    variation : str
        Name of the profile of the wafer that was calibrated.
    overwrite : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DataError
        If the file exists, its folder does not, the calibrations do not belong together, hold
        numbers that cannot be, or h5py is missing. Nothing is written then.
    """
    chosen = sorted(hicanns, key=lambda hicann: hicann.hicann)
    _check_together(os.fspath(path), chosen)
    with new_file(FORMAT, path, overwrite=overwrite) as file:
        _write(file, chosen, variation)


def load_calibration(path: str | os.PathLike[str]) -> CalibrationFile:
    """Read a file of calibrations.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another version, or holds numbers that cannot be.
    """
    with reading_file(FORMAT, path) as file:
        return _read(os.fspath(path), file)


def merge_calibrations(files: Sequence[CalibrationFile], path: str = "merged") -> CalibrationFile:
    """Put files of one chip together; of a HICANN in several files the last one counts.

    Raises
    ------
    DataError
        If the files belong to different chips, or there are none.
    """
    if not files:
        raise DataError("merging calibrations: no files were given")
    first = files[0]
    for other in files[1:]:
        check_same_chip(first, other)
    hicanns: dict[int, HICANNCalibration] = {}
    for file in files:
        hicanns |= file.hicanns
    return CalibrationFile(path, first.wafer, first.variation, MappingProxyType(hicanns))


# --- writing and reading ---------------------------------------------------------------------


def _write(file: Any, hicanns: Sequence[HICANNCalibration], variation: str) -> None:
    file.attrs["wafer"] = hicanns[0].wafer
    file.attrs["variation"] = variation
    file["hicann"] = np.array([hicann.hicann for hicann in hicanns], dtype=np.int32)
    file["method"] = [hicann.method for hicann in hicanns]
    file["date"] = [hicann.date for hicann in hicanns]
    shifts = np.stack([hicann.readout_shift for hicann in hicanns])
    file.create_dataset("readout_shift", data=shifts, compression="gzip", fletcher32=True)
    file["readout_shift"].attrs["unit"] = "V"
    for cell in CELLS:
        group = file.create_group(cell)
        group.attrs["unit"] = "V" if cell in POTENTIAL_CELLS else "share of the nominal value"
        cells = [_columns(hicann.cells[cell]) for hicann in hicanns]
        for name in _ROWS:
            rows = np.stack([columns[name] for columns in cells])
            group.create_dataset(name, data=rows, compression="gzip", fletcher32=True)


def _columns(calibration: CellCalibration) -> dict[str, NDArray[Any]]:
    distortion = calibration.distortion
    return {
        "offset": distortion.offset,
        "factor": distortion.factor,
        "gain": distortion.gain,
        "domain": calibration.domain,
        "good": calibration.good,
    }


def _read(name: str, file: Any) -> CalibrationFile:
    numbers = read_table(file, "hicann", "iu").astype(np.int64)
    if len(np.unique(numbers)) != len(numbers) or not _within(numbers, HICANNS_PER_WAFER):
        raise ValueError("numbers of HICANNs")
    n_hicanns = len(numbers)
    methods, dates = (read_texts(file, column, n_hicanns) for column in ("method", "date"))
    wafer = integer_attribute(file, "wafer")
    shifts = read_table(file, "readout_shift", "f", (n_hicanns, DENMEMS_PER_HICANN)).astype(float)
    tables = {cell: _table(sub_group(file, cell), cell, n_hicanns) for cell in CELLS}
    hicanns = {}
    for row, number in enumerate(numbers):
        cells = {cell: _cell(name, cell, tables[cell], row) for cell in CELLS}
        _check_readout_shift(f"calibration {name}", shifts[row])
        hicanns[int(number)] = HICANNCalibration(
            wafer,
            int(number),
            methods[row],
            dates[row],
            MappingProxyType(cells),
            shifts[row],
        )
    variation = text_attribute(file, "variation")
    return CalibrationFile(name, wafer, variation, MappingProxyType(hicanns))


def _within(numbers: NDArray[np.int64], end: int) -> bool:
    return bool(len(numbers) and numbers.min() >= 0 and numbers.max() < end)


def _table(group: Any, cell: str, n_hicanns: int) -> dict[str, NDArray[Any]]:
    """Return the columns of a cell, one row a HICANN."""
    shape = (n_hicanns, n_circuits(cell))
    numbers = {
        row: read_table(group, row, "f", shape).astype(float)
        for row in ("offset", "factor", "gain")
    }
    domain = read_table(group, "domain", "f", (*shape, 2)).astype(float)
    return {**numbers, "domain": domain, "good": read_table(group, "good", "b", shape)}


def _cell(name: str, cell: str, table: Mapping[str, NDArray[Any]], row: int) -> CellCalibration:
    columns = {key: values[row] for key, values in table.items()}
    distortion = Distortion(*(columns[key] for key in ("offset", "factor", "gain")))
    calibration = CellCalibration(distortion, columns["domain"], columns["good"])
    _check_cell(f"calibration {name}", cell, calibration)
    return calibration


def _check_readout_shift(where: str, shift: NDArray[np.float64]) -> None:
    wrong = ~(np.abs(shift) <= _LARGEST_SHIFT_V)  # NaN is wrong too
    if np.shape(shift) != (DENMEMS_PER_HICANN,) or wrong.any():
        raise DataError(
            f"{where}: readout_shift is of wrong size, or has numbers that no amplifier has",
            value=float(shift[wrong][0]) if wrong.any() else np.shape(shift),
            limit=f"{DENMEMS_PER_HICANN} denmems, up to {_LARGEST_SHIFT_V} V",
            remedy="The file cannot be trusted: calibrate again.",
        )


def _check_cell(where: str, cell: str, calibration: CellCalibration) -> None:
    n = n_circuits(cell)
    shapes = [np.shape(values) for values in _columns(calibration).values()]
    if shapes != [(n,), (n,), (n,), (n, 2), (n,)]:
        raise DataError(
            f"{where}: {cell} has tables of wrong size",
            value=shapes,
            limit=f"{n} circuits",
            remedy="The file cannot be trusted: calibrate again.",
        )
    for key, values in _columns(calibration).items():
        wrong = ~np.isfinite(values)
        if key in ("factor", "gain"):
            wrong |= (values < _FACTOR_LIMITS[0]) | (values > _FACTOR_LIMITS[1])
        if key == "offset":
            wrong |= np.abs(values) > _LARGEST_OFFSET_V
        if wrong.any():
            raise DataError(
                f"{where}: {key} of {cell} holds {np.count_nonzero(wrong)} number(s) that are not "
                "finite, or that no circuit has",
                value=float(values[wrong][0]),
                remedy="The file cannot be trusted: calibrate again.",
            )
    problem = _problem(cell, calibration)
    if problem is not None:
        raise DataError(
            f"{where}: {cell} has {problem}", remedy="The file cannot be trusted: calibrate again."
        )


def _problem(cell: str, calibration: CellCalibration) -> str | None:
    """Return what finite numbers of a cell cannot be true."""
    distortion, domain = calibration.distortion, calibration.domain
    if cell in POTENTIAL_CELLS and np.any(distortion.gain != 1):
        return "a gain, which potentials do not have"
    if cell not in POTENTIAL_CELLS and np.any(distortion.offset != 0):
        return "an offset, which only potentials have"
    if np.any(domain[:, 0] >= domain[:, 1]):
        return "an empty domain"
    reach = distorted_domain(cell, distortion)
    room = _ROUNDING * (reach[:, 1] - reach[:, 0])
    if np.any((domain[:, 0] < reach[:, 0] - room) | (domain[:, 1] > reach[:, 1] + room)):
        return "a domain that is wider than its curve"
    return None


def _check_together(name: str, hicanns: Sequence[HICANNCalibration]) -> None:
    if not hicanns:
        raise DataError(f"calibration {name}: there is nothing to write")
    wafers = sorted({hicann.wafer for hicann in hicanns})
    numbers = [hicann.hicann for hicann in hicanns]
    if len(wafers) > 1 or len(set(numbers)) < len(numbers):
        raise DataError(
            f"calibration {name}: a file takes HICANNs of one wafer, each once",
            value=f"wafers {wafers}, HICANNs {numbers}",
        )
    for hicann in hicanns:
        _check_readout_shift(f"calibration of HICANN {hicann.hicann}", hicann.readout_shift)
        for cell in CELLS:
            _check_cell(f"calibration of HICANN {hicann.hicann}", cell, hicann.cells[cell])


def check_same_chip(first: CalibrationFile, second: CalibrationFile) -> None:
    """Raise `DataError` if two files belong to different chips."""
    chips = [(file.wafer, file.variation) for file in (first, second)]
    if chips[0] != chips[1]:
        raise DataError(
            f"calibrations {first.path} and {second.path}: they belong to different chips",
            value=chips[1],
            limit=chips[0],
        )
