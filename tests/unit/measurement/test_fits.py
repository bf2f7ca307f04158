"""Fits recover the parameters of traces that are known in closed form, or by integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from pyNN_brainscales_emu.measurement.decays import fit_decay, fit_psp
from pyNN_brainscales_emu.measurement.least_squares import minimise, with_differences
from pyNN_brainscales_emu.measurement.responses import fit_after_spike, fit_step, fit_upswing

STEP = 1.0 / 96.0


def noise(shape, sd, seed=3):
    return sd * np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("sd", [0.0, 1e-3])
def test_decay(sd):
    tau = np.geomspace(0.5, 40.0, 12)
    t = np.linspace(0.0, 30.0, 400)
    v = 0.1 * np.exp(-t / tau[:, np.newaxis])
    fit = fit_decay(t, v + noise(v.shape, sd))
    assert fit.tau == pytest.approx(tau, rel=1e-5 if sd == 0 else 0.1)
    assert fit.amplitude == pytest.approx(0.1, rel=1e-5 if sd == 0 else 0.1)
    assert fit.rms == pytest.approx(sd, rel=0.15, abs=1e-8)


@pytest.mark.parametrize("sd", [0.0, 2e-4])
def test_post_synaptic_potential(sd):
    tau = np.geomspace(0.1, 1.5, 8)
    tau_m = np.linspace(2.0, 12.0, 8)
    t = np.arange(-200, 1400) * STEP
    since = np.maximum(t, 0.0)
    v = 0.7 + 0.05 * (np.exp(-since / tau_m[:, None]) - np.exp(-since / tau[:, None]))
    fit = fit_psp(t, v + noise(v.shape, sd), np.full(8, 6.0), np.full(8, 0.4))
    assert fit.tau == pytest.approx(tau, rel=1e-4 if sd == 0 else 0.05)
    assert fit.tau_membrane == pytest.approx(tau_m, rel=1e-4 if sd == 0 else 0.05)
    assert fit.offset == pytest.approx(0.7, abs=1e-6 + sd)
    assert fit.amplitude == pytest.approx(v.max(axis=1) - 0.7, rel=1e-3 if sd == 0 else 0.02)


@pytest.mark.parametrize("ratio", [0.05, 0.7, 2.3, 8.0])  # the last one oscillates
def test_step_of_current_against_the_matrix_exponential(ratio):
    tau_m, tau_w, amplitude = 1.3, 4.0, 0.2
    t = np.arange(0, 3000) * STEP
    rates = np.array([[-1 / tau_m, -ratio / tau_m], [1 / tau_w, -1 / tau_w]])
    end = np.linalg.solve(-rates, [amplitude / tau_m, 0.0])
    advance = expm(rates * STEP)
    away, course = -end, []
    for _ in t:
        course.append(away[0] + end[0])
        away = advance @ away
    fit = fit_step(t, np.array([course]), 1.0, 6.0, 1.0)
    assert fit.ratio == pytest.approx([ratio], rel=1e-4)
    assert fit.tau_w == pytest.approx([tau_w], rel=1e-4)
    assert fit.tau_membrane == pytest.approx([tau_m], rel=1e-4)
    assert fit.amplitude == pytest.approx([amplitude], rel=1e-4)


def test_course_after_a_spike_against_integration():
    tau_m, tau_w = 3.0, 18.0
    slope = np.array([0.001, 0.006, 0.03])
    t = np.arange(0, 3000) * STEP
    v = np.array([
        solve_ivp(
            lambda time, v, s=s: -v / tau_m - s * np.exp(-time / tau_w), (0, t[-1]), [0.1],
            t_eval=t, rtol=1e-9, atol=1e-12,
        ).y[0]
        for s in slope
    ])  # fmt: skip
    fit = fit_after_spike(t, v + noise(v.shape, 1e-4), 4.0, 20.0, 1e-4)
    assert fit.slope == pytest.approx(slope, rel=0.05)
    assert fit.tau_membrane == pytest.approx(tau_m, rel=0.02)
    assert fit.tau_w[-1] == pytest.approx(tau_w, rel=0.02)


def test_a_weak_current_after_a_spike_takes_the_time_constant_that_was_set():
    t = np.arange(0, 3000) * STEP
    v = 0.1 * np.exp(-t / 3.0)[np.newaxis]
    fit = fit_after_spike(t, v + noise(v.shape, 1e-3), 4.0, 20.0, 1e-3)
    assert fit.tau_w == pytest.approx([20.0], rel=0.3)


@pytest.mark.parametrize("delta", [1.5e-3, 8e-3])
def test_upswing_of_the_exponential_term_against_integration(delta):
    tau, threshold, leak = 15.0, 0.9, 1.0

    def rate(_, v):
        return (leak - v + delta * np.exp((v - threshold) / delta)) / tau

    def spike(_, v):
        return v[0] - (threshold + 40 * delta)

    spike.terminal = True
    course = solve_ivp(rate, (0, 200), [0.75], events=spike, rtol=1e-10, atol=1e-12,
                       dense_output=True, max_step=0.5)  # fmt: skip
    before = np.arange(59, -1, -1) * STEP
    v = course.sol(course.t[-1] - 0.4 * STEP - before)
    fit = fit_upswing(before, v + noise(v.shape, 1e-5), 1.3 * delta, STEP)
    assert fit.delta_T == pytest.approx([delta], rel=0.03)
    assert fit.level - fit.delta_T * np.log(tau) == pytest.approx([threshold], abs=1e-3)


def test_least_squares_of_a_line_is_exact():
    t = np.linspace(-1, 1, 20)
    true = np.array([[2.0, -1.0], [0.3, 0.7]])
    model = with_differences(lambda p: p[:, :1] + p[:, 1:] * t)
    found, rms = minimise(model, true[:, :1] + true[:, 1:] * t, np.zeros((2, 2)), 0)
    assert found == pytest.approx(true, abs=1e-6)
    assert rms == pytest.approx(0.0, abs=1e-6)
