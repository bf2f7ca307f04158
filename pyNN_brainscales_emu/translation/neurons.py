"""Neuron parameters: from asked values to floating-gate values to what the circuits make of them.

asked (biological) -> scaled (hardware) -> curve that the calibration knows -> 10-bit value
(`store_neurons`) -> curve that the circuit has -> error of the write -> denmems reduced to one
membrane -> realised (biological) (`realise_neurons`). Every step that distorts belongs to one
effect, and a value that nothing distorts comes back exactly as it was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.nominal import BIASES
from pyNN_brainscales_emu.calibration.sources import WaferCalibration, calibration_for
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import FG_BLOCKS_PER_HICANN
from pyNN_brainscales_emu.hardware.floating_gate import (
    SHARED_DEFAULTS,
    SHARED_NEURON_CELLS,
    has_shared_cell,
    shared_block,
)
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, NeuronTargets, neuron_targets
from pyNN_brainscales_emu.translation.circuit_modes import choose_modes
from pyNN_brainscales_emu.translation.circuits import AskedCell, CellRealiser, take
from pyNN_brainscales_emu.translation.compound import (
    FIRING_CELLS,
    NeuronDenmems,
    reduce_denmems,
)
from pyNN_brainscales_emu.translation.floating_gates import (
    CellTranslator,
    StoredCell,
    capacitances,
    units_of,
    wanted_values,
)
from pyNN_brainscales_emu.translation.realised import RealisedNeurons
from pyNN_brainscales_emu.translation.stored import (
    SharedCells,
    StoredNeurons,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Cells whose term can be switched off.
SWITCHED_CELLS: Final = ("I_gladapt", "I_fire", "I_radapt", "V_exp", "I_rexp")
#: What those set is 0 where the term is off.
_ZERO_WHERE_OFF: Final = ("I_gladapt", "I_fire", "I_rexp")


@dataclass(frozen=True, eq=False)
class _CellResult:
    """One cell of all neurons: realised value (biological), clipped."""

    realised: Array
    clipped: Mask


# --- storing ---------------------------------------------------------------------------------


def store_neurons(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    calibration: WaferCalibration | None = None,
) -> tuple[StoredNeurons, SharedCells]:
    """Return what the floating gates store for the parameters of all neurons.

    Parameters
    ----------
    graph : BioGraph
    mapping : MappingResult
        Its placement tells which floating gates are written.
    options : Options
        Scaling, wafer, variation, calibration and the effects ``parameter_quantisation`` and
        ``parameter_range``.
    calibration : WaferCalibration, optional
        What is known about the wafer; by default what the options name.

    Raises
    ------
    ParameterError
        For neurons with current-based synapses.

    Notes
    -----
    A value outside a circuit's range is stored as the nearest limit, and counts as clipped for the
    neuron if it is for any of its denmems. Where the range is emulated, v_reset is the mean over
    the neurons whose firing denmems share a block of floating gates (and counts as clipped where
    that differs from what was asked).
    """
    targets = neuron_targets(graph)
    denmems = NeuronDenmems.of(mapping.placement)
    known = calibration if calibration is not None else calibration_for(options)
    translator = CellTranslator(options, known)
    hicanns, mode = choose_modes(targets, denmems.hicann[denmems.first], options)
    of_neuron = mode[np.searchsorted(hicanns, denmems.hicann[denmems.first])]
    stored = {}
    for cell, target in targets.cells.items():
        places = denmems.firing_only() if cell in SHARED_NEURON_CELLS else denmems
        stored[cell] = translator.store(cell, target, targets.asked["cm"], of_neuron, places)
    neurons = StoredNeurons(
        denmems=denmems,
        cells={cell: stored[cell].dac for cell in stored if cell not in SHARED_NEURON_CELLS}
        | {cell: np.full(len(denmems), bias.dac, np.int32) for cell, bias in BIASES.items()},
        on={cell: denmems.spread(targets.cells[cell].on) for cell in SWITCHED_CELLS},
        clipped={cell: result.clipped for cell, result in stored.items()},
        asked=_asked(stored, options),
    )
    return neurons, _shared_cells(stored, denmems.firing_only(), hicanns, mode)


def _asked(stored: Mapping[str, StoredCell], options: Options) -> dict[str, AskedCell]:
    effects = options.effects
    if effects.parameter_quantisation and effects.parameter_range:
        return {}
    return {
        cell: AskedCell(
            result.dac.astype(float) if effects.parameter_quantisation else result.unrounded,
            result.asked,
            result.outside,
        )
        for cell, result in stored.items()
    }


def _shared_cells(
    stored: Mapping[str, StoredCell],
    firing: NeuronDenmems,
    hicann: NDArray[np.int32],
    mode: NDArray[np.int8],
) -> SharedCells:
    """Return the shared cells: the defaults, and the mean of what neurons want of the others."""
    shape = (len(hicann), FG_BLOCKS_PER_HICANN)
    cells = {
        cell: np.where(has_shared_cell(cell), default, -1).astype(np.int32) * np.ones(shape, int)
        for cell, default in SHARED_DEFAULTS.items()
    }
    block = np.searchsorted(hicann, firing.hicann) * FG_BLOCKS_PER_HICANN
    block += shared_block(firing.denmem)
    count = np.bincount(block, minlength=hicann.size * FG_BLOCKS_PER_HICANN)
    for cell in SHARED_NEURON_CELLS:
        total = np.bincount(block, weights=stored[cell].dac, minlength=count.size)
        overall = np.rint(total.sum() / max(len(firing), 1))
        mean = np.where(count > 0, np.rint(total / np.maximum(count, 1)), overall)
        cells[cell] = mean.reshape(shape).astype(np.int32)
    return SharedCells(
        hicann, {cell: value.astype(np.int32) for cell, value in cells.items()}, mode
    )


# --- realising -------------------------------------------------------------------------------


def realise_neurons(
    stored: StoredNeurons,
    shared_cells: SharedCells,
    graph: BioGraph,
    options: Options,
    write_number: int,
) -> RealisedNeurons:
    """Return what the circuits of all neurons make of the stored values.

    Parameters
    ----------
    stored : StoredNeurons
    shared_cells : SharedCells
    graph : BioGraph
        Names the models and the capacitances.
    options : Options
        Scaling, wafer, seed, variation, and the effects on parameters.
    write_number : int
        How often the floating gates were written before: each write has its own trial-to-trial
        error.

    Returns
    -------
    RealisedNeurons
        `realised` has all names of `PARAMETERS`; `clipped` all but ``cm``, which is never
        changed. Where the range is emulated, i_offset is 0, as the circuits have no constant
        current.

    Notes
    -----
    Without the effect ``parameter_range``, values out of range are realised as asked,
    unquantised. Terms that a model does not have stay off whatever the cells hold. A neuron has
    the exponential term if all of its denmems have it.
    """
    targets = neuron_targets(graph)
    on = _terms_in_use(stored, targets)
    capacitance = capacitances(shared_cells.mode_of(stored.denmems.firing_only().hicann))
    values = _cell_values(stored, shared_cells, on, CellRealiser.of(options, write_number))
    results = _results(targets, stored, values, on, capacitance, options)
    denmems = stored.denmems
    exponential = denmems.of_firing(on["I_rexp"])
    return RealisedNeurons(
        realised=_realised(targets, results, exponential, options),
        clipped=_clipped(targets, results, exponential, options),
        denmem_capacitance_F=capacitance,
    )


def _terms_in_use(stored: StoredNeurons, targets: NeuronTargets) -> dict[str, Mask]:
    """Return where each cell counts: those of a term in all denmems of a neuron, or in none."""
    denmems = stored.denmems
    is_adex = denmems.spread(targets.is_adex)
    on = {cell: np.ones(len(denmems), dtype=bool) for cell in ROLES}
    on |= {cell: mask & is_adex for cell, mask in stored.on.items()}
    exponential = on["V_exp"] & on["I_rexp"]
    adapts = on["I_gladapt"] | on["I_fire"] | on["I_radapt"]
    on["V_exp"] = on["I_rexp"] = denmems.spread(~denmems.any(~exponential))
    on["I_radapt"] = denmems.spread(denmems.any(adapts))
    for cell in SHARED_NEURON_CELLS:
        on[cell] = np.ones(len(denmems.first), dtype=bool)
    return on


def _cell_values(
    stored: StoredNeurons,
    shared_cells: SharedCells,
    on: Mapping[str, Mask],
    realiser: CellRealiser,
) -> dict[str, Array]:
    """Return the parameters of all cells in V, s, S and A; those of `FIRING_CELLS` by neurons."""
    denmems, firing = stored.denmems, stored.denmems.firing_only()
    mode = shared_cells.mode_of(denmems.hicann)
    values = {}
    for cell in ROLES:
        asked = stored.asked.get(cell)
        if cell in FIRING_CELLS:
            if cell in SHARED_NEURON_CELLS:
                dac = shared_cells.of_denmems(cell, firing.hicann, firing.denmem)
            else:
                dac, asked = stored.cells[cell][denmems.first], take(asked, denmems.first)
            always = np.ones(len(firing), dtype=bool)
            values[cell] = realiser.realise(cell, dac, always, asked, firing, mode[denmems.first])
            continue
        value = realiser.realise(cell, stored.cells[cell], on[cell], asked, denmems, mode)
        if cell in ("I_gladapt", "I_fire"):  # denmems without the term add nothing to the others'
            in_use = denmems.spread(denmems.any(on[cell]))
            value = np.where(in_use & ~on[cell], 0.0, value)
        values[cell] = value
    return values


def _results(
    targets: NeuronTargets,
    stored: StoredNeurons,
    values: Mapping[str, Array],
    on: Mapping[str, Mask],
    capacitance: Array,
    options: Options,
) -> dict[str, _CellResult]:
    """Reduce the denmems to one membrane, and go back to biological values."""
    denmems, cm = stored.denmems, targets.asked["cm"]
    reduced = reduce_denmems(denmems, values)
    results = {}
    for cell, target in targets.cells.items():
        clipped, in_use = stored.clipped[cell], on[cell]
        if cell not in SHARED_NEURON_CELLS:
            of = denmems.of_firing if cell in FIRING_CELLS else denmems.any
            clipped, in_use = of(clipped), denmems.any(in_use)
        units, wanted = (
            units_of(cell, cm, options, capacitance),
            wanted_values(cell, target, denmems, options)[0],
        )
        unchanged = reduced[cell] == units.to_hw(wanted)
        bio = np.where(unchanged, wanted, units.to_bio(reduced[cell]))
        switched_off = target.on & (cell in _ZERO_WHERE_OFF)
        off = np.where(switched_off, 0.0, target.value)
        results[cell] = _CellResult(np.where(in_use, bio, off), clipped & in_use)
    return results


def _realised(
    targets: NeuronTargets, results: Mapping[str, _CellResult], exponential: Mask, options: Options
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
    lower = np.where(targets.has_exponential, fires_at, asked["v_thresh"] + shift)
    realised["v_thresh"] = np.where(exponential, results["V_exp"].realised, lower)
    realised["v_spike"] = np.where(exponential, fires_at, asked["v_spike"] + shift)
    if options.effects.parameter_range:
        realised["i_offset"] = np.zeros_like(asked["i_offset"])
    return realised


def _clipped(
    targets: NeuronTargets, results: Mapping[str, _CellResult], exponential: Mask, options: Options
) -> dict[str, Mask]:
    clipped = {
        role.parameter: results[cell].clipped
        for cell, role in ROLES.items()
        if role.parameter is not None
    }
    fires_at = results["V_t"].clipped
    clipped["v_thresh"] = np.where(exponential, results["V_exp"].clipped, fires_at)
    clipped["v_spike"] = fires_at & targets.is_adex
    clipped["i_offset"] = (targets.asked["i_offset"] != 0) & options.effects.parameter_range
    return clipped
