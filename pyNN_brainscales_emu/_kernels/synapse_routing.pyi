import numpy as np
from numpy.typing import NDArray

def count_targets(
    postsynaptic: NDArray[np.int32], cell_neuron: NDArray[np.int32], count: NDArray[np.int64]
) -> None: ...
def scatter_by_target(
    presynaptic: NDArray[np.int32],
    postsynaptic: NDArray[np.int32],
    cell_neuron: NDArray[np.int32],
    kind: int,
    first_position: int,
    cursor: NDArray[np.int64],
    source: NDArray[np.int32],
    kinds: NDArray[np.uint8],
    position: NDArray[np.int32],
) -> None: ...
def count_half_rows(
    start: NDArray[np.int64],
    source: NDArray[np.int32],
    kind: NDArray[np.uint8],
    cell_line: NDArray[np.int32],
    cell_address: NDArray[np.int32],
    neuron_hicann: NDArray[np.int32],
    columns: NDArray[np.int32],
    route_of: NDArray[np.int32],
    counter: NDArray[np.int32],
    half_rows: NDArray[np.uint16],
    synapses: NDArray[np.int64],
) -> None: ...
def count_by_parity(
    start: NDArray[np.int64],
    source: NDArray[np.int32],
    kind: NDArray[np.uint8],
    cell_line: NDArray[np.int32],
    cell_address: NDArray[np.int32],
    neuron_hicann: NDArray[np.int32],
    columns: NDArray[np.int32],
    route_of: NDArray[np.int32],
    lead: NDArray[np.int32],
    counter: NDArray[np.int32],
    synapses: NDArray[np.int32],
) -> None: ...
def place_synapses(
    start: NDArray[np.int64],
    source: NDArray[np.int32],
    kind: NDArray[np.uint8],
    position: NDArray[np.int32],
    cell_line: NDArray[np.int32],
    cell_address: NDArray[np.int32],
    neuron_hicann: NDArray[np.int32],
    first_column: NDArray[np.int32],
    columns: NDArray[np.int32],
    route_of: NDArray[np.int32],
    first_driver: NDArray[np.int32],
    half_row_first: NDArray[np.int16],
    half_row_count: NDArray[np.int16],
    defect: NDArray[np.uint8],
    counter: NDArray[np.int32],
    site: NDArray[np.int32],
    reason: NDArray[np.uint8],
) -> None: ...
