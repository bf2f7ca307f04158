"""The six stages in order, and which of them a change makes necessary again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.coefficient_checks import check_coefficients
from pyNN_brainscales_emu.data.announcements import Announcer, SynapseDelays
from pyNN_brainscales_emu.description.bio_graph import BioGraph, Change
from pyNN_brainscales_emu.description.differences import structural_differences
from pyNN_brainscales_emu.emulation_changes import apply_changes
from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.errors import BrainScaleSError, RecordingError, RunError
from pyNN_brainscales_emu.exclusive_use import exclusive
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    RecordingArrays,
    TrialStimuli,
)
from pyNN_brainscales_emu.experiment.compiler import (
    compile_currents,
    compile_experiment,
    compile_neurons,
    compile_plastic,
    compile_recording,
    compile_stimuli,
    compile_weights,
)
from pyNN_brainscales_emu.experiment.validate import validate
from pyNN_brainscales_emu.memory_needs import check_delays, check_recording, steps_at_once
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.pipeline_results import PipelineResults
from pyNN_brainscales_emu.portions import Portions, cautious_step_s, held_interrupts
from pyNN_brainscales_emu.readout_assignment import assign_readout, only_read
from pyNN_brainscales_emu.trial_portions import run_in_portions

# The stages of a wafer are imported when they are needed: not on the ideal substrate.
if TYPE_CHECKING:
    from pyNN_brainscales_emu.calibration.sources import WaferCalibration
    from pyNN_brainscales_emu.data.readout import HardwareReadout
    from pyNN_brainscales_emu.mapping.results import MappingResult
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
    from pyNN_brainscales_emu.translation.stage import Translator

_EXPERIMENT_CHANGES = (
    Change.NEURON_PARAMETERS
    | Change.WEIGHTS
    | Change.STIMULI
    | Change.CURRENTS
    | Change.INITIAL_VALUES
    | Change.RECORDING
)


class Pipeline(PipelineResults):
    """A network on its way through the stages, from `setup()` to `end()`.

    Parameters
    ----------
    options : Options

    Raises
    ------
    DataError
        If the calibration or the mapping is a file that cannot be used.
    OptionError
        If the file of a mapping overrules options and ``on_loss`` is ``'raise'``.

    Notes
    -----
    The mapping stays until the structure of the network changes. Floating gates are written (with
    another draw of the trial-to-trial error) at the first run and whenever neuron parameters
    change; weights, stimuli, currents and recordings rewrite nothing else.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options, _calibration(options))
        if self.calibration is not None:
            from pyNN_brainscales_emu.mapping_stage import MappingStage

            self._mapping_stage = MappingStage(options, self.calibration.blacklisted)
        self._writes = 0
        self._trial_runner: TrialRunner | None = None
        self._announcer = Announcer(options.on_loss, options.speedup, options.links)

    # --- stages --------------------------------------------------------------------------------

    @exclusive("map_network()")
    def map(self, graph: BioGraph) -> MappingResult:
        """Map the network on the wafer without running it.

        Raises
        ------
        RecordingError
            If its structure has changed while a presentation is running.
        """
        self._refuse(self.waiting_changes(graph, Change.STRUCTURE))
        self.mapping = self._mapping_stage.of(graph)
        return self.mapping

    @exclusive("load_mapping()")
    def adopt(self, graph: BioGraph, mapping: MappingResult, name: str) -> None:
        """Go on from a mapping that was made before; see `MappingStage.adopt`."""
        self._mapping_stage.adopt(graph, mapping, name)
        self.mapping = mapping

    @exclusive("run()")
    def update(self, graph: BioGraph, change: Change) -> None:
        """Redo what depends on the change; the first call does everything.

        Raises
        ------
        RecordingError
            For another structure or other delays while a presentation is running.
        """
        self._refuse(self.waiting_changes(graph, change))
        if self.emulation is None or (change & self._structural and not self.step):
            self._build(graph, change)
        else:
            if change & Change.DELAYS:
                self._announce_delays(graph, self.experiment)
            if change & _EXPERIMENT_CHANGES:
                self._refresh(graph, change)
        self.graph = graph

    @property
    def _structural(self) -> Change:
        """The changes that need another emulation. Where transport rules, delays are none."""
        transport = not self.options.is_ideal and self.options.effects.on_wafer_pulses
        return Change.STRUCTURE if transport else Change.STRUCTURE | Change.DELAYS

    def waiting_changes(self, graph: BioGraph, change: Change) -> list[str]:
        """Return what has changed that must wait for the end of the running presentation."""
        if not self.step or not change & self._structural:
            return []
        assert self.graph is not None
        return structural_differences(
            self.graph, graph, delays=bool(change & self._structural & Change.DELAYS)
        )

    def knows(self, last_cell: int, projection: int = -1) -> bool:
        """Whether a cell and a projection, by their numbers, belong to the network that runs."""
        graph = self.graph
        return (
            graph is not None and last_cell < graph.n_cells and projection < len(graph.projections)
        )

    def _refuse(self, changes: list[str]) -> None:
        if changes:
            raise RecordingError(
                f"While a presentation is running, {'; '.join(changes)}: time in ms",
                value=round(self.step * self.options.timestep, 9),
                limit="0, the beginning of a presentation",
                remedy="Call reset() first, or create everything before the first run().",
            )

    def _build(self, graph: BioGraph, change: Change) -> None:
        if not self.options.is_ideal:
            if self.mapping is None or self.graph is None or change & Change.STRUCTURE:
                self.map(graph)
                self.translation = None
            readout = self._assign_readout(graph)
            self._translate(graph, change)
            self.readout = readout
        recorded = only_read(graph, self.readout)
        experiment = compile_experiment(recorded, self.options, self.mapping, self.realised_values)
        check_delays(experiment, self.options.precision)
        check_coefficients(graph, experiment, self.options.precision)
        self._announce_delays(graph, experiment)  # may raise
        self.experiment = experiment
        self._trial_runner = None
        self.emulation = Emulation(
            experiment,
            n_threads=self.options.n_threads,
            precision=self.options.precision,
            presentation=self.presentation,
        )
        step_s = cautious_step_s(
            experiment.neurons.size, len(experiment.synapses.target), experiment.dt_ms
        )
        self._portions = Portions.of_steps(step_s)
        self.is_torn = False

    def _announce_delays(self, graph: BioGraph, experiment: CompiledExperiment | None) -> None:
        """Tell which delays the wafer cannot keep; `experiment` has those that it keeps."""
        if self.mapping is None or experiment is None:
            return
        kept = [routing.realised for routing in self.mapping.projections]
        ends = np.cumsum([np.count_nonzero(mask) for mask in kept])
        realised = np.split(experiment.synapses.delay_ms, ends[:-1]) if kept else []
        delays = [
            SynapseDelays(projection.delay_ms[mask], part)
            for projection, mask, part in zip(graph.projections, kept, realised, strict=True)
        ]
        self._announcer.delays(graph, delays)

    def _assign_readout(self, graph: BioGraph) -> HardwareReadout | None:
        """Return what the analog read-out records; membranes being read keep their channels."""
        if not self.options.reads_channels:
            return None
        assert self.mapping is not None
        assert self.calibration is not None
        present = self.readout.outputs if self.readout is not None and self.step else None
        readout = assign_readout(graph, self.mapping, self.options, self.calibration, present)
        self._announcer.unread(graph, readout)  # may raise: then nothing has changed
        return readout

    def _translate(self, graph: BioGraph, change: Change) -> None:
        translator = self._translator(graph)
        before, writes = self.translation, self._writes
        if before is None or change & Change.NEURON_PARAMETERS:
            translation = translator.translate(writes, before)
            writes += 1
        elif change & Change.WEIGHTS:
            translation = translator.translate_weights(before)
        else:
            return
        self._announcer.clipped(  # may raise: then nothing has changed
            graph, translation.realised, lambda: self._sent(graph, translation.config)
        )
        self._announcer.endless(graph, translation.realised)
        if self.calibration is not None:
            self._announcer.uncalibrated(self.calibration.failures())
        self.translation, self._writes = translation, writes

    @exclusive("set_hardware_config()")
    def use_config(self, config: HardwareConfig, write_number: int | None = None) -> None:
        """Set the wafer to a configuration, after `update`.

        Parameters
        ----------
        config : HardwareConfig
        write_number : int, optional
            Of the write of the floating gates; by default the next one, or the last one if
            nothing is to be written.

        Raises
        ------
        DataError
            If it is one of another network, mapping or chip.
        ParameterError
            If the circuits make of it what cannot be run. Nothing has changed in both cases.
        """
        from pyNN_brainscales_emu.translation.stage import same_gates

        before, graph = self.translation, self.graph
        assert before is not None
        assert graph is not None
        if write_number is None:
            last = before.config.write_number
            write_number = last if same_gates(config, before.config) else self._writes
        config = replace(config, write_number=write_number)
        self.translation = self._translator(graph).use(config, before)
        is_written = self.translation.realised.neurons is not before.realised.neurons
        change = Change.NEURON_PARAMETERS if is_written else Change.NOTHING
        try:
            self._recompile(graph, change | Change.WEIGHTS, self.readout)
        except BrainScaleSError:
            self.translation = before
            raise
        self._writes = max(self._writes, write_number + 1)

    def _translator(self, graph: BioGraph) -> Translator:
        from pyNN_brainscales_emu.translation.stage import Translator

        assert self.mapping is not None
        return Translator(graph, self.mapping, self.options, self.calibration)

    def _refresh(self, graph: BioGraph, change: Change) -> None:
        readout = self._assign_readout(graph) if change & Change.RECORDING else self.readout
        if not self.options.is_ideal:
            self._translate(graph, change)
        self._recompile(graph, change, readout)

    def _recompile(self, graph: BioGraph, change: Change, readout: HardwareReadout | None) -> None:
        assert self.experiment is not None
        assert self.emulation is not None
        emulation, experiment = self.emulation, self.experiment
        if change & (Change.NEURON_PARAMETERS | Change.INITIAL_VALUES):
            neurons = compile_neurons(graph, self.realised_values, self.options)
            experiment = replace(experiment, neurons=neurons)
        if change & (Change.NEURON_PARAMETERS | Change.WEIGHTS):
            weight = compile_weights(graph, self.mapping, self.realised_values)
            synapses = replace(experiment.synapses, weight=weight)
            plastic = compile_plastic(graph)
            experiment = replace(experiment, synapses=synapses, plastic=plastic)
        if change & Change.STIMULI:
            experiment = replace(experiment, stimuli=compile_stimuli(graph))
        if change & Change.CURRENTS:
            currents = compile_currents(graph, self.options.timestep)
            experiment = replace(experiment, currents=currents)
        if change & Change.RECORDING:
            recording = compile_recording(only_read(graph, readout))
            experiment = replace(experiment, recording=recording)
        validate(experiment)
        if change & (Change.NEURON_PARAMETERS | Change.CURRENTS):
            check_coefficients(graph, experiment, self.options.precision)
        self.experiment, self.readout = experiment, readout
        apply_changes(emulation, experiment, change)

    # --- running -------------------------------------------------------------------------------

    @exclusive("run()")
    def advance(self, n_steps: int) -> None:
        """Run for some time steps, in portions between which Ctrl-C is heard.

        Raises
        ------
        RecordingError
            If a run before was broken off where nobody can tell how far it got.
        CapacityError
            If what is recorded, or the events of a step, do not fit into the memory.
        BrokenStateError
            If a neuron's state is no finite number any more; until `reset()` every run raises it.
        """
        emulation = self._running()
        self._trial_counts = None
        assert self.graph is not None
        check_recording(
            self.graph,
            emulation.experiment,
            n_steps,
            emulation.recorded_bytes,
            self.options.precision,
        )
        portions = self._portions.timed(
            n_steps, emulation.step, emulation.block_steps, steps_at_once(emulation.experiment)
        )
        with held_interrupts() as let_interrupts_act:
            for size in portions:
                self._run_portion(emulation, size)
                let_interrupts_act()
        self._announcer.pulses(emulation.pulse_counts)

    def _run_portion(self, emulation: Emulation, n_steps: int) -> None:
        """Run; note if it ends where nobody can tell how far it got."""
        try:
            with self._broken_cells_named():
                emulation.run(n_steps)
        except BrainScaleSError:
            raise
        except BaseException:  # no memory, or a signal's handler that raises
            self.is_torn = True
            raise

    @contextmanager
    def _broken_cells_named(self) -> Iterator[None]:
        """Let the error of a run call the neuron by its population's label."""
        try:
            yield
        except BrokenStateError as error:
            assert self.graph is not None
            cell = int(self.graph.neurons[error.neuron])
            raise error.named(self.graph.cell_name(cell)) from None

    @exclusive("initialize()")
    def set_state(
        self, variable: str, cells: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        """Set a state variable of some neurons now; before the first run there is none to set.

        Parameters
        ----------
        variable : str
            As `BioPopulation.initial_values` names it.
        cells : (n,) int64
            Cell indices.
        values : (n,) float64
        """
        if self.emulation is not None and self.graph is not None:
            self.emulation.set_state(variable, self.graph.local_index[cells], values)

    @exclusive("reset()")
    def reset(self) -> None:
        """Go back to time 0 and the initial state; the next presentation begins."""
        self.presentation += 1
        self._trial_counts = None
        if self.emulation is not None:
            self.emulation.restart(self.presentation)
        self.is_torn = False
        if self.readout is not None:  # channels may have been taken while it was running
            assert self.graph is not None
            self._refresh(self.graph, Change.RECORDING)

    @exclusive("run_trials()")
    def run_trials(
        self,
        graph: BioGraph,
        change: Change,
        n_steps: int,
        trials: TrialStimuli,
        record_sources: bool = False,
        first_presentation: int | None = None,
        signals: RecordingArrays | None = None,
    ) -> RawTrials:
        """Run independent presentations, each as after `reset()`.

        Without `first_presentation` they continue the count of presentations.

        Raises
        ------
        CapacityError
            If the longest delay needs more memory than there is.
        BrokenStateError
            If a neuron's state is no finite number any more in one of them.
        """
        self.update(graph, change)
        experiment = self.experiment
        assert experiment is not None
        self._refuse_plastic_trials(graph, experiment)
        check_delays(experiment, self.options.precision, self.options.n_threads)
        if self._trial_runner is None:
            self._trial_runner = TrialRunner(
                experiment, n_threads=self.options.n_threads, precision=self.options.precision
            )
        try:
            with self._broken_cells_named():
                raw, counts, links = run_in_portions(
                    self._trial_runner,
                    experiment,
                    n_steps,
                    trials,
                    first_presentation=first_presentation or self.presentation + 1,
                    recorded=experiment.recording.spikes,
                    keep_sources=record_sources,
                    signals=signals,
                )
        except BaseException:
            self._trial_runner = None  # one that was interrupted may still be at work
            raise
        if first_presentation is None:
            self.presentation += trials.n_trials
        self._trial_counts, self._trial_links = counts, (experiment, links)
        self._announcer.pulses(counts)
        return replace(raw, signals={n: self._read(n, s) for n, s in raw.signals.items()})

    def _refuse_plastic_trials(self, graph: BioGraph, experiment: CompiledExperiment) -> None:
        labels = [repr(graph.projections[p.projection].label) for p in experiment.plastic]
        if labels:
            raise RunError(
                f"run_trials(): synapses that change have no trials: {', '.join(labels)}",
                remedy="Use a loop: reset(), set the stimuli, run().",
            )


def _calibration(options: Options) -> WaferCalibration | None:
    if options.is_ideal:
        return None
    from pyNN_brainscales_emu.calibration.sources import calibration_for

    return calibration_for(options)
