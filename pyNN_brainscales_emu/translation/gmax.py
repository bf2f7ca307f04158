"""Strength of synapse rows: which V_gmax and divisor a row takes.

The charge of a synaptic event is proportional to ``weight curve * V_gmax / divisor``
(calibtic:src/HMF/SynapseRowCalibration.cpp). The part of the curve that on silicon does not scale
with V_gmax is not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    GMAX_A,
    GMAX_DIVISOR_MAX,
    GMAX_DIVISOR_MIN,
    WEIGHT_CURVE_DIVISOR,
    WEIGHT_CURVE_GMAX_A,
    WEIGHT_CURVE_S,
    WEIGHT_LEVELS,
)
from pyNN_brainscales_emu.translation.realised import RowSetting

Array = NDArray[np.float64]

#: Conductance in S of the 16 digital weights at strength 1; that of weight 0 is not 0.
LEVELS_S: Array = np.asarray(polyval(np.arange(WEIGHT_LEVELS), WEIGHT_CURVE_S))
LEVELS_S.setflags(write=False)

_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Strengths:
    """All strengths that a row can take, ascending; equal ones only once.

    Attributes
    ----------
    selector, divisor : (n,) int32
    strength : (n,) float64
        ``(V_gmax / 500 nA) * (22 / divisor)``.
    """

    selector: NDArray[np.int32]
    divisor: NDArray[np.int32]
    strength: Array

    def setting(self, choice: NDArray[np.intp]) -> RowSetting:
        """Return the setting of rows that take these entries of the table."""
        return RowSetting(self.selector[choice], self.divisor[choice], self.strength[choice])


@cache
def available_strengths() -> Strengths:
    """Return the table of strengths: four V_gmax times the divisors 2..30."""
    divisors = np.arange(GMAX_DIVISOR_MIN, GMAX_DIVISOR_MAX + 1, dtype=np.int32)
    selector = np.repeat(np.arange(len(GMAX_A), dtype=np.int32), len(divisors))
    divisor = np.tile(divisors, len(GMAX_A))
    strength = row_strength(selector, divisor)
    _, first = np.unique(np.round(strength, 9), return_index=True)
    return Strengths(selector[first], divisor[first], strength[first])


def row_strength(selector: NDArray[np.int32], divisor: NDArray[np.int32]) -> Array:
    """Return the strength of rows with the default V_gmax: ``(V_gmax / 500 nA) (22 / divisor)``."""
    return np.asarray(
        np.array(GMAX_A)[selector] / WEIGHT_CURVE_GMAX_A * (WEIGHT_CURVE_DIVISOR / divisor)
    )


def full_scale_range() -> tuple[float, float]:
    """Return the smallest and the largest conductance (S) that digital weight 15 can stand for."""
    low, high = LEVELS_S[-1] * available_strengths().strength[[0, -1]]
    return float(low), float(high)


def full_scale_limits() -> tuple[float, float]:
    """Return between which full scales (S) taking the nearest strength explains the difference.

    Half a step outside of `full_scale_range`; what lies beyond is clipped.
    """
    first, second = LEVELS_S[-1] * available_strengths().strength[:2]
    last_but_one, last = LEVELS_S[-1] * available_strengths().strength[-2:]
    return float(first - 0.5 * (second - first)), float(last + 0.5 * (last - last_but_one))


def choose_rows(largest_S: Array, full_scale_S: Array) -> RowSetting:  # noqa: N803  (the unit's name)
    """Choose the strength of every row.

    Parameters
    ----------
    largest_S : (n_rows,) float64
        Largest conductance asked of a synapse in the row; 0 where no synapse is on.
    full_scale_S : (n_rows,) float64
        Conductance that digital weight 15 shall stand for; NaN where the weights decide.

    Returns
    -------
    RowSetting
        With a full scale, the strength that comes nearest to it. Otherwise the smallest strength
        that reaches the largest weight, or the largest there is; the default curve for rows
        without any weight.
    """
    table = available_strengths()
    top = LEVELS_S[-1] * table.strength
    last = len(top) - 1
    choice = np.minimum(np.searchsorted(top, largest_S * (1.0 - _TOLERANCE)), last)
    default = int(np.argmin(np.abs(table.strength - 1.0)))
    choice = np.where(largest_S > 0, choice, default)
    given = ~np.isnan(full_scale_S)
    if given.any():
        middles = 0.5 * (top[1:] + top[:-1])
        choice[given] = np.searchsorted(middles, full_scale_S[given])
    return table.setting(choice)
