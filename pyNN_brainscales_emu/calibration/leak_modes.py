"""Calibration of the leak for other settings of capacitors and leak mirrors than the default one.

The curve of a setting is the default one with time constants and DAC values scaled:
``DAC = d F(r tau)`` with r the ratio of the time constants and d that of the mirrors' divisors. A
circuit differs from it by the same factor and gain in all settings, so the same fit finds them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.deviations import pattern_draws
from pyNN_brainscales_emu.calibration.distortion import (
    Distortion,
    distorted_domain,
    distorted_inverse,
)
from pyNN_brainscales_emu.calibration.fits import fit_cell
from pyNN_brainscales_emu.calibration.nominal import leak_ratios
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import CellCalibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN, deviating
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.circuit_modes import DEFAULT_MODE, MODES, CircuitMode
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, HICANNS_PER_WAFER
from pyNN_brainscales_emu.options import CALIBRATIONS, Options

CELL: Final = "I_gl"
#: Stored values at which the leak is measured; those of the normal leak are in `PROTOCOL`.
_POINTS: Final = {
    "slow": (30, 55, 100, 190, 300, 450, 600, 800, 1000),
    "normal": PROTOCOL[CELL].dac,
    "fast": (4, 8, 16, 30, 55, 90, 140, 200, 270),
}
#: Draws of a circuit for one setting; those of the first one are its fixed pattern.
_FIRST_DRAW: Final = 16


def leak_circuits(
    options: Options,
    mode: CircuitMode,
    hicann: NDArray[np.integer],
    denmem: NDArray[np.integer],
) -> CellCalibration:
    """Return what is known about the leak of denmems in a setting.

    Parameters
    ----------
    options : Options
        The wafer, and what is known about it.
    mode : CircuitMode
    hicann, denmem : (n,) int

    Returns
    -------
    CellCalibration
        Of n circuits.

    Raises
    ------
    DataError
        If the calibration is a file: these have the default setting only.
    """
    if options.calibration not in CALIBRATIONS and options.effects.fixed_pattern:
        raise unknown_leak(options.calibration, str(mode))
    numbers, row = np.unique(hicann, return_inverse=True)
    known = [_leak_of(options, mode, int(number)) for number in numbers]
    if not known:
        return _trusted(Distortion.none(0), mode)
    place = (row, denmem)
    distortion = Distortion(
        np.stack([k.distortion.offset for k in known])[place],
        np.stack([k.distortion.factor for k in known])[place],
        np.stack([k.distortion.gain for k in known])[place],
    )
    good = np.stack([k.good for k in known])[place]
    return CellCalibration(distortion, np.stack([k.domain for k in known])[place], good)


def unknown_leak(path: str | Path, setting: str) -> DataError:
    """Return the error for a setting of which a file cannot know the leak."""
    return DataError(
        f"calibration {path}: it has no curve of the leak for this setting",
        value=setting,
        limit=str(DEFAULT_MODE),
        remedy="Use calibration='default', or use_big_capacitors=True, i_gl_speedup='normal'.",
    )


def _leak_of(options: Options, mode: CircuitMode, hicann: int) -> CellCalibration:
    if options.calibration == "nominal" or not options.effects.fixed_pattern:
        return _trusted(Distortion.none(DENMEMS_PER_HICANN), mode)
    chip = VirtualHICANN(options.wafer, hicann, options.variation)
    if options.calibration == "perfect":
        return _trusted(chip.distortions[CELL], mode)
    return _default(options.wafer, options.variation, hicann, mode)


@lru_cache(maxsize=2 * HICANNS_PER_WAFER)
def _default(wafer: int, variation: str, hicann: int, mode: CircuitMode) -> CellCalibration:
    """Return what a measurement would find; see `calibration.computed`."""
    chip = VirtualHICANN(wafer, hicann, variation)
    stored = np.array(_POINTS[mode.leak], dtype=float)
    settled = distorted_inverse(CELL, chip.distortions[CELL], stored[:, None], mode)
    first = _FIRST_DRAW * MODES.index(mode)  # each setting has errors of its own
    denmem = np.arange(DENMEMS_PER_HICANN)
    draws = [
        pattern_draws(wafer, CELL, first + point, np.full_like(denmem, hicann), denmem)
        for point in range(len(stored))
    ]
    deviation = np.hypot(chip.write_sigma(CELL), PROTOCOL[CELL].error) * np.stack(draws)
    measured = deviating(settled, deviation, chip.profile.spreads[CELL])
    time_ratio, divisor_ratio = leak_ratios(mode)
    fitted = fit_cell(CELL, stored / divisor_ratio, measured * time_ratio)
    domain = distorted_domain(CELL, fitted.distortion, mode)
    return CellCalibration(fitted.distortion, domain, fitted.good)


def _trusted(distortion: Distortion, mode: CircuitMode) -> CellCalibration:
    domain = distorted_domain(CELL, distortion, mode)
    return CellCalibration(distortion, domain, np.ones(len(distortion), dtype=bool))
