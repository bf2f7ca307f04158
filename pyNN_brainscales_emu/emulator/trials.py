"""Many independent presentations of one network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError
from pyNN_brainscales_emu.emulator.delivery import order_for_delivery
from pyNN_brainscales_emu.emulator.injected_currents import DriveChanges
from pyNN_brainscales_emu.emulator.layout import (
    PRECISIONS,
    NeuronLayout,
    Precision,
    SynapseLayout,
    block_steps,
    engine_sources,
    input_places,
    slots,
)
from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.stimulus import trial_events
from pyNN_brainscales_emu.emulator.time_grid import window_end_ms
from pyNN_brainscales_emu.emulator.trial_tables import (
    TrialProbes,
    TrialTables,
    input_starts,
)
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    RecordingArrays,
    TrialStimuli,
)
from pyNN_brainscales_emu.keyed_random import Purpose
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts
from pyNN_brainscales_emu.links.events import TrialEvents
from pyNN_brainscales_emu.links.fpga_link import deliver_trials, record_trials
from pyNN_brainscales_emu.processors import allowed_threads


class TrialRunner:
    """Runs many trials of an experiment; keeps what does not change between calls.

    Parameters
    ----------
    experiment : CompiledExperiment
    n_threads, precision, instruction_set
        As for `Emulation`, with whose single presentations the trials agree to the bit.

    Attributes
    ----------
    link_counts : LinkCounts or None
        Events of each link in the last trials; None without links.
    """

    def __init__(
        self,
        experiment: CompiledExperiment,
        *,
        n_threads: int = 1,
        precision: str = "single",
        instruction_set: int | None = None,
    ) -> None:
        self.precision: Precision = PRECISIONS[precision]
        kernel = self.precision.kernel
        self.n_threads = allowed_threads(n_threads)
        self.instruction_set = (
            kernel.instruction_set() if instruction_set is None else instruction_set
        )
        self.layout = NeuronLayout.build(experiment.neurons)
        delay_steps = experiment.synapses.extreme_delay_steps(experiment.dt_ms)
        self.block_steps = block_steps(delay_steps)
        self.n_slots = slots(delay_steps, self.block_steps)
        self.link_counts: LinkCounts | None = None
        self._stop = np.zeros(1, dtype=np.uint8)
        self._input_start = input_starts(experiment.neurons)
        self._synapse_layout = self._sort_synapses(experiment)

    def stop(self) -> None:
        """End the kernel's work after its present block, from another thread; for good.

        What `run` returns then is incomplete.
        """
        self._stop[0] = 1

    def _sort_synapses(self, experiment: CompiledExperiment) -> SynapseLayout:
        layout, synapses = self.layout, experiment.synapses
        n_sources = experiment.stimuli.size
        first_input = self._input_start[layout.engine].astype(np.uint32)  # by local index
        return SynapseLayout.build(
            source=engine_sources(synapses, n_sources, layout),
            place=input_places(synapses, first_input, input_step=1),
            delay_steps=synapses.delay_steps(experiment.dt_ms),
            thread=np.broadcast_to(np.uint8(0), len(synapses.target)),
            n_sources=n_sources + len(layout.local),
            n_threads=1,
        )

    def run(
        self,
        experiment: CompiledExperiment,
        n_steps: int,
        trials: TrialStimuli,
        *,
        first_presentation: int,
        recorded: NDArray[np.bool_],
        keep_sources: bool = False,
        signals: RecordingArrays | None = None,
    ) -> tuple[RawTrials, PulseCounts]:
        """Run the trials of an experiment of the same structure.

        Parameters
        ----------
        experiment : CompiledExperiment
            Structure and delays as at the beginning; parameters and weights may differ.
        n_steps : int
        trials : TrialStimuli
        first_presentation : int
            Number of the first trial's presentation; the others follow.
        recorded : (n_neurons,) bool
            Whose spikes are wanted, by local index.
        keep_sources : bool
            Return the stimulus events as well.
        signals : RecordingArrays, optional
            Which signals are sampled in every trial.
        """
        sent = trial_events(
            experiment.stimuli,
            trials,
            experiment.seed,
            first_presentation,
            window_end_ms(n_steps, experiment.dt_ms),
            self.n_threads,
        )
        delivered, counts = sent, PulseCounts()
        self.link_counts = None
        if experiment.links is not None:
            self.link_counts = LinkCounts.none(len(experiment.links.link_fpga))
            delivered, counts = deliver_trials(
                experiment.links,
                experiment.seed,
                first_presentation,
                sent,
                self.n_threads,
                self.link_counts,
            )
        probes = TrialProbes.build(signals, experiment.neurons, self.layout)
        parts, samples = self._run_kernel(
            experiment, n_steps, delivered, recorded, probes, first_presentation
        )
        offsets, trial, neuron, time = self._sorted(parts, trials.n_trials, n_steps)
        time *= experiment.dt_ms
        if experiment.links is not None:
            time, up = record_trials(
                experiment.links,
                experiment.seed,
                first_presentation,
                offsets,
                neuron,
                time,
                self.n_threads,
                self.link_counts,
            )
            counts += up
        source_trial, source_index, source_time = _sources(sent, keep_sources)
        raw = RawTrials(
            n_trials=trials.n_trials,
            trial=trial,
            neuron=neuron,
            recorded_time_ms=time,
            source_trial=source_trial,
            source_index=source_index,
            source_time_ms=source_time,
            signals=probes.by_variable(samples),
            interval_steps=probes.interval_steps,
        )
        return raw, counts

    def _run_kernel(
        self,
        experiment: CompiledExperiment,
        n_steps: int,
        events: TrialEvents,
        recorded: NDArray[np.bool_],
        probes: TrialProbes,
        first_presentation: int,
    ) -> tuple[list[tuple[bytes, bytes, bytes]], NDArray[Any]]:
        """Return the spikes of each thread's trials, and samples (column, sample, trial)."""
        layout, dtype, dt_ms = self.layout, self.precision.dtype, experiment.dt_ms
        neurons = experiment.neurons
        blocks = order_for_delivery(
            events.offsets,
            events.source,
            events.time_ms,
            dt_ms=dt_ms,
            first_step=0,
            block_steps=self.block_steps,
            n_blocks=n_steps // self.block_steps,
            n_threads=self.n_threads,
        )
        tables = TrialTables.build(neurons, dt_ms, dtype)
        changes = DriveChanges.build(
            experiment.currents,
            tables.drive[layout.engine],
            neurons.drive_per_nA(dt_ms),
            layout.engine,
        )
        change_start, changes = changes.within(0, n_steps, neurons.size)
        samples = probes.room(n_steps, len(events.offsets) - 1, dtype)
        spikes, broken = self.precision.kernel.run_trials(
            model=tables.model,
            receptors=tables.receptors,
            parameters=tables.parameters,
            parameter_start=tables.parameter_start,
            initial_state=tables.initial_state,
            state_start=tables.state_start,
            input_start=self._input_start,
            synapses=self._synapse_layout.table(experiment.synapses.weight, self.precision),
            n_steps=n_steps,
            block_steps=self.block_steps,
            n_slots=self.n_slots,
            n_spike_sources=experiment.stimuli.size,
            stimulus_source=blocks.source,
            stimulus_time=blocks.time_steps,
            stimulus_start=blocks.start,
            change_start=change_start,
            change_step=changes.step,
            change_drive=changes.drive.astype(dtype),
            recorded=recorded[layout.local].astype(np.uint8),
            probe=probes.table,
            probe_start=probes.start,
            interval=probes.interval_steps,
            samples=samples,
            stop=self._stop,
            n_threads=self.n_threads,
            saturating=neurons.input_limit is not None,
            level=self.instruction_set,
            number=layout.local.astype(np.int32),
            seed=experiment.seed,
            purpose=Purpose.ESCAPE,
            first_presentation=first_presentation,
        )
        if broken:
            trial, engine, step = broken
            raise BrokenStateError(int(layout.local[engine]), step * dt_ms, {}, trial)
        return spikes, samples

    def _sorted(
        self, parts: list[tuple[bytes, bytes, bytes]], n_trials: int, n_steps: int
    ) -> tuple[Any, ...]:
        parts = [*parts, (b"", b"", b"")]
        trial = np.concatenate([np.frombuffer(part[0], dtype=np.int32) for part in parts])
        engine = np.concatenate([np.frombuffer(part[1], dtype=np.int32) for part in parts])
        time = np.concatenate([np.frombuffer(part[2]) for part in parts])
        if time.max(initial=0.0) > n_steps:  # AdEx: part of a step behind the end
            inside = time <= n_steps
            trial, engine, time = trial[inside], engine[inside], time[inside]
        neuron = self.layout.local[engine].astype(np.int32)
        n_neurons = len(self.layout.local)
        order, start = order_by(trial.astype(np.int64) * n_neurons + neuron, n_trials * n_neurons)
        offsets = start[::n_neurons] if n_neurons else np.zeros(n_trials + 1, dtype=np.int64)
        return np.ascontiguousarray(offsets), trial[order], neuron[order], time[order]


def _sources(sent: TrialEvents, keep: bool) -> tuple[Any, ...]:
    if not keep:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)
    trial = np.repeat(np.arange(len(sent.offsets) - 1, dtype=np.int32), np.diff(sent.offsets))
    return trial, sent.source, sent.time_ms
