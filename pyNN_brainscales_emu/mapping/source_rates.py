"""How many events each spike source sends down its link."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation, SpikeTimes

_MS_PER_S = 1000.0


def source_rates(graph: BioGraph) -> NDArray[np.float64]:
    """Return the mean rates of all spike sources in Hz of biological time.

    A Poisson source counts with its rate; a source with given times with (n - 1) / (last - first),
    and with 0 if it has fewer than two spikes, or all at once
    (marocco:marocco/placement/internal/InputPlacement.h).

    Returns
    -------
    (n_sources,) float64
        By the source's local index.
    """
    rates = [_population_rates(p) for p in graph.populations if p.is_source]
    return np.concatenate(rates) if rates else np.zeros(0)


def _population_rates(population: BioPopulation) -> NDArray[np.float64]:
    if population.spike_times is None:
        return population.parameters["rate"]
    return _array_rates(population.spike_times)


def _array_rates(spikes: SpikeTimes) -> NDArray[np.float64]:
    n_spikes = np.diff(spikes.offsets)
    rates = np.zeros(len(n_spikes))
    several = np.flatnonzero(n_spikes > 1)
    first = spikes.times_ms[spikes.offsets[several]]
    last = spikes.times_ms[spikes.offsets[several + 1] - 1]
    lasting = last > first
    intervals = n_spikes[several][lasting] - 1
    rates[several[lasting]] = intervals / (last - first)[lasting] * _MS_PER_S
    return rates
