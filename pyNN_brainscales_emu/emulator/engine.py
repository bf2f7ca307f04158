"""One network on its way through time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import looked_up
from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError
from pyNN_brainscales_emu.emulator.injected_currents import DriveChanges
from pyNN_brainscales_emu.emulator.kernel_models import LANES
from pyNN_brainscales_emu.emulator.layout import (
    PRECISIONS,
    NeuronLayout,
    Precision,
    SynapseLayout,
    aligned,
    block_steps,
    engine_sources,
    input_places,
    slots,
)
from pyNN_brainscales_emu.emulator.plastic_synapses import PlasticSynapses, block_limit
from pyNN_brainscales_emu.emulator.raw import RawRecording
from pyNN_brainscales_emu.emulator.signals import Probes, SampleStore
from pyNN_brainscales_emu.emulator.source_events import SourceEvents
from pyNN_brainscales_emu.emulator.spike_recorder import SpikeRecorder
from pyNN_brainscales_emu.emulator.unit_tables import UnitTables
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    CurrentArrays,
    NeuronArrays,
    PlasticArrays,
    RecordingArrays,
    StimulusArrays,
    SynapseArrays,
)
from pyNN_brainscales_emu.keyed_random import Purpose
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts
from pyNN_brainscales_emu.processors import allowed_threads

if TYPE_CHECKING:  # what a wafer needs only
    from pyNN_brainscales_emu.links.fpga_link import DownLink, UpLink

#: A block of fewer neuron updates a thread takes less time than waiting for each other.
_UPDATES_PER_THREAD = 2_500


class Emulation:
    """Runs a compiled experiment, presentation by presentation.

    Parameters
    ----------
    experiment : CompiledExperiment
    n_threads : int
        Results are equal to the bit for any number.
    precision : {'single', 'double'}
        Floating type of the state.
    presentation : int
        Number of the first presentation; it keys the random numbers of stimuli and links.
    instruction_set : int, optional
        0 baseline, 1 AVX2, 2 AVX-512; by default the best of this machine.

    Notes
    -----
    Time advances in blocks aligned to multiples of the block length, so that ``run(a)`` and
    ``run(b)`` give the bits of ``run(a + b)``. The numerical scheme is described in
    `neuron_models.integration` and in ``cython_kernels/vector_step.h``.
    """

    def __init__(
        self,
        experiment: CompiledExperiment,
        *,
        n_threads: int = 1,
        precision: str = "single",
        presentation: int = 0,
        instruction_set: int | None = None,
    ) -> None:
        self.experiment = experiment
        self.precision: Precision = PRECISIONS[precision]
        kernel = self.precision.kernel
        self.n_threads = allowed_threads(n_threads)
        self.instruction_set = (
            kernel.instruction_set() if instruction_set is None else instruction_set
        )
        self.layout = NeuronLayout.build(experiment.neurons)
        limits = experiment.delay_limits_ms / experiment.dt_ms
        self.block_steps = min(block_steps(limits), block_limit(experiment))
        self.n_slots = slots(limits, self.block_steps)
        self._build_arrays()
        self.restart(presentation)

    # --- building ------------------------------------------------------------------------------

    def _build_arrays(self) -> None:
        layout, precision = self.layout, self.precision
        neurons = self.experiment.neurons
        self._tables = tables = UnitTables(neurons, layout, precision)
        self._unit_slice = np.linspace(0, layout.n_units, self.n_threads + 1).astype(np.int64)
        self._ring = aligned((self.n_slots, tables.slot_size), precision.dtype)
        self._synapse_layout = self._sort_synapses()
        self._plastic = [self._plastic_synapses(arrays) for arrays in self.experiment.plastic]
        self._kernel = precision.kernel.NetworkKernel(
            model=layout.unit_model,
            receptors=tables.receptors,
            parameters=tables.parameters,
            state=tables.state,
            parameter_start=tables.parameter_start,
            state_start=tables.state_start[:-1],
            shared=tables.shared,
            ring=self._ring,
            input_start=tables.input_start[:-1],
            neuron=tables.neuron,
            synapses=self._synapse_layout.table(self.experiment.synapses.weight, precision),
            unit_slice=self._unit_slice,
            block_steps=self.block_steps,
            n_spike_sources=self.experiment.stimuli.size,
            recorded=np.zeros(neurons.size, dtype=np.uint8),
            saturating=neurons.input_limit is not None,
            level=self.instruction_set,
            number=tables.number,
            seed=self.experiment.seed,
            purpose=Purpose.ESCAPE,
            plastic=[plastic.kernel for plastic in self._plastic],
        )

    def _plastic_synapses(self, arrays: PlasticArrays) -> PlasticSynapses:
        return PlasticSynapses(
            arrays,
            self.layout,
            self._tables,
            self._unit_slice,
            self.experiment.stimuli.size,
            self.experiment.dt_ms,
            self.precision,
        )

    def _sort_synapses(self) -> SynapseLayout:
        layout, synapses = self.layout, self.experiment.synapses
        n_sources = self.experiment.stimuli.size
        unit = layout.unit[layout.engine]  # by local index, as below
        first_input = self._tables.input_start[unit] + layout.lane[layout.engine]
        thread = np.searchsorted(self._unit_slice, unit, side="right") - 1
        return SynapseLayout.build(
            source=engine_sources(synapses, n_sources, layout),
            place=input_places(synapses, first_input.astype(np.uint32), input_step=LANES),
            delay_steps=synapses.delay_steps(self.experiment.dt_ms),
            thread=looked_up(thread.astype(np.min_scalar_type(self.n_threads)), synapses.target),
            n_sources=n_sources + len(layout.local),
            n_threads=self.n_threads,
        )

    # --- changes between runs ------------------------------------------------------------------

    def restart(self, presentation: int) -> None:
        """Go back to time 0 and the initial state; begin another presentation."""
        experiment = self.experiment
        self.presentation = presentation
        self.step = 0
        down, up = self._links()
        self._sources = SourceEvents(
            experiment.stimuli,
            experiment.seed,
            presentation,
            dt_ms=experiment.dt_ms,
            block_steps=self.block_steps,
            down=down,
        )
        self._spikes = SpikeRecorder(experiment.dt_ms, up)
        self._down, self._up = down, up
        self._tables.put_state(experiment.neurons)
        self._ring[:] = 0
        self._broken: BrokenStateError | None = None
        self._kernel.begin(presentation)
        for plastic in self._plastic:
            plastic.restart(experiment.seed, presentation)
        self.set_neurons(experiment.neurons)
        self._samples = SampleStore(experiment.recording.interval_steps)
        self.set_recording(experiment.recording)

    def _links(self) -> tuple[DownLink | None, UpLink | None]:
        """Return the links of a presentation that begins, if they are not perfect."""
        experiment = self.experiment
        if experiment.links is None:
            return None, None
        from pyNN_brainscales_emu.links.fpga_link import DownLink, UpLink

        settings = experiment.links, experiment.seed, self.presentation
        return DownLink(*settings), UpLink(*settings)

    def set_neurons(self, neurons: NeuronArrays) -> None:
        """Change parameters; the state stays."""
        self.experiment = replace(self.experiment, neurons=neurons)
        self._tables.put_parameters(neurons, self.experiment.dt_ms)
        self.set_currents(self.experiment.currents)

    def set_currents(self, currents: CurrentArrays) -> None:
        """Change the injected currents; changes that lie in the past take effect now."""
        self.experiment = replace(self.experiment, currents=currents)
        neurons, tables = self.experiment.neurons, self._tables
        self._changes = DriveChanges.build(
            currents,
            tables.drive,
            neurons.drive_per_nA(self.experiment.dt_ms),
            self.layout.unit[self.layout.engine],
        )
        drive = self._changes.before(self.step, tables.drive)
        tables.put_drives(neurons, drive, np.unique(self._changes.neuron))

    def set_weights(self, synapses: SynapseArrays) -> None:
        """Change the weights; sources, targets and delays have to be the same.

        Spikes that are under way keep the weights that held when they were sent.
        """
        self.experiment = replace(self.experiment, synapses=synapses)
        self._deliver_sent()
        self._kernel.set_synapses(self._synapse_layout.table(synapses.weight, self.precision))

    def set_plastic(self, plastic: tuple[PlasticArrays, ...]) -> None:
        """Change weights and parameters of synapses that change, where they are others."""
        self.experiment = replace(self.experiment, plastic=plastic)
        self._deliver_sent()
        for own, arrays in zip(self._plastic, plastic, strict=True):
            own.change(arrays, self.step)

    def plastic_weights(self, projection: int) -> NDArray[np.float64]:
        """Return what the weights of a projection have become, (n,) float64."""
        own = next(p for p in self._plastic if p.arrays.projection == projection)
        return own.weights(float(self.step))

    def _deliver_sent(self) -> None:
        """Deliver all that has been sent until now, now included."""
        source, time_ms = self._sources.take_held(self.step)
        self._kernel.deliver_now(source, time_ms / self.experiment.dt_ms, self.step)

    def set_stimuli(self, stimuli: StimulusArrays) -> None:
        """Change rates and spike times from now on."""
        self.experiment = replace(self.experiment, stimuli=stimuli)
        self._sources.set_stimuli(stimuli, self.step)

    def set_recording(self, recording: RecordingArrays) -> None:
        """Change which signals are sampled from now on."""
        self._samples.interval_steps = recording.interval_steps
        self.experiment = replace(self.experiment, recording=recording)
        self._probes = Probes.build(recording.signals, self.layout, self.experiment.neurons)
        self._kernel.set_recorded(recording.spikes[self.layout.local].astype(np.uint8))

    def set_initial_values(self, neurons: NeuronArrays) -> None:
        """Change the initial values; before the first step also the state."""
        self.experiment = replace(self.experiment, neurons=neurons)
        if self.step == 0:
            self._tables.put_state(neurons)

    # --- running -------------------------------------------------------------------------------

    @property
    def time_ms(self) -> float:
        """Present time of the presentation."""
        return self.step * self.experiment.dt_ms

    def run(self, n_steps: int) -> None:
        """Advance by `n_steps` steps.

        Raises
        ------
        BrokenStateError
            If a state is no finite number any more. What this call recorded is lost; only
            `restart` helps.
        """
        if self._broken is not None:
            raise self._broken
        first, last = self.step, self.step + n_steps
        blocks = self._sources.blocks(first, last, self.experiment.recording.sources)
        samples = self._samples.reserve(self._probes, first, last, self.precision.dtype)
        start, changes = self._changes.within(first, last, self.layout.n_units)
        broken_step = self._kernel.run(
            first,
            last,
            stimulus_source=blocks.source,
            stimulus_time=blocks.time_steps,
            stimulus_start=blocks.start[0],
            change_start=start,
            change_step=changes.step,
            change_lane=self.layout.lane[self.layout.engine[changes.neuron]].astype(np.int32),
            change_drive=changes.drive.astype(self.precision.dtype),
            probe=self._probes.table,
            probe_start=self._probes.start,
            interval=self._samples.interval_steps,
            samples=samples,
            n_threads=self._working_threads,
        )
        if broken_step >= 0:
            self._samples.drop_last(samples)
            self._sources.sent.drop_after(first)
            self._broken = self._broken_state(broken_step)
            raise self._broken
        self.step = last
        engine, time_steps = self._found_spikes()
        self._spikes.take(last, self.layout.local[engine].astype(np.int32), time_steps)

    @property
    def _working_threads(self) -> int:
        """Threads that this process may use, and for which a block has enough work."""
        updates = self.experiment.neurons.size * self.block_steps
        useful = max(1, updates // _UPDATES_PER_THREAD)
        return min(useful, allowed_threads(self.n_threads))

    def _broken_state(self, step: int) -> BrokenStateError:
        neurons, first = self.experiment.neurons, int(self._tables.broken()[0])
        values = {
            name: float(self._tables.variable(neurons, name)[first])
            for group in neurons.groups
            if first in group.index
            for name in group.model.states
        }
        return BrokenStateError(first, step * self.experiment.dt_ms, values)

    def _found_spikes(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return and forget what the kernel has found: engine numbers and times in steps."""
        n = self._kernel.n_recorded()
        engine, time_steps = np.empty(n, dtype=np.int32), np.empty(n)
        self._kernel.take_recorded(engine, time_steps)
        return engine, time_steps

    # --- results -------------------------------------------------------------------------------

    @property
    def pulse_counts(self) -> PulseCounts:
        """What became of the events on the links since the start of the presentation."""
        return self._sources.counts + self._spikes.counts

    @property
    def link_counts(self) -> LinkCounts | None:
        """Events of each link since the start of the presentation; None without links."""
        if self._down is None or self._up is None:
            return None
        return LinkCounts(self._down.by_link, self._up.by_link)

    def recording(self) -> RawRecording:
        """Return what was recorded since the start of the presentation.

        With the spikes whose time stamps lie ahead of the present time, and without what was
        forgotten.
        """
        neuron, (time, recorded) = self._spikes.all()
        _, source, (sent,) = self._sources.sent.after()
        signals = self.experiment.recording.signals
        return RawRecording(
            spike_neuron=neuron,
            spike_time_ms=time,
            recorded_time_ms=recorded,
            source_index=source,
            source_time_ms=sent,
            signals={name: self.signal(name, signals[name]) for name in signals},
        )

    def recorded_spikes(self, step: int = 0) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the spikes recorded since a step: end of the advance, neuron, time stamp (ms)."""
        end_step, neuron, (_, stamp) = self._spikes.recorded.after(step)
        return end_step, neuron, stamp

    def sent_events(self, step: int = 0) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the events of sources since a step: end of the advance, source, time (ms)."""
        end_step, source, (time,) = self._sources.sent.after(step)
        return end_step, source, time

    def signal(
        self,
        variable: str,
        neurons: NDArray[np.int64],
        interval_steps: int | None = None,
        first_sample: int = 0,
    ) -> NDArray[np.floating[Any]]:
        """Return a sampled signal until now, (n_samples, n_neurons).

        Samples are taken at multiples of `interval_steps`, by default those that are sampled at
        present, and the first one returned is number `first_sample`; sample 0 is the initial
        value. The last is the present value if the present step is a sampled one. NaN where a
        neuron was not recorded, or its samples are forgotten.
        """
        interval = interval_steps or self._samples.interval_steps
        end_sample, dtype = self.step // interval + 1, self.precision.dtype
        result = self._samples.signal(variable, neurons, interval, first_sample, end_sample, dtype)
        if self.step % interval == 0 and len(result):
            result[-1] = self.state(variable)[neurons]
        return result

    @property
    def recorded_bytes(self) -> int:
        """Memory that what was recorded takes."""
        return self._samples.nbytes + self._spikes.recorded.nbytes + self._sources.sent.nbytes

    def forget(
        self, neurons: NDArray[np.int64], sources: NDArray[np.int64], after_step: int
    ) -> None:
        """Free what was recorded of some cells until now.

        Parameters
        ----------
        neurons, sources : (n,) int64
            Local indices.
        after_step : int
            What was recorded before it is forgotten already.
        """
        neuron_gone = np.zeros(len(self.layout.local), dtype=bool)
        source_gone = np.zeros(self.experiment.stimuli.size, dtype=bool)
        neuron_gone[neurons], source_gone[sources] = True, True
        self._spikes.recorded.forget(neuron_gone, after_step, self.step)
        self._sources.sent.forget(source_gone, after_step, self.step)
        self._samples.forget(neuron_gone, after_step)

    def state(self, variable: str) -> NDArray[np.floating[Any]]:
        """Return the present value of a signal of all neurons, by local index."""
        return self._tables.variable(self.experiment.neurons, variable)

    def set_state(
        self, variable: str, neurons: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        """Change the present value of a signal; a refractory membrane keeps its reset.

        Parameters
        ----------
        variable : str
        neurons : (n,) int64
            Local indices.
        values : (n,) float64
        """
        present = self.state(variable).astype(np.float64)
        if variable == "v":
            free = ~self._tables.refractory(self.experiment.neurons)[neurons]
            neurons, values = neurons[free], values[free]
        present[neurons] = values
        self._tables.set_variable(self.experiment.neurons, variable, present)
