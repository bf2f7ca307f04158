"""The random numbers of PyNN's `NumpyRNG`, many at a time.

PyNN's connectors draw one number for each pair of cells, or a permutation of all cells for each
cell. Which ones a seed gives is fixed by NumPy's `RandomState`; a kernel draws the same ones
several times as fast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.random import NumpyRNG

from pyNN_brainscales_emu._kernels import mersenne_twister

_DOUBLE_BITS = 53


class NumpyStream:
    """What a `NumpyRNG` gives next; its generator stands behind the numbers taken afterwards.

    Parameters
    ----------
    rng : NumpyRNG
        With the generator that PyNN gives it, see `is_known`.
    """

    def __init__(self, rng: NumpyRNG) -> None:
        self._generator: np.random.RandomState = rng.rng

    @staticmethod
    def is_known(rng: Any) -> bool:
        """Return whether a random number generator is PyNN's `NumpyRNG` with its own generator."""
        return (
            type(rng) is NumpyRNG
            and type(rng.rng) is np.random.RandomState
            and rng.rng.get_state(legacy=False)["bit_generator"] == "MT19937"
        )

    def below(self, n: int, limit: float) -> NDArray[np.int64]:
        """Return which of the next n uniform numbers in [0, 1) are below a limit of 0 to 1."""
        state = self._generator.get_state(legacy=False)
        words = state["state"]
        found = np.empty(n, dtype=np.int64)  # memory that is not written to costs nothing
        threshold = math.ceil(math.ldexp(limit, _DOUBLE_BITS))
        n_found, words["pos"] = mersenne_twister.below(
            words["key"], words["pos"], n, threshold, found
        )
        self._generator.set_state(state)
        return found[:n_found].copy()

    def permutations(self, n_rows: int, n: int, n_kept: int) -> NDArray[np.int64]:
        """Return the first numbers of the next permutations of 0..n-1, (n_rows, n_kept)."""
        state = self._generator.get_state(legacy=False)
        words = state["state"]
        first = np.empty((n_rows, n_kept), dtype=np.int64)
        deck = np.empty(n, dtype=np.uint32)
        words["pos"] = mersenne_twister.permuted(words["key"], words["pos"], deck, first)
        self._generator.set_state(state)
        return first
