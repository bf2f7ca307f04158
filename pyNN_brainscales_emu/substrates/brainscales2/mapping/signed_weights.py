"""Signed weights as rows of 6-bit synapses of one sign."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import WEIGHT_MAX


def row_pairs_needed(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many pairs of rows signed weights take: one up to 63, and at least one.

    Parameters
    ----------
    weights : ndarray of int
        In digital steps.

    Returns
    -------
    ndarray of int
    """
    pairs: NDArray[np.int64] = np.maximum(1, -(-np.abs(weights) // WEIGHT_MAX))
    return pairs


def split_weight(weight: int) -> list[int]:
    """Return the weights of the synapses that together make one: 123 becomes 63 and 60.

    The pattern of grenade:include/grenade/vx/network/build_connection_weight_split.h.
    """
    sign = -1 if weight < 0 else 1
    full, rest = divmod(abs(weight), WEIGHT_MAX)
    parts = [sign * WEIGHT_MAX] * full
    return parts + [sign * rest] if rest or not parts else parts
