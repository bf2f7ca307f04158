import numpy as np
from numpy.typing import NDArray

class ChainCounter:
    def __init__(
        self,
        start: NDArray[np.int64],
        neuron: NDArray[np.int32],
        kind: NDArray[np.uint8],
        hicann: NDArray[np.int32],
        columns: NDArray[np.int32],
        address: NDArray[np.int32],
        n_hicanns: int,
        chain_length: int,
    ) -> None: ...
    def n_fitting(self, present: NDArray[np.int64], sources: NDArray[np.int64]) -> int: ...
