"""Draws of the deviations of cells, synapses and synapse rows, keyed by where they sit.

The fixed pattern depends on nothing but the wafer's number and the place; the trial-to-trial error
on the seed, the number of the write of the floating gates and the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.calibration.variation import VariationProfile
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.keyed_random import Purpose, normal

Array = NDArray[np.float64]

#: Stable number of each cell in the keys of its draws. Never renumber: chips would change.
CELL_NUMBER: Final[Mapping[str, int]] = MappingProxyType(
    {
        "E_l": 0,
        "E_synx": 1,
        "E_syni": 2,
        "V_t": 3,
        "V_exp": 4,
        "V_reset": 5,
        "I_gl": 6,
        "I_pl": 7,
        "V_syntcx": 8,
        "V_syntci": 9,
        "I_gladapt": 10,
        "I_radapt": 11,
        "I_fire": 12,
        "I_rexp": 13,
    }
)

#: Numbers drawn at once: the generator's temporaries then stay in the processor's cache, which is
#: eight times faster than one pass over millions.
_BLOCK: Final = 16_384


def cell_deviations(
    profile: VariationProfile,
    cell: str,
    hicann: ArrayLike,
    denmem: ArrayLike,
    *,
    wafer: int | None = None,
    write: tuple[int, int] | None = None,
) -> Array:
    """Return the deviation of one cell of many neurons, in standard deviations.

    Parameters
    ----------
    profile : VariationProfile
    cell : str
        A name of `CELL_NUMBER`.
    hicann, denmem : (n,) int
        Where the firing denmem of each neuron sits.
    wafer : int, optional
        Number of the wafer; without it there is no fixed pattern.
    write : (int, int), optional
        Seed, and number of the write of the floating gates below 2**32; without it there is no
        trial-to-trial error.

    Returns
    -------
    (n,) float64
        Standard normal if both parts are on; a part on its own has the variance of its share.
    """
    index = _denmem_index(hicann, denmem)
    deviation = np.zeros(index.shape)
    if wafer is not None:
        fixed = _normal(wafer, Purpose.FIXED_PATTERN, index, CELL_NUMBER[cell])
        deviation += np.sqrt(profile.fixed_share) * fixed
    if write is not None:
        seed, number = write
        index = index | (np.uint64(number) << np.uint64(32))
        fresh = _normal(seed, Purpose.TRIAL_TO_TRIAL, index, CELL_NUMBER[cell])
        deviation += np.sqrt(1.0 - profile.fixed_share) * fresh
    return deviation


def synapse_deviations(
    profile: VariationProfile,
    wafer: int,
    identity: NDArray[np.uint64],
    sub_identity: ArrayLike = 0,
) -> Array:
    """Return the relative deviation of single synapses, (n,) float64.

    Parameters
    ----------
    profile : VariationProfile
    wafer : int
    identity, sub_identity : (n,) unsigned int
        What tells a synapse of the wafer from the others, below 2**64 and 2**32.
    """
    drawn = _normal(wafer, Purpose.SYNAPSE_VARIATION, identity, sub_identity)
    return np.asarray(profile.synapse_sigma * drawn)


def row_deviations(profile: VariationProfile, wafer: int, identity: NDArray[np.uint64]) -> Array:
    """Return the relative deviation of synapse rows, (n_rows,) float64.

    Parameters
    ----------
    profile : VariationProfile
    wafer : int
    identity : (n_rows,) uint64
        What says which row of the wafer it is.
    """
    return np.asarray(profile.row_sigma * _normal(wafer, Purpose.ROW_VARIATION, identity, 0))


def _denmem_index(hicann: ArrayLike, denmem: ArrayLike) -> NDArray[np.uint64]:
    index = np.asarray(hicann, dtype=np.int64) * DENMEMS_PER_HICANN + np.asarray(denmem)
    return np.asarray(index.astype(np.uint64))


def _normal(seed: int, purpose: Purpose, index: NDArray[np.uint64], sub_index: ArrayLike) -> Array:
    drawn = np.empty(index.shape)
    sub_index = np.broadcast_to(np.asarray(sub_index), index.shape)
    for first in range(0, len(index), _BLOCK):
        block = slice(first, first + _BLOCK)
        drawn[block] = normal(seed, purpose, index[block], sub_index[block])
    return drawn
