"""Fits of the curves of many circuits to measured points.

Each circuit's curve is the nominal one with two free numbers (`Distortion`): offset and factor of a
potential, factor and gain of any other parameter. Two numbers are also what the real calibration
fits to most cells (cake:pycake/calibrator.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu._kernels import calibration_fits
from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    Distortion,
    continued_dac_range,
    distorted_inverse,
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
_SMALLEST_ERROR: Final = 3e-3
#: Error of a point that is taken where none is known at first, as a share.
_UNKNOWN_ERROR: Final = 0.1
#: Logarithms of the gains that are tried for a start: curves that bend have several minima.
_GAINS_TRIED: Final = np.linspace(-3.6, 3.6, 25)
_GRID_POINTS: Final = 4096
#: Over how much of the DAC value's logarithm, to both sides, slopes are taken.
_SLOPE_REACH: Final = 0.15
_LOWEST_DAC: Final = 0.3


def fit_cell(
    cell: str, dac: ArrayLike, measured: ArrayLike, error: float | None = None
) -> CellCalibration:
    """Fit the curves of circuits to measured points.

    Parameters
    ----------
    cell : str
    dac : (n_points,) float
        Stored values.
    measured : (n_points, n) float
        Parameter values in V, s, S or A; NaN where there is none.
    error : float, optional
        Standard deviation of a point where it is known, as a share of the value (potentials need
        none). Then the fit of a circuit does not depend on which others are fitted with it.
        Otherwise it is estimated from all of them.

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
    errors are large and skew. Least squares of logarithms, over many gains, give the start.
    """
    measured = np.asarray(measured, dtype=float)
    dac = np.asarray(dac, dtype=float)
    known = np.isfinite(measured)
    if cell not in POTENTIAL_CELLS:
        known &= measured > 0
    enough = np.count_nonzero(known, axis=0) >= FEWEST_POINTS
    weight = (known & enough).astype(float)
    filled = np.where(known, measured, 1.0)
    if cell in POTENTIAL_CELLS:
        distortion, plausible = _straight_lines(cell, dac, filled, weight)
    else:
        distortion, plausible = _curves(cell, dac, filled, weight, error)
    good = enough & plausible
    usable = Distortion(
        np.where(good, distortion.offset, 0.0),
        np.where(good, distortion.factor, 1.0),
        np.where(good, distortion.gain, 1.0),
    )
    fitted = CellCalibration.trusted(cell, usable)
    return CellCalibration(usable, fitted.domain, good)


@dataclass(frozen=True, eq=False)
class _Table:
    """A nominal curve over an even grid of the DAC value's logarithm: fast, and right to 1e-6.

    Attributes
    ----------
    first, step : float
        Of the logarithm of the DAC value.
    value : (n_grid,) float64
    slope : (n_grid,) float64
        How the logarithm of the value rises with that of a gain: the mean over some tenths, as
        fits would come to rest where a bend of the curve meets a point.
    """

    first: float
    step: float
    value: Array
    slope: Array

    @staticmethod
    @cache
    def of(cell: str) -> _Table:
        """Return the curve of a cell."""
        ends = np.log(np.maximum(continued_dac_range(cell), _LOWEST_DAC))
        grid = np.linspace(ends[0] - _SLOPE_REACH, ends[1] + _SLOPE_REACH, _GRID_POINTS)
        value = nominal_curves()[cell].inverse(np.exp(np.clip(grid, *ends)))
        step = float(grid[1] - grid[0])
        reach = round(_SLOPE_REACH / step)
        log_value = np.pad(np.log(value), reach, "edge")
        slope = (log_value[: -2 * reach] - log_value[2 * reach :]) / (2 * reach * step)
        return _Table(float(grid[0]), step, value, slope)

    def log_value(self, log_dac: Array) -> Array:
        """Return logarithms of values; beyond the table that of its end."""
        place = np.clip((log_dac - self.first) / self.step, 0, len(self.value) - 1)
        return np.asarray(np.log(self.value[np.rint(place).astype(np.intp)]))


def _sum(rows: Array) -> Array:
    """Return the sum over the points, in their order: the same for any number of circuits."""
    return reduce(np.add, rows)


def _straight_lines(
    cell: str, dac: Array, measured: Array, weight: Array
) -> tuple[Distortion, Mask]:
    """Regress potentials on what the nominal curve gives."""
    nominal = nominal_curves()[cell].inverse(dac)[:, np.newaxis]
    total = np.maximum(_sum(weight), 1.0)
    x = nominal - _sum(weight * nominal) / total
    y = measured - _sum(weight * measured) / total
    spread = _sum(weight * x * x)
    slope = np.divide(_sum(weight * x * y), spread, out=np.ones_like(spread), where=spread > 0)
    offset = _sum(weight * (measured - slope * nominal)) / total
    plausible = (_SLOPE_LIMITS[0] <= slope) & (slope <= _SLOPE_LIMITS[1])
    plausible &= np.abs(offset + (slope - 1.0) * nominal.mean()) <= _LARGEST_SHIFT_V
    return Distortion(offset, slope, np.ones_like(slope)), plausible


def _curves(
    cell: str, dac: Array, measured: Array, weight: Array, error: float | None
) -> tuple[Distortion, Mask]:
    """Fit the logarithms of factor and gain."""
    if error is not None:
        distortion = _fitted_curves(cell, dac, measured, weight, error)
    else:
        distortion = _fitted_curves(cell, dac, measured, weight, _UNKNOWN_ERROR)
        error = _error_of_points(cell, dac, measured, weight, distortion)
        distortion = _fitted_curves(cell, dac, measured, weight, error)
    plausible = (distortion.factor > _FACTOR_LIMITS[0]) & (distortion.factor < _FACTOR_LIMITS[1])
    plausible &= (distortion.gain > _GAIN_LIMITS[0]) & (distortion.gain < _GAIN_LIMITS[1])
    return distortion, plausible


def _fitted_curves(
    cell: str, dac: Array, measured: Array, weight: Array, error: float
) -> Distortion:
    table = _Table.of(cell)
    log_dac = np.log(np.maximum(dac, _LOWEST_DAC))
    ridge = max(error, _SMALLEST_ERROR) ** 2 / np.array(_EXPECTED.get(cell, _EXPECTED_ELSE)) ** 2
    factor, gain = np.empty(measured.shape[1]), np.empty(measured.shape[1])
    calibration_fits.fit_curves(
        np.ascontiguousarray(measured),
        np.ascontiguousarray(weight),
        log_dac,
        table.first,
        table.step,
        table.value,
        table.slope,
        _GAINS_TRIED,
        table.log_value(log_dac[:, np.newaxis] - _GAINS_TRIED),
        float(ridge[0]),
        float(ridge[1]),
        factor,
        gain,
    )
    return Distortion(np.zeros_like(factor), np.exp(factor), np.exp(gain))


def _error_of_points(
    cell: str, dac: Array, measured: Array, weight: Array, distortion: Distortion
) -> float:
    """Return the standard deviation of points around the curves: the median of those fitted."""
    n_points = _sum(weight)
    fitted = n_points > 0
    if not fitted.any():
        return _UNKNOWN_ERROR
    away = measured / distorted_inverse(cell, distortion, dac[:, np.newaxis]) - 1.0
    variance = _sum(weight * away * away) / np.maximum(n_points - 2.0, 1.0)
    return float(np.sqrt(np.median(variance[fitted])))
