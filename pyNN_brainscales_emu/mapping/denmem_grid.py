"""Which denmems of the wafer are free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    HICANNS_PER_WAFER,
    NEURON_BLOCKS_PER_HICANN,
)

#: A search looks at no fewer blocks at a time.
_MINIMAL_CHUNK = 16


def columns_of(neuron_size: int) -> int:
    """Return how many adjacent columns a neuron of so many denmems takes (in both rows)."""
    return neuron_size // DENMEM_ROWS


class DenmemGrid:
    """Occupation of the wafer's neuron blocks, column by column.

    A logical neuron takes the top and the bottom denmem of its columns, so columns are what is
    free or taken. Neuron blocks are numbered over the whole wafer: 8 * HICANN + block.

    Parameters
    ----------
    broken : (384, 256) bool, optional
        Columns that cannot be used.
    """

    def __init__(self, broken: NDArray[np.bool_] | None = None) -> None:
        n_blocks = HICANNS_PER_WAFER * NEURON_BLOCKS_PER_HICANN
        self._free = np.ones((n_blocks, COLUMNS_PER_NEURON_BLOCK), dtype=bool)
        if broken is not None:
            self._free[broken.reshape(self._free.shape)] = False

    @property
    def free_columns(self) -> NDArray[np.uint8]:
        """(n_blocks, 32) which columns are free; who sets one to 0 takes it."""
        return self._free.view(np.uint8)

    def copy(self) -> DenmemGrid:
        """Return an independent copy."""
        other = DenmemGrid()
        other._free[:] = self._free
        return other

    def n_free_denmems(self, blocks: NDArray[np.int64] | slice = slice(None)) -> int:
        """Return how many denmems are free on some blocks, or on the wafer."""
        return DENMEM_ROWS * int(np.count_nonzero(self._free[blocks]))

    def n_slots(self, width: int) -> int:
        """Return how many neurons of `width` columns the wafer could still take."""
        return len(_slots(self._free, width)[0])

    def n_free_columns(self, blocks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) how many columns are free on each block."""
        return np.asarray(np.count_nonzero(self._free[blocks], axis=1))

    def withhold(self, columns: NDArray[np.bool_]) -> None:
        """Take what is still free of some columns; (384, 256) bool."""
        self._free &= ~columns.reshape(self._free.shape)

    def claim(self, columns: NDArray[np.int64]) -> None:
        """Take columns, numbered over the wafer (256 * HICANN + column)."""
        self._free.reshape(-1)[columns] = False

    def fill(
        self, blocks: NDArray[np.int64], width: int, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Take room for up to `count` neurons of `width` columns: first block, first fit.

        Parameters
        ----------
        blocks : (n,) int64
            Blocks to use, in this order; in a block from west to east.

        Returns
        -------
        hicann, denmem : (k,) int64 each, k <= count
            The HICANN, and the westernmost denmem of the top row, of each neuron.
        """
        roomy = blocks[np.count_nonzero(self._free[blocks], axis=1) >= width]
        found = [np.zeros(0, dtype=np.int64)]
        while count > 0 and len(roomy):
            n_blocks = max(_MINIMAL_CHUNK, 1 + count * width // COLUMNS_PER_NEURON_BLOCK)
            chunk, roomy = roomy[:n_blocks], roomy[n_blocks:]
            block, column = _slots(self._free[chunk], width)
            start = COLUMNS_PER_NEURON_BLOCK * chunk[block[:count]] + column[:count]
            self.claim((start[:, np.newaxis] + np.arange(width)).reshape(-1))
            found.append(start)
            count -= len(start)
        start = np.concatenate(found)
        return start // DENMEM_COLUMNS, start % DENMEM_COLUMNS


def _slots(free: NDArray[np.bool_], width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut the free columns of each block into pieces of `width`, from west to east.

    Returns
    -------
    block, column : (n,) int64 each
        Row of `free` and first column of each piece, block by block.
    """
    ends = np.zeros_like(free)
    run = np.zeros(len(free), dtype=np.int64)
    for column in range(free.shape[1]):
        run = (run + 1) * free[:, column]
        ends[:, column] = run == width
        run[ends[:, column]] = 0
    block, end = np.nonzero(ends)
    return block, end - (width - 1)
