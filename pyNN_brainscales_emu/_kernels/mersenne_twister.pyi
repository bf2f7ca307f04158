import numpy as np
from numpy.typing import NDArray

def below(
    key: NDArray[np.uint32], position: int, n: int, limit: int, found: NDArray[np.int64]
) -> tuple[int, int]: ...
def permuted(
    key: NDArray[np.uint32],
    position: int,
    deck: NDArray[np.uint32],
    first: NDArray[np.int64],
) -> int: ...
