"""Which membranes are read, through which analog output and channel of the read-out.

A HICANN has two analog outputs. The HICANNs of a group of reticles share the channels of one
converter: one for their outputs 0, one for their outputs 1. So two membranes of a group can be read
at once, and twelve of a wafer, wherever in its group a neuron sits. Within the HICANN each output
takes one of four lines, and each line carries one of the denmems that have the same place in their
quads. Follows marocco:marocco/parameter/results/AnalogOutputs.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADC_GROUPS_PER_WAFER,
    ANALOG_OUTPUTS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.floating_gate import shared_block
from pyNN_brainscales_emu.hardware.topology import HICANN_ADC_GROUP
from pyNN_brainscales_emu.mapping.hardware_places import denmems_of
from pyNN_brainscales_emu.mapping.results import Placement

Cells = NDArray[np.int64]


class UnreadReason(IntEnum):
    """Why a membrane cannot be read."""

    NO_CHANNEL = 1
    DEFECT_OUTPUT = 2

    @property
    def label(self) -> str:
        """What the reason is called in texts."""
        return _LABELS[self]


_LABELS = {
    UnreadReason.NO_CHANNEL: "the two channels of their group of reticles are taken",
    UnreadReason.DEFECT_OUTPUT: "the analog outputs of their HICANN are defective",
}


@dataclass(frozen=True, eq=False)
class AnalogOutputs:
    """Membranes that are read, one a channel, in the order of the channels.

    Attributes
    ----------
    cell : (n,) int64
        Cell index.
    hicann : (n,) int32
    denmem : (n,) int32
        The denmem of the neuron whose membrane is put out: the first one whose line is free.
    output : (n,) int32
        Analog output of the HICANN, 0 or 1.
    unread : (m,) int64
        Cell indices of the membranes that were asked for and cannot be read, ascending.
    reason : (m,) uint8
        `UnreadReason` of each.
    """

    cell: Cells
    hicann: NDArray[np.int32]
    denmem: NDArray[np.int32]
    output: NDArray[np.int32]
    unread: Cells
    reason: NDArray[np.uint8]

    @property
    def group(self) -> NDArray[np.int32]:
        """(n,) group of reticles, 0..5."""
        return HICANN_ADC_GROUP[self.hicann]

    @property
    def channel(self) -> NDArray[np.int32]:
        """(n,) channel of the read-out, 0..11: two a group, one for each output."""
        return np.asarray(ANALOG_OUTPUTS_PER_HICANN * self.group + self.output)

    def position(self, cells: Cells) -> NDArray[np.intp]:
        """Return where cells stand among those that are read; -1 of others."""
        order = np.argsort(self.cell)
        place = np.searchsorted(self.cell, cells, sorter=order)
        found = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros_like(cells)
        read = self.cell[found] == cells if len(order) else np.zeros(len(cells), dtype=bool)
        return np.where(read, found, -1)

    def unread_counts(self) -> dict[UnreadReason, int]:
        """Return how many membranes cannot be read for which reason (only those that occur)."""
        counts = np.bincount(self.reason, minlength=max(UnreadReason) + 1)
        return {reason: int(counts[reason]) for reason in UnreadReason if counts[reason]}


def assign_analog_outputs(
    cells: Cells,
    neurons: NDArray[np.int64],
    placement: Placement,
    defective: NDArray[np.bool_],
    present: AnalogOutputs | None = None,
) -> AnalogOutputs:
    """Give channels of the read-out to membranes, the first cells first.

    Parameters
    ----------
    cells : (k,) int64
        Cell indices of the neurons whose membranes are wanted, ascending.
    neurons : (k,) int64
        Their local indices.
    placement : Placement
    defective : (384, 2) bool
        Analog outputs that are broken.
    present : AnalogOutputs, optional
        Membranes that are being read: those that are still wanted keep their channels.
    """
    hicann = placement.neuron_hicann[neurons]
    group = HICANN_ADC_GROUP[hicann]
    usable, is_kept = _usable_outputs(cells, ~defective[hicann], present)
    output = np.full(len(cells), -1, dtype=np.int32)
    for number in range(ADC_GROUPS_PER_WAFER):
        members = np.flatnonzero(group == number)
        members = members[np.argsort(~is_kept[members], kind="stable")]
        chosen, outputs = _first_pair(usable[members])
        output[members[chosen]] = outputs
    read = np.flatnonzero(output >= 0)
    read = read[np.lexsort((output[read], group[read]))]
    unread = output < 0
    reason = np.where(
        defective[hicann[unread]].all(axis=1), UnreadReason.DEFECT_OUTPUT, UnreadReason.NO_CHANNEL
    )
    return AnalogOutputs(
        cell=cells[read],
        hicann=hicann[read],
        denmem=_denmems(placement, neurons[read], present, cells[read]),
        output=output[read],
        unread=cells[unread],
        reason=reason.astype(np.uint8),
    )


def _usable_outputs(
    cells: Cells, sound: NDArray[np.bool_], present: AnalogOutputs | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (k, 2) which outputs each cell may take, and (k,) which cells keep theirs."""
    place = np.full(len(cells), -1) if present is None else present.position(cells)
    kept = place >= 0
    if present is not None:
        sound[kept] = present.output[place[kept], np.newaxis] == [0, 1]
    return sound, kept


def _first_pair(usable: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Return the first two of a group's cells that can be read together, and their outputs."""
    able = np.flatnonzero(usable.any(axis=1))
    if len(able) == 0:
        return [], []
    first, others = int(able[0]), able[1:]
    fitting = others[(usable[others] & usable[first, ::-1]).any(axis=1)]
    if len(fitting) == 0:
        return [first], [int(np.argmax(usable[first]))]
    second = int(fitting[0])
    of_first = 0 if usable[first, 0] and usable[second, 1] else 1
    return [first, second], [of_first, 1 - of_first]


def _denmems(
    placement: Placement, neurons: NDArray[np.int64], present: AnalogOutputs | None, cells: Cells
) -> NDArray[np.int32]:
    """Return which denmem of each neuron is put out: of each HICANN on different lines."""
    chosen = np.full(len(cells), -1, dtype=np.int32)
    if present is not None:
        place = present.position(cells)
        chosen[place >= 0] = present.denmem[place[place >= 0]]
    hicann = placement.neuron_hicann[neurons]
    kept = chosen >= 0
    taken = set(zip(hicann[kept].tolist(), shared_block(chosen[kept]).tolist(), strict=True))
    for number in np.flatnonzero(~kept):  # at most twelve
        first, size = (
            placement.neuron_denmem[neurons[number]],
            placement.neuron_size[neurons[number]],
        )
        # A neuron is on two lines at least, and a HICANN has two outputs: one is always free.
        denmem, line = next(
            (int(denmem), line)
            for denmem in denmems_of(int(first), int(size))
            if (line := (int(hicann[number]), int(shared_block(int(denmem))))) not in taken
        )
        chosen[number] = denmem
        taken.add(line)
    return chosen
