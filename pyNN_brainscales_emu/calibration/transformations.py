"""Curves between a circuit parameter and the value of the floating-gate cell that sets it.

The families are those of the real calibration (calibtic:include/calibtic/trafo/): small frozen
objects with a domain, ``forward`` from the parameter (hardware units: V, s, S, A) to the unrounded
DAC value, and ``inverse`` back. All are strictly monotone on their domain.

``forward`` expects values inside the domain. ``inverse`` expects DAC values that belong to the
domain or lie up to half a step beyond, as rounding may bring them there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_TABLE_POINTS = 257
_NEWTON_STEPS = 6


class Transformation(Protocol):
    """A curve between a circuit parameter and a DAC value."""

    @property
    def domain(self) -> tuple[float, float]:
        """Smallest and largest value of the parameter, in V, s, S or A."""

    def forward(self, value: ArrayLike) -> Array:
        """Return unrounded DAC values for parameter values."""

    def inverse(self, dac: ArrayLike) -> Array:
        """Return parameter values for DAC values."""


@dataclass(frozen=True)
class Constant:
    """A cell that always holds the same value: a bias, or a switched-off term.

    Attributes
    ----------
    dac : float
    value : float
        What `inverse` returns.
    """

    dac: float
    value: float = np.nan
    domain: tuple[float, float] = (-np.inf, np.inf)

    def forward(self, value: ArrayLike) -> Array:
        """Return `dac` for every value."""
        return np.full(np.shape(value), self.dac)

    def inverse(self, dac: ArrayLike) -> Array:
        """Return `value` for every DAC value."""
        return np.full(np.shape(dac), self.value)


@dataclass(frozen=True)
class Polynomial:
    """``DAC = c0 + c1 x + c2 x^2``, of first or second degree.

    Attributes
    ----------
    coefficients : tuple of two or three floats
        Lowest power first; c1 > 0.
    domain : tuple of float
        Where the second degree is falling further out (c2 < 0), the domain must end before.
    """

    coefficients: tuple[float, ...]
    domain: tuple[float, float]

    def forward(self, value: ArrayLike) -> Array:
        """Return the polynomial's value."""
        return np.asarray(polyval(_array(value), self.coefficients))

    def inverse(self, dac: ArrayLike) -> Array:
        """Return the root that lies on the branch of the domain."""
        return _rising_root(self.coefficients, _array(dac))


@dataclass(frozen=True)
class OneOverPolynomial:
    """``DAC = 1 / (c0 + c1 x + c2 x^2)``, of first or second degree.

    Attributes
    ----------
    coefficients : tuple of two or three floats
        Lowest power first; c1 > 0.
    domain : tuple of float
    """

    coefficients: tuple[float, ...]
    domain: tuple[float, float]

    def forward(self, value: ArrayLike) -> Array:
        """Return one over the polynomial's value."""
        return np.asarray(1.0 / polyval(_array(value), self.coefficients))

    def inverse(self, dac: ArrayLike) -> Array:
        """Return the root that lies on the branch of the domain."""
        return _rising_root(self.coefficients, 1.0 / _array(dac))


@dataclass(frozen=True)
class NegativePowersPolynomial:
    """``DAC = sum of c_i x^-i``.

    Attributes
    ----------
    coefficients : tuple of float
        Starting with the power 0.
    domain : tuple of float
        Positive values.
    """

    coefficients: tuple[float, ...]
    domain: tuple[float, float]

    def forward(self, value: ArrayLike) -> Array:
        """Return the sum of the negative powers."""
        return self._of_reciprocal(1.0 / _array(value))

    def inverse(self, dac: ArrayLike) -> Array:
        """Return the parameter value, found by Newton's method."""
        return 1.0 / _solve(self._of_reciprocal, self._slope, self._table, _array(dac))

    def _of_reciprocal(self, reciprocal: Array) -> Array:
        return np.asarray(polyval(reciprocal, self.coefficients))

    def _slope(self, reciprocal: Array) -> Array:
        return np.asarray(polyval(reciprocal, self._slope_coefficients))

    @cached_property
    def _slope_coefficients(self) -> Array:
        return np.asarray(polyder(np.array(self.coefficients)))

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        low, high = self.domain
        reciprocal = np.geomspace(1.0 / high, 1.0 / low, _TABLE_POINTS)
        return reciprocal, self._of_reciprocal(reciprocal)


@dataclass(frozen=True)
class SoftPlus:
    """``ln(x / scale) = gain ln(1 + exp((dac_0 - DAC) / width))``.

    A time constant that falls exponentially with the DAC value and levels off at `scale`.

    Attributes
    ----------
    scale : float
    gain, dac_0, width : float
        In units of 1, DAC, DAC.
    domain : tuple of float
        Values above `scale`.
    """

    scale: float
    gain: float
    dac_0: float
    width: float
    domain: tuple[float, float]

    def forward(self, value: ArrayLike) -> Array:
        """Return the DAC value in closed form."""
        exponent = np.log(_array(value) / self.scale) / self.gain
        return np.asarray(self.dac_0 - self.width * np.log(np.expm1(exponent)))

    def inverse(self, dac: ArrayLike) -> Array:
        """Return the value of the curve."""
        exponent = np.logaddexp(0.0, (self.dac_0 - _array(dac)) / self.width)
        return np.asarray(self.scale * np.exp(self.gain * exponent))


@dataclass(frozen=True)
class TwoPiecePowerLaw:
    """``ln(x / x_0) = sum of c_k ln(DAC / dac_0)^k``, k = 1.., in two pieces.

    The c_k differ below and above dac_0. Both pieces fall, so x > x_0 belongs to DAC < dac_0.

    Attributes
    ----------
    value_0, dac_0 : float
        The point where the two pieces meet.
    below, above : tuple of float
        Coefficients for DAC below and above `dac_0`, starting with k = 1.
    domain : tuple of float
        Positive values.
    """

    value_0: float
    dac_0: float
    below: tuple[float, ...]
    above: tuple[float, ...]
    domain: tuple[float, float]

    def forward(self, value: ArrayLike) -> Array:
        """Return the DAC value, found by Newton's method."""
        target = np.log(_array(value) / self.value_0)
        log_dac = _solve(self._log_value, self._slope, self._table, target)
        return np.asarray(self.dac_0 * np.exp(log_dac))

    def inverse(self, dac: ArrayLike) -> Array:
        """Return the value of the curve."""
        return np.asarray(self.value_0 * np.exp(self._log_value(np.log(_array(dac) / self.dac_0))))

    def _log_value(self, log_dac: Array) -> Array:
        below, above = (0.0, *self.below), (0.0, *self.above)
        return np.where(log_dac < 0, polyval(log_dac, below), polyval(log_dac, above))

    def _slope(self, log_dac: Array) -> Array:
        below, above = (polyder(np.array((0.0, *c))) for c in (self.below, self.above))
        return np.where(log_dac < 0, polyval(log_dac, below), polyval(log_dac, above))

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        # The kink at 0 must be a point of the table, or guesses next to it lie on the wrong piece.
        low, high = np.log(0.5 / self.dac_0), np.log(1024.0 / self.dac_0)
        half = _TABLE_POINTS // 2
        log_dac = np.concatenate([np.linspace(low, 0.0, half), np.linspace(0.0, high, half)[1:]])
        return log_dac, self._log_value(log_dac)


def _rising_root(coefficients: tuple[float, ...], target: Array) -> Array:
    """Solve ``c0 + c1 x + c2 x^2 = target`` for the x at which the polynomial rises."""
    c0, c1, c2 = (*coefficients, 0.0)[:3]
    # This form of the root loses no digits for small c2 and is exact for c2 = 0.
    root = np.sqrt(np.maximum(c1 * c1 + 4.0 * c2 * (target - c0), 0.0))
    return np.asarray(2.0 * (target - c0) / (c1 + root))


def _solve(
    function: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    table: tuple[Array, Array],
    target: Array,
) -> Array:
    """Solve ``function(x) = target`` by Newton's method from a tabulated first guess.

    The guess is right to about 1e-4, so three steps reach the precision of the numbers; the others
    serve targets that lie up to half a DAC step outside the table.
    """
    x, y = table
    if y[0] > y[-1]:
        x, y = x[::-1], y[::-1]
    guess = np.interp(target, y, x)
    for _ in range(_NEWTON_STEPS):
        guess = guess - (function(guess) - target) / slope(guess)
    return np.asarray(guess)


def _array(value: ArrayLike) -> Array:
    return np.asarray(value, dtype=float)
