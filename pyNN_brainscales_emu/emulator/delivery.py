"""Events in the order in which the engine delivers them: by block, source and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels import stimuli as kernel


@dataclass(frozen=True, eq=False)
class DeliveryBlocks:
    """Events by (trial, block, source, time).

    Attributes
    ----------
    source : (n,) int32
    time_ms, time_steps : (n,) float64
    start : (n_trials, n_blocks + 1) int64
        Events of block b in trial k: ``start[k, b]:start[k, b + 1]``; later ones follow.
    """

    source: NDArray[np.int32]
    time_ms: NDArray[np.float64]
    time_steps: NDArray[np.float64]
    start: NDArray[np.int64]


def order_for_delivery(
    offsets: NDArray[np.int64],
    source: NDArray[np.int32],
    time_ms: NDArray[np.float64],
    *,
    dt_ms: float,
    first_step: int,
    block_steps: int,
    n_blocks: int,
    n_threads: int,
) -> DeliveryBlocks:
    """Order the events of each trial by block, source and time.

    Parameters
    ----------
    offsets : (n_trials + 1,) int64
    source, time_ms : (n,)
        By (trial, source, time).
    """
    cursor = np.empty((n_threads, n_blocks + 1), dtype=np.int64)
    start = np.empty((len(offsets) - 1, n_blocks + 1), dtype=np.int64)
    source_out, time_out = np.empty_like(source), np.empty_like(time_ms)
    kernel.order_for_delivery(
        offsets,
        source,
        time_ms,
        1.0 / dt_ms,
        first_step,
        block_steps,
        cursor,
        start,
        source_out,
        time_out,
        n_threads,
    )
    return DeliveryBlocks(source_out, time_out, time_out / dt_ms, start)
