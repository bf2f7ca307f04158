import numpy as np
from numpy.typing import NDArray

def assign_drivers(
    side_start: NDArray[np.int64],
    line: NDArray[np.int32],
    needed: NDArray[np.int32],
    synapses: NDArray[np.int64],
    reachable: NDArray[np.int32],
    defect: NDArray[np.uint8],
    chain_limit: int,
    primaries_first: bool,
    chain: NDArray[np.int32],
) -> None: ...
def share_rows(
    half_rows: NDArray[np.int32],
    synapses: NDArray[np.int32],
    rows: NDArray[np.int32],
    drivers: NDArray[np.int32],
    n_drivers: NDArray[np.int32],
    first: NDArray[np.int16],
    count: NDArray[np.int16],
) -> None: ...
