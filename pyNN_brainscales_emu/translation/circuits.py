"""One floating-gate cell of all denmems: what the circuits make of the stored value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration import leak_modes
from pyNN_brainscales_emu.calibration.distortion import distorted_inverse
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualWafer
from pyNN_brainscales_emu.hardware.circuit_modes import MODES
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.compound import NeuronDenmems

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AskedCell:
    """What stands behind the stored values of a cell where an effect is switched off.

    Attributes
    ----------
    held : (n_denmems,) float64
        What is held in place of the stored whole number.
    value : (n_denmems,) float64
        Parameter that was asked for, V, s, S or A; NaN where the stored value was set by hand, or
        the term is off.
    outside : (n_denmems,) bool
        Whether that lies outside the calibrated range.
    """

    held: Array
    value: Array
    outside: Mask


@dataclass(frozen=True, eq=False)
class CellRealiser:
    """Finds what the circuits of a wafer make of stored values.

    Attributes
    ----------
    options : Options
        The effects, and the seed of the errors of writing.
    truth : VirtualWafer
    write_number : int
    """

    options: Options
    truth: VirtualWafer
    write_number: int

    @classmethod
    def of(cls, options: Options, write_number: int) -> CellRealiser:
        """Return the one for the wafer that the options name."""
        truth = VirtualWafer(options.wafer, options.variation, options.effects.fixed_pattern)
        return cls(options, truth, write_number)

    def realise(
        self,
        cell: str,
        dac: NDArray[np.int32],
        on: Mask,
        asked: AskedCell | None,
        denmems: NeuronDenmems,
        mode: NDArray[np.int8],
    ) -> Array:
        """Return the parameter of each denmem, (n_denmems,) in V, s, S or A; NaN where not on.

        Parameters
        ----------
        cell : str
        dac : (n_denmems,) int32
        on : (n_denmems,) bool
        asked : AskedCell, optional
        denmems : NeuronDenmems
        mode : (n_denmems,) int8
            Number of the setting of each denmem's HICANN.
        """
        if not on.any():
            return np.full(len(denmems), np.nan)
        chosen = slice(None) if on.all() else np.flatnonzero(on)
        hicann, denmem = denmems.hicann[chosen], denmems.denmem[chosen]
        place = (hicann, denmem, mode[chosen])
        value = self._settled(cell, dac[chosen], place, take(asked, chosen))
        if self.options.effects.trial_to_trial:
            write = (self.options.seed, self.write_number)
            value = self.truth.rewritten(cell, value, hicann, denmems.firing[chosen], write)
        realised = np.full(len(denmems), np.nan)
        realised[chosen] = value
        return realised

    def _settled(
        self,
        cell: str,
        dac: NDArray[np.int32],
        place: tuple[NDArray[Any], ...],
        asked: AskedCell | None,
    ) -> Array:
        if asked is None:
            return self._by_truth(cell, dac, *place)
        effects = self.options.effects
        by_hand = np.isnan(asked.value)
        value = self._by_truth(cell, np.where(by_hand, dac, asked.held), *place)
        # Where nothing differs, there and back again would cost the last digits.
        exact = not (effects.parameter_quantisation or effects.fixed_pattern)
        as_asked = asked.outside & (not effects.parameter_range) | ~asked.outside & exact
        return np.where(as_asked & ~by_hand, asked.value, value)

    def _by_truth(
        self,
        cell: str,
        dac: NDArray[Any],
        hicann: NDArray[np.intp],
        denmem: NDArray[np.intp],
        mode: NDArray[np.int8],
    ) -> Array:
        if cell != leak_modes.CELL or not mode.any():
            return self.truth.settled(cell, dac, hicann, denmem)
        value = np.empty(len(dac))
        for number in np.unique(mode):
            chosen = mode == number
            distortion = self.truth.distortion(cell, hicann[chosen], denmem[chosen])
            value[chosen] = distorted_inverse(cell, distortion, dac[chosen], MODES[number])
        return value


def take(asked: AskedCell | None, chosen: slice | NDArray[np.intp]) -> AskedCell | None:
    """Return what stands behind some of the stored values."""
    if asked is None:
        return None
    return AskedCell(asked.held[chosen], asked.value[chosen], asked.outside[chosen])
