"""The parts of a `HardwareConfig`: what cells, rows and synapses store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.floating_gate import shared_block
from pyNN_brainscales_emu.translation.circuits import AskedCell
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.realised import ClippedFullScale

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class StoredNeurons:
    """Floating gates of every denmem in use.

    Attributes
    ----------
    denmems : NeuronDenmems
        Neuron by neuron, the firing denmem first.
    cells : mapping of str to (n_denmems,) int32
        10-bit values of the 23 cells that every denmem has.
    on : mapping of str to (n_denmems,) bool
        Whether the term that a cell belongs to is in use, for the cells of adaptation and of the
        exponential term.
    clipped : mapping of str to (n_denmems,) bool
        Whether the asked value was out of reach. Of ``V_reset``: (n_neurons,).
    asked : mapping of str to AskedCell
        Where stored values are emulated as unrounded, or as unlimited: what was asked for. Of
        ``V_reset`` by neurons. Empty otherwise.
    """

    denmems: NeuronDenmems
    cells: Mapping[str, NDArray[np.int32]]
    on: Mapping[str, Mask]
    clipped: Mapping[str, Mask]
    asked: Mapping[str, AskedCell]


@dataclass(frozen=True, eq=False)
class SharedCells:
    """Floating gates in the shared columns of the blocks, and the switches of the HICANNs.

    Attributes
    ----------
    hicann : (n_hicanns,) int32
        Numbers of the HICANNs with neurons, ascending.
    cells : mapping of str to (n_hicanns, 4) int32
        10-bit values by block (top left, top right, bottom left, bottom right); -1 where a block
        does not have the cell.
    mode : (n_hicanns,) int8
        Setting of capacitors and leak mirrors, as its number in `circuit_modes.MODES`.
    """

    hicann: NDArray[np.int32]
    cells: Mapping[str, NDArray[np.int32]]
    mode: NDArray[np.int8]

    def mode_of(self, hicann: NDArray[np.integer]) -> NDArray[np.int8]:
        """Return the setting of HICANNs with neurons, (n,)."""
        return self.mode[np.searchsorted(self.hicann, hicann)]

    def of_denmems(
        self, cell: str, hicann: NDArray[np.intp], denmem: NDArray[np.intp]
    ) -> NDArray[np.int32]:
        """Return the value of the block that acts on each denmem, (n,)."""
        return self.cells[cell][np.searchsorted(self.hicann, hicann), shared_block(denmem)]


@dataclass(frozen=True, eq=False)
class RowTable:
    """Synapse rows in use.

    Attributes
    ----------
    hicann, row : (n_rows,) int32
        Where the row sits; -1 for rows without a place, which synapses have that are realised only
        because ``effects.routing_loss`` is off.
    receptor : (n_rows,) int8
        Number in `RECEPTORS` (0 excitatory, 1 inhibitory) of the synaptic input that it drives.
    stp_mode : (n_rows,) int8
        0 off, 1 facilitation, 2 depression.
    gmax_selector : (n_rows,) int32
        Which of the four shared V_gmax the row uses.
    gmax_divisor : (n_rows,) int32
        Effective divisor 2..30.
    """

    hicann: NDArray[np.int32]
    row: NDArray[np.int32]
    receptor: NDArray[np.int8]
    stp_mode: NDArray[np.int8]
    gmax_selector: NDArray[np.int32]
    gmax_divisor: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class StoredSynapses:
    """Synapse rows and digital weights.

    Attributes
    ----------
    rows : RowTable
    digital : tuple of (n,) int16
        For each projection: 0..15, -1 where the synapse is off or lost.
    clipped : tuple of (n,) bool
        For each projection: whether the asked weight, or the full scale asked for with `set_gmax`,
        is out of reach of its row.
    by_hand : tuple of (n,) bool or None
        For each projection: which weights were edited. They count as they are stored even where
        weights are emulated as unrounded.
    translated_strength : (n_rows,) float64
        Factor on the default weight curve that the translation found; see `row_strength`.
    full_scale : tuple of ClippedFullScale or None
        For each projection; see `RealisedSynapses`. Not part of files.
    """

    rows: RowTable
    digital: tuple[NDArray[np.int16], ...]
    clipped: tuple[Mask, ...]
    by_hand: tuple[Mask | None, ...]
    translated_strength: NDArray[np.float64]
    full_scale: tuple[ClippedFullScale | None, ...] = ()
