"""The trials of a training batch as one network, for simulators that know no trials."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from _networks import NEURONS, SOURCES, Network, Synapses
from numpy.typing import NDArray

from pyNN_brainscales_emu.training.conversion import Levels
from pyNN_brainscales_emu.training.encoding import poisson_trains
from pyNN_brainscales_emu.training.spiking_network import DELAY, NEURON_PARAMETERS, STIMULUS_WEIGHT

STEPS_PER_TRIAL = 10_000


def side_by_side(levels: list[Levels], rates: NDArray[np.float64], unit: float) -> Network:
    """Return one copy of the network for each trial; layer by layer, trial by trial.

    The sources' spikes are ready-made: faster than drawing them in every step.
    """
    n_trials, firsts = len(rates), first_neurons(levels, len(rates))
    one_to_one = np.arange(rates.size, dtype=np.int32)
    synapses = [Synapses(SOURCES, "excitatory", one_to_one, one_to_one, STIMULUS_WEIGHT, DELAY)]
    for level, ends in zip(levels, pairwise(firsts[:-1]), strict=True):
        for receptor, sign in (("excitatory", 1), ("inhibitory", -1)):
            pre, post, weight = copies(sign * level, n_trials, ends)
            synapses.append(Synapses(NEURONS, receptor, pre, post, weight * unit, DELAY))
    v_init = np.full(firsts[-1], NEURON_PARAMETERS["v_rest"])
    sources = (rates.size, *source_spikes(rates))
    parameters = dict(NEURON_PARAMETERS)
    return Network("training", "IF_cond_exp", parameters, v_init, *sources, tuple(synapses))


def first_neurons(levels: list[Levels], n_trials: int) -> NDArray[np.int64]:
    """Return the number of the first neuron of each layer, and that of all neurons."""
    sizes = [levels[0].shape[0], *(level.shape[1] for level in levels)]
    return np.cumsum([0, *(n_trials * size for size in sizes)])


def copies(
    levels: Levels, n_trials: int, firsts: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return pre, post and weight of the positive entries, once for each trial."""
    ends = np.nonzero(levels > 0)
    trial = np.arange(n_trials)[:, np.newaxis]
    pre, post = (
        (first + trial * size + index).ravel().astype(np.int32)
        for first, size, index in zip(firsts, levels.shape, ends, strict=True)
    )
    return pre, post, np.tile(levels[ends], n_trials).astype(float)


def source_spikes(rates: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Draw Poisson trains on the grid, at most one spike of a source in a step."""
    trial, pixel, time_ms = poisson_trains(rates, np.random.default_rng(2))
    number = (trial * rates.shape[1] + pixel).astype(np.int64)
    event = np.unique(number * STEPS_PER_TRIAL + (time_ms * 10).astype(int))
    source, step = np.divmod(event, STEPS_PER_TRIAL)
    return source.astype(np.int32), step * 0.1
