from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYOUT: dict[str, Any]

def has_openmp() -> bool: ...
def instruction_set() -> int: ...

class SynapseTable:
    def __init__(
        self,
        segment_start: NDArray[np.int64],
        segment_delay: NDArray[np.float64],
        synapse_start: NDArray[np.int64],
        target: NDArray[np.uint32],
        weight: NDArray[np.float64],
        coded: bool,
        n_sources: int,
    ) -> None: ...

RULES: dict[str, tuple[int, tuple[str, ...], tuple[str, ...], bool]]

class PlasticTable:
    def __init__(
        self,
        rule: str,
        *,
        segment_start: NDArray[np.int64],
        segment_delay: NDArray[np.float64],
        synapse_start: NDArray[np.int64],
        place: NDArray[np.uint32],
        target: NDArray[np.int32],
        number: NDArray[np.int64],
        parameters: list[NDArray[np.float64]],
        early: float,
        sign: float,
        first_neuron: NDArray[np.int64],
        n_sources: int,
        purpose: int,
    ) -> None: ...
    def restart(
        self, weight: NDArray[np.float64], variables: list[NDArray[np.float64]], seed: int
    ) -> None: ...
    def set_weights(self, weight: NDArray[np.float64], now: float = ...) -> None: ...
    def set_parameters(self, parameters: list[NDArray[np.float64]]) -> None: ...
    def weights(self, now: float) -> NDArray[np.float64]: ...
    def variable_of(self, number: int) -> NDArray[np.float64]: ...

class NetworkKernel:
    def __init__(
        self,
        *,
        model: NDArray[np.uint8],
        receptors: NDArray[np.int32],
        parameters: NDArray[np.float64],
        state: NDArray[np.float64],
        parameter_start: NDArray[np.int64],
        state_start: NDArray[np.int64],
        shared: NDArray[np.uint8],
        ring: NDArray[np.float64],
        input_start: NDArray[np.int64],
        neuron: NDArray[np.int32],
        synapses: SynapseTable,
        unit_slice: NDArray[np.int64],
        block_steps: int,
        n_spike_sources: int,
        recorded: NDArray[np.uint8],
        saturating: int,
        level: int,
        number: NDArray[np.int32],
        seed: int,
        purpose: int,
        plastic: Sequence[PlasticTable] = ...,
    ) -> None: ...
    def set_synapses(self, synapses: SynapseTable) -> None: ...
    def deliver_now(
        self, stimulus_source: NDArray[np.int32], stimulus_time: NDArray[np.float64], step: int
    ) -> None: ...
    def set_recorded(self, recorded: NDArray[np.uint8]) -> None: ...
    def begin(self, presentation: int) -> None: ...
    def run(
        self,
        first_step: int,
        last_step: int,
        *,
        stimulus_source: NDArray[np.int32],
        stimulus_time: NDArray[np.float64],
        stimulus_start: NDArray[np.int64],
        change_start: NDArray[np.int64],
        change_step: NDArray[np.int64],
        change_lane: NDArray[np.int32],
        change_drive: NDArray[np.float64],
        probe: NDArray[np.int32],
        probe_start: NDArray[np.int64],
        interval: int,
        samples: NDArray[np.float64],
        n_threads: int,
    ) -> int: ...
    def n_recorded(self) -> int: ...
    def take_recorded(self, neuron: NDArray[np.int32], time: NDArray[np.float64]) -> None: ...

def run_trials(
    *,
    model: NDArray[np.uint8],
    receptors: NDArray[np.int32],
    parameters: NDArray[np.float64],
    parameter_start: NDArray[np.int64],
    initial_state: NDArray[np.float64],
    state_start: NDArray[np.int64],
    input_start: NDArray[np.int64],
    synapses: SynapseTable,
    n_steps: int,
    block_steps: int,
    n_slots: int,
    n_spike_sources: int,
    stimulus_source: NDArray[np.int32],
    stimulus_time: NDArray[np.float64],
    stimulus_start: NDArray[np.int64],
    change_start: NDArray[np.int64],
    change_step: NDArray[np.int64],
    change_drive: NDArray[np.float64],
    recorded: NDArray[np.uint8],
    probe: NDArray[np.int32],
    probe_start: NDArray[np.int64],
    interval: int,
    samples: NDArray[np.float64],
    stop: NDArray[np.uint8],
    n_threads: int,
    saturating: int,
    level: int,
    number: NDArray[np.int32],
    seed: int,
    purpose: int,
    first_presentation: int,
) -> tuple[list[tuple[bytes, bytes, bytes]], tuple[int, ...]]: ...
