"""Spikes of sources with a memory: made here, on the host, and sent as given times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import SpikeTimes
from pyNN_brainscales_emu.keyed_random import Purpose, seed_of, uniform
from pyNN_brainscales_emu.renewal_intervals import (
    gamma_intervals,
    inhomogeneous_gamma_times,
    refractory_intervals,
    renewal_times,
)

#: How the spikes of each type of source are made.
PROCESSES: dict[str, Callable[..., tuple[NDArray[np.int64], NDArray[np.float64]]]] = {
    "SpikeSourcePoissonRefractory": partial(renewal_times, refractory_intervals),
    "SpikeSourceGamma": partial(renewal_times, gamma_intervals),
    "SpikeSourceInhGamma": inhomogeneous_gamma_times,
}
#: Trains are made this far at least, so that a mapping knows rates before the first run, ms.
SHORTEST = 1000.0


class RenewalTrains:
    """The spikes of one population of such sources in the present presentation.

    Numbers are keyed by (seed, presentation, time of the last change of parameters, cell, draw).

    Parameters
    ----------
    process : str
        One of `PROCESSES`.
    first_cell, size : int
    seed : int
        Of `setup`.
    """

    def __init__(self, process: str, first_cell: int, size: int, seed: int) -> None:
        self._process = PROCESSES[process]
        self._first_cell, self._size, self._seed = first_cell, size, seed
        self._begin(presentation=0)

    def _begin(self, presentation: int) -> None:
        self._presentation = presentation
        self._since_ms, self._since_step = 0.0, 0
        self._past = SpikeTimes(np.zeros(self._size + 1, dtype=np.int64), np.zeros(0))
        self.horizon_ms = SHORTEST

    def is_known(self, presentation: int, end_ms: float) -> bool:
        """Whether the trains of a presentation are made up to a time."""
        return presentation == self._presentation and end_ms <= self.horizon_ms

    def extend(self, presentation: int, end_ms: float) -> None:
        """Make the trains of a presentation up to a time, or twice as far as before."""
        if presentation != self._presentation:
            self._begin(presentation)
        if end_ms > self.horizon_ms:
            self.horizon_ms = max(end_ms, 2 * self.horizon_ms)

    def begin_again(self, parameters: Mapping[str, Any], step: int, now_ms: float) -> None:
        """Keep what came until now by the given parameters; others hold from now on.

        Each source's process begins again now, as if it had just started.
        """
        spikes = self.spike_times(parameters)
        cells = np.repeat(np.arange(self._size), np.diff(spikes.offsets))
        is_past = spikes.times_ms <= now_ms
        self._past = _by_cell(cells[is_past], spikes.times_ms[is_past], self._size)
        self._since_step, self._since_ms = step, now_ms

    def spike_times(self, parameters: Mapping[str, NDArray[Any]]) -> SpikeTimes:
        """Return the spikes up to the horizon."""
        start = parameters["start"]
        begin = np.maximum(start, self._since_ms)
        end = np.minimum(start + parameters["duration"], self.horizon_ms)
        index = (self._presentation << 32) + self._since_step
        seed = seed_of(self._seed, Purpose.RENEWAL_SOURCE, index)

        def draw(cell: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.float64]:
            return uniform(seed, Purpose.RENEWAL_SOURCE, cell + self._first_cell, number)

        counts, times = self._process(parameters, begin, end, draw)
        past = self._past
        cells = np.repeat(np.arange(self._size), np.diff(past.offsets))
        new_cells = np.repeat(np.arange(self._size), counts)
        return _by_cell(np.append(cells, new_cells), np.append(past.times_ms, times), self._size)


def _by_cell(cells: NDArray[np.int64], times: NDArray[np.float64], size: int) -> SpikeTimes:
    """Return spikes in the order of the cells; those of each are in the order of time."""
    offsets = np.append(0, np.cumsum(np.bincount(cells, minlength=size)))
    return SpikeTimes(offsets, times[np.argsort(cells, kind="stable")])
