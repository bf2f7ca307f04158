from typing import Any

import numpy as np
from numpy.typing import NDArray

def send(
    up: bool,
    fresh: bool,
    timing: dict[str, Any],
    seed: int,
    purpose: int,
    first_presentation: int,
    offsets: NDArray[np.int64],
    cell: NDArray[np.int32],
    time_ms: NDArray[np.float64],
    cell_link: NDArray[np.int32],
    link_fpga: NDArray[np.int32],
    free_place: NDArray[np.int64],
    grouped: NDArray[np.int64],
    departures: NDArray[np.float64],
    accepted: NDArray[np.int64],
    number: NDArray[np.uint32],
    by_link: NDArray[np.int64],
    scratch: NDArray[np.int64],
    out_ms: NDArray[np.float64],
    counts: NDArray[np.int64],
    num_threads: int,
) -> None: ...
