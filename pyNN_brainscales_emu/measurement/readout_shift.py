"""Measurement of the offsets of the amplifiers that membranes are read through.

The 64 denmems of a neuron block are tied together: one membrane, which each denmem reads with its
own amplifier. What one reads beyond the mean of all is its offset (cake:pycake/calibrator.py,
readout_shift_Calibrator).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.hardware.neuron_blocks import denmems_of_block, neuron_block
from pyNN_brainscales_emu.measurement.bench import Array, Bench
from pyNN_brainscales_emu.measurement.traces import rest_level

#: Some thousand samples, of which the mean has a thirtieth of the noise.
_DURATION_US: Final = 10.0


def measure_readout_shift(bench: Bench) -> Array:
    """Measure the offsets of the neuron blocks that the bench's denmems belong to.

    Parameters
    ----------
    bench : Bench
        It is left as it is: this is the write before its next ones.

    Returns
    -------
    (512,) float64
        V; 0 for denmems of other blocks.
    """
    blocks = np.unique(neuron_block(bench.denmem))
    members = denmems_of_block(blocks)
    tied = replace(bench, denmem=members.ravel(), n_writes=bench.n_writes - 1)
    tied.write({})
    tied.tie(np.repeat(np.arange(len(blocks)), members.shape[1]))
    level = rest_level(tied.record(_DURATION_US)).reshape(members.shape)
    shift = np.zeros(DENMEMS_PER_HICANN)
    shift[members] = level - level.mean(axis=1, keepdims=True)
    return shift
