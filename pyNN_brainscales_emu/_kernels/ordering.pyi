import numpy as np
from numpy.typing import NDArray

def counting_order(
    key: NDArray[np.int64], start: NDArray[np.int64], order: NDArray[np.int64]
) -> None: ...
