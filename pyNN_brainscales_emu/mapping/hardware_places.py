"""Where one cell of a network sits on the wafer."""

from __future__ import annotations

from dataclasses import dataclass

from pyNN_brainscales_emu.hardware.constants import DENMEM_COLUMNS, DENMEM_ROWS
from pyNN_brainscales_emu.hardware.coordinates import (
    GbitLinkOnHICANN,
    HICANNOnWafer,
    NeuronBlockOnHICANN,
    NeuronOnHICANN,
)


@dataclass(frozen=True)
class LogicalNeuron:
    """A neuron on the wafer.

    Attributes
    ----------
    hicann : HICANNOnWafer
    denmems : tuple of NeuronOnHICANN
        The first one fires.
    address : int or None
        6-bit address on its layer-1 line; None if its spikes do not get onto layer 1.
    line : int or None
        Number of the line in `MappingResult.lines`.
    """

    hicann: HICANNOnWafer
    denmems: tuple[NeuronOnHICANN, ...]
    address: int | None
    line: int | None

    @property
    def size(self) -> int:
        """Number of denmems."""
        return len(self.denmems)

    @property
    def block(self) -> NeuronBlockOnHICANN:
        """The neuron block."""
        return self.denmems[0].block


@dataclass(frozen=True)
class SourceEntry:
    """Where the events of a spike source come onto the wafer.

    Attributes
    ----------
    hicann : HICANNOnWafer
    channel : GbitLinkOnHICANN
        Also the number of the DNC merger.
    address : int or None
    line : int or None
        As for `LogicalNeuron`.
    """

    hicann: HICANNOnWafer
    channel: GbitLinkOnHICANN
    address: int | None
    line: int | None


def denmems_of(first: int, size: int) -> tuple[NeuronOnHICANN, ...]:
    """Return the denmems of a neuron from its top left one: the top row, then the bottom row."""
    columns = range(first % DENMEM_COLUMNS, first % DENMEM_COLUMNS + size // DENMEM_ROWS)
    return tuple(NeuronOnHICANN.from_xy(x, y) for y in range(DENMEM_ROWS) for x in columns)
