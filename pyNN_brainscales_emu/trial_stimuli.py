"""From what a user gives for each trial to flat arrays of all spike sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation
from pyNN_brainscales_emu.experiment.compiled import TrialStimuli
from pyNN_brainscales_emu.front_end_errors import DimensionsError, InvalidParameterError
from pyNN_brainscales_emu.parameter_checks import check_numbers, check_spike_times
from pyNN_brainscales_emu.parameter_values import as_array


def trial_stimuli(graph: BioGraph, given: Mapping[int, Any]) -> TrialStimuli:
    """Return the stimuli of all trials.

    Parameters
    ----------
    graph : BioGraph
    given : mapping
        By the first cell's number of a population of spike sources: rates, (n_trials, size) in
        Hz, for Poisson sources; spike times in ms, as a sequence over trials of sequences over
        cells, for sources with given times. Populations not named keep their own stimuli. Arrays
        may be those of any library that NumPy can read.

    Returns
    -------
    TrialStimuli

    Raises
    ------
    InvalidParameterError
        For wrong shapes, different numbers of trials, and values that cannot be.
    """
    given = {cell: as_array(value) for cell, value in given.items()}
    n_trials = _n_trials(graph, given)
    n_sources = len(graph.sources)
    rates = np.zeros((n_trials, n_sources))
    counts = np.zeros((n_trials, n_sources), dtype=np.int64)
    pieces = []
    for population in graph.populations:
        if not population.is_source:
            continue
        first = int(graph.local_index[population.first_cell])
        columns = slice(first, first + population.size)
        value = given.get(population.first_cell)
        if population.spike_times is None:
            rates[:, columns] = _rates(population, value)
        else:
            counts[:, columns], times = _spike_times(population, value, n_trials)
            pieces.append((columns, times))
    offsets = np.append(0, np.cumsum(counts))
    return TrialStimuli(rate_hz=rates, offsets=offsets, times_ms=_interleaved(counts, pieces))


def _n_trials(graph: BioGraph, given: Mapping[int, Any]) -> int:
    """Return the number of trials, which all stimuli must share."""
    labels = {p.first_cell: p.label for p in graph.populations}
    numbers = {labels[cell]: _length(labels[cell], value) for cell, value in given.items()}
    if len(set(numbers.values())) != 1 or 0 in numbers.values():
        raise InvalidParameterError(
            "run_trials(): number of trials of the stimuli",
            value=numbers,
            limit="the same for all populations, at least 1",
            remedy="Give stimuli for at least one population of spike sources.",
        )
    return next(iter(numbers.values()))


def _length(label: str, value: Any) -> int:
    is_number = getattr(value, "ndim", 1) == 0
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sized) or is_number:
        raise InvalidParameterError(
            f"run_trials(): stimuli of {label!r}",
            value=value,
            limit="one entry a trial: rates of all cells, or spike times of each cell",
        )
    return len(value)


def _rates(population: BioPopulation, value: Any) -> NDArray[np.float64]:
    if value is None:
        return np.asarray(population.parameters["rate"])
    owner = f"run_trials(): rates of {population.label!r}"
    try:
        rates = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        rates = np.zeros(0)
    if rates.ndim != 2 or rates.shape[1] != population.size:
        raise DimensionsError(
            owner, value=np.shape(rates), limit=f"an array (n_trials, {population.size}) in Hz"
        )
    good = np.isfinite(rates) & (rates >= 0)
    if not good.all():
        trial = int(np.argmin(good.all(axis=1)))
        check_numbers(f"{owner}, trial {trial}", "rate", rates[trial])
    return rates


def _spike_times(
    population: BioPopulation, value: Any, n_trials: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (n_trials, size) numbers of spikes, and all times, trial by trial, cell by cell."""
    assert population.spike_times is not None
    if value is None:
        counts = np.tile(np.diff(population.spike_times.offsets), (n_trials, 1))
        return counts, np.tile(population.spike_times.times_ms, n_trials)
    trains = [_trains(population, trial, trial_value) for trial, trial_value in enumerate(value)]
    counts = np.array([[train.size for train in trial] for trial in trains], dtype=np.int64)
    flat = [train for trial in trains for train in trial]
    return counts, np.concatenate(flat) if flat else np.zeros(0)


def _trains(
    population: BioPopulation, trial: int, value: Sequence[Any]
) -> list[NDArray[np.float64]]:
    owner = f"run_trials(): spike times of {population.label!r}, trial {trial}"
    limit = f"{population.size} sequences of numbers, one for each cell"
    try:
        trains = [np.asarray(getattr(t, "value", t), np.float64) for t in as_array(value)]
    except (TypeError, ValueError):
        raise InvalidParameterError(owner, value=value, limit=limit) from None
    if len(trains) != population.size:
        raise DimensionsError(owner, value=len(trains), limit=limit)
    check_spike_times(owner, trains)
    return trains


def _interleaved(
    counts: NDArray[np.int64], pieces: list[tuple[slice, NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """Return all times ordered by trial, then source, from the times of each population."""
    if len(pieces) == 1:
        return pieces[0][1]
    source = np.arange(counts.size).reshape(counts.shape)
    keys = [np.repeat(source[:, c].ravel(), counts[:, c].ravel()) for c, _ in pieces]
    if not keys:
        return np.zeros(0)
    order = np.argsort(np.concatenate(keys), kind="stable")
    times: NDArray[np.float64] = np.concatenate([times for _, times in pieces])[order]
    return times
