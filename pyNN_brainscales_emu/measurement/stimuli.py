"""What a measurement does to the membranes: synaptic events and current pulses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.experiment.compiled import (
    CurrentArrays,
    StimulusArrays,
    SynapseArrays,
)

Array = NDArray[np.float64]

#: The converter's sampling rate (cake:pycake/helpers/sthal.py); the emulator takes its steps.
SAMPLES_PER_US: Final = 96.0
#: From source to membrane; the emulator advances by as many steps in one go.
EVENT_DELAY_US: Final = 32 / SAMPLES_PER_US


@dataclass(frozen=True)
class Events:
    """Events that reach every denmem alike.

    Attributes
    ----------
    times_us : (n,) float64
        Ascending.
    weight_uS : float
        Conductance that an event adds.
    inhibitory : bool
    """

    times_us: Array
    weight_uS: float  # noqa: N815  (the unit's name)
    inhibitory: bool = False


@dataclass(frozen=True)
class Pulse:
    """A current into every denmem alike, as the stimulus circuit of a HICANN gives it to one.

    Attributes
    ----------
    begin_us, end_us : float
    current_nA : float
    """

    begin_us: float
    end_us: float
    current_nA: float  # noqa: N815  (the unit's name)


def synapse_arrays(events: tuple[Events, ...], n_denmems: int) -> SynapseArrays:
    """Return one synapse from every stimulus to every denmem."""
    n = len(events)
    return SynapseArrays(
        source=np.repeat(np.arange(n, dtype=np.int32), n_denmems),
        target=np.tile(np.arange(n_denmems, dtype=np.int32), n),
        receptor=np.repeat(np.array([e.inhibitory for e in events], dtype=np.uint8), n_denmems),
        weight=np.repeat(np.array([e.weight_uS for e in events], dtype=float), n_denmems),
        delay_ms=np.full(n * n_denmems, EVENT_DELAY_US),
    )


def stimulus_arrays(events: tuple[Events, ...]) -> StimulusArrays:
    """Return one source with given times for every stimulus."""
    zero = np.zeros(len(events))
    return StimulusArrays(
        rate_hz=zero,
        start_ms=zero,
        duration_ms=zero,
        offsets=np.cumsum([0, *(len(e.times_us) for e in events)], dtype=np.int64),
        times_ms=np.concatenate([np.zeros(0), *(e.times_us for e in events)]),
    )


def current_arrays(pulse: Pulse | None, n_denmems: int) -> CurrentArrays:
    """Return the changes of the current that a pulse is made of."""
    if pulse is None:
        return CurrentArrays(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0))
    steps = np.rint(np.array([pulse.begin_us, pulse.end_us]) * SAMPLES_PER_US).astype(np.int64)
    change = np.array([pulse.current_nA, -pulse.current_nA])
    return CurrentArrays(
        step=np.repeat(steps, n_denmems),
        neuron=np.tile(np.arange(n_denmems, dtype=np.int32), 2),
        delta_nA=np.repeat(change, n_denmems),
    )
