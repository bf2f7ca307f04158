"""Recorders: they say what is recorded, and hand out what the pipeline recorded as Neo data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import neo
import numpy as np
import quantities as pq
from numpy.typing import NDArray
from pyNN import recording

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.data.readout import SampleClock
from pyNN_brainscales_emu.data.spike_trains import RecordedSpikeTrains
from pyNN_brainscales_emu.description.bio_graph import Change, RecordingRequest
from pyNN_brainscales_emu.description.from_pynn import describe_recording
from pyNN_brainscales_emu.errors import ParameterError, RecordingError
from pyNN_brainscales_emu.parameter_values import is_finite
from pyNN_brainscales_emu.recording_files import write_block

SPIKES = recording.Variable(name="spikes", location=None, label=None)
_LONGEST_INTERVAL = 2**31 - 1  # the kernel counts the steps between two samples in 32 bits


class Recorder(recording.Recorder):  # type: ignore[misc]
    """What is recorded from one population, and since when.

    Differences from PyNN's common recorder: asking for data before anything ran raises a
    readable error; data recorded after ``get_data(clear=True)`` survive a `reset()`; a choice of
    variables also applies to the segments of earlier runs.
    """

    _simulator = simulator
    _recording_start_time: Any

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self.session = simulator.state.session
        self._requests: tuple[RecordingRequest, ...] | None = None
        # The steps at which cells were first recorded in this presentation, by variable and cell;
        # those that are recorded from its beginning on are not among them.
        self._since: dict[tuple[str, int], int] = {}
        self._free_until = 0  # the step until which recorded data are freed

    def requests(self) -> tuple[RecordingRequest, ...]:
        """Return what is asked for; the same object until something changes."""
        if self._requests is None:
            self._requests = describe_recording(self, self.session.options.timestep)
        return self._requests

    def get(
        self,
        variables: str | Iterable[str],
        gather: bool = False,
        filter_ids: Any = None,
        clear: bool = False,
        annotations: dict[str, Any] | None = None,
        locations: Any = None,
    ) -> neo.Block:
        """Return the recorded data as a Neo `Block`, one segment for each run since a reset.

        Raises
        ------
        RecordingError
            If nothing has run yet, or `setup()` has replaced the network.
        """
        self._require_data()
        names = variables if variables == "all" else self._localize_variables(variables, locations)
        segments = [selected(segment, names, filter_ids) for segment in self.cache]
        if simulator.state.running:
            segments.append(self._get_current_segment(filter_ids, names, clear))
        block = neo.Block(
            name=self.population.label,
            description=self.population.describe(),
            rec_datetime=segments[0].rec_datetime,
        )
        block.segments = segments
        block.annotate(**self.metadata)
        block.annotate(**(annotations or {}))
        if clear:
            self.clear()
        return block

    def write(
        self,
        variables: str | Iterable[str],
        file: Any = None,
        gather: bool = False,
        filter_ids: Any = None,
        clear: bool = False,
        annotations: dict[str, Any] | None = None,
        locations: Any = None,
    ) -> None:
        """Write the recorded data to a file, and clear them, if asked for, once they are there.

        Raises
        ------
        RecordingError
            As for `get`.
        DataError
            If the file cannot be written.
        """
        block = self.get(
            variables, gather, filter_ids, annotations=annotations, locations=locations
        )
        write_block(block, self.file if file is None else file)
        if clear:
            self.clear()

    @property
    def metadata(self) -> dict[str, Any]:
        """Annotations of every block: PyNN's, and what is needed to repeat the run."""
        options = self.session.options
        result = dict(recording.Recorder.metadata.fget(self))
        result["substrate"] = options.substrate
        result["seed"] = options.seed
        if not options.is_ideal:
            result["wafer"] = options.wafer
            mapping = self.session.pipeline.mapping
            result["synapses_lost"] = 0 if mapping is None else mapping.n_synapses_lost
        result.setdefault("session_start_time", self.session.begin)
        return result

    def clear(self) -> None:
        """Forget what was recorded until now; nothing changes if another thread is in a run."""
        self._clear_simulator()
        super().clear()

    def store_to_cache(self, annotations: dict[str, Any] | None = None) -> None:
        """Keep the data of the run that a reset ends, unless it was broken off."""
        has_run = simulator.state.running and not self.session.pipeline.is_torn
        if has_run and simulator.state.t * pq.ms > self._recording_start_time:
            segment = self._get_current_segment()
            segment.annotate(**(annotations or {}))
            self.cache.store(segment)
        self.clear_flag = False
        self._recording_start_time = 0.0 * pq.ms
        self._since, self._free_until = {}, 0

    def filter_recorded(self, variable: Any, filter_ids: Any) -> set[Any]:
        """Return which cells record a variable; asking does not change what is recorded."""
        recorded = self.recorded.get(variable, set())
        return set(recorded) if filter_ids is None else recorded.intersection(filter_ids)

    def _record(
        self, variable: Any, new_ids: Iterable[Any], sampling_interval: float | None = None
    ) -> None:
        if variable.name != "spikes" and sampling_interval is not None:
            self.sampling_interval = self._checked_interval(sampling_interval)
        self._changed()
        if self.session.step_count:
            now = self.session.step_count
            self._since.update(((variable.name, int(cell)), now) for cell in new_ids)

    def _reset(self) -> None:
        self.sampling_interval = self.session.options.timestep
        self._changed()
        self._since = {}
        self._clear_simulator()  # what is recorded no more cannot be asked for either

    def _changed(self) -> None:
        self._requests = None
        simulator.state.mark(Change.RECORDING, self.session)

    def _check_sampling_interval(self, sampling_interval: float | None) -> None:
        """Raise unless the interval can be, and is that of the signals recorded already."""
        if sampling_interval is None:
            return
        interval = self._checked_interval(sampling_interval)
        signals = [variable for variable in self.recorded if variable != SPIKES]
        if signals and round(interval / simulator.state.dt) != self._interval_steps:
            raise ParameterError(
                f"Population {self.population.label!r}: all its cells and variables have the same "
                "sampling interval",
                value=sampling_interval,
                limit=f"{self.sampling_interval:g} ms, as asked for before",
                remedy="Call record(None) to begin anew.",
            )

    def _checked_interval(self, interval: float) -> float:
        dt = self.session.options.timestep
        multiple = round(interval / dt) if is_finite(interval) else 0
        if multiple < 1 or abs(interval - multiple * dt) > 1e-6 * dt:
            raise ParameterError(
                f"Population {self.population.label!r}: sampling_interval",
                value=interval,
                limit=f"a multiple of the time step of {dt} ms",
            )
        if multiple > _LONGEST_INTERVAL:
            raise ParameterError(
                f"Population {self.population.label!r}: sampling_interval",
                value=interval,
                limit=f"up to {_LONGEST_INTERVAL} time steps, {_LONGEST_INTERVAL * dt:g} ms",
            )
        return float(interval)

    def _require_present(self) -> None:
        if self.session is not simulator.state.session:
            raise RecordingError(
                f"Population {self.population.label!r} belongs to a network that setup() has "
                "replaced",
                remedy="Get the data before the next setup().",
            )

    def _require_known(self) -> None:
        """Raise unless the population belongs to the presentation that is running, if one is."""
        last_cell = int(self.population.last_id)
        if simulator.state.running and not self.session.pipeline.knows(last_cell):
            raise RecordingError(
                f"Population {self.population.label!r} has no recorded data",
                remedy="It was created while a presentation was running: call reset(), then run().",
            )

    def _require_data(self) -> None:
        self._require_present()
        self._require_known()
        if not simulator.state.running and not list(self.cache):
            raise RecordingError(
                f"Population {self.population.label!r} has no recorded data",
                remedy="Nothing has run since setup() or reset(): call run() first.",
            )

    def _get_spiketimes(
        self, ids: Iterable[Any], clear: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return (cell ids, times in ms) of the spikes in the present window of time."""
        numbers = cell_numbers(ids)
        since = self._shown_since("spikes", numbers)
        # Another thread may be in the next run.
        cells, times = self.session.pipeline.spikes(numbers, since, self.session.step_count)
        # Which spikes belong to the window goes by the runs that recorded them. By rounding, or by
        # the grid of time stamps, a time may lie a trace outside of it, which Neo does not allow.
        return cells, np.clip(times, self._start, simulator.state.t)

    @property
    def _start(self) -> float:
        """Time since which data are shown, ms."""
        return float(self._recording_start_time.magnitude)

    @property
    def _start_step(self) -> int:
        return round(self._start / self.session.options.timestep)

    def _shown_since(self, variable: str, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the step since which the data of each cell are shown."""
        start = self._start_step
        if not self._since:
            return np.full(len(cells), start)
        since = [self._since.get((variable, cell), 0) for cell in cells.tolist()]
        return np.maximum(np.array(since, dtype=np.int64), start)

    def _get_all_signals(
        self, variable: Any, ids: Iterable[Any], clear: bool = False
    ) -> tuple[NDArray[np.floating[Any]], None]:
        """Return the samples (time x neuron) in the present window of time."""
        if self.session.change == Change.RECORDING:  # asked for since the last run
            simulator.state.up_to_date_pipeline()
        pipeline = self.session.pipeline
        numbers = cell_numbers(ids)
        first = self._first_sample(variable.name, numbers)
        if self._clock is not None:
            signal = pipeline.converted_signal(variable.name, numbers, self._clock, first)
        else:
            signal = pipeline.signal(variable.name, numbers, self._interval_steps, first)
        return signal[: max(0, self._end_sample - first)], None

    @property
    def _clock(self) -> SampleClock | None:
        """The clock of the wafer's converter, or None if membranes are not read through it."""
        options = self.session.options
        if not options.reads_channels:
            return None
        return SampleClock.nearest(self.sampling_interval, options.timestep, options.speedup)

    @property
    def _interval_steps(self) -> int:
        """Time steps between two samples of this population."""
        return round(self.sampling_interval / self.session.options.timestep)

    def _first_sample(self, variable: str, cells: NDArray[np.int64]) -> int:
        """Return the number of the first sample shown.

        It is taken at or after the time since which data are shown of any of the cells. The
        samples of cells that are recorded later begin with NaN.
        """
        first_step = int(self._shown_since(variable, cells).min(initial=np.iinfo(np.int64).max))
        if self._clock is not None:
            return self._clock.first(first_step * self.session.options.timestep)
        return -(-first_step // self._interval_steps)

    @property
    def _end_sample(self) -> int:
        """Number of the first sample after the last run; another thread may be in the next one."""
        now = self.session.step_count
        return now // self._interval_steps + 1 if self._clock is None else self._clock.end(now)

    def _get_current_segment(
        self, filter_ids: Any = None, variables: Any = "all", clear: bool = False
    ) -> neo.Segment:
        chosen = set(self.recorded if variables == "all" else variables) & set(self.recorded)
        with self._sampled_by_clock():
            segment = super()._get_current_segment(filter_ids, chosen - {SPIKES}, clear)
            for signal in segment.analogsignals:
                cells = np.asarray(signal.annotations["channel_ids"], dtype=np.int64)
                first = self._first_sample(signal.name, cells)
                signal.t_start = first * self.sampling_interval * pq.ms
        if SPIKES in chosen:
            segment.spiketrains = self._spike_trains(filter_ids)
            segment.spiketrains.segment = segment
        if self._clock is not None:
            self._tell_channels(segment)
        if not self.session.options.is_ideal:
            segment.annotate(**vars(self.session.pipeline.pulse_counts))
        return segment

    def _spike_trains(self, filter_ids: Any) -> RecordedSpikeTrains:
        """Return the spike trains of the recorded cells in the present window of time."""
        ids = sorted(map(int, self.filter_recorded(SPIKES, filter_ids)))
        cells, times = self._get_spiketimes(ids)
        first_id = int(self.population.first_id)
        trains: RecordedSpikeTrains = RecordedSpikeTrains.from_spike_time_array(
            times,
            cells,
            ids,
            t_start=self._recording_start_time,
            t_stop=simulator.state.t * pq.ms,
            units=pq.ms,
            source_population=self.population.label,
            source_index=[cell - first_id for cell in ids],
        )
        return trains

    @contextmanager
    def _sampled_by_clock(self) -> Iterator[None]:
        """Let the sampling interval be the one that the converter's clock gives, if it is used."""
        asked = self.sampling_interval
        if self._clock is not None:
            self.sampling_interval = self._clock.period_ms
        try:
            yield
        finally:
            self.sampling_interval = asked

    def _tell_channels(self, segment: neo.Segment) -> None:
        """Note through which channel of the read-out each cell was read; -1: it was not."""
        readout = self.session.pipeline.readout
        assert readout is not None
        for signal in segment.analogsignals:
            cells = np.asarray(signal.annotations["channel_ids"], dtype=np.int64)
            place = readout.outputs.position(cells)
            read = (place >= 0) & (signal.name == "v")
            channel = np.full(len(cells), -1)
            channel[read] = readout.outputs.channel[place[read]]
            signal.array_annotate(adc_channel=channel)
            if signal.name == "v":
                segment.annotate(membranes_not_read=int(np.count_nonzero(~read)))

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        """Return the number of spikes of each recorded cell, by its id.

        Raises
        ------
        RecordingError
            If `setup()` has replaced the network, or the population was created while a
            presentation is running.
        """
        self._require_present()
        self._require_known()
        ids = sorted(self.filter_recorded(variable, filter_ids))
        if not simulator.state.running:
            return dict.fromkeys(map(int, ids), 0)
        cells = cell_numbers(ids)
        spiking, _ = self._get_spiketimes(ids)
        counts = np.bincount(spiking, minlength=int(cells.max(initial=0)) + 1)[cells]
        return dict(zip(map(int, ids), counts.tolist(), strict=True))

    def _clear_simulator(self) -> None:
        """Free what was recorded of this population until now."""
        now = self.session.step_count
        if now > self._free_until:
            cells = self.population.all_cells.astype(np.int64)
            self.session.pipeline.forget(cells, self._free_until)
            self._free_until = now


def cell_numbers(ids: Iterable[Any]) -> NDArray[np.int64]:
    """Return ids of cells as an array."""
    return np.fromiter(ids, dtype=np.int64)


def selected(segment: neo.Segment, variables: Any, filter_ids: Any = None) -> neo.Segment:
    """Return a segment with the named variables and cells only.

    Parameters
    ----------
    segment : neo.Segment
    variables : ``'all'`` or list of pyNN.recording.Variable
    filter_ids : collection of ID, optional
        Default: all cells.
    """
    if variables == "all" and filter_ids is None:
        return segment
    names = None if variables == "all" else {variable.name for variable in variables}
    cells = None if filter_ids is None else cell_numbers(filter_ids)
    # Not a copy: Neo's lists in a shallow copy are those of the original.
    chosen = neo.Segment(
        name=segment.name, description=segment.description, rec_datetime=segment.rec_datetime
    )
    chosen.annotate(**segment.annotations)
    if names is None or "spikes" in names:
        chosen.spiketrains = _trains_of(segment.spiketrains, cells)
    signals = [s for s in segment.analogsignals if names is None or s.name in names]
    chosen.analogsignals = [part for s in signals if (part := _signal_of(s, cells)) is not None]
    return chosen


def _trains_of(trains: Any, cells: NDArray[np.int64] | None) -> Any:
    if cells is None:
        return trains
    numbers = set(cells.tolist())
    return [train for train in trains if train.annotations["channel_id"] in numbers]


def _signal_of(signal: Any, cells: NDArray[np.int64] | None) -> Any:
    """Return the columns of some cells; None if there are none."""
    if cells is None:
        return signal
    channels = np.asarray(signal.annotations["channel_ids"], dtype=np.int64)
    columns = np.isin(channels, cells)
    if columns.all():
        return signal
    if not columns.any():
        return None
    part = signal[:, columns]
    part.annotations = {**signal.annotations, "channel_ids": channels[columns]}
    return part
