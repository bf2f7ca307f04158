"""Random numbers that depend on nothing but (seed, purpose, index).

The generator is the counter-based Philox 4x32-10 of Salmon et al. (2011), "Parallel random
numbers: as easy as 1, 2, 3", doi 10.1145/2063384.2063405. The kernels hold the same generator in
C (``cython_kernels/philox.h``), so a number is the same wherever, in whatever order and by however
many threads it is drawn.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = 0x9E3779B9
_WEYL_1 = 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


class Purpose(IntEnum):
    """What a random number is for; numbers of different purposes are independent."""

    FIXED_PATTERN = 1
    TRIAL_TO_TRIAL = 2
    SYNAPSE_VARIATION = 3
    ROW_VARIATION = 4
    WEIGHT_ROUNDING = 5
    POISSON = 6
    LINK_DOWN = 7
    LINK_UP = 8
    DEFECTS = 9
    READOUT = 11
    PLACEMENT = 12
    CALIBRATION = 13
    ESCAPE = 14
    SYNAPTIC_RELEASE = 15
    CURRENT_NOISE = 16
    RENEWAL_SOURCE = 17


def philox(
    counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], key: tuple[int, int]
) -> tuple[NDArray[np.uint64], ...]:
    """Return the four 32-bit words of Philox 4x32-10, as uint64 arrays below 2**32.

    Parameters
    ----------
    counter : four arrays of unsigned integers below 2**32, broadcast against each other
    key : two integers below 2**32
    """
    words = np.broadcast_arrays(*(np.asarray(word, dtype=np.uint64) for word in counter))
    c0, c1, c2, c3 = words
    k0, k1 = key
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _SHIFT) ^ c1 ^ np.uint64(k0),
            product_1 & _LOW,
            (product_0 >> _SHIFT) ^ c3 ^ np.uint64(k1),
            product_0 & _LOW,
        )
        k0 = (k0 + _WEYL_0) & 0xFFFFFFFF
        k1 = (k1 + _WEYL_1) & 0xFFFFFFFF
    return c0, c1, c2, c3


def uniform(
    seed: int, purpose: Purpose, index: ArrayLike, sub_index: ArrayLike = 0
) -> NDArray[np.float64]:
    """Return numbers in the open interval (0, 1), one for each (index, sub_index).

    Parameters
    ----------
    seed : int
        A seed, or a wafer's number where the chip itself is drawn.
    purpose : Purpose
    index, sub_index : arrays of int
        Non-negative; `index` below 2**64, `sub_index` below 2**32. Broadcast.
    """
    index = np.asarray(index, dtype=np.uint64)
    words = philox((index & _LOW, index >> _SHIFT, sub_index, int(purpose)), _key(seed))
    mantissa = (words[0] << np.uint64(20)) | (words[1] >> np.uint64(12))  # 52 bits
    return (mantissa.astype(np.float64) + 0.5) * 2.0**-52


def normal(
    seed: int, purpose: Purpose, index: ArrayLike, sub_index: ArrayLike = 0
) -> NDArray[np.float64]:
    """Return standard normal numbers, one for each (index, sub_index); see `uniform`."""
    from scipy.special import ndtri  # slow to import

    return np.asarray(ndtri(uniform(seed, purpose, index, sub_index)))


def seed_of(seed: int, purpose: Purpose, index: int) -> int:
    """Return a seed below 2**63 for numbers of their own, by an index below 2**64."""
    low, high, *_ = philox((index & 0xFFFFFFFF, index >> 32, 0, int(purpose)), _key(seed))
    return int(low) | (int(high) & 0x7FFFFFFF) << 32


def _key(seed: int) -> tuple[int, int]:
    return seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
