"""Draws for cells, synapses and synapse rows, keyed by where they sit.

The fixed pattern depends on nothing but the wafer's number and the place; the trial-to-trial error
on these, the seed and the number of the write of the floating gates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu._kernels import random_numbers
from pyNN_brainscales_emu.calibration.variation import VariationProfile
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.keyed_random import Purpose

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

#: Writes of floating gates are numbered below this: the number is a 32-bit key.
WRITES_END: Final = 2**32
#: Where cell and wafer begin in the 64-bit key of a write; below them is the denmem of the wafer.
_CELL_BIT: Final = np.uint64(20)
_WAFER_BIT: Final = np.uint64(32)

#: Distance of the numbers of one circuit's draws for a cell; more than there are cells.
_COMPONENT_STEP: Final = 32


def pattern_draws(
    wafer: int, cell: str, component: int, hicann: ArrayLike, circuit: ArrayLike
) -> Array:
    """Return standard normal numbers that belong to circuits of a chip, (n,) float64.

    Parameters
    ----------
    wafer : int
    cell : str
        A name of `CELL_NUMBER`.
    component : int
        Which of several numbers of the same circuit, from 0 on.
    hicann, circuit : (n,) int
        Where the circuit sits; below 512 on its HICANN.
    """
    index = _denmem_index(hicann, circuit)
    sub_index = CELL_NUMBER[cell] + _COMPONENT_STEP * component
    return _normal(wafer, Purpose.FIXED_PATTERN, index, sub_index)


def write_draws(
    wafer: int, write: tuple[int, int], cell: str, hicann: ArrayLike, circuit: ArrayLike
) -> Array:
    """Return standard normal numbers that belong to one write of cells, (n,) float64.

    Parameters
    ----------
    wafer : int
    write : (int, int)
        Seed, and number of the write of the floating gates below `WRITES_END`.
    cell, hicann, circuit
        See `pattern_draws`.
    """
    seed, number = write
    cell_of_wafer = np.uint64(CELL_NUMBER[cell]) << _CELL_BIT | np.uint64(wafer) << _WAFER_BIT
    index = _denmem_index(hicann, circuit) | cell_of_wafer
    return _normal(seed, Purpose.TRIAL_TO_TRIAL, index, number)


def calibration_draws(
    wafer: int, cell: str, n_points: int, hicann: ArrayLike, circuit: ArrayLike
) -> Array:
    """Return standard normal numbers for the points of a calibration, (n_points, n) float64.

    Parameters
    ----------
    wafer : int
    cell : str
        A name of `CELL_NUMBER`.
    n_points : int
    hicann, circuit : (n,) int
        See `pattern_draws`.
    """
    index = _denmem_index(hicann, circuit)
    sub_index = CELL_NUMBER[cell] + _COMPONENT_STEP * np.arange(n_points)
    return np.stack([_normal(wafer, Purpose.CALIBRATION, index, point) for point in sub_index])


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
    """Return what `keyed_random.normal` gives, to the last digits, drawn in C."""
    index = np.ascontiguousarray(index)
    drawn = np.empty(index.shape)
    of_each = np.broadcast_to(np.asarray(sub_index, dtype=np.uint32), index.shape)
    random_numbers.normal(seed, purpose, index, np.ascontiguousarray(of_each), drawn)
    return drawn
