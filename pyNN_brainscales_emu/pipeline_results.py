"""What comes out of the stages: spikes, signals, realised and stored values, counts, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.data.readout import HardwareReadout, SampleClock, digitise
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.ordering import by_cell_and_time
from pyNN_brainscales_emu.errors import RecordingError
from pyNN_brainscales_emu.exclusive_use import exclusive
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts, PulseStatistics
from pyNN_brainscales_emu.options import Options

if TYPE_CHECKING:
    from pyNN_brainscales_emu.calibration.sources import WaferCalibration
    from pyNN_brainscales_emu.data.report import Report
    from pyNN_brainscales_emu.mapping.results import MappingResult
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
    from pyNN_brainscales_emu.translation.realised import RealisedValues
    from pyNN_brainscales_emu.translation.sent import SentParameters
    from pyNN_brainscales_emu.translation.stage import Translation


class PipelineResults:
    """The latest result of each stage of a pipeline, and what can be read off them.

    Attributes
    ----------
    options : Options
    calibration : WaferCalibration or None
        What is known about the wafer; None on the ideal substrate, as are the mapping and the
        translation.
    graph, mapping, translation, experiment, emulation
        What each stage made of the network; None until it was there.
    readout : HardwareReadout or None
        None unless membranes are read through the channels of the wafer.
    presentation : int
        Number of the present presentation.
    is_torn : bool
        Whether the run was broken off where nobody can tell how far it got.
    """

    def __init__(self, options: Options, calibration: WaferCalibration | None) -> None:
        self.options = options
        self.calibration = calibration
        self.graph: BioGraph | None = None
        self.mapping: MappingResult | None = None
        self.translation: Translation | None = None
        self.experiment: CompiledExperiment | None = None
        self.emulation: Emulation | None = None
        self.readout: HardwareReadout | None = None
        self.presentation = 0
        self.is_torn = False
        self._trial_counts: PulseCounts | None = None
        self._trial_links: tuple[CompiledExperiment, LinkCounts | None] | None = None

    @property
    def step(self) -> int:
        """Time steps since the beginning of the presentation."""
        return 0 if self.emulation is None else self.emulation.step

    # --- recordings ------------------------------------------------------------------------------

    def spikes(
        self,
        cells: NDArray[np.int64],
        since_step: NDArray[np.int64] | int = 0,
        until_step: int | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the recorded spikes of some cells, ordered by cell and time.

        Parameters
        ----------
        cells : (n,) int64
            Cell indices.
        since_step : int or (n,) int64
            Only what was recorded by runs after this step, for each cell.
        until_step : int, optional
            Only what was recorded by runs until this step. Default: all.

        Returns
        -------
        cell : (k,) int64
        time_ms : (k,) float64
            Spikes of neurons carry the time stamp of the recording; spikes that the recording
            lost, and those with a stamp in the future, are missing. Spikes of sources are those
            that were sent.
        """
        assert self.graph is not None
        graph, emulation = self.graph, self._running()
        since = np.full(graph.n_cells, np.iinfo(np.int64).max)
        since[cells] = since_step
        first = int(since[cells].min(initial=emulation.step))
        spike_end, neuron, stamp = emulation.recorded_spikes(first)
        sent_end, source, sent = emulation.sent_events(first)
        cell = np.concatenate([graph.neurons[neuron], graph.sources[source]])
        time = np.concatenate([stamp, sent])
        end = np.concatenate([spike_end, sent_end])
        kept = (end > since[cell]) & np.isfinite(time)
        if until_step is not None:
            kept &= end <= until_step
        cell, time = cell[kept], time[kept]
        order = by_cell_and_time(cell, time, graph.n_cells)
        return cell[order], time[order]

    def spike_counts(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of recorded spikes of each cell."""
        assert self.graph is not None
        spiking, _ = self.spikes(cells)
        return np.bincount(spiking, minlength=self.graph.n_cells)[cells]

    @exclusive("get_data(clear=True)")
    def forget(self, cells: NDArray[np.int64], after_step: int = 0) -> None:
        """Free what was recorded of some cells until now; before `after_step` it is free already.

        Cells that the running presentation does not know are passed over.
        """
        graph, emulation = self.graph, self.emulation
        if graph is None or emulation is None:
            return
        cells = cells[cells < graph.n_cells]
        is_source, local = graph.is_source[cells], graph.local_index[cells]
        emulation.forget(local[~is_source], local[is_source], after_step)

    def signal(
        self,
        variable: str,
        cells: NDArray[np.int64],
        interval_steps: int | None = None,
        first_sample: int = 0,
    ) -> NDArray[np.floating[Any]]:
        """Return a recorded signal, (n_samples, n_cells), until now.

        Samples stand at multiples of `interval_steps` (by default as they are taken at present)
        from number `first_sample` on; NaN where a cell was not recorded.
        """
        assert self.graph is not None
        signal = self._running().signal(
            variable, self.graph.local_index[cells], interval_steps, first_sample
        )
        return self._read(variable, signal)

    def _read(self, variable: str, signal: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Return a signal as the wafer's read-out gives it."""
        options = self.options
        if variable == "v" and not options.is_ideal and options.effects.readout:
            scaling = Scaling(*options.voltage_scaling, options.speedup)
            return digitise(signal, scaling, options.adc_bits)
        return signal

    def converted_signal(
        self, variable: str, cells: NDArray[np.int64], clock: SampleClock, first: int
    ) -> NDArray[np.floating[Any]]:
        """Return what the channels of the read-out record, from a sample on until now.

        Returns
        -------
        (n_samples, n_cells) float array
            NaN of cells and variables that are not read.
        """
        emulation = self._running()
        assert self.graph is not None
        assert self.readout is not None
        if variable != "v":
            return np.full((max(0, clock.end(emulation.step) - first), len(cells)), np.nan)
        read = cells[self.readout.outputs.position(cells) >= 0]
        first_step = clock.step_before(first)
        v = emulation.signal("v", self.graph.local_index[read], 1, first_step)
        return self.readout.read(v, cells, clock, first, emulation.presentation, first_step)

    @property
    def hardware_config(self) -> HardwareConfig | None:
        """What the wafer is set to."""
        return None if self.translation is None else self.translation.config

    @property
    def realised_values(self) -> RealisedValues | None:
        """What the circuits make of it."""
        return None if self.translation is None else self.translation.realised

    def realised_parameter(self, name: str) -> NDArray[np.float64]:
        """Return a parameter as the circuits realise it, (n_cells,); NaN for spike sources."""
        self._running()
        assert self.graph is not None
        assert self.experiment is not None
        values = np.full(self.graph.n_cells, np.nan)
        values[self.graph.neurons] = self.experiment.neurons.parameter(name)
        return values

    def stored(self, cell: str) -> NDArray[np.int32] | None:
        """Return what a floating-gate cell of the firing denmems holds, (n_cells,), -1 of sources.

        None if there is no such cell.
        """
        self._running()
        assert self.graph is not None
        assert self.hardware_config is not None
        held = self.hardware_config.firing_values().get(cell)
        if held is None:
            return None
        values = np.full(self.graph.n_cells, -1, dtype=np.int32)
        values[self.graph.neurons] = held
        return values

    def realised_weights(self, projection: int) -> NDArray[np.float64]:
        """Return the realised weights of a projection; NaN where a synapse was lost."""
        self._running()
        assert self.graph is not None
        if self.realised_values is None:
            return self.graph.projections[projection].weight
        return self.realised_values.synapses.realised[projection]

    def digital_weights(self, projection: int) -> NDArray[np.int16]:
        """Return the digital weights of a projection; -1 where a synapse is off or lost."""
        self._running()
        assert self.hardware_config is not None
        return self.hardware_config.synapses.digital[projection]

    def plastic_weights(self, projection: int) -> NDArray[np.float64]:
        """Return what the weights of a projection whose synapses change have become."""
        return self._running().plastic_weights(projection)

    @property
    def pulse_counts(self) -> PulseCounts:
        """Events on the links in the present presentation, or in trials that ran since."""
        if self._trial_counts is not None:
            return self._trial_counts
        return PulseCounts() if self.emulation is None else self.emulation.pulse_counts

    @property
    def pulse_statistics(self) -> PulseStatistics:
        """`pulse_counts` by name, with tables by HICANN and FPGA."""
        experiment, counts = self.experiment, None
        if self._trial_counts is not None:
            assert self._trial_links is not None
            experiment, counts = self._trial_links
        elif self.emulation is not None:
            counts = self.emulation.link_counts
        links = None if experiment is None else experiment.links
        return PulseStatistics(
            self.pulse_counts, counts, None if links is None else links.link_hicann
        )

    def report(self) -> Report:
        """Return what was changed from the description, stage by stage."""
        from pyNN_brainscales_emu.data.report import build_report

        self._running()
        assert self.graph is not None
        assert self.experiment is not None
        return build_report(
            self.graph,
            self.experiment,
            self.options.substrate,
            self.pulse_counts,
            self.mapping,
            self.realised_values,
            self.readout,
            self.sent(),
        )

    def sent(self) -> SentParameters | None:
        """Return what the floating gates hold and could hold; None on the ideal substrate."""
        self._running()
        if self.translation is None:
            return None
        assert self.graph is not None
        return self._sent(self.graph, self.translation.config)

    def _sent(self, graph: BioGraph, config: HardwareConfig) -> SentParameters:
        from pyNN_brainscales_emu.translation.sent import sent_parameters

        assert self.calibration is not None
        return sent_parameters(graph, self.options, self.calibration, config)

    def _running(self) -> Emulation:
        if self.emulation is None:
            raise RecordingError(
                "the network has not been run", remedy="Call run() or run_trials() first."
            )
        if self.is_torn:
            raise RecordingError(
                "run() was broken off in the middle of its work, so what it has recorded and the "
                "state of the neurons cannot be used",
                remedy="Call reset(), then run() again.",
            )
        return self.emulation
