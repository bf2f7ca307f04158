"""Weights by number: where few differ, a synapse takes half the memory."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import pieces

#: So many weights have a number in the upper byte of the target's place.
_CODES: Final = 256
_LARGEST_CODED_PLACE: Final = 2**24
_CODE_SHIFT: Final = np.uint32(24)


def encode(
    place: NDArray[np.uint32], weight: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.uint32], NDArray[np.floating[Any]], bool]:
    """Return targets and weights as the kernel's `SynapseTable` has them, and whether coded.

    Parameters
    ----------
    place : (n,) uint32
        Place of the target.
    weight : (n,) float
    """
    if len(place) == 0 or place.max() >= _LARGEST_CODED_PLACE:
        return place, weight, False
    distinct = _distinct(weight)
    if distinct is None:
        return place, weight, False
    target = np.empty_like(place)
    for piece in pieces(len(place)):
        code = np.searchsorted(distinct, weight[piece]).astype(np.uint32)
        target[piece] = place[piece] | (code << _CODE_SHIFT)
    table = np.zeros(_CODES, dtype=weight.dtype)
    table[: len(distinct)] = distinct
    return target, table, True


def _distinct(weight: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]] | None:
    """Return the weights that differ, ascending; None if they are too many."""
    distinct = np.unique(weight[: 4 * _CODES])
    for piece in pieces(len(weight)):
        if len(distinct) > _CODES:
            return None
        found = weight[piece]
        nearest = np.searchsorted(distinct, found).clip(max=len(distinct) - 1)
        unknown = found[distinct[nearest] != found]
        if len(unknown):
            distinct = np.union1d(distinct, unknown)
    return distinct if len(distinct) <= _CODES else None
