"""From a weight between two levels of a row to a digital weight: nearest, or by chance.

The original tool draws one of the two neighbouring levels, each with a probability in proportion
to how near it is, from the C library's generator without a seed of its own
(calibtic:src/HMF/SynapseCalibration.cpp). Here the draw of a synapse depends on the seed and on
where the synapse sits, so it stays the same when weights are translated again, in any order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.keyed_random import Purpose, uniform
from pyNN_brainscales_emu.translation.gmax import LEVELS_S

Array = NDArray[np.float64]

#: Conductances (strength 1) between which a weight belongs to one level.
_MIDDLES_S = 0.5 * (LEVELS_S[1:] + LEVELS_S[:-1])
_STEPS_S = np.diff(LEVELS_S)
_LAST_LOWER = len(LEVELS_S) - 2
#: Numbers drawn at once, so that the generator's temporaries stay in the processor's cache.
_BLOCK = 16_384


def nearest_level(relative_S: Array) -> NDArray[np.int16]:  # noqa: N803  (the unit's name)
    """Return the digital weights nearest to conductances at strength 1, (n,) int16."""
    return np.searchsorted(_MIDDLES_S, relative_S).astype(np.int16)


def drawn_level(relative_S: Array, draw: Array) -> NDArray[np.int16]:  # noqa: N803
    """Return one of the two neighbouring digital weights, (n,) int16.

    Parameters
    ----------
    relative_S : (n,) float64
        Conductances at strength 1. Below the smallest level that is the smallest, above the
        largest the largest.
    draw : (n,) float64
        Numbers between 0 and 1. Over equally distributed ones the mean of the levels' conductances
        is the conductance asked for.
    """
    lower = np.searchsorted(LEVELS_S, relative_S, side="right") - 1
    lower = np.clip(lower, 0, _LAST_LOWER)
    share = (relative_S - LEVELS_S[lower]) / _STEPS_S[lower]
    return (lower + (draw < share)).astype(np.int16)


def rounding_draws(
    seed: int, identity: NDArray[np.uint64], sub_identity: NDArray[np.uint32]
) -> Array:
    """Return the number that rounds each synapse's weight, (n,) float64 between 0 and 1.

    Parameters
    ----------
    seed : int
    identity, sub_identity : (n,) unsigned int
        What tells a synapse from the others, below 2**64 and 2**32.
    """
    drawn = np.empty(identity.shape)
    for first in range(0, len(identity), _BLOCK):
        block = slice(first, first + _BLOCK)
        drawn[block] = uniform(seed, Purpose.WEIGHT_ROUNDING, identity[block], sub_identity[block])
    return drawn
