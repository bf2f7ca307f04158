"""Results of the translation: stored values and realised values, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DenmemSettings:
    """Floating-gate values of every denmem in use, neuron by neuron, the firing denmem first.

    Attributes
    ----------
    neuron : (n_denmems,) int
        The neuron's local index.
    hicann, denmem : (n_denmems,) int
        Where the denmem sits.
    dac : mapping of str to (n_denmems,) int32
        10-bit values by the name of the floating-gate cell; ``'V_reset'`` is the value of the
        neuron's firing denmem, in the shared column of its block.
    """

    neuron: NDArray[np.intp]
    hicann: NDArray[np.intp]
    denmem: NDArray[np.intp]
    dac: Mapping[str, NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class NeuronTranslation:
    """Floating-gate values of all neurons and the parameters that the circuits make of them.

    Attributes
    ----------
    dac : mapping of str to (n_neurons,) int32
        10-bit values of the firing denmems, by the name of the floating-gate cell (``'E_l'``,
        ``'V_t'``, ``'I_gl'``, ...; ``'V_reset'`` is shared by a block of floating gates), by the
        neuron's local index.
    realised : mapping of str to (n_neurons,) float64
        Parameters in PyNN's names and biological units, as the circuits realise them. Parameters
        that a model does not have are NaN.
    clipped : mapping of str to (n_neurons,) bool
        By PyNN's parameter name: the asked value lay outside the calibrated range of a denmem, or
        the cell is shared with neurons that asked for something else.
    denmems : DenmemSettings
        What all denmems hold.
    """

    dac: Mapping[str, NDArray[np.int32]]
    realised: Mapping[str, NDArray[np.float64]]
    clipped: Mapping[str, NDArray[np.bool_]]
    denmems: DenmemSettings


@dataclass(frozen=True, eq=False)
class RowSetting:
    """Strength of every synapse row in use.

    Attributes
    ----------
    gmax_selector : (n_rows,) int32
        Which of the four shared V_gmax the row uses.
    gmax_divisor : (n_rows,) int32
        Effective divisor 2..30.
    strength : (n_rows,) float64
        Factor on the default weight curve (1: V_gmax 500 nA, effective divisor 22).
    """

    gmax_selector: NDArray[np.int32]
    gmax_divisor: NDArray[np.int32]
    strength: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SynapseTranslation:
    """Digital and realised weights of all projections.

    Attributes
    ----------
    rows : RowSetting
    digital : tuple of (n,) int16
        For each projection: 0..15, -1 where the synapse is off or lost.
    realised : tuple of (n,) float64
        For each projection: realised weight in uS; NaN where lost, 0 where off.
    clipped : tuple of (n,) bool
        For each projection: the asked weight lies outside of what the row can reach, above its
        largest level or below half of its smallest.
    """

    rows: RowSetting
    digital: tuple[NDArray[np.int16], ...]
    realised: tuple[NDArray[np.float64], ...]
    clipped: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True, eq=False)
class HardwareConfig:
    """What the wafer is set to, and what its circuits make of it: the result of stage 3."""

    neurons: NeuronTranslation
    synapses: SynapseTranslation
