from typing import Any

import numpy as np
from numpy.typing import NDArray

def counting_order(
    key: NDArray[np.signedinteger[Any]],
    start: NDArray[np.int64],
    order: NDArray[np.signedinteger[Any]],
) -> None: ...
def running_sums(
    values: NDArray[np.float64], first: NDArray[np.uint8], sums: NDArray[np.float64]
) -> None: ...
