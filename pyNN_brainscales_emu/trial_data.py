"""Spikes and signals recorded in many trials, as arrays or as Neo data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from typing import Any

import neo
import numpy as np
import quantities as pq
from numpy.typing import NDArray

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.data.spike_trains import RecordedSpikeTrains
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.time_grid import SLACK, window_end_ms
from pyNN_brainscales_emu.errors import ParameterError, RecordingError
from pyNN_brainscales_emu.trial_signals import SignalPlace

Spikes = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class TrialPopulation:
    """What the data of trials know of a population; it can go to another process.

    Attributes
    ----------
    label : str
    size : int
    first_id : int
        Number of the first cell in the network.
    is_source : bool
        Whether the cells are spike sources rather than neurons.
    first_local : int
        Number of the first cell among the neurons, or among the spike sources.
    n_of_kind : int
        Number of all neurons, or of all spike sources.
    signals : mapping of str to SignalPlace
        Recorded signals.
    """

    label: str
    size: int
    first_id: int
    is_source: bool
    first_local: int
    n_of_kind: int
    signals: Mapping[str, SignalPlace] = field(default_factory=dict)

    @classmethod
    def of(
        cls, population: Any, signals: Mapping[str, SignalPlace] | None = None
    ) -> TrialPopulation:
        """Describe a population of the present network."""
        is_source = not population.celltype.injectable
        kind = [p for p in population.session.populations if p.celltype.injectable != is_source]
        before = sum(p.size for p in kind if p.first_id < population.first_id)
        return cls(
            population.label,
            population.size,
            int(population.first_id),
            is_source,
            before,
            sum(p.size for p in kind),
            signals or {},
        )

    def is_named(self, asked: Any) -> bool:
        """Whether a population, or a label, means this one."""
        if isinstance(asked, str):
            return asked == self.label
        names = (getattr(asked, name, None) for name in ("label", "size", "first_id"))
        return tuple(names) == (self.label, self.size, self.first_id)


@dataclass(eq=False)
class TrialData:
    """Spikes recorded in many trials.

    It holds nothing of the network, so it can be pickled and sent to another process. There, and
    everywhere, a population may also be named by its label.

    Attributes
    ----------
    raw : RawTrials
        Flat arrays as the emulator made them.
    populations : tuple of TrialPopulation
        Whose spikes were asked for.
    n_steps : int
        Duration of each trial in time steps.
    timestep : float
        In ms.
    annotations : mapping
    """

    raw: RawTrials
    populations: tuple[TrialPopulation, ...]
    n_steps: int
    timestep: float
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """Duration of each trial, ms."""
        return self.n_steps * self.timestep

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return self.raw.n_trials

    def spike_counts(self, population: Any) -> NDArray[np.int64]:
        """Return the number of recorded spikes of each cell in each trial, (n_trials, size)."""
        asked = self._recorded(population)
        counts = self._source_counts if asked.is_source else self._neuron_counts
        return counts[:, asked.first_local : asked.first_local + asked.size].copy()

    def spikes(self, population: Any) -> Spikes:
        """Return the recorded spikes of a population.

        Returns
        -------
        trial : (n,) int64
        cell : (n,) int64
            Index of the cell in the population.
        time_ms : (n,) float64
            From the beginning of the trial; ordered by trial, then cell, then time.
        """
        asked = self._recorded(population)
        trial, cell, time = self._found(asked)
        key = trial * asked.size + cell
        if np.all((np.diff(key) > 0) | ((np.diff(key) == 0) & (np.diff(time) >= 0))):
            return trial, cell, time
        order = np.lexsort((time, key))
        return trial[order], cell[order], time[order]

    def dense(self, population: Any, bin: float) -> NDArray[np.uint8]:
        """Return the number of spikes in bins of time.

        Parameters
        ----------
        population : Population
        bin : float
            Width of the bins, ms. The last one may be shorter, and holds spikes at the end.

        Returns
        -------
        (n_bins, n_trials, size) uint8
            255 stands for more as well.

        Raises
        ------
        ParameterError
            For a width that cannot be.
        """
        if not (isinstance(bin, Real) and np.isfinite(float(bin)) and float(bin) > 0):
            raise ParameterError("TrialData.dense(): bin", value=bin, limit="a number of ms, > 0")
        asked = self._recorded(population)
        trial, cell, time = self._found(asked)
        n_bins = max(1, math.ceil(self.duration / bin - SLACK))
        number = np.minimum(np.floor(time / bin + SLACK), n_bins - 1).astype(np.int64)
        place = (number * self.n_trials + trial) * asked.size + cell
        shape = (n_bins, self.n_trials, asked.size)
        if len(place) * 8 < math.prod(shape):  # few spikes: no counts of all bins
            counts = np.zeros(math.prod(shape), dtype=np.uint8)
            distinct, n = np.unique(place, return_counts=True)
            counts[distinct] = np.minimum(n, 255)
            return counts.reshape(shape)
        counted = np.bincount(place, minlength=math.prod(shape))
        return np.minimum(counted, 255).astype(np.uint8).reshape(shape)

    def signals(self, population: Any, name: str) -> NDArray[np.floating[Any]]:
        """Return a recorded signal, (n_samples, n_trials, size).

        The first sample is the initial value, the others follow at the sampling interval, up to
        the end of the trial. The array is a view of what was recorded.

        Raises
        ------
        RecordingError
            If it was not recorded.
        """
        asked = self._recorded(population)
        if name not in asked.signals:
            raise RecordingError(
                f"{asked.label!r}: signal was not recorded in these trials",
                value=name,
                limit=", ".join(asked.signals) or "no signals",
                remedy=f"Use run_trials(..., record={{population: [{name!r}]}}).",
            )
        place = asked.signals[name]
        rows = self.raw.signals[place.name][place.row : place.row + asked.size]
        return rows.transpose(1, 2, 0)

    @property
    def sampling_interval(self) -> float:
        """Time between two samples of the signals, ms."""
        return self.raw.interval_steps * self.timestep

    def to_neo(self, population: Any = None) -> neo.Block:
        """Return a Neo `Block` with one segment a trial.

        Spike trains are made when they are looked at: a segment holds flat arrays until then.

        Parameters
        ----------
        population : Population, optional
            Default: all populations asked for.
        """
        populations = self.populations if population is None else (self._recorded(population),)
        block = neo.Block(name=", ".join(p.label for p in populations))
        shared = {k: v for k, v in self.annotations.items() if not self._is_per_trial(v)}
        block.annotate(simulator=simulator.name, n_trials=self.n_trials, **shared)
        trial, ids, time = self._all_spikes(populations)
        bounds = np.searchsorted(trial, np.arange(self.n_trials + 1))
        channels = _Channels.of(populations)
        for number in range(self.n_trials):
            part = slice(bounds[number], bounds[number + 1])
            segment = neo.Segment(name=f"trial{number:05d}", index=number)
            segment.annotate(trial=number, **self._annotations_of(number))
            segment.spiketrains = channels.trains(ids[part], time[part], self.duration)
            segment.spiketrains.segment = segment
            for asked in populations:
                segment.analogsignals.extend(self._analog_signals(asked, number))
            segment.block = block
            block.segments.append(segment)
        return block

    def _analog_signals(self, asked: TrialPopulation, trial: int) -> list[neo.AnalogSignal]:
        return [
            neo.AnalogSignal(
                self.signals(asked, name)[:, trial],
                units=place.unit,
                sampling_period=self.sampling_interval * pq.ms,
                name=name,
                source_population=asked.label,
                array_annotations={"channel_ids": np.arange(asked.size) + asked.first_id},
            )
            for name, place in asked.signals.items()
        ]

    def _all_spikes(self, populations: tuple[TrialPopulation, ...]) -> Spikes:
        """Return trial, id and time of the spikes of several populations, ordered by trial."""
        found = [self.spikes(p) for p in populations]
        trial = np.concatenate([trial for trial, _, _ in found])
        ids = [cell + p.first_id for p, (_, cell, _) in zip(populations, found, strict=True)]
        time = np.concatenate([time for _, _, time in found])
        order = np.argsort(trial, kind="stable")
        return trial[order], np.concatenate(ids)[order], time[order]

    def _found(self, asked: TrialPopulation) -> Spikes:
        """Return trial, index in the population and time of its recorded spikes."""
        trial, local, time = self._source_spikes if asked.is_source else self._neuron_spikes
        first = asked.first_local
        chosen = (local >= first) & (local < first + asked.size)
        return trial[chosen], local[chosen] - first, time[chosen]

    def _recorded(self, population: Any) -> TrialPopulation:
        for recorded in self.populations:
            if recorded is population or recorded.is_named(population):
                return recorded
        raise RecordingError(
            f"Population {getattr(population, 'label', population)!r} was not recorded",
            limit=", ".join(repr(p.label) for p in self.populations),
            remedy="Name it in run_trials(..., record=[...]).",
        )

    def _in_time(self, time_ms: NDArray[np.float64]) -> NDArray[np.bool_]:
        # A time stamp behind the end, by the jitter of the links, comes too late for the trial.
        return time_ms < window_end_ms(self.n_steps, self.timestep)

    @cached_property
    def _neuron_spikes(self) -> Spikes:
        raw = self.raw
        return self._spikes(raw.trial, raw.neuron, raw.recorded_time_ms)

    @cached_property
    def _source_spikes(self) -> Spikes:
        raw = self.raw
        return self._spikes(raw.source_trial, raw.source_index, raw.source_time_ms)

    def _spikes(
        self, trial: NDArray[np.int32], local: NDArray[np.int32], time: NDArray[np.float64]
    ) -> Spikes:
        kept = self._in_time(time)
        # By rounding, the time of a spike at the end may lie behind it, which Neo does not allow.
        times = np.minimum(time[kept], self.duration)
        return trial[kept].astype(np.int64), local[kept].astype(np.int64), times

    @cached_property
    def _neuron_counts(self) -> NDArray[np.int64]:
        # All neurons at once: a batch of the training has millions of spikes, in four populations.
        raw = self.raw
        return self._counted(raw.trial, raw.neuron, raw.recorded_time_ms, is_source=False)

    @cached_property
    def _source_counts(self) -> NDArray[np.int64]:
        raw = self.raw
        return self._counted(raw.source_trial, raw.source_index, raw.source_time_ms, is_source=True)

    def _counted(
        self,
        trial: NDArray[np.int32],
        local: NDArray[np.int32],
        time: NDArray[np.float64],
        is_source: bool,
    ) -> NDArray[np.int64]:
        """Return the number of spikes until the end, (n_trials, n_cells), by local index."""
        n_cells = next(p.n_of_kind for p in self.populations if p.is_source == is_source)
        key = np.multiply(trial, n_cells, dtype=np.int64)
        key += local
        kept = self._in_time(time)
        if not kept.all():
            key = key[kept]
        counts = np.bincount(key, minlength=self.n_trials * n_cells)
        return counts.reshape(self.n_trials, n_cells)

    def _is_per_trial(self, value: Any) -> bool:
        return isinstance(value, (list, tuple, np.ndarray)) and len(value) == self.n_trials

    def _annotations_of(self, trial: int) -> dict[str, Any]:
        return {k: v[trial] for k, v in self.annotations.items() if self._is_per_trial(v)}


@dataclass(frozen=True, eq=False)
class _Channels:
    """The spike trains of every segment: one a cell."""

    ids: list[int]
    source_index: list[int]
    source_population: list[str]

    @classmethod
    def of(cls, populations: tuple[TrialPopulation, ...]) -> _Channels:
        return cls(
            ids=[p.first_id + index for p in populations for index in range(p.size)],
            source_index=[index for p in populations for index in range(p.size)],
            source_population=[p.label for p in populations for _ in range(p.size)],
        )

    def trains(
        self, ids: NDArray[np.int64], times: NDArray[np.float64], duration: float
    ) -> RecordedSpikeTrains:
        trains: RecordedSpikeTrains = RecordedSpikeTrains.from_spike_time_array(
            times,
            ids,
            self.ids,
            t_start=0.0 * pq.ms,
            t_stop=duration * pq.ms,
            units=pq.ms,
            source_index=self.source_index,
            source_population=self.source_population,
        )
        return trains
