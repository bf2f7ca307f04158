"""Where the knowledge about a wafer comes from: ``setup(calibration=...)``.

* ``'default'``: what measuring the wafer would find, computed HICANN by HICANN as it is needed;
* ``'nominal'``: the same textbook curves for every denmem, as on an uncalibrated chip;
* ``'perfect'``: the truth, for studies;
* a file: a calibration that was measured (see `storage`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.computed import (
    default_calibration,
    nominal_calibration,
    perfect_calibration,
)
from pyNN_brainscales_emu.calibration.distortion import Distortion
from pyNN_brainscales_emu.calibration.storage import CalibrationFile, load_calibration
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    circuits_of,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, HICANNS_PER_WAFER
from pyNN_brainscales_emu.options import Options

Mask = NDArray[np.bool_]


class WaferCalibration:
    """What is known about a wafer.

    Parameters
    ----------
    load : callable
        Returns the calibration of a HICANN; called once for each HICANN that is needed.
    blacklisted : (384, 512) bool, optional
        Denmems that must not be used; by default all can be.
    """

    def __init__(
        self, load: Callable[[int], HICANNCalibration], blacklisted: Mask | None = None
    ) -> None:
        self._load = load
        self._loaded: dict[int, HICANNCalibration] = {}
        self.blacklisted = blacklisted

    @property
    def n_loaded(self) -> int:
        """How many HICANNs were needed so far."""
        return len(self._loaded)

    def hicann(self, number: int) -> HICANNCalibration:
        """Return the calibration of a HICANN."""
        if number not in self._loaded:
            self._loaded[number] = self._load(number)
        return self._loaded[number]

    def circuits(
        self, cell: str, hicann: NDArray[np.integer], denmem: NDArray[np.integer]
    ) -> CellCalibration:
        """Return the calibration of one cell of denmems anywhere on the wafer.

        Parameters
        ----------
        cell : str
        hicann, denmem : (n,) int

        Returns
        -------
        CellCalibration
            Of n circuits.
        """
        numbers, row = np.unique(hicann, return_inverse=True)
        if len(numbers) == 0:
            return CellCalibration.trusted(cell, Distortion.none(0))
        known = [self.hicann(int(number)).cells[cell] for number in numbers]
        place = (row, circuits_of(cell, denmem))
        distortion = Distortion(
            np.stack([k.distortion.offset for k in known])[place],
            np.stack([k.distortion.factor for k in known])[place],
            np.stack([k.distortion.gain for k in known])[place],
        )
        domain = np.stack([k.domain for k in known])[place]
        return CellCalibration(distortion, domain, np.stack([k.good for k in known])[place])


def calibration_for(options: Options) -> WaferCalibration:
    """Return the knowledge that ``setup()`` asks for.

    Without the effect ``fixed_pattern`` all circuits follow the nominal curves, and so does what is
    known about them, whatever the options say.

    Raises
    ------
    DataError
        If a file is damaged, of another version, or belongs to another wafer or profile.
    """
    if options.calibration == "nominal" or not options.effects.fixed_pattern:
        return WaferCalibration(lambda number: nominal_calibration(options.wafer, number))
    if options.calibration == "default":
        return _default(options.wafer, options.variation)
    if options.calibration == "perfect":
        return WaferCalibration(
            lambda number: perfect_calibration(
                VirtualHICANN(options.wafer, number, options.variation)
            )
        )
    return _of_file(load_calibration(options.calibration), options)


@lru_cache(maxsize=4)
def _default(wafer: int, variation: str) -> WaferCalibration:
    """Return the default calibration: kept, so that another `setup()` need not compute it again."""
    return WaferCalibration(
        lambda number: default_calibration(VirtualHICANN(wafer, number, variation))
    )


def _of_file(file: CalibrationFile, options: Options) -> WaferCalibration:
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
    # A denmem without any calibration counts as defective.
    blacklisted = np.ones((HICANNS_PER_WAFER, DENMEMS_PER_HICANN), dtype=bool)
    for number, hicann in file.hicanns.items():
        blacklisted[number] = hicann.blacklisted
    return WaferCalibration(file.hicann, blacklisted)
