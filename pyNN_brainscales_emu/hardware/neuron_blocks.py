"""The eight neuron blocks of a HICANN: which denmems belong to which.

A block has 32 adjacent columns of both rows of denmems (halbe:hal/HICANN/MergerTree.h; numbers in
`constants`); blocks are numbered from west to east.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEMS_PER_NEURON_BLOCK,
)


def neuron_block(denmem: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Return the block (0..7) of each denmem."""
    column = np.asarray(denmem, dtype=np.intp) % DENMEM_COLUMNS
    return column // COLUMNS_PER_NEURON_BLOCK


def denmems_of_block(block: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the denmems of blocks, (..., 64): those of the top row first."""
    row, place = np.divmod(np.arange(DENMEMS_PER_NEURON_BLOCK), COLUMNS_PER_NEURON_BLOCK)
    first = COLUMNS_PER_NEURON_BLOCK * np.asarray(block)
    return np.asarray(first[..., np.newaxis] + place + DENMEM_COLUMNS * row)
