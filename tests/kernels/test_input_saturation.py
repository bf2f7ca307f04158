"""Synaptic inputs that saturate: closed forms, limits, and what is far below them."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import (
    emulate,
    experiment,
    given_times,
    neurons,
    random_network,
    spike_bytes,
    synapses,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

DT = 0.1
LIMIT = 0.01  # uS
BOTH = pytest.mark.parametrize("adex", [False, True])
#: Without threshold and leak between the synapses' conductances, to see the input alone.
SILENT = {"v_thresh": 1e3, "v_spike": 1e3, "delta_T": 0.0, "a": 0.0}


def acting(g, limit=LIMIT):
    """Conductance that acts on the membrane where the synapses ask for g."""
    u = np.minimum(g / limit, np.sqrt(2))
    return limit * u * np.sqrt(1 - u**2 / 4)


def steady_v(g, limit, adex, inhibitory=False, precision="double"):
    """Where the membrane settles under a conductance that hardly decays."""
    n = len(g)
    cells = neurons(n, adex=adex, input_limit=limit, tau_syn_E=1e12, tau_syn_I=1e12, **SILENT)
    made = experiment(
        cells,
        given_times([0.0]),
        synapses(np.zeros(n), np.arange(n), g, inhibitory=inhibitory),
        signals=["v"],
    )
    return emulate(made, 5000, precision=precision).recording().signals["v"][-1]


@BOTH
@pytest.mark.parametrize(("inhibitory", "reversal"), [(False, 0.0), (True, -80.0)])
@pytest.mark.parametrize(("precision", "atol"), [("single", 1e-3), ("double", 1e-6)])
def test_the_membrane_settles_where_the_characteristic_says(
    adex, inhibitory, reversal, precision, atol
):
    g = LIMIT * np.array([0.001, 0.1, 0.5, 1.0, 1.3, 1.4142, 1.5, 3.0, 100.0])
    v = steady_v(g, LIMIT, adex, inhibitory, precision)
    leak, effective = 0.2 / 20.0, acting(g)
    expected = (leak * -65.0 + effective * reversal) / (leak + effective)
    np.testing.assert_allclose(v, expected, rtol=0, atol=atol)


@BOTH
def test_far_below_the_limit_the_input_is_linear(adex):
    g = np.array([0.001, 0.01])
    np.testing.assert_allclose(steady_v(g, 1e3, adex), steady_v(g, None, adex), rtol=0, atol=1e-8)


@BOTH
def test_nothing_passes_the_limit(adex):
    v = steady_v(LIMIT * np.array([1.5, 10.0, 1e6]), LIMIT, adex)
    assert v[0] == v[1] == v[2]


def test_the_membrane_follows_the_equation_through_a_decaying_conductance():
    """Against a fine integration: the scheme is of second order in the step."""

    def slope(t, v):
        g = acting(0.05 * np.exp(-(t - 1.0) / 5.0)) if t >= 1.0 else 0.0
        return (-(v + 65.0) * 0.01 - g * v) / 0.2

    errors = []
    for dt_ms in (0.1, 0.05):
        cells = neurons(1, input_limit=LIMIT, **SILENT)
        made = experiment(
            cells, given_times([0.0]), synapses([0], [0], 0.05), signals=["v"], dt_ms=dt_ms
        )
        n_steps = round(40.0 / dt_ms)
        v = emulate(made, n_steps, precision="double").recording().signals["v"][:, 0]
        time = dt_ms * np.arange(n_steps + 1)
        after = time >= 1.0
        exact = solve_ivp(slope, (1.0, 40.0), [-65.0], t_eval=time[after], rtol=1e-10, atol=1e-10,
                          max_step=0.05).y[0]  # fmt: skip
        errors.append(np.abs(v[after][: len(exact)] - exact).max())
    assert errors[0] < 1e-3
    assert errors[1] < errors[0] / 3


@given(st.lists(st.floats(1e-4, 1.0), min_size=2, max_size=12, unique=True))
def test_more_conductance_never_acts_less(g):
    v = steady_v(np.sort(g), LIMIT, adex=False)
    assert (np.diff(v) >= -1e-9).all()


def test_neurons_have_limits_of_their_own():
    g, limit = np.full(3, 0.05), np.array([0.002, 0.01, 10.0])
    leak, effective = 0.01, acting(g, limit)
    expected = leak * -65.0 / (leak + effective)
    np.testing.assert_allclose(steady_v(g, limit, adex=False), expected, rtol=0, atol=1e-5)


def test_the_recorded_conductance_is_that_of_the_synapses():
    cells = neurons(1, input_limit=LIMIT)
    made = experiment(cells, given_times([0.0]), synapses([0], [0], 0.05), signals=["gsyn_exc"])
    g = emulate(made, 200, precision="double").recording().signals["gsyn_exc"][:, 0]
    assert g.max() == pytest.approx(0.05 * np.exp(-DT / 5.0))


def test_a_current_saturates_in_both_directions():
    n = 6
    current = np.array([-3.0, -1.0, -0.5, 0.5, 1.0, 3.0]) * 0.05
    cells = neurons(n, conductance_based=False, input_limit=0.05, tau_syn_E=1e12,
                    **SILENT)  # fmt: skip
    made = experiment(cells, given_times([0.0]), synapses(np.zeros(n), np.arange(n), current),
                      signals=["v"])  # fmt: skip
    v = emulate(made, 5000, precision="double").recording().signals["v"][-1]
    np.testing.assert_allclose(v, -v[::-1] - 130.0, rtol=0, atol=1e-9)
    size = acting(np.abs(current), 0.05)
    np.testing.assert_allclose(v + 65.0, np.sign(current) * size * 100.0, rtol=0, atol=1e-5)


def test_rates_fall_behind_the_linear_network_the_more_the_higher_they_are():
    ratios = []
    for weight in (1.0, 4.0):
        made = random_network(9, n_neurons=200, n_sources=60)
        excitatory = replace(
            made.synapses,
            receptor=np.zeros_like(made.synapses.receptor),
            weight=weight * made.synapses.weight,
        )
        limited = replace(made.neurons, input_limit=np.full(200, 0.03))
        linear, saturating = (
            len(emulate(replace(made, synapses=excitatory, neurons=cells), 3000)
                .recording().spike_neuron)
            for cells in (made.neurons, limited)
        )  # fmt: skip
        ratios.append(saturating / linear)
    assert ratios[1] < ratios[0] < 1.0
    assert ratios[1] < 0.7


def test_an_unreachable_limit_changes_rounding_only():
    made = random_network(11, n_neurons=64)
    of_sources = made.synapses.source < 30  # no recurrence, so nothing is amplified
    feed_forward = {n: a[of_sources] for n, a in vars(made.synapses).items()}
    made = replace(made, synapses=replace(made.synapses, **feed_forward))
    made = replace(made, synapses=replace(made.synapses, weight=3 * made.synapses.weight))
    far = replace(made, neurons=replace(made.neurons, input_limit=np.full(64, 1e6)))
    one, other = (emulate(m, 3000, precision="double").recording() for m in (made, far))
    assert len(one.spike_neuron) > 100
    np.testing.assert_array_equal(one.spike_neuron, other.spike_neuron)
    np.testing.assert_allclose(one.spike_time_ms, other.spike_time_ms, rtol=0, atol=1e-7)
    again = emulate(far, 3000, precision="double").recording()
    assert spike_bytes(again) == spike_bytes(other)
