"""Single neurons with random parameters and input, and their spike times in each integration.

*Calm* neurons are those of `tests/science/test_engine_accuracy.py`. *Strong* ones have
capacitances down to a hundredth of the usual one, and conductances g with dt g / C up to 10 at a
step dt of 0.1 ms: the membrane follows its synapses within a step, and inhibition holds it most of
the time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "science")]

import test_engine_accuracy as calm  # noqa: E402
from experiment_builders import (  # noqa: E402
    emulate,
    experiment,
    given_times,
    neurons,
    synapses,
)
from reference import ode_neuron  # noqa: E402

DT_MS, DURATION_MS, DELAY_MS = 0.1, 1000.0, 1.0
RATES_HZ = (5.0, 50.0)
Trains = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Case:
    """One neuron and its input.

    Attributes
    ----------
    parameters : dict
        PyNN's, as floats.
    time_ms, weight, inhibitory : (n_events,) float64, float64, bool
        Events by the time at which they are sent; weights in uS.
    input_limit : float, optional
        Of saturating inputs, uS.
    """

    parameters: dict[str, float]
    time_ms: NDArray[np.float64]
    weight: NDArray[np.float64]
    inhibitory: NDArray[np.bool_]
    input_limit: float | None = None


def draw_calm(rng: np.random.Generator, adex: bool) -> Case:
    """Draw a neuron with low conductances."""
    return Case(**vars(calm.draw_case(rng, adex)))


def draw_strong(rng: np.random.Generator, adex: bool) -> Case:
    """Draw a neuron with high conductances, of which inhibition has three quarters or more."""
    parameters = draw_calm(rng, adex).parameters
    cm = 10 ** rng.uniform(-2.7, -0.7)
    scale = cm / parameters["cm"]
    parameters["cm"] = cm
    if adex:
        parameters |= {"a": parameters["a"] * scale, "b": parameters["b"] * scale}
    rate_exc, rate_inh = rng.uniform(50, 300), rng.uniform(100, 300)
    n_events = rng.poisson([rate_exc, rate_inh])
    time = np.unique(np.round(rng.uniform(0.01, DURATION_MS - 2, n_events.sum()), 2))
    inhibitory = rng.permutation(np.repeat([False, True], n_events))[: len(time)]
    charge_exc = rate_exc * parameters["tau_syn_E"]
    charge_inh = rate_inh * parameters["tau_syn_I"]
    inhibition = rng.uniform(3.0, 12.0) * charge_exc / charge_inh
    weight = rng.uniform(0.5, 1.5, len(time)) * np.where(inhibitory, inhibition, 1.0)
    case = Case(parameters, time, weight, inhibitory)
    stiffness = 10 ** rng.uniform(-0.5, 1.0)
    return replace(case, weight=weight * stiffness / largest_stiffness(case))


def draw_saturating(rng: np.random.Generator, adex: bool) -> Case:
    """Draw a strong neuron whose inputs saturate below their largest conductance."""
    case = draw_strong(rng, adex)
    largest = largest_stiffness(case) * case.parameters["cm"] / DT_MS
    return replace(case, input_limit=largest * rng.uniform(0.3, 1.0))


#: What draws the neurons of each regime.
REGIMES: dict[str, Callable[[np.random.Generator, bool], Case]] = {
    "calm": draw_calm,
    "strong": draw_strong,
    "strong, saturating": draw_saturating,
}


def largest_stiffness(case: Case) -> float:
    """Return the largest dt g / C that the synapses ask for."""
    p, total = case.parameters, np.zeros(len(case.time_ms))
    for kind, tau in ((False, p["tau_syn_E"]), (True, p["tau_syn_I"])):
        weight = np.where(case.inhibitory == kind, case.weight, 0.0)
        # Normalised so that the sum over past events becomes a cumulative sum.
        shifted = (case.time_ms - case.time_ms[-1]) / tau
        total += np.exp(-shifted) * np.cumsum(weight * np.exp(shifted))
    return float(total.max() * DT_MS / p["cm"])


def cases_in_range(regime: str, adex: bool, n: int, seed: int) -> list[Case]:
    """Draw neurons until there are `n` that fire at the rates in question."""
    rng = np.random.default_rng(seed)
    chosen: list[Case] = []
    while len(chosen) < n:
        drawn = [REGIMES[regime](rng, adex) for _ in range(5 * n)]
        rates = [len(times) / DURATION_MS * 1e3 for times in emulated(drawn, adex)]
        chosen += [
            case
            for case, rate in zip(drawn, rates, strict=True)
            if RATES_HZ[0] <= rate <= RATES_HZ[1]
        ]
    return chosen[:n]


def emulated(cases: Sequence[Case], adex: bool, **options: Any) -> Trains:
    """Return the spike times of each neuron in the engine."""
    names = cases[0].parameters
    values: dict[str, Any] = {n: np.array([c.parameters[n] for c in cases]) for n in names}
    if cases[0].input_limit is not None:
        values["input_limit"] = np.array([case.input_limit for case in cases])
    n_events = [len(case.time_ms) for case in cases]
    projections = synapses(
        np.arange(sum(n_events)),
        np.repeat(np.arange(len(cases)), n_events),
        np.concatenate([case.weight for case in cases]),
        DELAY_MS,
        np.concatenate([case.inhibitory for case in cases]),
    )
    stimuli = given_times(*(np.concatenate([case.time_ms for case in cases])[:, np.newaxis]))
    made = experiment(neurons(len(cases), adex=adex, **values), stimuli, projections)
    recording = emulate(made, round(DURATION_MS / DT_MS), **options).recording()
    return [recording.spike_time_ms[recording.spike_neuron == i] for i in range(len(cases))]


def reference_times(cases: Sequence[Case]) -> Trains:
    """Return the spike times of each neuron by DOP853 with exact events, on all processors."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_integrate, cases))


def _integrate(case: Case) -> NDArray[np.float64]:
    arrival = case.time_ms + DELAY_MS
    events = (arrival, case.weight, case.inhibitory)
    limit = case.input_limit
    return ode_neuron.spike_times(case.parameters, *events, DURATION_MS, input_limit=limit)


def n_matched(
    times: NDArray[np.float64], reference: NDArray[np.float64], tolerance_ms: NDArray[np.float64]
) -> int:
    """Return how many spikes of the reference have a partner of their own, taken in order."""
    matched = i = j = 0
    while i < len(times) and j < len(reference):
        difference = times[i] - reference[j]
        matched += abs(difference) <= tolerance_ms[j]
        i, j = i + (difference <= tolerance_ms[j]), j + (difference >= -tolerance_ms[j])
    return int(matched)
