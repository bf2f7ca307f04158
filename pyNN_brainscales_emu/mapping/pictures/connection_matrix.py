"""Which synapses of a projection are lost, as a matrix of presynaptic and postsynaptic cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Up to so many cells on either side the matrix has an entry for each pair of cells.
MOST_CELLS: Final = 200
#: Number of bins on a side that has more cells.
_BINS: Final = 120
#: Synapses are counted in pieces of this many, to keep the memory small.
_PIECE: Final = 1 << 22


@dataclass(frozen=True, eq=False)
class ConnectionMatrix:
    """Synapses counted by pairs of cells, or by bins of them.

    Attributes
    ----------
    shape : (int, int)
        Number of presynaptic and of postsynaptic cells.
    asked, lost : (n_pre_bins, n_post_bins) int64
    worst_reason : (n_pre_bins, n_post_bins) uint8
        Largest `LossReason` of the synapses of each entry, 0 where none is lost.
    """

    shape: tuple[int, int]
    asked: NDArray[np.int64]
    lost: NDArray[np.int64]
    worst_reason: NDArray[np.uint8]

    @property
    def is_binned(self) -> bool:
        """Whether an entry stands for more than one pair of cells."""
        return self.asked.shape != self.shape

    @property
    def share_lost(self) -> NDArray[np.float64]:
        """Share of the synapses of each entry that is lost; NaN where there are none."""
        share = np.full(self.asked.shape, np.nan)
        np.divide(self.lost, self.asked, out=share, where=self.asked > 0)
        return share


def count_connections(
    shape: tuple[int, int],
    pre: NDArray[np.integer],
    post: NDArray[np.integer],
    reason: NDArray[np.uint8],
) -> ConnectionMatrix:
    """Count the synapses of a projection.

    Parameters
    ----------
    shape : (int, int)
        Number of presynaptic and of postsynaptic cells.
    pre, post : (n,) int
        Cells of each synapse, counted within these.
    reason : (n,) uint8
        `LossReason` of each synapse.
    """
    n_bins = [n if max(shape) <= MOST_CELLS else min(n, _BINS) for n in shape]
    pre_bin, post_bin = (
        np.arange(n) * bins // max(n, 1) for n, bins in zip(shape, n_bins, strict=True)
    )
    asked, lost = (np.zeros(n_bins[0] * n_bins[1], dtype=np.int64) for _ in range(2))
    worst = np.zeros(len(asked), dtype=np.uint8)
    for begin in range(0, len(reason), _PIECE):
        piece = slice(begin, begin + _PIECE)
        entry = pre_bin[pre[piece]] * n_bins[1] + post_bin[post[piece]]
        is_lost = np.flatnonzero(reason[piece])
        asked += np.bincount(entry, minlength=len(asked))
        lost += np.bincount(entry[is_lost], minlength=len(asked))
        np.maximum.at(worst, entry[is_lost], reason[piece][is_lost])
    return ConnectionMatrix(
        shape, asked.reshape(n_bins), lost.reshape(n_bins), worst.reshape(n_bins)
    )
