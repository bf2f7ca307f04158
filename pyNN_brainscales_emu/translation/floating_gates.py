"""One floating-gate cell of all denmems: what to store, and what the circuits make of it.

What to store follows from the calibration alone, what comes of it from the virtual wafer alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.distortion import distorted_forward
from pyNN_brainscales_emu.calibration.sources import WaferCalibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualWafer
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
class CellResult:
    """One cell of all neurons: realised value (biological), clipped."""

    realised: Array
    clipped: Mask


@dataclass(frozen=True, eq=False)
class StoredCell:
    """One cell of all denmems.

    Attributes
    ----------
    dac : (n_denmems,) int32
    realised_hw : (n_denmems,) float64
        What the circuits make of it, V, s, S or A; NaN where the term is off.
    clipped : (n_denmems,) bool
    wanted : (n_neurons,) float64
        Biological value that the cell was to have.
    """

    dac: NDArray[np.int32]
    realised_hw: Array
    clipped: Mask
    wanted: Array


@dataclass(frozen=True, eq=False)
class CellWriter:
    """Writes cells of a wafer.

    Attributes
    ----------
    options : Options
    calibration : WaferCalibration
        What is known.
    truth : VirtualWafer
        What is so.
    write_number : int
    """

    options: Options
    calibration: WaferCalibration
    truth: VirtualWafer
    write_number: int

    def write(self, cell: str, target: CellTarget, cm: Array, denmems: NeuronDenmems) -> StoredCell:
        """Write one cell of all denmems; where its term is off it holds its off value.

        Parameters
        ----------
        cell : str
        target : CellTarget
        cm : (n_neurons,) float64
            Capacitances asked for, nF.
        denmems : NeuronDenmems
        """
        wanted, merged = self._wanted(cell, target, denmems)
        position, chosen = denmems.select(target.on)
        asked_hw = self._units(cell, cm[target.on]).to_hw(wanted[target.on])
        dac, value, outside = self._store(cell, chosen.spread(asked_hw), chosen)
        if self.options.effects.trial_to_trial:
            write = (self.options.seed, self.write_number)
            value = self.truth.rewritten(cell, value, chosen.hicann, chosen.firing, write)
        n = len(denmems)
        stored = StoredCell(
            np.full(n, ROLES[cell].off, dtype=np.int32),
            np.full(n, np.nan),
            denmems.spread(merged),
            wanted,
        )
        stored.dac[position] = dac
        stored.realised_hw[position] = value
        stored.clipped[position] |= outside
        return stored

    def to_bio(self, cell: str, reduced_hw: Array, stored: StoredCell, cm: Array) -> Array:
        """Return biological values of neurons, (n_neurons,); those wanted where nothing differs."""
        units = self._units(cell, cm)
        unchanged = reduced_hw == units.to_hw(stored.wanted)
        return np.where(unchanged, stored.wanted, units.to_bio(reduced_hw))

    def _units(self, cell: str, cm: Array) -> Units:
        scaling = Scaling(*self.options.voltage_scaling, self.options.speedup)
        return Units(scaling, ROLES[cell].quantity, cm)

    def _wanted(self, cell: str, target: CellTarget, denmems: NeuronDenmems) -> tuple[Array, Mask]:
        """Return what neurons shall have, and which of them have to do with what others asked."""
        value = target.value
        if cell not in SHARED_NEURON_CELLS or not self.options.effects.parameter_range:
            return value, np.zeros(len(value), dtype=bool)
        mean = _mean_of_blocks(value, denmems.firing_only())
        scaling = Scaling(*self.options.voltage_scaling, self.options.speedup)
        half_step = 0.5 * scaling.voltage_difference_to_bio(dac_to_voltage(1))
        return mean, np.abs(mean - value) > half_step

    def _store(
        self, cell: str, asked_hw: Array, denmems: NeuronDenmems
    ) -> tuple[NDArray[np.int32], Array, Mask]:
        """Return stored values, what the circuits make of them, and where they were clipped."""
        effects = self.options.effects
        known = self.calibration.circuits(cell, denmems.hicann, denmems.denmem)
        low, high = known.domain[:, 0], known.domain[:, 1]
        unrounded = distorted_forward(cell, known.distortion, np.clip(asked_hw, low, high))
        outside = asked_hw < low - _TOLERANCE * np.abs(low)
        outside |= asked_hw > high + _TOLERANCE * np.abs(high)
        outside |= (unrounded < -0.5) | (unrounded > FLOATING_GATE_MAX + 0.5)
        dac = round_dac(unrounded)
        held = dac if effects.parameter_quantisation else clip_dac(unrounded)
        value = self.truth.settled(cell, held, denmems.hicann, denmems.denmem)
        if not (effects.parameter_quantisation or effects.fixed_pattern):
            # There and back again would cost the last digits.
            value = np.where(outside, value, asked_hw)
        if not effects.parameter_range:
            return dac, np.where(outside, asked_hw, value), np.zeros_like(outside)
        return dac, value, outside


def _mean_of_blocks(value: Array, firing: NeuronDenmems) -> Array:
    """Return for each neuron the mean over those of its shared block; exact where all agree."""
    if len(value) == 0:
        return value
    block = firing.hicann * FG_BLOCKS_PER_HICANN + shared_block(firing.denmem)
    first = np.zeros(int(block.max()) + 1)
    first[block] = value
    total = np.bincount(block, weights=value - first[block])
    return np.asarray(first[block] + (total / np.maximum(np.bincount(block), 1))[block])
