import numpy as np
from numpy.typing import NDArray

class LineRouter:
    def __init__(
        self,
        onward: NDArray[np.int32],
        crossing: NDArray[np.int32],
        hicann: NDArray[np.int32],
        position: NDArray[np.int32],
        group: NDArray[np.int32],
        neighbour: NDArray[np.int32],
        state: NDArray[np.uint8],
        avoided: NDArray[np.uint8],
        column: NDArray[np.int32],
        row: NDArray[np.int32],
        n_groups: int,
    ) -> None: ...
    def route(
        self,
        order: NDArray[np.int32],
        roots: NDArray[np.int32],
        targets_start: NDArray[np.int64],
        targets: NDArray[np.int32],
        segments: NDArray[np.int32],
        routes: NDArray[np.int32],
        failed: NDArray[np.int32],
    ) -> tuple[int, int, int]: ...

class BackboneRouter(LineRouter): ...
class DijkstraRouter(LineRouter): ...
