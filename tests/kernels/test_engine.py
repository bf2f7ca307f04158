"""The engine against closed forms, and against the same scheme in plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import (
    SIGNALS,
    emulate,
    experiment,
    given_times,
    in_units_of_targets,
    neurons,
    random_network,
    synapses,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_twin

from pyNN_brainscales_emu.emulator.kernel_models import of_kernel
from pyNN_brainscales_emu.neuron_models.registry import MODELS

DT = 0.1


def signal(made, name, n_steps, **options):
    """The recorded signal of the only neuron, in double precision."""
    made = replace(made, recording=replace(made.recording, signals={name: np.array([0])}))
    return emulate(made, n_steps, precision="double", **options).recording().signals[name][:, 0]


# --- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("adex", [False, True])
def test_the_membrane_decays_to_rest(adex):
    cells = neurons(1, adex=adex, v=-75.0, a=0.0, delta_T=0.0)
    v = signal(experiment(cells), "v", 1000)
    time = DT * np.arange(1001)
    np.testing.assert_allclose(v, -65.0 - 10.0 * np.exp(-time / 20.0), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("receptor", "tau_ms"), [("exc", 5.0), ("inh", 8.0)])
def test_a_conductance_decays_from_the_arrival_on(receptor, tau_ms):
    projections = synapses([0], [0], 0.004, delay_ms=1.5, inhibitory=receptor == "inh")
    g = signal(experiment(neurons(1), given_times([2.5]), projections), f"gsyn_{receptor}", 500)
    time = DT * np.arange(501)
    after = time > 4.0 + 1e-9
    np.testing.assert_allclose(g[after], 0.004 * np.exp(-(time[after] - 4.0) / tau_ms), rtol=1e-11)
    assert not g[~after].any()


def current_based_psp(delay_ms, dt_ms):
    """Largest deviation from the double exponential, over its largest value."""
    projections = synapses([0], [0], 0.05, delay_ms)
    cells = neurons(1, conductance_based=False)
    made = experiment(cells, given_times([3.0]), projections, dt_ms=dt_ms)
    n_steps = round(60 / dt_ms)
    after_ms = dt_ms * np.arange(n_steps + 1) - 3.0 - delay_ms
    after_ms = np.maximum(after_ms, 0)
    tau_m, tau_syn = 20.0, 5.0
    scale = 0.05 / 0.2 * tau_m * tau_syn / (tau_m - tau_syn)
    psp = scale * (np.exp(-after_ms / tau_m) - np.exp(-after_ms / tau_syn))
    return np.abs(signal(made, "v", n_steps) + 65.0 - psp).max() / psp.max()


def test_a_current_based_psp_is_a_double_exponential():
    assert current_based_psp(1.5, 0.1) < 1e-4


def test_an_event_off_the_grid_makes_an_error_of_second_order():
    # Its parts in the slots before and behind it have the same weight and mean time together.
    coarse, fine = current_based_psp(1.537, 0.1), current_based_psp(1.5037, 0.01)
    assert coarse < 2e-3
    assert fine < coarse / 30


@pytest.mark.parametrize("refractory_ms", [0.0, 0.03, 0.1, 0.17, 2.0, 3.337])
def test_the_interval_under_constant_current(refractory_ms):
    current = np.linspace(0.16, 2.0, 7)
    cells = neurons(7, i_offset=current, tau_refrac=refractory_ms)
    recording = emulate(experiment(cells), 4000, precision="double").recording()
    infinity = -65.0 + current * 20.0 / 0.2
    expected = refractory_ms + 20.0 * np.log((infinity + 68.0) / (infinity + 50.0))
    for neuron in range(7):
        intervals = np.diff(recording.spike_time_ms[recording.spike_neuron == neuron])
        assert len(intervals) > 4
        np.testing.assert_allclose(intervals, expected[neuron], rtol=0, atol=1e-6)


def test_the_first_spike_from_rest():
    cells = neurons(1, i_offset=0.2)
    spikes = emulate(experiment(cells), 1000).recording().spike_time_ms
    assert spikes[0] == pytest.approx(20.0 * np.log(20.0 / 5.0), abs=1e-4)


def test_a_current_step_moves_the_membrane_along_an_exponential():
    changes = ((105, 0, 0.08), (405, 0, -0.08))
    v = signal(experiment(neurons(1), changes=changes), "v", 800)
    time = DT * np.arange(801)
    rise = 8.0 * (1 - np.exp(-(np.clip(time, 10.5, 40.5) - 10.5) / 20.0))
    expected = -65.0 + rise * np.exp(-(np.maximum(time, 40.5) - 40.5) / 20.0)
    np.testing.assert_allclose(v, expected, rtol=0, atol=1e-9)


def test_w_decays_without_subthreshold_adaptation():
    cells = neurons(1, adex=True, a=0.0, w=0.02, tau_w=80.0)
    w = signal(experiment(cells), "w", 2000)
    np.testing.assert_allclose(w, 0.02 * np.exp(-DT * np.arange(2001) / 80.0), rtol=1e-11)


def test_subthreshold_adaptation_adds_to_the_leak():
    # Without exponential term the fixed point is that of leak and adaptation together.
    cells = neurons(1, adex=True, a=4.0, delta_T=0.0, i_offset=0.1, tau_w=30.0)
    v = signal(experiment(cells), "v", 8000)[-1]
    w = signal(experiment(cells), "w", 8000)[-1]
    assert v + 65.0 == pytest.approx(0.1 / (0.2 / 20.0 + 0.004), rel=1e-9)
    assert w == pytest.approx(0.004 * (v + 65.0), rel=1e-9)


def test_a_spike_adds_b_to_w():
    cells = neurons(1, adex=True, a=0.0, b=0.05, v=-45.0, tau_refrac=50.0, tau_w=100.0)
    made = experiment(cells, signals=["w"])
    recording = emulate(made, 100, precision="double").recording()
    time = DT * np.arange(101)
    (fired,) = recording.spike_time_ms
    after = time > fired + DT
    expected = 0.05 * np.exp(-(time[after] - fired) / 100.0)
    np.testing.assert_allclose(recording.signals["w"][after, 0], expected, rtol=1e-6)
    assert not recording.signals["w"][time < fired - DT].any()


def test_the_membrane_rests_at_reset_through_the_refractory_period():
    v = signal(experiment(neurons(1, i_offset=0.5, tau_refrac=3.04)), "v", 600)
    at_reset = np.flatnonzero(v == -68.0)
    first = at_reset[0]
    assert at_reset[:30].tolist() == list(range(first, first + 30))
    assert v[first + 31] > -68.0


@pytest.mark.parametrize("adex", [False, True])
@pytest.mark.parametrize("refractory_ms", [0.1, 0.37, 2.0, 3.337])
def test_a_reset_above_the_threshold_fires_once_a_refractory_period(adex, refractory_ms):
    levels = {"v_thresh": -50.0, "v_spike": -50.0, "v_reset": -49.0, "v_rest": -49.5}
    cells = neurons(3, adex=adex, tau_refrac=refractory_ms, a=0.0, b=0.0, **levels)
    recording = emulate(experiment(cells), 1000, precision="double").recording()
    times = recording.spike_time_ms[recording.spike_neuron == 1]
    assert len(times) >= np.floor(99.0 / refractory_ms)
    assert np.diff(times) == pytest.approx(refractory_ms, abs=1e-9)


def test_a_large_conductance_takes_the_membrane_to_its_reversal_potential():
    cells = neurons(1, v_thresh=100.0, v_spike=100.0)
    projections = synapses([0], [0], 50.0)
    v = signal(experiment(cells, given_times([1.0]), projections), "v", 40)
    assert abs(v[22]) < 0.02  # 50 uS against a leak of 0.01 uS at -65 mV
    assert v.max() < 0.0


# --- events --------------------------------------------------------------------------------------


@given(
    times=st.lists(st.floats(0.0, 30.0), min_size=1, max_size=12),
    delay_ms=st.floats(0.1, 12.0),
    portion=st.integers(1, 400),
)
@settings(max_examples=60)
def test_no_event_is_lost_and_its_mean_time_is_kept(times, delay_ms, portion):
    n_steps = 450
    cells = neurons(1, v_thresh=500.0, v_spike=500.0)
    made = experiment(cells, given_times(times), synapses([0], [0], 0.001, delay_ms))
    g = signal(made, "gsyn_exc", [portion, n_steps - portion])
    decay = np.exp(-DT / 5.0)
    arrived = g[1:] / decay - g[:-1]  # in the slot of each step
    arrival = np.sort(np.array(times) + delay_ms) / DT
    assert arrived.sum() == pytest.approx(0.001 * len(times), rel=1e-9)
    assert arrived @ np.arange(n_steps) == pytest.approx(0.001 * arrival.sum(), rel=1e-6)
    slots = np.flatnonzero(np.abs(arrived) > 1e-12)
    assert slots[0] >= np.floor(arrival[0] - 1e-5)
    assert slots[-1] <= np.floor(arrival[-1] + 1e-5) + 1


@given(
    step=st.integers(0, 200),
    below=st.floats(0.0, 1e-6),
    delay_steps=st.integers(1, 40),
    delay_below=st.floats(0.0, 1e-6),
)
@settings(max_examples=60)
def test_an_event_a_little_below_the_grid_is_in_time(step, below, delay_steps, delay_below):
    # It belongs to the step that starts there, also if the delay is as long as a block.
    time_ms, delay_ms = (step - below) * DT, (delay_steps - delay_below) * DT
    made = experiment(
        neurons(1), given_times([max(time_ms, 0.0)]), synapses([0], [0], 0.001, delay_ms)
    )
    g = signal(made, "gsyn_exc", step + delay_steps + 40)
    assert g[step + delay_steps + 1] == pytest.approx(0.001 * np.exp(-DT / 5.0), rel=1e-4)


def test_a_spike_reaches_its_targets_after_the_delay():
    cells = neurons(2, i_offset=[0.4, 0.0], v_thresh=[-50.0, 0.0], v_spike=[-50.0, 0.0])
    made = experiment(cells, projections=synapses([0], [1], 0.001, 2.5))
    made = replace(made, recording=replace(made.recording, signals={"gsyn_exc": np.array([1])}))
    recording = emulate(made, 200, precision="double").recording()
    fired = recording.spike_time_ms[0]
    slots = np.flatnonzero(recording.signals["gsyn_exc"])
    assert slots[0] == int(np.floor((fired + 2.5) / DT)) + 1


def test_synapses_of_weight_zero_do_nothing():
    made = random_network(4)
    silent = synapses(np.arange(100), np.arange(100) % 70, 0.0, 0.7)
    both = replace(
        made,
        synapses=synapses(
            *(
                np.concatenate([getattr(made.synapses, name), getattr(silent, name)])
                for name in ("source", "target", "weight", "delay_ms", "receptor")
            )
        ),
    )
    one, other = (emulate(m, 4000).recording() for m in (made, both))
    np.testing.assert_array_equal(one.spike_time_ms, other.spike_time_ms)
    assert len(one.spike_neuron) > 100


def test_a_network_without_neurons_or_sources_runs():
    nobody = experiment(neurons(0))
    assert len(emulate(nobody, 100).recording().spike_neuron) == 0
    alone = experiment(neurons(3), signals=SIGNALS)
    assert emulate(alone, 100).recording().signals["v"].shape == (101, 3)


# --- the twin ------------------------------------------------------------------------------------


TOLERANCES = {
    "v": 1e-8, "w": 1e-9, "u": 1e-8, "gsyn_exc": 1e-9, "gsyn_inh": 1e-9, "g_s": 1e-7, "g_r": 1e-7,
    "m": 1e-8, "h": 1e-8, "n": 1e-8, "i_eta": 1e-9, "v_t": 1e-8,
}  # fmt: skip
#: At its peak an Izhikevich membrane moves 326 mV/ms, so that the 1e-9 ms of spike times are 33
#: times the 1e-8 mV of other membranes.
UPSWING = 33
#: Models whose membrane goes through its spike.
STEEP = ("izhikevich", "hh_cond_exp")


def assert_equal_to_twin(made, n_steps):
    signals = {name: np.arange(made.neurons.size) for name in network_twin.SIGNALS}
    made = replace(made, recording=replace(made.recording, signals=signals))
    twin = network_twin.simulate(made, n_steps)
    order = np.lexsort((twin.time_ms, twin.neuron))
    recording = emulate(made, n_steps, precision="double").recording()
    assert recording.spike_neuron.tolist() == twin.neuron[order].tolist()
    np.testing.assert_allclose(recording.spike_time_ms, twin.time_ms[order], rtol=0, atol=1e-9)
    for name, atol in TOLERANCES.items():
        for group in made.neurons.groups:
            shown, expected = (r.signals[name][:, group.index] for r in (recording, twin))
            if name not in group.model.states:
                assert np.isnan(shown).all()
                continue
            is_steep = group.model.name in STEEP and name in ("v", "m", "h", "n")
            allowed = np.where(twin.signals["v"][:, group.index] > -40.0,
                               UPSWING if is_steep else 1.0, 1.0) * atol  # fmt: skip
            assert (np.abs(shown - expected) <= allowed).all(), name
    return len(recording.spike_neuron)


def with_given_times(made, rng, n_events=30, duration_ms=250.0):
    trains = [rng.uniform(0, duration_ms, n_events) for _ in range(made.stimuli.size)]
    return replace(made, stimuli=given_times(*trains))


@pytest.mark.parametrize("limit", [None, 0.008])
@pytest.mark.parametrize("adex", [False, True, [True, False, False] * 8])
@pytest.mark.parametrize("delays", [(1.0,), (0.1, 0.42, 1.237, 2.5)])
def test_a_recurrent_network_equals_its_twin(rng, adex, delays, limit):
    made = random_network(
        2, n_neurons=24, n_sources=12, adex=adex, delays=delays, input_limit=limit
    )
    assert assert_equal_to_twin(with_given_times(made, rng), 3000) > 30


def test_conductances_too_large_for_the_polynomial_equal_the_twin(rng):
    made = random_network(5, n_neurons=12, n_sources=8, delays=(0.3,))
    made = replace(made, synapses=replace(made.synapses, weight=300 * made.synapses.weight))
    made = with_given_times(made, rng, n_events=2, duration_ms=20.0)
    assert assert_equal_to_twin(made, 60) > 10


def of_models(seed, models, n_sources=12, **changed):
    """A random network of some models, one a neuron; Izhikevich neurons fire by a current."""
    current = np.where(models == "izhikevich", 0.006, 0.0)
    made = random_network(
        seed, len(models), n_sources, **{"model": models, "i_offset": current, **changed}
    )
    return in_units_of_targets(made)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_recurrent_network_of_each_model_equals_its_twin(rng, model):
    made = of_models(2, np.full(16, model), delays=(0.3, 1.237))
    assert assert_equal_to_twin(with_given_times(made, rng), 1500) > 30


def test_all_models_in_one_network_equal_the_twin(rng):
    models = rng.permuted(np.resize(sorted(MODELS), 28))
    made = with_given_times(of_models(4, models, delays=(0.3, 1.02)), rng)
    changes = ((105, 3, 0.1), (333, 3, -0.1), (400, 12, 0.05), (1200, 20, 0.02))
    step, neuron, delta = (np.array(column) for column in zip(*changes, strict=True))
    currents = replace(made.currents, step=step, neuron=neuron.astype(np.int32), delta_nA=delta)
    assert assert_equal_to_twin(replace(made, currents=currents), 2000) > 60


@given(
    seed=st.integers(0, 10**6),
    n_neurons=st.integers(1, 8),
    n_sources=st.integers(1, 6),
    models=st.lists(st.sampled_from(sorted(MODELS)), min_size=1, max_size=8),
    delays=st.lists(st.integers(10, 500), min_size=1, max_size=4),
    limit=st.none() | st.floats(0.5, 5.0),
)
@settings(max_examples=40)
def test_random_small_networks_equal_their_twins(seed, n_neurons, n_sources, models, delays, limit):
    rng = np.random.default_rng(seed)
    models = np.resize(models, n_neurons)
    saturates = [of_kernel(MODELS[name])["saturates"] for name in models]
    made = of_models(
        seed, models, n_sources, delays=np.array(delays) / 100,
        i_offset=rng.uniform(0, 0.3, n_neurons) * np.where(models == "izhikevich", 0.03, 1.0),
        input_limit=limit and limit * np.where(models == "lif_curr_exp", 0.05, 0.002)
        if all(saturates) else None,
    )  # fmt: skip
    made = with_given_times(made, rng, n_events=8, duration_ms=80.0)
    assert_equal_to_twin(made, 1000)
