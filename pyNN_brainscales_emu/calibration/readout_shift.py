"""Offsets of the amplifiers that bring membranes to the analog outputs, one a denmem.

A part of the chip's fixed pattern: normal with the published spread, ends at three standard
deviations. They are measured with the 64 denmems of a neuron block tied together: what a denmem
reads beyond their mean is its offset (cake:pycake/calibrator.py, readout_shift_Calibrator). The
mean of a block cannot be known, and need not be: all potentials of its denmems are measured through
it, so it would move them alike. Potentials are therefore those that the mean amplifier of a
block reads, and the offsets of a block have the mean 0.

Not modelled: a dependence on the potential.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    READOUT_SHIFT_LIMIT_V,
    READOUT_SHIFT_V,
)
from pyNN_brainscales_emu.hardware.neuron_blocks import denmems_of_block, neuron_block
from pyNN_brainscales_emu.keyed_random import Purpose, normal

Array = NDArray[np.float64]
Denmems = NDArray[np.integer]

#: Number of the offset among the draws of a denmem's fixed pattern; those of its cells lie below.
_DRAW = 31


def readout_shift(wafer: int, hicann: Denmems | int, denmem: Denmems) -> Array:
    """Return how much too high membranes are read, V.

    Parameters
    ----------
    wafer : int
    hicann, denmem : arrays of int
        Broadcast against each other.
    """
    block = denmems_of_block(neuron_block(denmem))
    mean = _drawn(wafer, np.asarray(hicann)[..., np.newaxis], block).mean(axis=-1)
    return np.asarray(_drawn(wafer, hicann, denmem) - mean)


def _drawn(wafer: int, hicann: Denmems | int, denmem: Denmems) -> Array:
    index = np.asarray(hicann, dtype=np.uint64) * DENMEMS_PER_HICANN + np.asarray(
        denmem, dtype=np.uint64
    )
    drawn = READOUT_SHIFT_V * normal(wafer, Purpose.FIXED_PATTERN, index, _DRAW)
    return np.asarray(np.clip(drawn, -READOUT_SHIFT_LIMIT_V, READOUT_SHIFT_LIMIT_V))
