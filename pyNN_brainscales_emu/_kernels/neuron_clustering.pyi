import numpy as np
from numpy.typing import NDArray

class Clustering:
    def __init__(
        self,
        start: NDArray[np.int64],
        partner: NDArray[np.int32],
        n_synapses: NDArray[np.float64],
        waiting: NDArray[np.uint8],
        width: NDArray[np.int32],
        free: NDArray[np.uint8],
        x: NDArray[np.int32],
        y: NDArray[np.int32],
        orders: NDArray[np.int32],
        centre: NDArray[np.int32],
    ) -> None: ...
    def place(self, hicann: NDArray[np.int64], denmem: NDArray[np.int64]) -> None: ...
