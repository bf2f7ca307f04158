"""The recurrent networks to measure, with the parameters of their publications.

*coba*: the network of Vogels and Abbott (2005) as in Brette et al. (2007), benchmark 1: LIF
neurons, each pair connected with a probability that gives 80 inputs a neuron. *adex*: neurons of
Destexhe (2009), as many and with as many synapses as the AI network of Schmitt et al. (2017). Both
sustain their own activity after 50 ms of input, at about 19 Hz. The *calm* ones have weaker
synapses, or more of them, so that conductances stay low.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from _networks import NEURONS, SOURCES, Network, Synapses, random_pairs
from numpy.typing import NDArray

EXCITATORY_SHARE = 0.8
COBA_CELL = {
    "cm": 0.2,
    "tau_m": 20.0,
    "v_rest": -60.0,
    "v_reset": -60.0,
    "v_thresh": -50.0,
    "tau_refrac": 5.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 10.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
}
ADEX_CELL = COBA_CELL | {
    "tau_refrac": 2.5,
    "v_spike": -40.0,
    "delta_T": 2.5,
    "tau_w": 600.0,
    "a": 1.0,
}
ADEX_JUMP = 0.005  # nA, of excitatory neurons; inhibitory ones do not adapt
ADEX_SIZE = 22_445
COBA_INPUTS, ADEX_INPUTS = 80, 180  # of a neuron
#: uS, excitatory and inhibitory.
COBA_WEIGHTS, ADEX_WEIGHTS = (0.006, 0.067), (0.008, 0.055)
COBA_DELAY, ADEX_DELAY = 0.2, 0.5  # ms
CALM_COBA_WEIGHTS = (0.004, 0.051)
# The sum of the weights of COBA's 40 inputs as drawn for 180; a current drives the network.
CALM_ADEX_WEIGHTS, CALM_ADEX_CURRENT, CALM_ADEX_DELAY = (1.33e-3, 14.9e-3), 0.9, 1.0
#: Poisson sources that start the activity; each reaches one neuron in a hundred.
N_SOURCES, SOURCE_RATE_HZ, SOURCE_END_MS = 20, 100.0, 50.0
SOURCE_PROBABILITY, SOURCE_WEIGHT = 0.01, 0.1


def coba(
    size: int, seed: int, name: str = "coba", weights: tuple[float, float] = COBA_WEIGHTS
) -> Network:
    """Draw the LIF network."""
    rng = np.random.default_rng(seed)
    v_init = rng.uniform(COBA_CELL["v_reset"], COBA_CELL["v_thresh"], size)
    synapses = recurrent(rng, size, COBA_INPUTS, weights, COBA_DELAY)
    return Network(name, "IF_cond_exp", COBA_CELL, v_init, *kick(rng, size, COBA_DELAY, synapses))


def adex(size: int, seed: int) -> Network:
    """Draw the AdEx network."""
    rng = np.random.default_rng(seed)
    jump = np.where(np.arange(size) < round(EXCITATORY_SHARE * size), ADEX_JUMP, 0.0)
    v_init = rng.uniform(ADEX_CELL["v_reset"], ADEX_CELL["v_thresh"], size)
    synapses = recurrent(rng, size, ADEX_INPUTS, ADEX_WEIGHTS, ADEX_DELAY)
    started = kick(rng, size, ADEX_DELAY, synapses)
    return Network("adex", "EIF_cond_exp_isfa_ista", ADEX_CELL | {"b": jump}, v_init, *started)


def calm_adex(size: int, seed: int) -> Network:
    """Draw an AdEx network that a constant current drives through weak synapses, 13 Hz."""
    rng = np.random.default_rng(seed)
    cell = ADEX_CELL | {"b": ADEX_JUMP, "i_offset": CALM_ADEX_CURRENT}
    v_init = rng.uniform(-65.0, ADEX_CELL["v_thresh"], size)
    synapses = recurrent(rng, size, ADEX_INPUTS, CALM_ADEX_WEIGHTS, CALM_ADEX_DELAY)
    none = np.empty(0, np.int32)
    model = "EIF_cond_exp_isfa_ista"
    return Network("calm adex", model, cell, v_init, 0, none, np.empty(0), synapses)


def recurrent(
    rng: np.random.Generator,
    size: int,
    inputs: int,
    weights: tuple[float, float],
    delay_ms: float,
) -> tuple[Synapses, ...]:
    """Connect excitatory neurons, which come first, and inhibitory ones with all."""
    probability = min(1.0, inputs / size)
    n_excitatory = round(EXCITATORY_SHARE * size)
    pre, post = random_pairs(rng, n_excitatory, size, probability)
    excitatory = Synapses(NEURONS, "excitatory", pre, post, weights[0], delay_ms)
    pre, post = random_pairs(rng, size - n_excitatory, size, probability)
    pre += np.int32(n_excitatory)
    return excitatory, Synapses(NEURONS, "inhibitory", pre, post, weights[1], delay_ms)


def kick(
    rng: np.random.Generator, size: int, delay_ms: float, synapses: tuple[Synapses, ...]
) -> tuple[int, NDArray[np.int32], NDArray[np.float64], tuple[Synapses, ...]]:
    """Draw the sources' spikes and their synapses; return all that `Network` ends with."""
    n_spikes = rng.poisson(SOURCE_RATE_HZ * SOURCE_END_MS * 1e-3, N_SOURCES)
    source = np.repeat(np.arange(N_SOURCES, dtype=np.int32), n_spikes)
    step = rng.integers(1, round(SOURCE_END_MS / 0.1), len(source))
    source, step = np.unique(np.stack([source, step]), axis=1)  # one spike in a step
    pre, post = random_pairs(rng, N_SOURCES, size, SOURCE_PROBABILITY)
    start = Synapses(SOURCES, "excitatory", pre, post, SOURCE_WEIGHT, delay_ms)
    return N_SOURCES, source.astype(np.int32), step * 0.1, (*synapses, start)


#: What draws each network from its size and a seed, and the published size, by the name that the
#: command line takes.
NETWORKS: dict[str, tuple[Callable[[int, int], Network], int]] = {
    "coba_4000": (coba, 4000),
    "coba_20000": (coba, 20_000),
    "adex_22445": (adex, ADEX_SIZE),
    "calm_coba_4000": (partial(coba, name="calm coba", weights=CALM_COBA_WEIGHTS), 4000),
    "calm_adex_22445": (calm_adex, ADEX_SIZE),
}
