"""The truth about a wafer: what its circuits make of the values stored in floating gates.

Each cell of each circuit follows the nominal curve distorted by a fixed pattern of its own, drawn
from the wafer's number; each write of a cell adds a fresh trial-to-trial error. Values are in
hardware units (V, s, S, A).

How wide the fixed pattern is
-----------------------------
Published is that calibration narrows the neurons' spread several times (Schmitt et al. 2017,
fig. 3); the spread before is not. It is taken to be three times what the profile leaves after
calibration, within these bounds:

* Potentials: offsets of 25 mV at least, as is usual for uncalibrated analog circuits (assumed), and
  240 mV at most: three of these around the middle of the range still are within 0 to 1.8 V. The
  inhibitory reversal potential is set to the lowest potentials, which an offset must not put out
  of reach: 150 mV at most. At the 0.2 V of Schmitt et al. that is a circuit in eleven that cannot
  be set low enough, which widens the 80 mV of that profile to 85; three times 80 mV would be one in
  five, and 110 mV after calibration. So there the spread before is twice that after, no more. The
  slope scatters by 2 % around the middle of the range; denmems whose slope is off by a half, which
  the real calibration discards (cake:pycake/calibrator.py), do not occur.
* All other parameters: between 25 % and 100 %, in the logarithm. With more, one circuit in a
  hundred would need a current of a fifteenth or of fifteen times the usual one, which the 10 bits
  do not have. So where a profile leaves 50 % or more (the refractory time of the twins, the
  membrane time constant with small capacitors), the spread before is two to three times that after.

Currents are mirrored several times before they act, and voltages control currents exponentially:
most of the spread of times, conductances and currents is a gain of the DAC value, the rest a factor
of the value. Draws end at three standard deviations.

Not modelled: dependence between cells or neighbours, drift, temperature.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.deviations import pattern_draws, write_draws
from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    Distortion,
    distorted_inverse,
)
from pyNN_brainscales_emu.calibration.readout_shift import readout_shift
from pyNN_brainscales_emu.calibration.tables import circuits_of, n_circuits
from pyNN_brainscales_emu.calibration.variation import (
    PROFILES,
    Spread,
    SpreadDomain,
    VariationProfile,
)
from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    FG_BLOCKS_PER_HICANN,
    FLOATING_GATE_FULL_SCALE_V,
)
from pyNN_brainscales_emu.hardware.floating_gate import (
    NEURON_CELLS,
    SHARED_NEURON_CELLS,
    shared_block,
)

Array = NDArray[np.float64]

#: Spread of the fixed pattern over the spread after calibration.
_PATTERN_RATIO: Final = 3.0
#: Smallest and largest offset of potentials, V, and spread of all else, in the logarithm.
_OFFSET_LIMITS_V: Final = (0.025, 0.240)
_LOW_OFFSET_LIMITS_V: Final = (0.025, 0.150)
_LOG_LIMITS: Final = (0.25, 1.0)
#: Spread of the slope of potentials, around this potential.
_SLOPE_SIGMA: Final = 0.02
_SLOPE_PIVOT_V: Final = 0.5 * FLOATING_GATE_FULL_SCALE_V
#: Spread of factor and gain over the spread of the value: such that factor, and gain times the
#: slope of the curve at usual values (about -0.8, -1.8, -2.7, 0.8, -1, 0.7, 0.8), give it together.
_FACTOR_AND_GAIN: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "I_gl": (0.2, 1.1),
        "I_pl": (0.4, 0.5),
        "V_syntcx": (0.3, 0.35),
        "V_syntci": (0.3, 0.35),
        "I_gladapt": (0.6, 0.9),
        "I_radapt": (0.6, 0.8),
        "I_fire": (0.9, 0.4),
        "I_rexp": (0.6, 0.9),
    }
)
#: Share of the variance of V_reset that belongs to the denmem's reset circuit: the cell is shared
#: by the denmems of a block, so no calibration can take it out. Assumed; the published spread is
#: one between the neurons of a chip, which the shared cell alone could not give.
_RESET_OWN_SHARE: Final = 0.5
_LARGEST_DRAW: Final = 3.0

#: (4, 128) denmems whose shared cells are those of a block.
_DENMEMS_OF_BLOCK: Final = np.argsort(
    shared_block(np.arange(DENMEMS_PER_HICANN)), kind="stable"
).reshape(FG_BLOCKS_PER_HICANN, -1)

#: Cells that the virtual wafer knows.
CELLS: Final = (*NEURON_CELLS, *SHARED_NEURON_CELLS)


class VirtualWafer:
    """All circuits of a wafer.

    Parameters
    ----------
    wafer : int
        The wafer's number: the same one is always the same chip.
    profile : VariationProfile or str
        Or its name.
    fixed_pattern : bool
        Whether circuits differ; if not, all follow the nominal curves.
    """

    def __init__(
        self, wafer: int, profile: VariationProfile | str, fixed_pattern: bool = True
    ) -> None:
        self.wafer = wafer
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.fixed_pattern = fixed_pattern

    def distortion(self, cell: str, hicann: ArrayLike, circuit: ArrayLike) -> Distortion:
        """Return how circuits differ from the nominal curve.

        Parameters
        ----------
        cell : str
            A name of `CELLS`.
        hicann, circuit : (n,) int
            The circuit is the denmem, or the block of a shared cell (see `circuits_of`).
        """
        hicann, circuit = np.broadcast_arrays(hicann, circuit)
        if not self.fixed_pattern:
            return Distortion.none(len(circuit))
        first, second = (self._draws(cell, k, hicann, circuit) for k in (0, 1))
        if cell in POTENTIAL_CELLS:
            slope = 1.0 + _SLOPE_SIGMA * second
            offset = self.pattern_sigma(cell) * first - (slope - 1.0) * _SLOPE_PIVOT_V
            return Distortion(offset, slope, np.ones(len(circuit)))
        of_factor, of_gain = (part * self.pattern_sigma(cell) for part in _FACTOR_AND_GAIN[cell])
        return Distortion(
            np.zeros(len(circuit)), np.exp(of_factor * first), np.exp(of_gain * second)
        )

    def pattern_sigma(self, cell: str) -> float:
        """Return the width of the fixed pattern: V of potentials, else in the logarithm."""
        limits = _OFFSET_LIMITS_V if cell in POTENTIAL_CELLS else _LOG_LIMITS
        if cell == "E_syni":
            limits = _LOW_OFFSET_LIMITS_V
        return float(np.clip(_PATTERN_RATIO * self.profile.spreads[cell].sigma, *limits))

    def write_sigma(self, cell: str) -> float:
        """Return the standard deviation of a write: in V, or as a share of the value."""
        share = 1.0 - self.profile.fixed_share
        if cell in SHARED_NEURON_CELLS:
            share *= 1.0 - _RESET_OWN_SHARE
        return float(np.sqrt(share) * self.profile.spreads[cell].sigma)

    def settled(self, cell: str, dac: ArrayLike, hicann: ArrayLike, denmem: ArrayLike) -> Array:
        """Return what denmems make of DAC values if these are written without error; (n,)."""
        hicann, denmem = np.broadcast_arrays(hicann, denmem)
        distortion = self.distortion(cell, hicann, circuits_of(cell, denmem))
        value = distorted_inverse(cell, distortion, dac)
        return value + self.own_offset(cell, hicann, denmem)

    def settled_circuits(
        self, cell: str, dac: ArrayLike, hicann: ArrayLike, circuit: ArrayLike
    ) -> Array:
        """Return what circuits make of DAC values that are written without error.

        Of a shared cell that is the mean over the denmems of the block.

        Parameters
        ----------
        cell : str
        dac : (n,) or (n_values, n) float, or (n_values, 1)
        hicann, circuit : (n,) int
        """
        value = distorted_inverse(cell, self.distortion(cell, hicann, circuit), dac)
        if cell not in SHARED_NEURON_CELLS:
            return value
        return value + self.mean_own_offset(cell, hicann, circuit)

    def own_offset(self, cell: str, hicann: ArrayLike, denmem: ArrayLike) -> Array:
        """Return how far denmems are from the value of the shared cell, V; 0 for other cells."""
        hicann, denmem = np.broadcast_arrays(hicann, denmem)
        if cell not in SHARED_NEURON_CELLS or not self.fixed_pattern:
            return np.zeros(len(denmem))
        sigma = np.sqrt(_RESET_OWN_SHARE) * self.profile.spreads[cell].sigma
        return np.asarray(sigma * self._draws(cell, 2, hicann, denmem))

    def mean_own_offset(self, cell: str, hicann: ArrayLike, block: ArrayLike) -> Array:
        """Return the mean of `own_offset` over the denmems of blocks of a HICANN, (n,)."""
        hicann, block = np.broadcast_arrays(hicann, block)
        members = _DENMEMS_OF_BLOCK[block]
        own = self.own_offset(cell, np.repeat(hicann, members.shape[1]), members.ravel())
        return np.asarray(own.reshape(members.shape).mean(axis=1))

    def readout_shift(self, hicann: ArrayLike, denmem: ArrayLike) -> Array:
        """Return how much too high the membranes of denmems are read, V."""
        hicann, denmem = np.broadcast_arrays(hicann, denmem)
        if not self.fixed_pattern:
            return np.zeros(denmem.shape)
        return readout_shift(self.wafer, hicann, denmem)

    def realise(
        self,
        cell: str,
        dac: ArrayLike,
        hicann: ArrayLike,
        denmem: ArrayLike,
        write: tuple[int, int] | None = None,
        written_with: ArrayLike | None = None,
    ) -> Array:
        """Return what circuits make of DAC values.

        Parameters
        ----------
        cell : str
            A name of `CELLS`.
        dac : (n,) float or int
        hicann, denmem : (n,) int
        write : (int, int), optional
            Seed and number of the write; without it there is no trial-to-trial error.
        written_with : (n,) int, optional
            Denmem whose write error each denmem shares: the firing one of its logical neuron.

        Returns
        -------
        (n,) float64
            V, s, S or A.
        """
        value = self.settled(cell, dac, hicann, denmem)
        if write is None:
            return value
        return self.rewritten(
            cell, value, hicann, denmem if written_with is None else written_with, write
        )

    def rewritten(
        self,
        cell: str,
        value: Array,
        hicann: ArrayLike,
        denmem: ArrayLike,
        write: tuple[int, int],
    ) -> Array:
        """Return values with the error of a write added; see `realise`."""
        hicann, denmem = np.broadcast_arrays(hicann, denmem)
        drawn = write_draws(self.wafer, write, cell, hicann, circuits_of(cell, denmem))
        return deviating(value, self.write_sigma(cell) * drawn, self.profile.spreads[cell])

    def _draws(self, cell: str, component: int, hicann: ArrayLike, circuit: ArrayLike) -> Array:
        drawn = pattern_draws(self.wafer, cell, component, hicann, circuit)
        return np.clip(drawn, -_LARGEST_DRAW, _LARGEST_DRAW)


class VirtualHICANN:
    """One HICANN of a virtual wafer.

    Parameters
    ----------
    wafer, hicann : int
    profile : VariationProfile or str
    fixed_pattern : bool
        See `VirtualWafer`.

    Attributes
    ----------
    hicann : int
    on_wafer : VirtualWafer
        The wafer that it belongs to.
    """

    def __init__(
        self,
        wafer: int,
        hicann: int,
        profile: VariationProfile | str,
        fixed_pattern: bool = True,
    ) -> None:
        self.hicann = hicann
        self.on_wafer = VirtualWafer(wafer, profile, fixed_pattern)

    @property
    def wafer(self) -> int:
        """The wafer's number."""
        return self.on_wafer.wafer

    @property
    def profile(self) -> VariationProfile:
        """The profile that says how circuits vary."""
        return self.on_wafer.profile

    @cached_property
    def distortions(self) -> Mapping[str, Distortion]:
        """How the circuits differ from the nominal curves: 512 of each cell, 4 of ``V_reset``."""
        return MappingProxyType(
            {
                cell: self.on_wafer.distortion(cell, self.hicann, np.arange(n_circuits(cell)))
                for cell in CELLS
            }
        )

    @cached_property
    def _reset_offset(self) -> Array:
        denmems = np.arange(DENMEMS_PER_HICANN)
        return self.on_wafer.own_offset("V_reset", self.hicann, denmems)

    def write_sigma(self, cell: str) -> float:
        """Return the standard deviation of a write: in V, or as a share of the value."""
        return self.on_wafer.write_sigma(cell)

    def readout_shift(self, denmem: ArrayLike) -> Array:
        """Return how much too high the membranes of denmems are read, V."""
        return self.on_wafer.readout_shift(self.hicann, denmem)

    def settled(self, cell: str, dac: ArrayLike, denmem: ArrayLike) -> Array:
        """Return what circuits make of DAC values that are written without error."""
        denmem = np.asarray(denmem)
        distortion = self.distortions[cell].take(circuits_of(cell, denmem))
        value = distorted_inverse(cell, distortion, dac)
        return value + self._reset_offset[denmem] if cell in SHARED_NEURON_CELLS else value

    def realise(
        self, cell: str, dac: ArrayLike, denmem: ArrayLike, write: tuple[int, int] | None = None
    ) -> Array:
        """Return what circuits make of DAC values, in V, s, S or A.

        Parameters
        ----------
        cell : str
            A name of `CELLS`.
        dac : (n,) float or int, or one for all
        denmem : (n,) int
        write : (int, int), optional
            Seed and number of the write; without it there is no trial-to-trial error.
        """
        value = self.settled(cell, dac, denmem)
        if write is None:
            return value
        return self.on_wafer.rewritten(cell, value, self.hicann, denmem, write)


def deviating(value: Array, deviation: Array, spread: Spread) -> Array:
    """Return values with deviations: V, or shares of the value within the spread's limits."""
    if spread.domain is SpreadDomain.HARDWARE_VOLT:
        return np.asarray(value + deviation)
    factor = 1.0 + deviation
    if spread.limits is not None:
        factor = np.clip(factor, *spread.limits)
    return np.asarray(value * factor)
