"""Fits of the curves of many circuits to measured points.

Each circuit's curve is the nominal one with two free numbers (`Distortion`): offset and factor of a
potential, factor and gain of any other parameter. Two numbers are also what the real calibration
fits to most cells (cake:pycake/calibrator.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    Distortion,
    continued_dac_range,
)
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.tables import CellCalibration

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Fewer points than these cannot tell anything.
FEWEST_POINTS: Final = 3
#: What a circuit must not exceed, or it counts as defective: slopes of potentials about as in
#: cake:pycake/calibrator.py for E_l; the others are wide enough for every working circuit.
_SLOPE_LIMITS: Final = (0.5, 1.5)
_LARGEST_SHIFT_V: Final = 0.9
_FACTOR_LIMITS: Final = (0.05, 20.0)
_GAIN_LIMITS: Final = (0.02, 50.0)
#: How far factors and gains are expected to be from 1, in the logarithm. Along a power law any
#: pair of the same product gives the same curve: where the points do not tell the two apart for
#: their errors, both are drawn to 1 by this much. The leak's mirrors are known to differ most.
_EXPECTED: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({"I_gl": (0.3, 1.0)})
_EXPECTED_ELSE: Final = (0.7, 0.5)
_SMALLEST_VARIANCE: Final = 1e-5
_ITERATIONS: Final = 6
_LARGEST_STEP: Final = 0.7
_LARGEST_EXCESS: Final = 7.0
_GRID_POINTS: Final = 4096
_LOWEST_DAC: Final = 0.3


def fit_cell(cell: str, dac: ArrayLike, measured: ArrayLike) -> CellCalibration:
    """Fit the curves of circuits to measured points.

    Parameters
    ----------
    cell : str
    dac : (n_points,) or (n_points, n) float
        Stored values, for all circuits or for each.
    measured : (n_points, n) float
        Parameter values in V, s, S or A; NaN where there is none.

    Returns
    -------
    CellCalibration
        Of n circuits. A circuit with fewer than three points, or with an implausible curve, is
        not good and gets the nominal curve.

    Notes
    -----
    Potentials: least squares. All else: errors are shares of the value, so the equations of a
    generalised linear model with constant coefficient of variation are solved (Newton's steps on
    measured over expected value); other than least squares of logarithms they have no bias when
    errors are large and skew.
    """
    measured = np.asarray(measured, dtype=float)
    dac = np.broadcast_to(np.asarray(dac, dtype=float).reshape(len(measured), -1), measured.shape)
    known = np.isfinite(measured)
    if cell not in POTENTIAL_CELLS:
        known &= measured > 0
    enough = known.sum(axis=0) >= FEWEST_POINTS
    weight = (known & enough).astype(float)
    filled = np.where(known, measured, 1.0)
    fit = _straight_lines if cell in POTENTIAL_CELLS else _curves
    distortion, plausible = fit(cell, dac, filled, weight)
    good = enough & plausible
    usable = Distortion(
        np.where(good, distortion.offset, 0.0),
        np.where(good, distortion.factor, 1.0),
        np.where(good, distortion.gain, 1.0),
    )
    fitted = CellCalibration.trusted(cell, usable)
    return CellCalibration(usable, fitted.domain, good)


@dataclass(frozen=True, eq=False)
class _LogCurve:
    """A nominal curve in logarithms, tabulated over an even grid: fast, and right to 1e-6.

    Attributes
    ----------
    first, step : float
        Of the logarithm of the DAC value.
    log_value : (n_grid,) float64
    """

    first: float
    step: float
    log_value: Array

    @staticmethod
    @cache
    def of(cell: str) -> _LogCurve:
        """Return the curve of a cell."""
        low, high = continued_dac_range(cell)
        grid = np.linspace(np.log(max(low, _LOWEST_DAC)), np.log(high), _GRID_POINTS)
        log_value = np.log(nominal_curves()[cell].inverse(np.exp(grid)))
        return _LogCurve(float(grid[0]), float(grid[1] - grid[0]), log_value)

    def at(self, log_dac: Array) -> tuple[Array, Array]:
        """Return the logarithm of the value, and its derivative by that of the gain.

        Beyond the table the value stays.
        """
        place = (log_dac - self.first) / self.step
        inside = (place >= 0.0) & (place <= _GRID_POINTS - 1)
        place = np.clip(place, 0.0, _GRID_POINTS - 1.001)
        index = place.astype(np.intp)
        below = self.log_value[index]
        rise = self.log_value[index + 1] - below
        return below + rise * (place - index), -rise / self.step * inside


def _straight_lines(
    cell: str, dac: Array, measured: Array, weight: Array
) -> tuple[Distortion, Mask]:
    """Regress potentials on what the nominal curve gives."""
    nominal = nominal_curves()[cell].inverse(dac)
    total = np.maximum(weight.sum(axis=0), 1.0)
    x = nominal - (weight * nominal).sum(axis=0) / total
    y = measured - (weight * measured).sum(axis=0) / total
    spread = (weight * x * x).sum(axis=0)
    slope = np.divide(
        (weight * x * y).sum(axis=0), spread, out=np.ones_like(spread), where=spread > 0
    )
    offset = (weight * (measured - slope * nominal)).sum(axis=0) / total
    middle = nominal.mean(axis=0)
    plausible = (_SLOPE_LIMITS[0] <= slope) & (slope <= _SLOPE_LIMITS[1])
    plausible &= np.abs(offset + (slope - 1.0) * middle) <= _LARGEST_SHIFT_V
    return Distortion(offset, slope, np.ones_like(slope)), plausible


def _curves(cell: str, dac: Array, measured: Array, weight: Array) -> tuple[Distortion, Mask]:
    """Fit the logarithms of factor and gain."""
    table = _LogCurve.of(cell)
    log_dac, log_measured = np.log(np.maximum(dac, _LOWEST_DAC)), np.log(measured)
    factor, gain = np.zeros(dac.shape[1]), np.zeros(dac.shape[1])
    expected = np.array(_EXPECTED.get(cell, _EXPECTED_ELSE))
    variance = _SMALLEST_VARIANCE
    for _ in range(_ITERATIONS):
        log_nominal, falling = table.at(log_dac - gain)
        excess = np.expm1(np.minimum(log_measured - log_nominal - factor, _LARGEST_EXCESS))
        ridge = variance / expected**2
        d_factor, d_gain = _newton_step(weight, falling, excess, ridge, (factor, gain))
        factor = factor + np.clip(d_factor, -_LARGEST_STEP, _LARGEST_STEP)
        gain = gain + np.clip(d_gain, -_LARGEST_STEP, _LARGEST_STEP)
        variance = max(_error_variance(weight, excess), _SMALLEST_VARIANCE)
    distortion = Distortion(np.zeros_like(factor), np.exp(factor), np.exp(gain))
    plausible = (distortion.factor > _FACTOR_LIMITS[0]) & (distortion.factor < _FACTOR_LIMITS[1])
    plausible &= (distortion.gain > _GAIN_LIMITS[0]) & (distortion.gain < _GAIN_LIMITS[1])
    return distortion, plausible


def _error_variance(weight: Array, excess: Array) -> float:
    """Return the variance of single points around the curves, of the middle circuit."""
    degrees = np.maximum(weight.sum(axis=0) - 2.0, 1.0)
    return float(np.median((weight * excess * excess).sum(axis=0) / degrees))


def _newton_step(
    weight: Array, falling: Array, excess: Array, ridge: Array, present: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Solve the two normal equations of every circuit."""
    factor, gain = present
    a = weight.sum(axis=0) + ridge[0]
    b = (weight * falling).sum(axis=0)
    c = (weight * falling * falling).sum(axis=0) + ridge[1]
    p = (weight * excess).sum(axis=0) - ridge[0] * factor
    q = (weight * falling * excess).sum(axis=0) - ridge[1] * gain
    determinant = a * c - b * b
    return (c * p - b * q) / determinant, (a * q - b * p) / determinant
