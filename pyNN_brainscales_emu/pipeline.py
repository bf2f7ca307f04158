"""The six stages in order, and which of them a change makes necessary again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.sources import WaferCalibration, calibration_for
from pyNN_brainscales_emu.data.announcements import Announcer
from pyNN_brainscales_emu.data.readout import digitise
from pyNN_brainscales_emu.data.report import Report, build_report
from pyNN_brainscales_emu.description.bio_graph import BioGraph, Change
from pyNN_brainscales_emu.description.differences import structural_differences
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.errors import RecordingError
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    TrialStimuli,
)
from pyNN_brainscales_emu.experiment.compiler import (
    compile_currents,
    compile_experiment,
    compile_neurons,
    compile_recording,
    compile_stimuli,
    compile_weights,
)
from pyNN_brainscales_emu.experiment.validate import validate
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.links.counts import PulseCounts
from pyNN_brainscales_emu.mapping.mapped_network import network_of
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.mapping_file import check_fit
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
from pyNN_brainscales_emu.translation.neurons import translate_neurons
from pyNN_brainscales_emu.translation.synapses import translate_synapses

_EXPERIMENT_CHANGES = (
    Change.NEURON_PARAMETERS
    | Change.WEIGHTS
    | Change.STIMULI
    | Change.CURRENTS
    | Change.INITIAL_VALUES
    | Change.RECORDING
)


# Long runs are cut into portions of this many neuron updates (about a second), so that Ctrl-C is
# heard; the results do not depend on it.
_UPDATES_PER_PORTION = 1_000_000_000


class Pipeline:
    """A network on its way through the stages, from `setup()` to `end()`.

    Parameters
    ----------
    options : Options

    Raises
    ------
    DataError
        If the calibration is a file that cannot be used.

    Notes
    -----
    The mapping stays until the structure of the network changes. Floating gates are written (with
    another draw of the trial-to-trial error) at the first run and whenever neuron parameters
    change; weights, stimuli, currents and recordings rewrite nothing else.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.calibration: WaferCalibration | None = None
        if not options.is_ideal:
            self.calibration = calibration_for(options)
        self.graph: BioGraph | None = None
        self.mapping: MappingResult | None = None
        self._mapped_graph: BioGraph | None = None
        self.hardware_config: HardwareConfig | None = None
        self.experiment: CompiledExperiment | None = None
        self.emulation: Emulation | None = None
        self.presentation = 0
        self._writes = 0
        self._trial_runner: TrialRunner | None = None
        self._trial_counts: PulseCounts | None = None
        self._announcer = Announcer(options.on_loss, options.speedup)

    # --- stages --------------------------------------------------------------------------------

    def map(self, graph: BioGraph) -> MappingResult:
        """Map the network on the wafer without running it.

        Raises
        ------
        RecordingError
            If its structure has changed while a presentation is running.
        """
        self._refuse(self.waiting_changes(graph, Change.STRUCTURE))
        if self.mapping is None or not self._is_mapping_of(graph):
            blacklisted = None if self.calibration is None else self.calibration.blacklisted
            self.mapping = map_network(graph, self.options, blacklisted)
            self._mapped_graph = graph
        return self.mapping

    def _is_mapping_of(self, graph: BioGraph) -> bool:
        """Whether the present mapping is that of a network, whatever its weights and stimuli."""
        mapped = self._mapped_graph
        if mapped is graph:
            return True
        assert mapped is not None
        assert self.mapping is not None
        return (
            mapped.placement_requests == graph.placement_requests
            and [p.priority for p in mapped.projections] == [p.priority for p in graph.projections]
            and self.mapping.network == network_of(graph)
        )

    def adopt(self, graph: BioGraph, mapping: MappingResult) -> None:
        """Go on from a mapping that was made before.

        Raises
        ------
        DataError
            If it is one of another network.
        """
        check_fit(mapping, graph)
        self.mapping, self._mapped_graph = mapping, graph

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
        elif change & _EXPERIMENT_CHANGES:
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
                self.hardware_config = None
            self._translate(graph, change)
        experiment = compile_experiment(graph, self.options, self.mapping, self.hardware_config)
        self.experiment = experiment
        self._trial_runner = None
        self.emulation = Emulation(
            experiment,
            n_threads=self.options.n_threads,
            precision=self.options.precision,
            presentation=self.presentation,
        )

    def _translate(self, graph: BioGraph, change: Change) -> None:
        assert self.mapping is not None
        config, writes = self.hardware_config, self._writes
        if config is None or change & Change.NEURON_PARAMETERS:
            # Capacitances enter the weights' scale, so these are translated anew as well.
            config = HardwareConfig(
                neurons=translate_neurons(
                    graph, self.mapping, self.options, writes, self.calibration
                ),
                synapses=translate_synapses(graph, self.mapping, self.options),
            )
            writes += 1
        elif change & Change.WEIGHTS:
            synapses = translate_synapses(graph, self.mapping, self.options, config.synapses)
            config = replace(config, synapses=synapses)
        else:
            return
        self._announcer.clipped(graph, config)  # may raise: then nothing has changed
        self.hardware_config, self._writes = config, writes

    def _refresh(self, graph: BioGraph, change: Change) -> None:
        assert self.experiment is not None
        assert self.emulation is not None
        emulation, experiment = self.emulation, self.experiment
        if not self.options.is_ideal:
            self._translate(graph, change)
        if change & (Change.NEURON_PARAMETERS | Change.INITIAL_VALUES):
            neurons = compile_neurons(graph, self.hardware_config, self.options)
            experiment = replace(experiment, neurons=neurons)
        if change & (Change.NEURON_PARAMETERS | Change.WEIGHTS):
            weight = compile_weights(graph, self.mapping, self.hardware_config)
            synapses = replace(experiment.synapses, weight=weight)
            experiment = replace(experiment, synapses=synapses)
        if change & Change.STIMULI:
            experiment = replace(experiment, stimuli=compile_stimuli(graph))
        if change & Change.CURRENTS:
            currents = compile_currents(graph, self.options.timestep)
            experiment = replace(experiment, currents=currents)
        if change & Change.RECORDING:
            experiment = replace(experiment, recording=compile_recording(graph))
        validate(experiment)
        self.experiment = experiment
        _apply(emulation, experiment, change)

    # --- running -------------------------------------------------------------------------------

    def advance(self, n_steps: int) -> None:
        """Run for some time steps."""
        emulation = self._running()
        self._trial_counts = None
        n_neurons = max(1, emulation.experiment.neurons.size)
        portion = max(emulation.block_steps, _UPDATES_PER_PORTION // n_neurons)
        last_step = emulation.step + n_steps
        while emulation.step < last_step:
            emulation.run(min(portion, last_step - emulation.step))
        self._announcer.pulses(emulation.pulse_counts)

    @property
    def step(self) -> int:
        """Time steps since the beginning of the presentation."""
        return 0 if self.emulation is None else self.emulation.step

    def reset(self) -> None:
        """Go back to time 0 and the initial state; the next presentation begins."""
        self.presentation += 1
        self._trial_counts = None
        if self.emulation is not None:
            self.emulation.restart(self.presentation)

    def run_trials(
        self,
        graph: BioGraph,
        change: Change,
        n_steps: int,
        trials: TrialStimuli,
        record_sources: bool = False,
        first_presentation: int | None = None,
    ) -> RawTrials:
        """Run independent presentations, each as after `reset()`.

        Without `first_presentation` they continue the count of presentations.
        """
        self.update(graph, change)
        experiment = self.experiment
        assert experiment is not None
        if self._trial_runner is None:
            self._trial_runner = TrialRunner(
                experiment, n_threads=self.options.n_threads, precision=self.options.precision
            )
        raw, counts = self._trial_runner.run(
            experiment,
            n_steps,
            trials,
            first_presentation=first_presentation or self.presentation + 1,
            recorded=experiment.recording.spikes,
            keep_sources=record_sources,
        )
        if first_presentation is None:
            self.presentation += trials.n_trials
        self._trial_counts = counts
        self._announcer.pulses(counts)
        return raw

    # --- results -------------------------------------------------------------------------------

    def spikes(self, cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the recorded spikes of some cells, ordered by cell and time.

        Spikes of neurons carry the time stamp of the recording; spikes that the recording lost
        are missing. Spikes of sources are those that were sent.
        """
        assert self.graph is not None
        graph, raw = self.graph, self._running().recording()
        stamped = np.isfinite(raw.recorded_time_ms)
        cell = np.concatenate(
            [graph.neurons[raw.spike_neuron[stamped]], graph.sources[raw.source_index]]
        )
        time = np.concatenate([raw.recorded_time_ms[stamped], raw.source_time_ms])
        wanted = np.zeros(graph.n_cells, dtype=bool)
        wanted[cells] = True
        kept = wanted[cell]
        cell, time = cell[kept], time[kept]
        order = np.lexsort((time, cell))
        return cell[order], time[order]

    def spike_counts(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of recorded spikes of each cell."""
        assert self.graph is not None
        spiking, _ = self.spikes(cells)
        return np.bincount(spiking, minlength=self.graph.n_cells)[cells]

    def signal(self, variable: str, cells: NDArray[np.int64]) -> NDArray[np.floating[Any]]:
        """Return a recorded signal, (n_samples, n_cells), from time 0 until now."""
        assert self.graph is not None
        options = self.options
        signal = self._running().signal(variable, self.graph.local_index[cells])
        if variable == "v" and not options.is_ideal and options.effects.readout:
            return digitise(signal, Scaling(*options.voltage_scaling, options.speedup))
        return signal

    @property
    def signal_interval_steps(self) -> int:
        """Steps between two samples of `signal`."""
        return self._running().experiment.recording.interval_steps

    def realised_parameter(self, name: str) -> NDArray[np.float64]:
        """Return a parameter as the circuits realise it, (n_cells,); NaN for spike sources."""
        self._running()
        assert self.graph is not None
        assert self.experiment is not None
        values = np.full(self.graph.n_cells, np.nan)
        values[self.graph.neurons] = self.experiment.neurons.parameters[name]
        return values

    def realised_weights(self, projection: int) -> NDArray[np.float64]:
        """Return the realised weights of a projection; NaN where a synapse was lost."""
        self._running()
        assert self.graph is not None
        if self.hardware_config is None:
            return self.graph.projections[projection].weight
        return self.hardware_config.synapses.realised[projection]

    def digital_weights(self, projection: int) -> NDArray[np.int16]:
        """Return the digital weights of a projection; -1 where a synapse is off or lost."""
        self._running()
        assert self.hardware_config is not None
        return self.hardware_config.synapses.digital[projection]

    @property
    def pulse_counts(self) -> PulseCounts:
        """Events on the links in the present presentation, or in trials that ran since."""
        if self._trial_counts is not None:
            return self._trial_counts
        return PulseCounts() if self.emulation is None else self.emulation.pulse_counts

    def report(self) -> Report:
        """Return what was changed from the description, stage by stage."""
        self._running()
        assert self.graph is not None
        assert self.experiment is not None
        return build_report(
            self.graph,
            self.experiment,
            self.options.substrate,
            self.pulse_counts,
            self.mapping,
            self.hardware_config,
        )

    def _running(self) -> Emulation:
        if self.emulation is None:
            raise RecordingError(
                "the network has not been run", remedy="Call run() or run_trials() first."
            )
        return self.emulation


def _apply(emulation: Emulation, experiment: CompiledExperiment, change: Change) -> None:
    if change & Change.NEURON_PARAMETERS:
        emulation.set_neurons(experiment.neurons)
    if change & Change.INITIAL_VALUES:
        emulation.set_initial_values(experiment.neurons)
    if change & (Change.WEIGHTS | Change.NEURON_PARAMETERS):
        emulation.set_weights(experiment.synapses)
    if change & Change.STIMULI:
        emulation.set_stimuli(experiment.stimuli)
    if change & Change.CURRENTS:
        emulation.set_currents(experiment.currents)
    if change & Change.RECORDING:
        emulation.set_recording(experiment.recording)
