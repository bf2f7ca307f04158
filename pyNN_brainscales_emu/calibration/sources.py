"""Where the knowledge about a wafer comes from: ``setup(calibration=...)``.

* ``'default'``: what measuring the wafer would find, computed denmem by denmem as it is needed;
* ``'nominal'``: the same textbook curves for every denmem, as on an uncalibrated chip;
* ``'perfect'``: the truth, for studies;
* a file: a calibration that was measured (see `storage`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.computed import (
    default_circuits,
    nominal_circuits,
    perfect_circuits,
)
from pyNN_brainscales_emu.calibration.distortion import Distortion
from pyNN_brainscales_emu.calibration.leak_modes import unknown_leak
from pyNN_brainscales_emu.calibration.readout_shift import readout_shift
from pyNN_brainscales_emu.calibration.storage import CalibrationFile, load_calibration
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    circuits_of,
    n_circuits,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualWafer
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.circuit_modes import DEFAULT_MODE
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, HICANNS_PER_WAFER
from pyNN_brainscales_emu.options import CALIBRATIONS, Options

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.integer]
#: Takes a cell, HICANNs and circuits, (n,) each; returns their calibration.
Circuits = Callable[[str, Numbers, Numbers], CellCalibration]
#: Takes HICANNs and denmems, (n,) each; returns how much too high their membranes are read, V.
Shifts = Callable[[Numbers, Numbers], Array]


class WaferCalibration:
    """What is known about a wafer.

    Parameters
    ----------
    wafer : int
    method : str
        See `HICANNCalibration`.
    of_circuits : callable
        Takes a cell, HICANNs and circuits, (n,) each; returns their calibration.
    readout_shift : callable
        Takes HICANNs and denmems, (n,) each; returns how much too high membranes are read, V.
    blacklisted : (384, 512) bool, optional
        Denmems that must not be used; by default all can be.
    """

    def __init__(
        self,
        wafer: int,
        method: str,
        of_circuits: Circuits,
        readout_shift: Shifts,
        blacklisted: Mask | None = None,
    ) -> None:
        self.wafer = wafer
        self.method = method
        self._of_circuits = of_circuits
        self.readout_shift = readout_shift
        self.blacklisted = blacklisted
        self._failed: dict[str, set[int]] = {}

    def hicann(self, number: int) -> HICANNCalibration:
        """Return the calibration of a HICANN."""
        cells = {}
        for cell in CELLS:
            circuit = np.arange(n_circuits(cell))
            cells[cell] = self._of_circuits(cell, np.full(len(circuit), number), circuit)
        denmem = np.arange(DENMEMS_PER_HICANN)
        shift = self.readout_shift(np.full(len(denmem), number), denmem)
        return HICANNCalibration(
            self.wafer, number, self.method, "", MappingProxyType(cells), shift
        )

    def circuits(self, cell: str, hicann: Numbers, denmem: Numbers) -> CellCalibration:
        """Return the calibration of one cell of denmems anywhere on the wafer.

        Parameters
        ----------
        cell : str
        hicann, denmem : (n,) int

        Returns
        -------
        CellCalibration
            Of n circuits. Those that could not be calibrated have the nominal curve, and are
            counted; see `failures`.
        """
        hicann = np.asarray(hicann)
        known = self._of_circuits(cell, hicann, circuits_of(cell, denmem))
        if not known.good.all():
            place = (hicann * DENMEMS_PER_HICANN + denmem)[~known.good]
            self._failed.setdefault(cell, set()).update(place.tolist())
        return known

    def failures(self) -> dict[str, list[tuple[int, int]]]:
        """Return which denmems were asked for that could not be calibrated, by cell.

        Returns
        -------
        dict of str to list of (int, int)
            HICANN and denmem, ascending; only cells of which there are any.
        """
        return {
            cell: [divmod(place, DENMEMS_PER_HICANN) for place in sorted(places)]
            for cell, places in self._failed.items()
        }


class Remembered:
    """Calibrations of circuits of a wafer, each computed once, when it is needed first.

    Parameters
    ----------
    of_circuits : callable
        See `WaferCalibration`.
    """

    def __init__(self, of_circuits: Circuits) -> None:
        self._of_circuits = of_circuits
        self._tables: dict[str, _CellTable] = {}

    def __call__(self, cell: str, hicann: Numbers, circuit: Numbers) -> CellCalibration:
        """Return the calibration of circuits."""
        table = self._tables.setdefault(cell, _CellTable(n_circuits(cell)))
        row = table.rows(hicann, circuit)
        missing = table.missing(row)
        if len(missing):
            slot, new_circuit = np.divmod(missing, n_circuits(cell))
            new = self._of_circuits(cell, table.hicanns[slot], new_circuit)
            table.enter(missing, new)
        return table.calibration.take(row)


class _CellTable:
    """Calibration of one cell: a slot for each HICANN that was needed, a row for each circuit.

    Attributes
    ----------
    hicanns : (n_slots,) int
    calibration : CellCalibration
        Of n_slots times n_circuits circuits; of no meaning where they are not known.
    known : (n_slots * n_circuits,) bool
    """

    def __init__(self, n_circuits: int) -> None:
        self._n_circuits = n_circuits
        self._slot = np.full(HICANNS_PER_WAFER, -1, dtype=np.intp)
        self.hicanns = np.zeros(0, dtype=np.intp)
        self.calibration = _unknown(0)
        self.known = np.zeros(0, dtype=bool)

    def rows(self, hicann: Numbers, circuit: Numbers) -> NDArray[np.intp]:
        """Return where circuits are, after making room for their HICANNs."""
        slot = self._slot[hicann]
        if len(slot) and slot.min() < 0:
            new = np.unique(hicann[slot < 0]).astype(np.intp)
            self._slot[new] = len(self.hicanns) + np.arange(len(new))
            self.hicanns = np.concatenate([self.hicanns, new])
            self._reserve(len(self.hicanns) * self._n_circuits)
            slot = self._slot[hicann]
        return np.asarray(slot * self._n_circuits + circuit)

    def missing(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which of some rows are not known yet, each once, ascending."""
        asked = np.zeros(len(self.known), dtype=bool)
        asked[rows] = True
        return np.flatnonzero(asked & ~self.known)

    def enter(self, rows: NDArray[np.intp], calibration: CellCalibration) -> None:
        """Enter the calibration of circuits."""
        columns = zip(_columns(self.calibration), _columns(calibration), strict=True)
        for column, values in columns:
            column[rows] = values
        self.known[rows] = True

    def _reserve(self, n_rows: int) -> None:
        if n_rows > len(self.known):
            # By half more than before, so that HICANN by HICANN does not copy all each time.
            more = _unknown(max(n_rows - len(self.known), len(self.known) // 2))
            self.known = np.concatenate([self.known, more.good])
            self.calibration = CellCalibration.joined((self.calibration, more))


def _unknown(n: int) -> CellCalibration:
    distortion = Distortion(np.zeros(n), np.zeros(n), np.zeros(n))
    return CellCalibration(distortion, np.zeros((n, 2)), np.zeros(n, dtype=bool))


def _columns(known: CellCalibration) -> tuple[NDArray[np.generic], ...]:
    distortion = known.distortion
    return distortion.offset, distortion.factor, distortion.gain, known.domain, known.good


def calibration_for(options: Options) -> WaferCalibration:
    """Return the knowledge that ``setup()`` asks for.

    Without the effect ``fixed_pattern`` all circuits follow the nominal curves, and so does what is
    known about them, whatever the options say.

    Raises
    ------
    DataError
        If a file is damaged, of another version, or belongs to another wafer or profile.
    """
    wafer = options.wafer
    if options.calibration == "nominal" or not options.effects.fixed_pattern:
        return WaferCalibration(
            wafer,
            "nominal",
            lambda cell, _, circuit: nominal_circuits(cell, len(circuit)),
            lambda _, denmem: np.zeros(len(denmem)),
        )
    # Measured ones are some hundredths of a millivolt from the true ones.
    true_shift = partial(readout_shift, wafer)
    if options.calibration == "default":
        known = _default(wafer, options.variation)
        return WaferCalibration(wafer, "default", known, true_shift)
    if options.calibration == "perfect":
        truth = VirtualWafer(wafer, options.variation)
        return WaferCalibration(wafer, "perfect", partial(perfect_circuits, truth), true_shift)
    return _of_file(_file(options.calibration), options)


def check_calibration(options: Options) -> None:
    """Read and check the file of a calibration, if the options name one.

    Raises
    ------
    DataError
        As `calibration_for`, and if the options leave only settings of capacitors and leak that
        files do not have. What was read is kept for `calibration_for`.
    """
    if options.calibration in CALIBRATIONS or options.is_ideal:
        return
    _check_chip(_file(options.calibration), options)
    has_default = options.use_big_capacitors is not False
    has_default &= options.i_gl_speedup in (DEFAULT_MODE.leak, "auto")
    if options.effects.fixed_pattern and not has_default:
        capacitor = "small" if options.use_big_capacitors is False else "big"
        raise unknown_leak(
            options.calibration, f"{capacitor} capacitors, {options.i_gl_speedup} leak"
        )


@lru_cache(maxsize=4)
def _default(wafer: int, variation: str) -> Remembered:
    """Return the default calibration: kept, so that another `setup()` need not compute it again."""
    return Remembered(partial(default_circuits, VirtualWafer(wafer, variation)))


def _file(path: str | Path) -> CalibrationFile:
    """Return a file: read again only if it is another one now."""
    try:
        state = os.stat(path)
    except OSError:
        return load_calibration(path)  # which names what is wrong
    return _read_file(os.fspath(path), state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=1)
def _read_file(path: str, *_: int) -> CalibrationFile:
    return load_calibration(path)


def _of_file(file: CalibrationFile, options: Options) -> WaferCalibration:
    _check_chip(file, options)
    # A denmem without any calibration counts as defective.
    blacklisted = np.ones((HICANNS_PER_WAFER, DENMEMS_PER_HICANN), dtype=bool)
    for number, hicann in file.hicanns.items():
        blacklisted[number] = hicann.blacklisted
    return WaferCalibration(
        file.wafer,
        "measured",
        partial(_circuits_of_file, file),
        partial(_readout_shift_of_file, file),
        blacklisted,
    )


def _check_chip(file: CalibrationFile, options: Options) -> None:
    for what, in_file, asked in (
        ("wafer", file.wafer, options.wafer),
        ("variation", file.variation, options.variation),
    ):
        if in_file != asked:
            raise DataError(
                f"calibration {file.path}: it belongs to another chip ({what})",
                value=in_file,
                limit=f"{what}={asked!r} as in setup()",
                remedy=f"Measure this chip, or call setup({what}={in_file!r}).",
            )


def _circuits_of_file(
    file: CalibrationFile, cell: str, hicann: Numbers, circuit: Numbers
) -> CellCalibration:
    numbers, row = np.unique(hicann, return_inverse=True)
    parts = [file.hicann(int(number)).cells[cell] for number in numbers]
    if not parts:
        return nominal_circuits(cell, 0)
    return CellCalibration.joined(parts).take(row * n_circuits(cell) + circuit)


def _readout_shift_of_file(file: CalibrationFile, hicann: Numbers, denmem: Numbers) -> Array:
    numbers, row = np.unique(hicann, return_inverse=True)
    known = [file.hicann(int(number)).readout_shift for number in numbers]
    if not known:
        return np.zeros(0)
    return np.asarray(np.stack(known)[row, denmem])
