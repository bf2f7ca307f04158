import numpy as np
from numpy.typing import NDArray

def uniform(
    seed: int,
    purpose: int,
    index: NDArray[np.uint64],
    sub_index: NDArray[np.uint32],
    out: NDArray[np.float64],
) -> None: ...
def normal(
    seed: int,
    purpose: int,
    index: NDArray[np.uint64],
    sub_index: NDArray[np.uint32],
    out: NDArray[np.float64],
) -> None: ...
