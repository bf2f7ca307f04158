"""What the circuits make of the stored values: the second result of stage 3, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import CAPACITANCE_BIG_F


@dataclass(frozen=True, eq=False)
class RealisedNeurons:
    """Parameters of all neurons, as the circuits realise them.

    Attributes
    ----------
    realised : mapping of str to (n_neurons,) float64
        In PyNN's names and biological units, by the neuron's local index. Parameters that a model
        does not have are NaN.
    clipped : mapping of str to (n_neurons,) bool
        By PyNN's parameter name: the asked value lay outside the calibrated range of a denmem, or
        the cell is shared with neurons that asked for something else.
    denmem_capacitance_F : (n_neurons,) float64
        Capacitance of one denmem of each neuron.
    """

    realised: Mapping[str, NDArray[np.float64]]
    clipped: Mapping[str, NDArray[np.bool_]]
    denmem_capacitance_F: NDArray[np.float64] | float = CAPACITANCE_BIG_F  # noqa: N815  (the unit's name)


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
class ClippedFullScale:
    """Full scale asked for with `Projection.set_gmax` that no row can be set to.

    Attributes
    ----------
    synapses : (n,) bool
        Synapses of the projection for whose rows that is so.
    weights : (n,) bool
        Synapses of the projection whose weights are clipped as well.
    asked, realised, low, high : float
        uS: asked for, realised at the synapse where the two differ most, and the range there.
    """

    synapses: NDArray[np.bool_]
    weights: NDArray[np.bool_]
    asked: float
    realised: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class RealisedSynapses:
    """Realised weights of all projections.

    Attributes
    ----------
    rows : RowSetting
    digital : tuple of (n,) int16
        For each projection: 0..15, -1 where the synapse is off or lost.
    realised : tuple of (n,) float64
        For each projection: realised weight in uS; NaN where lost, 0 where off.
    clipped : tuple of (n,) bool
        For each projection: the asked weight lies outside of what the row can reach, above its
        largest level or below half of its smallest, or the row cannot have the full scale that
        was asked for.
    full_scale : tuple of ClippedFullScale or None
        For each projection: why, where it is the full scale. Empty where nothing was translated.
    """

    rows: RowSetting
    digital: tuple[NDArray[np.int16], ...]
    realised: tuple[NDArray[np.float64], ...]
    clipped: tuple[NDArray[np.bool_], ...]
    full_scale: tuple[ClippedFullScale | None, ...] = ()


@dataclass(frozen=True, eq=False)
class RealisedValues:
    """What the circuits make of a `HardwareConfig`."""

    neurons: RealisedNeurons
    synapses: RealisedSynapses
