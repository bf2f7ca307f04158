"""Spikes recorded in many trials, as arrays or as Neo data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import neo
import numpy as np
import quantities as pq
from numpy.typing import NDArray

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.data.spike_trains import RecordedSpikeTrains
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.errors import RecordingError

Spikes = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


@dataclass(eq=False)
class TrialData:
    """Spikes recorded in many trials.

    Attributes
    ----------
    raw : RawTrials
        Flat arrays as the emulator made them.
    populations : tuple of Population
        Whose spikes were asked for.
    duration : float
        Duration of each trial, ms.
    annotations : mapping
    """

    raw: RawTrials
    populations: tuple[Any, ...]
    duration: float
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return self.raw.n_trials

    def spike_counts(self, population: Any) -> NDArray[np.int64]:
        """Return the number of recorded spikes of each cell in each trial, (n_trials, size)."""
        self._require_recorded(population)
        counts = self._neuron_counts if population.celltype.injectable else self._source_counts
        first = _first_local_index(population)
        return counts[:, first : first + population.size].copy()

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
        trial, cell, time = self._found(population)
        key = trial * population.size + cell
        if np.all((np.diff(key) > 0) | ((np.diff(key) == 0) & (np.diff(time) >= 0))):
            return trial, cell, time
        order = np.lexsort((time, key))
        return trial[order], cell[order], time[order]

    def to_neo(self, population: Any = None) -> neo.Block:
        """Return a Neo `Block` with one segment a trial.

        Spike trains are made when they are looked at: a segment holds flat arrays until then.

        Parameters
        ----------
        population : Population, optional
            Default: all populations asked for.
        """
        populations = self.populations if population is None else (population,)
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
            segment.block = block
            block.segments.append(segment)
        return block

    def _all_spikes(self, populations: tuple[Any, ...]) -> Spikes:
        """Return trial, id and time of the spikes of several populations, ordered by trial."""
        found = [self.spikes(p) for p in populations]
        trial = np.concatenate([trial for trial, _, _ in found])
        ids = [cell + int(p.first_id) for p, (_, cell, _) in zip(populations, found, strict=True)]
        time = np.concatenate([time for _, _, time in found])
        order = np.argsort(trial, kind="stable")
        return trial[order], np.concatenate(ids)[order], time[order]

    def _found(self, population: Any) -> Spikes:
        """Return trial, index in the population and time of its recorded spikes."""
        self._require_recorded(population)
        trial, local, time = (
            self._neuron_spikes if population.celltype.injectable else self._source_spikes
        )
        first = _first_local_index(population)
        chosen = (local >= first) & (local < first + population.size)
        return trial[chosen], local[chosen] - first, time[chosen]

    def _require_recorded(self, population: Any) -> None:
        if population not in self.populations:
            raise RecordingError(
                f"Population {getattr(population, 'label', population)!r} was not recorded",
                limit=", ".join(repr(p.label) for p in self.populations),
                remedy="Name it in run_trials(..., record=[...]).",
            )

    @cached_property
    def _neuron_spikes(self) -> Spikes:
        # A time stamp behind the end, by the jitter of the links, comes too late for the trial.
        kept = self.raw.recorded_time_ms <= self.duration
        return (
            self.raw.trial[kept].astype(np.int64),
            self.raw.neuron[kept].astype(np.int64),
            self.raw.recorded_time_ms[kept],
        )

    @cached_property
    def _source_spikes(self) -> Spikes:
        kept = self.raw.source_time_ms <= self.duration
        return (
            self.raw.source_trial[kept].astype(np.int64),
            self.raw.source_index[kept].astype(np.int64),
            self.raw.source_time_ms[kept],
        )

    @cached_property
    def _neuron_counts(self) -> NDArray[np.int64]:
        # All neurons at once: a batch of the training has millions of spikes, in four populations.
        raw = self.raw
        return self._counted(raw.trial, raw.neuron, raw.recorded_time_ms, injectable=True)

    @cached_property
    def _source_counts(self) -> NDArray[np.int64]:
        raw = self.raw
        return self._counted(
            raw.source_trial, raw.source_index, raw.source_time_ms, injectable=False
        )

    def _counted(
        self,
        trial: NDArray[np.int32],
        local: NDArray[np.int32],
        time: NDArray[np.float64],
        injectable: bool,
    ) -> NDArray[np.int64]:
        """Return the number of spikes until the end, (n_trials, n_cells), by local index."""
        present = self.populations[0].session.populations
        n_cells = sum(p.size for p in present if p.celltype.injectable == injectable)
        key = np.multiply(trial, n_cells, dtype=np.int64)
        key += local
        kept = time <= self.duration
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
    def of(cls, populations: tuple[Any, ...]) -> _Channels:
        return cls(
            ids=[int(p.first_id) + index for p in populations for index in range(p.size)],
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


def _first_local_index(population: Any) -> int:
    """Return a population's first number among the neurons, or among the spike sources."""
    kind = population.celltype.injectable
    before = population.session.populations
    return sum(
        p.size for p in before if p.celltype.injectable == kind and p.first_id < population.first_id
    )
