"""Neuron parameters: from asked values to floating-gate values to what the circuits make of them.

asked (biological) -> scaled (hardware) -> nominal curve -> 10-bit value -> nominal curve back ->
deviation -> realised (biological). Every step that distorts belongs to one effect, and a value
that nothing distorts comes back exactly as it was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.deviations import cell_deviations
from pyNN_brainscales_emu.calibration.nominal import BIASES, nominal_curves
from pyNN_brainscales_emu.calibration.transformations import Transformation
from pyNN_brainscales_emu.calibration.variation import PROFILES, Spread, SpreadDomain
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import CAPACITANCE_BIG_F, FLOATING_GATE_MAX
from pyNN_brainscales_emu.hardware.floating_gate import clip_dac, round_dac
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.mapping.results import MappingResult, Placement
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import (
    ROLES,
    CellTarget,
    NeuronTargets,
    Quantity,
    neuron_targets,
)
from pyNN_brainscales_emu.translation.hardware_config import NeuronTranslation

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)

#: Room for rounding errors of the scaling when a value is compared with the end of a domain.
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class _CellResult:
    """One cell of all neurons: stored value, realised value (biological), clipped."""

    dac: NDArray[np.int32]
    realised: Array
    clipped: Mask


@dataclass(frozen=True, eq=False)
class _Units:
    """Conversion of one quantity for some neurons.

    Conductances and currents are those of one denmem: a logical neuron's denmems share them as
    they share its capacitance, so the neuron's size cancels.
    """

    scaling: Scaling
    quantity: Quantity
    cm: Array

    def to_hw(self, value: Array) -> Array:
        match self.quantity:
            case Quantity.POTENTIAL:
                return self.scaling.voltage_to_hw(value)
            case Quantity.DIFFERENCE:
                return self.scaling.voltage_difference_to_hw(value)
            case Quantity.TIME:
                return self.scaling.time_to_hw(value)
            case Quantity.CONDUCTANCE_NS:
                return self.scaling.conductance_to_hw(1e-3 * value, self.cm, CAPACITANCE_BIG_F)
            case Quantity.CURRENT:
                return self.scaling.current_to_hw(value, self.cm, CAPACITANCE_BIG_F)

    def to_bio(self, value: Array) -> Array:
        match self.quantity:
            case Quantity.POTENTIAL:
                return self.scaling.voltage_to_bio(value)
            case Quantity.DIFFERENCE:
                return self.scaling.voltage_difference_to_bio(value)
            case Quantity.TIME:
                return self.scaling.time_to_bio(value)
            case Quantity.CONDUCTANCE_NS:
                return 1e3 * self.scaling.conductance_to_bio(value, self.cm, CAPACITANCE_BIG_F)
            case Quantity.CURRENT:
                return self.scaling.current_to_bio(value, self.cm, CAPACITANCE_BIG_F)


def translate_neurons(
    graph: BioGraph, mapping: MappingResult, options: Options, write_number: int
) -> NeuronTranslation:
    """Translate the parameters of all neurons.

    Parameters
    ----------
    graph : BioGraph
    mapping : MappingResult
        Its placement tells which floating gates are written.
    options : Options
        Scaling, wafer, seed, variation and the effects ``parameter_quantisation``,
        ``parameter_range``, ``fixed_pattern``, ``trial_to_trial``.
    write_number : int
        How often the floating gates were written before: each write has its own trial-to-trial
        error.

    Returns
    -------
    NeuronTranslation
        `realised` has all names of `PARAMETERS`; `clipped` all but ``cm``, which is never
        changed. Where the range is emulated, v_reset is the mean over the HICANN's neurons, which
        share it, and i_offset is 0, as the circuits have no constant current.

    Raises
    ------
    ParameterError
        For neurons with current-based synapses.

    Notes
    -----
    A value outside a cell's range is stored as the nearest limit. Without the effect
    ``parameter_range`` it is realised as asked nevertheless, unquantised. Big capacitors and
    normal speed are used for all neurons.
    """
    targets = neuron_targets(graph)
    results = {
        cell: _translate_cell(cell, target, targets, mapping.placement, options, write_number)
        for cell, target in targets.cells.items()
    }
    biases = {
        cell: np.broadcast_to(np.int32(bias.dac), len(targets.is_adex))
        for cell, bias in BIASES.items()
    }
    return NeuronTranslation(
        dac={**{cell: result.dac for cell, result in results.items()}, **biases},
        realised=_realised(targets, results, options),
        clipped=_clipped(targets, results, options),
    )


def _translate_cell(
    cell: str,
    target: CellTarget,
    targets: NeuronTargets,
    placement: Placement,
    options: Options,
    write_number: int,
) -> _CellResult:
    """Translate one cell; where it is off it holds its off value and the asked value stays."""
    role = ROLES[cell]
    on = np.flatnonzero(target.on)
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    units = _Units(scaling, role.quantity, targets.asked["cm"][on])
    value = target.value[on]
    wanted = value
    if cell == "V_reset" and options.effects.parameter_range:
        wanted = _mean_of_hicann(value, placement.neuron_hicann[on])
    dac, hw, clipped = _store(nominal_curves()[cell], units.to_hw(wanted), options)
    stored = np.where(hw == units.to_hw(wanted), wanted, units.to_bio(hw))
    deviation = _deviation(cell, placement, on, options, write_number)
    spread = PROFILES[options.variation].spreads[cell]
    return _CellResult(
        _scattered(dac, on, np.full(len(target.on), role.off, dtype=np.int32)),
        _scattered(_deviate(stored, deviation, spread, scaling), on, target.value.copy()),
        _scattered(clipped, on, np.zeros(len(target.on), dtype=bool)),
    )


def _store(
    curve: Transformation, asked_hw: Array, options: Options
) -> tuple[NDArray[np.int32], Array, Mask]:
    """Return the stored 10-bit value, the circuit's nominal value, and where it was clipped."""
    low, high = curve.domain
    unrounded = curve.forward(np.clip(asked_hw, low, high))
    dac = round_dac(unrounded)
    outside = (asked_hw < low - _TOLERANCE * abs(low)) | (asked_hw > high + _TOLERANCE * abs(high))
    outside |= (unrounded < -0.5) | (unrounded > FLOATING_GATE_MAX + 0.5)
    if options.effects.parameter_quantisation:
        nominal = curve.inverse(dac)
    else:
        nominal = np.where(outside, curve.inverse(clip_dac(unrounded)), asked_hw)
    if not options.effects.parameter_range:
        return dac, np.where(outside, asked_hw, nominal), np.zeros_like(outside)
    return dac, nominal, outside


def _deviation(
    cell: str,
    placement: Placement,
    neurons: NDArray[np.intp],
    options: Options,
    write_number: int,
) -> Array:
    return cell_deviations(
        PROFILES[options.variation],
        cell,
        placement.neuron_hicann[neurons],
        placement.neuron_denmem[neurons],
        wafer=options.wafer if options.effects.fixed_pattern else None,
        write=(options.seed, write_number) if options.effects.trial_to_trial else None,
    )


def _deviate(value: Array, deviation: Array, spread: Spread, scaling: Scaling) -> Array:
    """Shift biological values by `deviation` standard deviations."""
    if spread.domain is SpreadDomain.HARDWARE_VOLT:
        shifted = value + scaling.voltage_difference_to_bio(spread.sigma * deviation)
    else:
        shifted = value + np.abs(value) * (spread.sigma * deviation)
    if spread.limits is not None:
        low, high = spread.limits
        shifted = np.clip(shifted, low * value, high * value)
    return shifted


def _mean_of_hicann(value: Array, hicann: NDArray[np.int32]) -> Array:
    """Return for each neuron the mean over the neurons of its HICANN; exact where all agree."""
    if len(value) == 0:
        return value
    first = np.zeros(int(hicann.max()) + 1)
    first[hicann] = value
    difference = value - first[hicann]
    total = np.bincount(hicann, weights=difference)
    return np.asarray(first[hicann] + (total / np.maximum(np.bincount(hicann), 1))[hicann])


def _realised(
    targets: NeuronTargets, results: dict[str, _CellResult], options: Options
) -> dict[str, Array]:
    asked = targets.asked
    realised = dict(asked)
    for cell, role in ROLES.items():
        if role.parameter is not None:
            realised[role.parameter] = results[cell].realised
    fires_at = results["V_t"].realised
    # Without exponential term the lower of v_thresh and v_spike is the one that counts: both
    # move with the cell, so the lower one is exactly where the circuit fires.
    shift = fires_at - targets.cells["V_t"].value
    exponential = targets.has_exponential
    realised["v_thresh"] = np.where(
        exponential, results["V_exp"].realised, asked["v_thresh"] + shift
    )
    realised["v_spike"] = np.where(exponential, fires_at, asked["v_spike"] + shift)
    if options.effects.parameter_range:
        realised["i_offset"] = np.zeros_like(asked["i_offset"])
    return realised


def _clipped(
    targets: NeuronTargets, results: dict[str, _CellResult], options: Options
) -> dict[str, Mask]:
    clipped = {
        role.parameter: results[cell].clipped
        for cell, role in ROLES.items()
        if role.parameter is not None
    }
    fires_at = results["V_t"].clipped
    exponential = targets.has_exponential
    clipped["v_thresh"] = np.where(exponential, results["V_exp"].clipped, fires_at)
    clipped["v_spike"] = fires_at & targets.is_adex
    clipped["i_offset"] = (targets.asked["i_offset"] != 0) & options.effects.parameter_range
    return clipped


def _scattered(values: NDArray[_T], where: NDArray[np.intp], into: NDArray[_T]) -> NDArray[_T]:
    into[where] = values
    return into
