"""How the curve of one circuit differs from the nominal one: of many circuits at once.

Every circuit has a curve of the nominal family with three numbers of its own,

    ``DAC = gain * F((x - offset) / factor)``,

where F is the nominal curve of the cell. All families are closed under it: an offset and a factor
of a straight line, a factor of the value and a factor of the DAC value of any other curve give
another set of coefficients (`distorted_curve`). Arrays of three numbers are what is drawn, fitted
and stored, because they can be evaluated for all denmems of a wafer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.transformations import (
    NegativePowersPolynomial,
    OneOverPolynomial,
    Polynomial,
    SoftPlus,
    Transformation,
    TwoPiecePowerLaw,
)
from pyNN_brainscales_emu.hardware.circuit_modes import DEFAULT_MODE, CircuitMode

Array = NDArray[np.float64]

#: Cells whose curves are straight lines, with an offset but no gain.
POTENTIAL_CELLS: Final = ("E_l", "E_synx", "E_syni", "V_t", "V_exp", "V_reset")
_CONTINUATION: Final = 1.4
_LARGEST_CHANGE: Final = 3.0


@dataclass(frozen=True, eq=False)
class Distortion:
    """Differences of many circuits from the nominal curve of one cell.

    Attributes
    ----------
    offset : (n,) float64
        In V; 0 for cells that are no potentials.
    factor : (n,) float64
        Of the value; positive.
    gain : (n,) float64
        Of the DAC value; positive, 1 for potentials.
    """

    offset: Array
    factor: Array
    gain: Array

    @classmethod
    def none(cls, n: int) -> Distortion:
        """Return n circuits that follow the nominal curve."""
        return cls(np.zeros(n), np.ones(n), np.ones(n))

    def take(self, index: NDArray[Any] | slice) -> Distortion:
        """Return some of the circuits, in any order and repeated as asked."""
        return Distortion(self.offset[index], self.factor[index], self.gain[index])

    @classmethod
    def joined(cls, parts: Sequence[Distortion]) -> Distortion:
        """Return the circuits of several, one after the other."""
        names = ("offset", "factor", "gain")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def __len__(self) -> int:
        return len(self.offset)


def distorted_forward(
    cell: str, distortion: Distortion, value: ArrayLike, mode: CircuitMode = DEFAULT_MODE
) -> Array:
    """Return unrounded DAC values of circuits.

    Parameters
    ----------
    cell : str
    distortion : Distortion
        Of n circuits.
    value : (n,) or (n_values, n) float
        Parameter values in V, s, S or A inside `distorted_domain`.
    mode : CircuitMode
    """
    curve = _curve(cell, mode)
    undistorted = (np.asarray(value, dtype=float) - distortion.offset) / distortion.factor
    low, high = curve.domain
    # Rounding must not carry a value at the end of the domain beyond it.
    undistorted = np.clip(undistorted, low, high)
    return np.asarray(distortion.gain * curve.forward(undistorted))


def distorted_inverse(
    cell: str, distortion: Distortion, dac: ArrayLike, mode: CircuitMode = DEFAULT_MODE
) -> Array:
    """Return the parameter values that circuits have at DAC values.

    Parameters
    ----------
    cell : str
    distortion : Distortion
        Of n circuits.
    dac : (n,) or (n_values, n) float
        Beyond `continued_dac_range` a circuit stays at its end.
    mode : CircuitMode
    """
    nominal = np.asarray(dac, dtype=float) / distortion.gain
    if cell not in POTENTIAL_CELLS:
        nominal = np.clip(nominal, *continued_dac_range(cell, mode))
    value = _curve(cell, mode).inverse(nominal)
    return np.asarray(distortion.offset + distortion.factor * value)


def distorted_domain(cell: str, distortion: Distortion, mode: CircuitMode = DEFAULT_MODE) -> Array:
    """Return the smallest and largest value of each circuit's curve, (n, 2)."""
    low, high = _curve(cell, mode).domain
    ends = np.array([low, high])
    return np.asarray(distortion.offset[:, None] + distortion.factor[:, None] * ends)


def _curve(cell: str, mode: CircuitMode) -> Transformation:
    return nominal_curves(mode.capacitor, mode.leak)[cell]


@cache
def continued_dac_range(cell: str, mode: CircuitMode = DEFAULT_MODE) -> tuple[float, float]:
    """Return between which DAC values a nominal curve is taken for true.

    That is its domain, continued by a factor of 1.4 where the curve goes on smoothly: where the
    value changes less than threefold. Circuits whose gain carries them further stay at the end.
    """
    curve = _curve(cell, mode)
    ends = np.sort(curve.forward(np.array(curve.domain)))
    wider = ends * np.array([1.0 / _CONTINUATION, _CONTINUATION])
    change = curve.inverse(wider) / curve.inverse(ends)
    smooth = (change > 1.0 / _LARGEST_CHANGE) & (change < _LARGEST_CHANGE)
    low, high = np.where(smooth, wider, ends)
    return float(min(low, ends[0])), float(high)


def distorted_curve(cell: str, offset: float, factor: float, gain: float) -> Transformation:
    """Return the curve of one circuit as a member of the nominal curve's family.

    Parameters
    ----------
    cell : str
    offset, factor, gain : float
        See `Distortion`.
    """
    curve = nominal_curves()[cell]
    low, high = curve.domain
    domain = (offset + factor * low, offset + factor * high)
    return _DISTORTED[type(curve)](curve, domain, offset, factor, gain)


def _polynomial(
    curve: Polynomial, domain: tuple[float, float], offset: float, factor: float, gain: float
) -> Polynomial:
    scaled = [gain * c / factor**power for power, c in enumerate(curve.coefficients)]
    if offset:  # only straight lines have one
        scaled[0] -= scaled[1] * offset
    return Polynomial(tuple(scaled), domain)


def _one_over_polynomial(
    curve: OneOverPolynomial, domain: tuple[float, float], _: float, factor: float, gain: float
) -> OneOverPolynomial:
    scaled = (c / gain / factor**power for power, c in enumerate(curve.coefficients))
    return OneOverPolynomial(tuple(scaled), domain)


def _negative_powers(
    curve: NegativePowersPolynomial,
    domain: tuple[float, float],
    _: float,
    factor: float,
    gain: float,
) -> NegativePowersPolynomial:
    scaled = (gain * c * factor**power for power, c in enumerate(curve.coefficients))
    return NegativePowersPolynomial(tuple(scaled), domain)


def _soft_plus(
    curve: SoftPlus, domain: tuple[float, float], _: float, factor: float, gain: float
) -> SoftPlus:
    return replace(
        curve,
        scale=curve.scale * factor,
        dac_0=curve.dac_0 * gain,
        width=curve.width * gain,
        domain=domain,
    )


def _two_piece(
    curve: TwoPiecePowerLaw, domain: tuple[float, float], _: float, factor: float, gain: float
) -> TwoPiecePowerLaw:
    return replace(curve, value_0=curve.value_0 * factor, dac_0=curve.dac_0 * gain, domain=domain)


_DISTORTED: Final[dict[type[Any], Callable[..., Transformation]]] = {
    Polynomial: _polynomial,
    OneOverPolynomial: _one_over_polynomial,
    NegativePowersPolynomial: _negative_powers,
    SoftPlus: _soft_plus,
    TwoPiecePowerLaw: _two_piece,
}
