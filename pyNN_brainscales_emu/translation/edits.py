"""Edits of a configuration that outlive a translation.

A stored value counts as edited where it differs from what the translation gave. When the
description changes, an edit stays where the new translation gives the same value as the old one,
and goes where it gives another: the later change wins. The value of a digital weight is that of its
row's strength and its own together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.floating_gate import SHARED_NEURON_CELLS, shared_block
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.translation.cell_targets import ROLES
from pyNN_brainscales_emu.translation.circuits import AskedCell
from pyNN_brainscales_emu.translation.stored import (
    RowTable,
    SharedCells,
    StoredNeurons,
    StoredSynapses,
)

if TYPE_CHECKING:
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

Mask = NDArray[np.bool_]


def keep_gate_edits(
    edited: HardwareConfig, old: HardwareConfig, new: HardwareConfig
) -> HardwareConfig:
    """Return a new translation with the edits of floating gates that outlive it.

    Parameters
    ----------
    edited, old : HardwareConfig
        What the wafer is set to, and what the last translation gave.
    new : HardwareConfig
        What the present one gives.
    """
    if edited is old:
        return new
    neurons = new.neurons
    for cell in neurons.cells:
        kept = _kept(edited.neurons.cells[cell], old.neurons.cells[cell], neurons.cells[cell])
        if kept.any():
            neurons = set_cell(neurons, cell, kept, edited.neurons.cells[cell][kept])
    shared = dict(new.shared_cells.cells)
    for cell, values in shared.items():
        current = edited.shared_cells.cells[cell]
        kept = _kept(current, old.shared_cells.cells[cell], values)
        shared[cell] = np.where(kept, current, values)
    shared_cells = replace(new.shared_cells, cells=shared)
    for cell in SHARED_NEURON_CELLS:
        changed = shared_cells.cells[cell] != new.shared_cells.cells[cell]
        neurons = forget_asked(neurons, cell, neurons_of_blocks(neurons, shared_cells, changed))
    return replace(new, neurons=neurons, shared_cells=shared_cells)


def keep_synapse_edits(
    edited: HardwareConfig, old: HardwareConfig, new: HardwareConfig, mapping: MappingResult
) -> HardwareConfig:
    """Return a new translation with the edits of rows and digital weights that outlive it.

    A digital weight stands for another weight if its row is translated to another strength: then
    its edit goes as well.
    """
    if edited.synapses is old.synapses:
        return new
    synapses = new.synapses
    columns = {}
    for name in ("gmax_selector", "gmax_divisor"):
        current, before, now = (
            getattr(config.synapses.rows, name) for config in (edited, old, new)
        )
        columns[name] = np.where(_kept(current, before, now), current, now)
    same_row = np.append(_same_strength(old.synapses.rows, synapses.rows), True)  # lost: row -1
    digital, by_hand = list(synapses.digital), list(synapses.by_hand)
    for number, codes in enumerate(synapses.digital):
        marked = edited.synapses.by_hand[number]
        if marked is None:
            continue
        kept = marked & (old.synapses.digital[number] == codes)
        kept &= same_row[mapping.projections[number].row]
        digital[number] = np.where(kept, edited.synapses.digital[number], codes)
        by_hand[number] = kept
    changed = replace(
        synapses,
        rows=replace(synapses.rows, **columns),
        digital=tuple(digital),
        by_hand=tuple(by_hand),
    )
    return replace(new, synapses=changed)


def _same_strength(old: RowTable, new: RowTable) -> Mask:
    """Return which rows are set to the same strength in two translations."""
    same = (old.gmax_selector == new.gmax_selector) & (old.gmax_divisor == new.gmax_divisor)
    return np.asarray(same)


def without_lost(synapses: StoredSynapses, mapping: MappingResult) -> StoredSynapses:
    """Return stored synapses of which those that were lost are off."""
    if all(by_hand is None for by_hand in synapses.by_hand):
        return synapses
    digital = tuple(
        np.where(routing.realised, codes, np.int16(-1))
        for codes, routing in zip(synapses.digital, mapping.projections, strict=True)
    )
    return replace(synapses, digital=digital)


def set_cell(
    neurons: StoredNeurons, cell: str, where: Mask, values: NDArray[np.int32]
) -> StoredNeurons:
    """Return stored neurons with other values of one cell in some denmems."""
    stored = neurons.cells[cell].copy()
    stored[where] = values
    on: Mapping[str, Any] = neurons.on
    if cell in on:
        switched = on[cell].copy()
        switched[where] = stored[where] != ROLES[cell].off
        on = {**on, cell: switched}
    changed = replace(neurons, cells={**neurons.cells, cell: stored}, on=on)
    return forget_asked(changed, cell, where)


def forget_asked(neurons: StoredNeurons, cell: str, where: Mask) -> StoredNeurons:
    """Return stored neurons whose stored values count, whatever was asked for."""
    if not where.any() or cell not in neurons.clipped:
        return neurons
    clipped = {**neurons.clipped, cell: neurons.clipped[cell] & ~where}
    asked = dict(neurons.asked)
    if cell in asked:
        before = asked[cell]
        value = np.where(where, np.nan, before.value)
        asked[cell] = AskedCell(before.held, value, before.outside & ~where)
    return replace(neurons, clipped=clipped, asked=asked)


def neurons_of_blocks(neurons: StoredNeurons, shared_cells: SharedCells, blocks: Mask) -> Mask:
    """Return (n_neurons,) whose firing denmem has its shared cells in some blocks."""
    firing = neurons.denmems.firing_only()
    hicann = np.searchsorted(shared_cells.hicann, firing.hicann)
    return np.asarray(blocks[hicann, shared_block(firing.denmem)])


def _kept(edited: NDArray[Any], old: NDArray[Any], new: NDArray[Any]) -> Mask:
    return np.asarray((edited != old) & (old == new))
