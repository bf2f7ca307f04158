"""Scaling between the biological and the hardware domain.

``V_hw = alpha V_bio + shift``, ``t_hw = t_bio / speedup``, ``g_hw = g_bio speedup C_hw / C_bio``,
``I_hw = I_bio alpha speedup C_hw / C_bio`` (marocco:marocco/parameter/,
calibtic:src/HMF/NeuronCalibration.cpp): with these every term of the membrane equation scales by
the same factor, so the hardware's membrane is the biological one, faster and on another scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.hardware.constants import (
    CAPACITANCE_BIG_F,
    SPEEDUP_DEFAULT,
    VOLTAGE_SCALING_ALPHA_DEFAULT,
    VOLTAGE_SCALING_SHIFT_DEFAULT_V,
)

_V_PER_MV = 1e-3
_S_PER_MS = 1e-3
_S_PER_US = 1e-6  # siemens a microsiemens
_A_PER_NA = 1e-9
_F_PER_NF = 1e-9

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """Conversion of potentials, times, conductances and currents.

    All methods take and return arrays; biological values are in PyNN's units (mV, ms, uS, nA, nF),
    hardware values in V, s, S, A, F.

    Attributes
    ----------
    alpha : float
        Hardware volts a biological volt.
    shift_V : float
        Hardware potential of 0 mV.
    speedup : float
        Biological time over hardware time.
    """

    alpha: float = VOLTAGE_SCALING_ALPHA_DEFAULT
    shift_V: float = VOLTAGE_SCALING_SHIFT_DEFAULT_V  # noqa: N815  (the unit's name)
    speedup: float = SPEEDUP_DEFAULT

    def voltage_to_hw(self, v_bio: ArrayLike) -> Array:
        """Return potentials in V for potentials in mV."""
        return _array(v_bio) * (self.alpha * _V_PER_MV) + self.shift_V

    def voltage_to_bio(self, v_hw: ArrayLike) -> Array:
        """Return potentials in mV for potentials in V."""
        return (_array(v_hw) - self.shift_V) / (self.alpha * _V_PER_MV)

    def voltage_difference_to_hw(self, dv_bio: ArrayLike) -> Array:
        """Return differences in V for differences in mV."""
        return _array(dv_bio) * (self.alpha * _V_PER_MV)

    def voltage_difference_to_bio(self, dv_hw: ArrayLike) -> Array:
        """Return differences in mV for differences in V."""
        return _array(dv_hw) / (self.alpha * _V_PER_MV)

    def time_to_hw(self, t_bio: ArrayLike) -> Array:
        """Return times in s for times in ms."""
        return _array(t_bio) * (_S_PER_MS / self.speedup)

    def time_to_bio(self, t_hw: ArrayLike) -> Array:
        """Return times in ms for times in s."""
        return _array(t_hw) / (_S_PER_MS / self.speedup)

    def conductance_to_hw(self, g_bio: ArrayLike, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        """Return conductances in S for conductances in uS on a membrane of `c_bio` nF.

        `c_hw`, in F, is the capacitance that the hardware's conductance acts on.
        """
        return _array(g_bio) * self._conductance_factor(c_bio, c_hw)

    def conductance_to_bio(self, g_hw: ArrayLike, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        """Return conductances in uS for conductances in S; see `conductance_to_hw`."""
        return _array(g_hw) / self._conductance_factor(c_bio, c_hw)

    def current_to_hw(self, i_bio: ArrayLike, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        """Return currents in A for currents in nA; see `conductance_to_hw`."""
        return _array(i_bio) * self._current_factor(c_bio, c_hw)

    def current_to_bio(self, i_hw: ArrayLike, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        """Return currents in nA for currents in A; see `conductance_to_hw`."""
        return _array(i_hw) / self._current_factor(c_bio, c_hw)

    def _conductance_factor(self, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        return _S_PER_US * self._rate_factor(c_bio, c_hw)

    def _current_factor(self, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        return _A_PER_NA * self.alpha * self._rate_factor(c_bio, c_hw)

    def _rate_factor(self, c_bio: ArrayLike, c_hw: ArrayLike) -> Array:
        return self.speedup * _array(c_hw) / (_array(c_bio) * _F_PER_NF)


def neuron_capacitance(size: ArrayLike, denmem_F: ArrayLike = CAPACITANCE_BIG_F) -> Array:  # noqa: N803
    """Return the capacitance in F of logical neurons of `size` denmems each.

    The membranes of the denmems are tied together, so their capacitances add up.
    """
    return _array(size) * _array(denmem_F)


def _array(value: ArrayLike) -> Array:
    return np.asarray(value, dtype=float)
