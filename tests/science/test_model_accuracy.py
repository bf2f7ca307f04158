"""Spike times of the ideal substrate's further models against integrations of high precision.

Neurons of random parameters receive random events through both receptors. Events on the grid of
time steps arrive exactly where they were sent; one inside a step is split over both of its ends,
which for jumps of the membrane is an error of the order of the step.
"""

import numpy as np
import pytest
from experiment_builders import (
    ADEX,
    HODGKIN_HUXLEY,
    LIF,
    OPENED,
    emulate,
    experiment,
    given_times,
    neurons,
    synapses,
)
from reference import ode_hodgkin_huxley, ode_models
from science.test_engine_accuracy import n_matched

from pyNN_brainscales_emu.neuron_models.registry import MODELS

DT, DURATION_MS, DELAY_MS = 0.1, 500.0, 1.0
#: a, b, c, d of Izhikevich (2003): regular, chattering, bursting, fast, low threshold.
KINDS = ((0.02, 0.2, -65.0, 8.0), (0.02, 0.2, -50.0, 2.0), (0.02, 0.2, -55.0, 4.0),
         (0.1, 0.2, -65.0, 2.0), (0.02, 0.25, -65.0, 2.0))  # fmt: skip
#: Excitatory and inhibitory weights in the unit of the model, from and to.
WEIGHTS = {
    "adex_cond_alpha": ((1e-3, 6e-3), (2e-3, 8e-3)),
    "lif_cond_exp_gsfa_grr": ((2e-3, 1.5e-2), (4e-3, 1.5e-2)),
    "lif_cond_alpha": ((1e-3, 6e-3), (2e-3, 8e-3)),
    "lif_curr_alpha": ((0.05, 0.4), (-0.3, -0.05)),
    "lif_curr_delta": ((0.2, 3.0), (-3.0, -0.2)),
    "izhikevich": ((0.5, 4.0), (-3.0, -0.5)),
}


def drawn_parameters(rng, model):
    if model == "izhikevich":
        kind = KINDS[rng.integers(len(KINDS))]
        return {**dict(zip("abcd", kind, strict=True)), "i_offset": rng.uniform(0, 0.006)}
    values = {
        **LIF,
        **ADEX,
        **OPENED,
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


class TestHodgkinHuxley:
    @staticmethod
    def both(precision="single", dt_ms=DT, duration_ms=300.0, n=3):
        """Spike times and membranes of the engine, and of DOP853."""
        rng = np.random.default_rng(4)
        parameters = [
            LIF | HODGKIN_HUXLEY | {"tau_syn_E": rng.uniform(0.5, 3), "v_offset": -60.0,
                                    "i_offset": rng.uniform(0.0, 0.3), "cm": rng.uniform(0.1, 0.4)}
            for _ in range(n)
        ]  # fmt: skip
        names = MODELS["hh_cond_exp"].parameter_names
        time = DT * np.sort(rng.choice(int(duration_ms / DT) - 20, 120, replace=False))
        inhibitory = rng.random(120) < 0.3
        weight = rng.uniform(2e-3, 2e-2, 120)
        values = {name: np.array([p[name] for p in parameters]) for name in names}
        cells = neurons(n, model="hh_cond_exp", v=-65.0, **values)
        projections = synapses(
            np.repeat(np.arange(120), n),
            np.tile(np.arange(n), 120),
            np.repeat(weight, n),
            DELAY_MS,
            np.repeat(inhibitory, n),
        )
        made = experiment(cells, given_times(*time[:, np.newaxis]), projections, dt_ms=dt_ms,
                          signals=("v", "m"))  # fmt: skip
        recording = emulate(made, round(duration_ms / dt_ms), precision=precision).recording()
        ours = [recording.spike_time_ms[recording.spike_neuron == i] for i in range(n)]
        sample_times = np.round(dt_ms * np.arange(1, len(recording.signals["v"])), 9)
        references = [
            ode_hodgkin_huxley.solve(p, (-65.0, 0.0, 1.0, 0.0), time + DELAY_MS, weight, inhibitory,
                                     sample_times)
            for p in parameters
        ]  # fmt: skip
        return ours, recording.signals, references

    @pytest.mark.parametrize("precision", ["single", "double"])
    def test_spike_times_membrane_and_gates(self, precision):
        ours, signals, references = self.both(precision)
        for i, (states, spikes) in enumerate(references):
            assert len(spikes) > 5
            np.testing.assert_allclose(ours[i], spikes, rtol=0, atol=0.02)
            quiet = states[:, 0] < -40.0
            difference = signals["v"][1:, i] - states[:, 0]
            assert np.sqrt(np.mean(difference[quiet] ** 2)) < 0.05
            assert np.sqrt(np.mean((signals["m"][1:, i] - states[:, 1]) ** 2)) < 0.003

    def test_the_error_falls_with_the_fourth_power_of_the_step(self):
        parameters = LIF | HODGKIN_HUXLEY | {"i_offset": 0.05}
        values = {name: parameters[name] for name in MODELS["hh_cond_exp"].parameter_names}
        worst = []
        for dt_ms in (0.4, 0.2, 0.1):
            made = experiment(neurons(1, model="hh_cond_exp", v=-75.0, **values),
                              given_times([1.0]), synapses([0], [0], 0.005), dt_ms=dt_ms,
                              signals=["v"])  # fmt: skip
            v = emulate(made, round(20 / dt_ms), precision="double").recording().signals["v"][1:, 0]
            sample_times = np.round(dt_ms * np.arange(1, len(v) + 1), 9)
            states, spikes = ode_hodgkin_huxley.solve(
                parameters, (-75.0, 0.0, 1.0, 0.0), [2.0], [0.005], [False], sample_times
            )
            assert not len(spikes)
            worst.append(np.abs(v - states[:, 0]).max())
        assert worst[2] < worst[1] / 10 < worst[0] / 100
