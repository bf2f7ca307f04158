"""Stimulus events of many presentations as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrialEvents:
    """Events of the spike sources in many trials.

    Attributes
    ----------
    offsets : (n_trials + 1,) int64
        Events of trial k stand from ``offsets[k]`` to ``offsets[k + 1]``.
    source : (n,) int32
        Local index of the source; ordered by (source, time) within a trial.
    time_ms : (n,) float64
        Biological time from the start of the trial.
    """

    offsets: NDArray[np.int64]
    source: NDArray[np.int32]
    time_ms: NDArray[np.float64]

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return len(self.offsets) - 1

    def trial(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return (source, time_ms) of one trial, as views."""
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.source[part], self.time_ms[part]
