"""What an emulation needs of this machine's memory, told before it tries."""

from __future__ import annotations

from typing import Final

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.emulator.kernel_models import LANES, n_inputs
from pyNN_brainscales_emu.emulator.layout import PRECISIONS, block_steps, slots
from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment, RecordingArrays
from pyNN_brainscales_emu.machine_memory import memory_limit

#: Memory that an event of a spike source takes on its way into the engine, about: source and time,
#: asked, delivered and ordered, with the arrays between.
BYTES_PER_EVENT: Final = 96
#: What is kept of a recorded event: its source and its time.
_BYTES_PER_KEPT_EVENT: Final = 12
_GIB: Final = 2**30
#: So little is not looked at: many short runs would ask the system for its limits again and again.
_ALWAYS_THERE: Final = 2**20
#: So many steps, and events of Poisson sources, a network runs at once at most: it then needs
#: little memory for them, however long the run is.
_STEPS_AT_ONCE: Final = 1_000_000
_EVENTS_AT_ONCE: Final = 1_000_000


def check_delays(experiment: CompiledExperiment, precision: str, n_teams: int = 0) -> None:
    """Raise if the longest delay needs more memory than there is.

    The engine keeps what arrives in the future, for every neuron and time step.

    Parameters
    ----------
    experiment : CompiledExperiment
    precision : {'single', 'double'}
    n_teams : int
        Of trials that run at the same time, one a thread: each of a vector of lanes. 0: a single
        presentation, whose neurons are the lanes.

    Raises
    ------
    CapacityError
    """
    delays_ms = experiment.delay_limits_ms
    if not len(delays_ms):
        return
    delay_steps = delays_ms / experiment.dt_ms
    n_slots = slots(delay_steps, block_steps(delay_steps))
    groups = experiment.neurons.groups
    if n_teams:
        inputs = n_teams * sum(group.size * n_inputs(group.model) for group in groups)
    else:
        inputs = sum(-(-group.size // LANES) * n_inputs(group.model) for group in groups)
    _require(
        n_slots * inputs * LANES * np.dtype(PRECISIONS[precision].dtype).itemsize,
        f"The longest delay, {delays_ms.max():g} ms, at a time step of {experiment.dt_ms:g} ms"
        + (f", in {n_teams} x {LANES} trials at once," if n_teams else ""),
        "Shorten the delays, or take a larger time step"
        + (", or setup(threads=...) with fewer threads." if n_teams else "."),
    )


def check_trial_samples(n_columns: int, n_samples: int, n_trials: int, precision: str) -> None:
    """Raise if the signals of trials do not fit into the memory.

    Raises
    ------
    CapacityError
    """
    itemsize = np.dtype(PRECISIONS[precision].dtype).itemsize
    # Trials run in portions, whose samples are put together at the end.
    _require(
        2 * n_columns * n_samples * n_trials * itemsize,
        f"Recording {n_columns} signals with {n_samples} samples in {n_trials} trials",
        "Record fewer cells, with a longer sampling_interval, or fewer trials at once.",
    )


def check_recording(
    graph: BioGraph, experiment: CompiledExperiment, n_steps: int, held: int, precision: str
) -> None:
    """Raise if what a run records does not fit into the memory.

    Counted are the samples of signals and the expected events of recorded Poisson sources, what is
    held already, and one more copy of the largest signal, which handing it out takes. How often
    neurons fire is not known before.

    Parameters
    ----------
    graph : BioGraph
    experiment : CompiledExperiment
    n_steps : int
        Length of the run.
    held : int
        Bytes that earlier runs recorded.
    precision : {'single', 'double'}

    Raises
    ------
    CapacityError
    """
    recording = experiment.recording
    n_samples = n_steps // recording.interval_steps + 1
    a_signal = n_samples * np.dtype(PRECISIONS[precision].dtype).itemsize
    sizes = [len(neurons) for neurons in recording.signals.values()]
    needed = held + a_signal * (sum(sizes) + max(sizes, default=0))
    needed += int(_kept_events_per_step(experiment, recording) * n_steps * _BYTES_PER_KEPT_EVENT)
    duration_ms = n_steps * experiment.dt_ms
    _require(
        needed,
        f"Recording {_recorded(graph)} for {duration_ms:g} ms",
        "Take a larger sampling_interval or fewer cells, or run in pieces, each followed by "
        "get_data(clear=True).",
    )


def events_per_step(experiment: CompiledExperiment) -> float:
    """Return the expected number of events of the Poisson sources in a time step.

    Raises
    ------
    CapacityError
        If those of a single step do not fit into the memory.
    """
    rate_hz = float(experiment.stimuli.rate_hz.sum())
    events = rate_hz * experiment.dt_ms * 1e-3
    _require(
        events * BYTES_PER_EVENT,
        f"Poisson sources that fire at {rate_hz:g} Hz together",
        "Lower their rates.",
    )
    return events


def steps_at_once(experiment: CompiledExperiment) -> int:
    """Return how many steps may run at once, so that their events need little memory.

    Raises
    ------
    CapacityError
        As for `events_per_step`.
    """
    by_events = _EVENTS_AT_ONCE / max(events_per_step(experiment), 1e-9)
    return int(min(_STEPS_AT_ONCE, by_events))


def _kept_events_per_step(experiment: CompiledExperiment, recording: RecordingArrays) -> float:
    rates = experiment.stimuli.rate_hz
    kept = rates if recording.sources is None else rates[recording.sources]
    return float(kept.sum()) * experiment.dt_ms * 1e-3


def _recorded(graph: BioGraph) -> str:
    """Return what is recorded of which population, in words."""
    parts = []
    for request in graph.recording_requests:
        labels = [p.label for p in graph.populations if request.cells[0] in p.cells]
        parts.append(f"{request.variable} of {len(request.cells)} cells of {labels[0]!r}")
    return ", ".join(parts) if parts else "nothing"


def _require(needed: float, what: str, remedy: str) -> None:
    if needed <= _ALWAYS_THERE:
        return
    memory = memory_limit()
    if memory is not None and needed > memory:
        raise CapacityError(
            f"{what} takes about {needed / _GIB:.3g} GiB, more than this machine has",
            limit=f"{memory / _GIB:.3g} GiB of memory",
            remedy=remedy,
        )
