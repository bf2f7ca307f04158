import numpy as np
from numpy.typing import NDArray

def draw_waits(
    seed: int,
    purpose: int,
    presentation: int,
    rate_hz: NDArray[np.float64],
    number: NDArray[np.uint32],
    out: NDArray[np.float64],
) -> None: ...
def presentation_events(
    seed: int,
    purpose: int,
    presentation: int,
    rate_hz: NDArray[np.float64],
    stop_ms: NDArray[np.float64],
    offsets: NDArray[np.int64],
    times_ms: NDArray[np.float64],
    t_from: float,
    t_to: float,
    next_ms: NDArray[np.float64],
    number: NDArray[np.uint32],
    source_out: NDArray[np.int32],
    time_out: NDArray[np.float64],
) -> int: ...
def trial_events(
    seed: int,
    purpose: int,
    first_presentation: int,
    rate_hz: NDArray[np.float64],
    start_ms: NDArray[np.float64],
    stop_ms: NDArray[np.float64],
    offsets: NDArray[np.int64],
    times_ms: NDArray[np.float64],
    t_to: float,
    slot_offsets: NDArray[np.int64],
    source_slots: NDArray[np.int32],
    time_slots: NDArray[np.float64],
    counts: NDArray[np.int64],
    num_threads: int,
) -> None: ...
def close_gaps(
    slot_offsets: NDArray[np.int64],
    offsets: NDArray[np.int64],
    source_slots: NDArray[np.int32],
    time_slots: NDArray[np.float64],
    source: NDArray[np.int32],
    time_ms: NDArray[np.float64],
    num_threads: int,
) -> None: ...
def order_for_delivery(
    offsets: NDArray[np.int64],
    source: NDArray[np.int32],
    time_ms: NDArray[np.float64],
    inv_dt: float,
    first_step: int,
    block_steps: int,
    cursor: NDArray[np.int64],
    block_offsets: NDArray[np.int64],
    source_out: NDArray[np.int32],
    time_out: NDArray[np.float64],
    num_threads: int,
) -> None: ...
def steps_of(time_ms: NDArray[np.float64], inv_dt: float, out: NDArray[np.int64]) -> None: ...
