"""Spike times of the ideal substrate's further models against integrations of high precision.

Neurons of random parameters receive random events through both receptors. Events on the grid of
time steps arrive exactly where they were sent; one inside a step is split over both of its ends,
which for jumps of the membrane is an error of the order of the step.
"""

import numpy as np
import pytest
from experiment_builders import LIF, emulate, experiment, given_times, neurons, synapses
from reference import ode_models
from science.test_engine_accuracy import n_matched

from pyNN_brainscales_emu.neuron_models.registry import MODELS

DT, DURATION_MS, DELAY_MS = 0.1, 500.0, 1.0
#: a, b, c, d of Izhikevich (2003): regular, chattering, bursting, fast, low threshold.
KINDS = ((0.02, 0.2, -65.0, 8.0), (0.02, 0.2, -50.0, 2.0), (0.02, 0.2, -55.0, 4.0),
         (0.1, 0.2, -65.0, 2.0), (0.02, 0.25, -65.0, 2.0))  # fmt: skip
#: Excitatory and inhibitory weights in the unit of the model, from and to.
WEIGHTS = {
    "lif_cond_alpha": ((1e-3, 6e-3), (2e-3, 8e-3)),
    "lif_curr_alpha": ((0.05, 0.4), (-0.3, -0.05)),
    "lif_curr_delta": ((0.2, 3.0), (-3.0, -0.2)),
    "izhikevich": ((0.5, 4.0), (-3.0, -0.5)),
}


def drawn_parameters(rng, model):
    if model == "izhikevich":
        kind = KINDS[rng.integers(len(KINDS))]
        return {**dict(zip("abcd", kind, strict=True)), "i_offset": rng.uniform(0, 0.006)}
    values = LIF | {
        "cm": 0.2 * rng.uniform(0.7, 1.4),
        "tau_m": rng.uniform(10, 25),
        "tau_refrac": rng.uniform(0.5, 5),
        "tau_syn_E": rng.uniform(0.5, 3),
        "tau_syn_I": rng.uniform(1, 5),
        "v_reset": -65.0 + rng.uniform(-3, 5),
        "i_offset": rng.uniform(0, 0.1),
    }
    return {name: values[name] for name in MODELS[model].parameter_names}


def drawn_case(rng, model, on_grid, stiff):
    """Return parameters, times, weights and receptors of one neuron."""
    parameters = drawn_parameters(rng, model)
    n_exc, n_inh = rng.poisson((150, 150) if stiff else (500, 200))
    n = n_exc + n_inh
    if on_grid:
        time = DT * np.sort(rng.choice(int(DURATION_MS / DT) - 20, n, replace=False))
    else:
        time = np.sort(rng.uniform(0, DURATION_MS - 2, n))
    inhibitory = rng.random(n) < n_inh / n
    exc, inh = (rng.uniform(*limits, n) for limits in WEIGHTS[model])
    if stiff:  # each event alone makes dt g / C up to 2.5
        exc = inh = rng.uniform(0, 2.5 * parameters["cm"] / DT, n)
    return parameters, time, np.where(inhibitory, inh, exc), inhibitory


def emulated(model, cases):
    values = {name: np.array([case[0][name] for case in cases]) for name in cases[0][0]}
    n_events = [len(case[1]) for case in cases]
    time, weight, inhibitory = (np.concatenate([case[i] for case in cases]) for i in (1, 2, 3))
    target = np.repeat(np.arange(len(cases)), n_events)
    projections = synapses(np.arange(len(time)), target, weight, DELAY_MS, inhibitory)
    made = experiment(neurons(len(cases), model=model, **values),
                      given_times(*time[:, np.newaxis]), projections, dt_ms=DT)  # fmt: skip
    recording = emulate(made, round(DURATION_MS / DT)).recording()
    return [recording.spike_time_ms[recording.spike_neuron == i] for i in range(len(cases))]


def part_matched(model, on_grid, tolerance_ms, stiff=False, n=6):
    rng = np.random.default_rng(5)
    cases = [drawn_case(rng, model, on_grid, stiff) for _ in range(n)]
    references = [
        ode_models.spike_times(model, p, time + DELAY_MS, weight, inhibitory, DURATION_MS)
        for p, time, weight, inhibitory in cases
    ]
    times = emulated(model, cases)
    n_reference = sum(map(len, references))
    assert n_reference > 50
    assert sum(map(len, times)) == pytest.approx(n_reference, rel=0.02)
    matched = sum(n_matched(*pair, tolerance_ms) for pair in zip(times, references, strict=True))
    return matched / n_reference


@pytest.mark.parametrize("model", sorted(WEIGHTS))
def test_events_on_the_grid(model):
    assert part_matched(model, True, 0.1) >= 0.97


@pytest.mark.parametrize("model", ["lif_cond_alpha", "lif_curr_alpha"])
def test_alpha_functions_off_the_grid(model):
    assert part_matched(model, False, 0.1) >= 0.97


def test_large_conductances():
    # The membrane follows the inputs at once, and these are known by their means over a step.
    assert part_matched("lif_cond_alpha", True, 0.2, stiff=True, n=3) >= 0.95
