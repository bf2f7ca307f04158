"""Neuron parameters: from asked values to floating-gate values to what the circuits make of them.

asked (biological) -> scaled (hardware) -> curve that the calibration knows -> 10-bit value -> curve
that the circuit has -> error of the write -> denmems reduced to one membrane -> realised
(biological). Every step that distorts belongs to one effect, and a value that nothing distorts
comes back exactly as it was asked.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.nominal import BIASES
from pyNN_brainscales_emu.calibration.sources import WaferCalibration, calibration_for
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualWafer
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, NeuronTargets, neuron_targets
from pyNN_brainscales_emu.translation.compound import (
    FIRING_CELLS,
    NeuronDenmems,
    reduce_denmems,
)
from pyNN_brainscales_emu.translation.floating_gates import CellResult, CellWriter, StoredCell
from pyNN_brainscales_emu.translation.hardware_config import DenmemSettings, NeuronTranslation

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def translate_neurons(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    write_number: int,
    calibration: WaferCalibration | None = None,
) -> NeuronTranslation:
    """Translate the parameters of all neurons.

    Parameters
    ----------
    graph : BioGraph
    mapping : MappingResult
        Its placement tells which floating gates are written.
    options : Options
        Scaling, wafer, seed, variation, calibration and the effects ``parameter_quantisation``,
        ``parameter_range``, ``fixed_pattern``, ``trial_to_trial``.
    write_number : int
        How often the floating gates were written before: each write has its own trial-to-trial
        error.
    calibration : WaferCalibration, optional
        What is known about the wafer; by default what the options name.

    Returns
    -------
    NeuronTranslation
        `realised` has all names of `PARAMETERS`; `clipped` all but ``cm``, which is never
        changed. Where the range is emulated, v_reset is the mean over the neurons whose firing
        denmems share a block of floating gates (and counts as clipped where that differs from
        what was asked), and i_offset is 0, as the circuits have no constant current.

    Raises
    ------
    ParameterError
        For neurons with current-based synapses.

    Notes
    -----
    A value outside a circuit's range is stored as the nearest limit, and counts as clipped for the
    neuron if it is for any of its denmems. Without the effect ``parameter_range`` it is realised
    as asked nevertheless, unquantised. Big capacitors and normal speed are used for all neurons.
    """
    targets = neuron_targets(graph)
    denmems = NeuronDenmems.of(mapping.placement)
    writer = CellWriter(
        options,
        calibration if calibration is not None else calibration_for(options),
        VirtualWafer(options.wafer, options.variation, options.effects.fixed_pattern),
        write_number,
    )
    stored = {
        cell: writer.write(cell, target, targets.asked["cm"], denmems)
        for cell, target in targets.cells.items()
    }
    results = _results(targets, stored, denmems, writer)
    return NeuronTranslation(
        dac=_of_neurons(stored, denmems),
        realised=_realised(targets, results, options),
        clipped=_clipped(targets, results, options),
        denmems=_settings(stored, denmems),
    )


def _results(
    targets: NeuronTargets,
    stored: Mapping[str, StoredCell],
    denmems: NeuronDenmems,
    writer: CellWriter,
) -> dict[str, CellResult]:
    """Reduce the denmems to one membrane, and go back to biological values."""
    values = {cell: result.realised_hw for cell, result in stored.items()}
    firing = {cell: denmems.of_firing(values[cell]) for cell in FIRING_CELLS}
    reduced = reduce_denmems(denmems, values | firing)
    results = {}
    for cell, target in targets.cells.items():
        clipped = stored[cell].clipped
        any_clipped = denmems.of_firing(clipped) if cell in FIRING_CELLS else denmems.any(clipped)
        bio = writer.to_bio(cell, reduced[cell], stored[cell], targets.asked["cm"])
        results[cell] = CellResult(np.where(target.on, bio, target.value), any_clipped & target.on)
    return results


def _of_neurons(
    stored: Mapping[str, StoredCell], denmems: NeuronDenmems
) -> dict[str, NDArray[np.int32]]:
    n = len(denmems.first)
    cells = {cell: denmems.of_firing(result.dac) for cell, result in stored.items()}
    return cells | {cell: np.broadcast_to(np.int32(bias.dac), n) for cell, bias in BIASES.items()}


def _settings(stored: Mapping[str, StoredCell], denmems: NeuronDenmems) -> DenmemSettings:
    n = len(denmems)
    dac = {cell: result.dac for cell, result in stored.items()}
    biases = {cell: np.broadcast_to(np.int32(bias.dac), n) for cell, bias in BIASES.items()}
    return DenmemSettings(
        neuron=denmems.neuron,
        hicann=denmems.hicann,
        denmem=denmems.denmem,
        dac=dac | biases,
    )


def _realised(
    targets: NeuronTargets, results: Mapping[str, CellResult], options: Options
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
    targets: NeuronTargets, results: Mapping[str, CellResult], options: Options
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
