"""One floating-gate cell of all denmems: what to store, by what is known about the chip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration import leak_modes
from pyNN_brainscales_emu.calibration.distortion import distorted_forward, distorted_inverse
from pyNN_brainscales_emu.calibration.sources import WaferCalibration
from pyNN_brainscales_emu.calibration.tables import CellCalibration
from pyNN_brainscales_emu.hardware.circuit_modes import DEFAULT_MODE, MODES, CircuitMode
from pyNN_brainscales_emu.hardware.constants import (
    FG_BLOCKS_PER_HICANN,
    FLOATING_GATE_MAX,
)
from pyNN_brainscales_emu.hardware.floating_gate import (
    SHARED_NEURON_CELLS,
    clip_dac,
    dac_to_voltage,
    round_dac,
    shared_block,
)
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, CellTarget
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.units import Units

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Room for rounding errors of the scaling when a value is compared with the end of a domain.
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class StoredCell:
    """One cell of all denmems.

    Attributes
    ----------
    dac : (n_denmems,) int32
    unrounded : (n_denmems,) float64
        What is held where stored values are not rounded.
    asked : (n_denmems,) float64
        Parameter that was asked for, V, s, S or A; NaN where the term is off.
    outside : (n_denmems,) bool
        Whether that lies outside the calibrated range.
    clipped : (n_denmems,) bool
        Whether it counts as clipped.
    """

    dac: NDArray[np.int32]
    unrounded: Array
    asked: Array
    outside: Mask
    clipped: Mask


@dataclass(frozen=True, eq=False)
class CellTranslator:
    """Finds what cells of a wafer are to store.

    Attributes
    ----------
    options : Options
    calibration : WaferCalibration
        What is known.
    """

    options: Options
    calibration: WaferCalibration

    def store(
        self,
        cell: str,
        target: CellTarget,
        cm: Array,
        mode: NDArray[np.int8],
        denmems: NeuronDenmems,
    ) -> StoredCell:
        """Return what one cell of all denmems stores; where its term is off, the off value.

        Parameters
        ----------
        cell : str
        target : CellTarget
        cm : (n_neurons,) float64
            Capacitances asked for, nF.
        mode : (n_neurons,) int8
            Number of the setting of each neuron's HICANN.
        denmems : NeuronDenmems
        """
        wanted, merged = wanted_values(cell, target, denmems, self.options)
        n, off = len(denmems), ROLES[cell].off
        stored = StoredCell(
            np.full(n, off, dtype=np.int32),
            np.full(n, float(off)),
            np.full(n, np.nan),
            np.zeros(n, dtype=bool),
            denmems.spread(merged),
        )
        on = target.on
        if not on.any():
            return stored
        position, chosen = denmems.select(on)
        units = units_of(cell, cm[on], self.options, capacitances(mode[on]))
        asked = chosen.spread(units.to_hw(wanted[on]))
        unrounded, outside = self._unrounded(cell, asked, chosen, chosen.spread(mode[on]))
        stored.dac[position] = round_dac(unrounded)
        stored.unrounded[position] = clip_dac(unrounded)
        stored.asked[position] = asked
        stored.outside[position] = outside
        if self.options.effects.parameter_range:
            stored.clipped[position] |= outside
        return stored

    def limits(
        self, cell: str, on: Mask, cm: Array, mode: NDArray[np.int8], denmems: NeuronDenmems
    ) -> Array:
        """Return between which values all denmems of each neuron can be set, (n_neurons, 2).

        Parameters
        ----------
        cell : str
        on : (n_neurons,) bool
            Where the cell's term is on; NaN elsewhere.
        cm : (n_neurons,) float64
            Capacitances asked for, nF.
        mode : (n_neurons,) int8
            Number of the setting of each neuron's HICANN.
        denmems : NeuronDenmems

        Returns
        -------
        (n_neurons, 2) float64
            In biological units.
        """
        limits = np.full((len(on), 2), np.nan)
        if not on.any():
            return limits
        _, chosen = denmems.select(on)
        ends = np.empty((2, len(chosen)))
        for some, known, setting in self._known(cell, chosen, chosen.spread(mode[on])):
            ends[:, some] = _ends(cell, known, setting)
        units = units_of(cell, cm[on], self.options, capacitances(mode[on]))
        limits[on, 0] = units.to_bio(np.maximum.reduceat(ends[0], chosen.first))
        limits[on, 1] = units.to_bio(np.minimum.reduceat(ends[1], chosen.first))
        return limits

    def _unrounded(
        self, cell: str, asked: Array, denmems: NeuronDenmems, mode: NDArray[np.int8]
    ) -> tuple[Array, Mask]:
        """Return what the calibration says, and where the asked values are out of reach."""
        unrounded, outside = np.empty(len(asked)), np.empty(len(asked), dtype=bool)
        for some, known, setting in self._known(cell, denmems, mode):
            unrounded[some], outside[some] = _by_calibration(cell, known, asked[some], setting)
        return unrounded, outside

    def _known(
        self, cell: str, denmems: NeuronDenmems, mode: NDArray[np.int8]
    ) -> Iterator[tuple[slice | Mask, CellCalibration, CircuitMode]]:
        """Yield denmems of one setting, what is known about them, and the setting."""
        if cell != leak_modes.CELL or not mode.any():
            known = self.calibration.circuits(cell, denmems.hicann, denmems.denmem)
            yield slice(None), known, DEFAULT_MODE
            return
        for number in np.unique(mode):
            chosen, setting = mode == number, MODES[number]
            place = (denmems.hicann[chosen], denmems.denmem[chosen])
            if setting == DEFAULT_MODE:
                yield chosen, self.calibration.circuits(cell, *place), setting
            else:
                yield chosen, leak_modes.leak_circuits(self.options, setting, *place), setting


def _ends(cell: str, known: CellCalibration, mode: CircuitMode) -> tuple[Array, Array]:
    """Return where the calibrated domain, or else the range of the DAC, ends: (n_denmems,) each."""
    dac = np.array([[0.0], [FLOATING_GATE_MAX]])
    low, high = np.sort(distorted_inverse(cell, known.distortion, dac, mode), axis=0)
    return np.maximum(known.domain[:, 0], low), np.minimum(known.domain[:, 1], high)


def _by_calibration(
    cell: str, known: CellCalibration, asked: Array, mode: CircuitMode
) -> tuple[Array, Mask]:
    low, high = known.domain[:, 0], known.domain[:, 1]
    unrounded = distorted_forward(cell, known.distortion, np.clip(asked, low, high), mode)
    outside = asked < low - _TOLERANCE * np.abs(low)
    outside |= asked > high + _TOLERANCE * np.abs(high)
    outside |= (unrounded < -0.5) | (unrounded > FLOATING_GATE_MAX + 0.5)
    return unrounded, outside


def units_of(cell: str, cm: Array, options: Options, capacitance: Array) -> Units:
    """Return the conversion of what a cell sets, for neurons of these capacitances.

    Parameters
    ----------
    cell : str
    cm : (n,) float64
        Asked for, nF.
    options : Options
    capacitance : (n,) float64
        Of one denmem, F.
    """
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    return Units(scaling, ROLES[cell].quantity, cm, capacitance)


def capacitances(mode: NDArray[np.int8]) -> Array:
    """Return the capacitance of a denmem in F for numbers of settings."""
    return np.array([setting.capacitance_F for setting in MODES])[mode]


def wanted_values(
    cell: str, target: CellTarget, denmems: NeuronDenmems, options: Options
) -> tuple[Array, Mask]:
    """Return what neurons shall have, and which of them have to do with what others asked.

    Where the range is emulated, neurons that share a cell get the mean of what they ask for.
    """
    value = target.value
    if cell not in SHARED_NEURON_CELLS or not options.effects.parameter_range:
        return value, np.zeros(len(value), dtype=bool)
    mean = _mean_of_blocks(value, denmems.firing_only())
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    half_step = 0.5 * scaling.voltage_difference_to_bio(dac_to_voltage(1))
    return mean, np.abs(mean - value) > half_step


def _mean_of_blocks(value: Array, firing: NeuronDenmems) -> Array:
    """Return for each neuron the mean over those of its shared block; exact where all agree."""
    if len(value) == 0:
        return value
    block = firing.hicann * FG_BLOCKS_PER_HICANN + shared_block(firing.denmem)
    first = np.zeros(int(block.max()) + 1)
    first[block] = value
    total = np.bincount(block, weights=value - first[block])
    return np.asarray(first[block] + (total / np.maximum(np.bincount(block), 1))[block])
