"""Offsets of the amplifiers that bring membranes to the analog outputs, one a denmem.

A part of the chip's fixed pattern: normal with the published spread, ends at three standard
deviations. The real calibration measures them with the 64 denmems of a neuron block tied
together: what a denmem reads beyond their mean is its offset (cake:pycake/calibrator.py,
readout_shift_Calibrator). So the mean of a block stays unknown, an eighth of the spread.

Not modelled: the error of that measurement, which averages many samples, and a dependence on the
potential.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEMS_PER_HICANN,
    READOUT_SHIFT_LIMIT_V,
    READOUT_SHIFT_NEURON_SIZE,
    READOUT_SHIFT_V,
)
from pyNN_brainscales_emu.keyed_random import Purpose, normal
from pyNN_brainscales_emu.options import Options

Array = NDArray[np.float64]
Denmems = NDArray[np.integer]

#: Number of the offset among the draws of a denmem's fixed pattern; those of its cells lie below.
_DRAW = 31


def readout_shift(wafer: int, hicann: Denmems, denmem: Denmems) -> Array:
    """Return the offsets of denmems, V.

    Parameters
    ----------
    wafer : int
    hicann, denmem : arrays of int
        Broadcast against each other.
    """
    index = np.asarray(hicann, dtype=np.uint64) * DENMEMS_PER_HICANN + np.asarray(
        denmem, dtype=np.uint64
    )
    drawn = READOUT_SHIFT_V * normal(wafer, Purpose.FIXED_PATTERN, index, _DRAW)
    return np.asarray(np.clip(drawn, -READOUT_SHIFT_LIMIT_V, READOUT_SHIFT_LIMIT_V))


def measured_readout_shift(wafer: int, hicann: Denmems, denmem: Denmems) -> Array:
    """Return what measuring finds: the offset beyond the mean of the denmem's neuron block, V."""
    column = np.asarray(denmem) % DENMEM_COLUMNS
    first = column - column % COLUMNS_PER_NEURON_BLOCK
    row, place = np.divmod(np.arange(READOUT_SHIFT_NEURON_SIZE), COLUMNS_PER_NEURON_BLOCK)
    block = first[..., np.newaxis] + place + DENMEM_COLUMNS * row
    mean = readout_shift(wafer, np.asarray(hicann)[..., np.newaxis], block).mean(axis=-1)
    return np.asarray(readout_shift(wafer, hicann, denmem) - mean)


def readout_shifts(options: Options, hicann: Denmems, denmem: Denmems) -> tuple[Array, Array]:
    """Return the offsets of denmems, and what the calibration takes them for, V.

    Without the effect ``fixed_pattern`` there are none. The nominal calibration knows none, the
    perfect one the truth; every other knows what measuring would find.
    """
    if not options.effects.fixed_pattern:
        return np.zeros(len(denmem)), np.zeros(len(denmem))
    truth = readout_shift(options.wafer, hicann, denmem)
    if options.calibration == "perfect":
        return truth, truth
    if options.calibration == "nominal":
        return truth, np.zeros(len(denmem))
    return truth, measured_readout_shift(options.wafer, hicann, denmem)
