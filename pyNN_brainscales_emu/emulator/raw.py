"""What the emulator recorded: frozen arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RawRecording:
    """Recordings of one presentation, from its start or the last clearing on.

    Attributes
    ----------
    spike_neuron : (n,) int32
        Local index of the neuron, of every spike that fired, ordered by neuron then time.
    spike_time_ms : (n,) float64
        Time at which the neuron fired.
    recorded_time_ms : (n,) float64
        Time stamp under which the spike was recorded; NaN where the recording lost it.
    source_index : (m,) int32
        Local index of the source, of every stimulus event as sent.
    source_time_ms : (m,) float64
    signals : mapping of str to (n_samples, n_recorded) float array
        By variable; the columns follow `RecordingArrays.signals`.
    """

    spike_neuron: NDArray[np.int32]
    spike_time_ms: NDArray[np.float64]
    recorded_time_ms: NDArray[np.float64]
    source_index: NDArray[np.int32]
    source_time_ms: NDArray[np.float64]
    signals: Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class RawTrials:
    """Spikes of many independent presentations.

    Attributes
    ----------
    n_trials : int
    trial : (n,) int32
    neuron : (n,) int32
        Local index; ordered by trial, then neuron, then time.
    recorded_time_ms : (n,) float64
        NaN where the recording lost the spike.
    source_trial, source_index : (m,) int32
    source_time_ms : (m,) float64
        Stimulus events as sent; empty unless asked for.
    signals : mapping of str to (n_neurons recorded, n_samples, n_trials) float array
        By variable; neurons follow `RecordingArrays.signals`. Samples are at 0, the interval, and
        so on up to the end. Empty unless asked for.
    interval_steps : int
        Steps between two samples.
    """

    n_trials: int
    trial: NDArray[np.int32]
    neuron: NDArray[np.int32]
    recorded_time_ms: NDArray[np.float64]
    source_trial: NDArray[np.int32]
    source_index: NDArray[np.int32]
    source_time_ms: NDArray[np.float64]
    signals: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)
    interval_steps: int = 1
