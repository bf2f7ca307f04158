"""Results do not depend on how they are computed: threads, vectors, portions, trials."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import (
    emulate,
    experiment,
    given_times,
    in_units_of_targets,
    joined,
    links,
    neurons,
    of_trial,
    random_network,
    spike_bytes,
    synapses,
    trial_stimuli,
)

from pyNN_brainscales_emu._kernels import engine_single
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.links.counts import PulseCounts
from pyNN_brainscales_emu.neuron_models.registry import MODELS

MIXED = np.arange(70) % 3 == 0
ALL_MODELS = np.resize(sorted(MODELS), 70)
DELAYS = (1.0, 1.04, 1.3, 4.77)
#: Those with an instruction for a * b + c; the baseline rounds twice.
INSTRUCTION_SETS = range(1, engine_single.instruction_set() + 1)
SIGNALS = {"v": np.arange(0, 70, 3), "gsyn_exc": np.array([5, 64, 69]), "w": np.arange(70)}

needs_openmp = pytest.mark.skipif(not engine_single.has_openmp(), reason="built without OpenMP")


@pytest.fixture(scope="module", params=["linear", "saturating", "all models"])
def network(request):
    """A network with everything: several models, links, changes of the current inside blocks.

    Its synaptic inputs are linear, or saturate where they often are; or there are all models.
    """
    if request.param == "all models":
        current = np.where(ALL_MODELS == "izhikevich", 0.005, 0.0)
        made = random_network(1, model=ALL_MODELS, delays=DELAYS, i_offset=current)
        made = in_units_of_targets(made)
    else:
        limit = np.linspace(0.005, 0.02, 70) if request.param == "saturating" else None
        made = random_network(1, adex=MIXED, delays=DELAYS, input_limit=limit)
    changes = ((0, 3, 0.1), (0, 64, 0.05), (17, 3, 0.2), (1000, 20, 0.3), (1333, 20, -0.3),
               (1401, 50, 0.004), (1777, 50, -0.002))  # fmt: skip
    step, neuron, delta = (np.array(column) for column in zip(*changes, strict=True))
    signals = {**SIGNALS, "u": np.arange(70)} if request.param == "all models" else SIGNALS
    return replace(
        made,
        currents=replace(made.currents, step=step, neuron=neuron.astype(np.int32), delta_nA=delta),
        recording=replace(made.recording, signals=signals),
        links=links(made.stimuli.size, 70),
    )


def everything(recording):
    return *spike_bytes(recording), *(array.tobytes() for array in recording.signals.values())


@pytest.fixture(scope="module", params=["single", "double"])
def precision(request):
    return request.param


@pytest.fixture(scope="module")
def one_thread(network, precision):
    recording = emulate(network, 4000, precision=precision, presentation=4).recording()
    assert len(recording.spike_neuron) > 200
    for group in network.neurons.groups:
        assert np.isin(group.index, recording.spike_neuron).any(), group.model.name
    return everything(recording)


@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_any_number_of_threads_gives_the_same(network, precision, one_thread, n_threads):
    run = emulate(network, 4000, precision=precision, presentation=4, n_threads=n_threads)
    assert everything(run.recording()) == one_thread


@pytest.mark.parametrize("level", INSTRUCTION_SETS)
def test_any_instruction_set_gives_the_same(network, precision, one_thread, level):
    run = emulate(network, 4000, precision=precision, presentation=4, instruction_set=level)
    assert everything(run.recording()) == one_thread


@pytest.mark.parametrize("kind", ["linear", "saturating", "all models"])
def test_the_baseline_rounds_otherwise_and_nothing_else(kind):
    if kind == "all models":
        models = np.resize(sorted(MODELS), 98)
        current = np.where(models == "izhikevich", 0.005, 0.0)
        made = random_network(8, n_neurons=98, n_sources=60, model=models, i_offset=current)
        made = in_units_of_targets(made)
    else:
        made = random_network(8, n_neurons=100, n_sources=60, adex=np.arange(100) % 2 == 0,
                              input_limit=0.01 if kind == "saturating" else None)  # fmt: skip
    of_sources = made.synapses.source < 60  # no recurrence, so nothing is amplified
    feed_forward = {n: a[of_sources] for n, a in vars(made.synapses).items()}
    made = replace(made, synapses=replace(made.synapses, **feed_forward))
    made = replace(made, synapses=replace(made.synapses, weight=2.5 * made.synapses.weight))
    baseline, best = (
        emulate(made, 4000, precision="double", instruction_set=level).recording()
        for level in (0, engine_single.instruction_set())
    )
    assert len(best.spike_neuron) > 200
    np.testing.assert_array_equal(baseline.spike_neuron, best.spike_neuron)
    np.testing.assert_allclose(baseline.spike_time_ms, best.spike_time_ms, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("portions", "n_threads"),
    [
        ([1] * 100 + [3900], 1),
        ([10, 3990], 1),
        ([1333, 17, 2650], 2),
        ([3999, 1], 1),
        ([7] * 571 + [3], 1),
    ],
)
def test_a_run_in_portions_gives_the_same(network, precision, one_thread, portions, n_threads):
    run = emulate(network, portions, precision=precision, presentation=4, n_threads=n_threads)
    assert everything(run.recording()) == one_thread


def test_a_presentation_is_repeated_after_a_restart(network, precision, one_thread):
    run = emulate(network, 1234, precision=precision, presentation=9)
    run.restart(4)
    run.run(4000)
    assert everything(run.recording()) == one_thread


def test_samples_at_an_interval_are_those_of_every_step(network):
    every = emulate(network, [333, 667]).recording().signals["v"]
    made = replace(network, recording=replace(network.recording, interval_steps=7))
    np.testing.assert_array_equal(emulate(made, [333, 667]).recording().signals["v"], every[::7])


# --- trials --------------------------------------------------------------------------------------


def run_trials(made, trials, n_steps, first_presentation, **options):
    runner = TrialRunner(made, **options)
    recorded = made.recording.spikes
    return runner.run(
        made, n_steps, trials, first_presentation=first_presentation, recorded=recorded
    )


def assert_equal_to_single_runs(made, n_trials, n_steps, chosen=None, **options):
    trials = trial_stimuli(3, n_trials, made.stimuli)
    raw, _ = run_trials(made, trials, n_steps, 8, **options)
    single = Emulation(made, **options)
    for number in range(n_trials) if chosen is None else chosen:
        single.restart(8 + number)
        single.set_stimuli(of_trial(made.stimuli, trials, number))
        single.run(n_steps)
        recording = single.recording()
        of_number = raw.trial == number
        assert raw.neuron[of_number].tobytes() == recording.spike_neuron.tobytes()
        stamped = raw.recorded_time_ms[of_number]
        assert stamped.tobytes() == recording.recorded_time_ms.tobytes()
    return raw


@pytest.mark.parametrize("n_trials", [1, 5, 32, 45])
def test_trials_equal_single_presentations(network, precision, n_trials):
    chosen = sorted({0, n_trials // 2, min(31, n_trials - 1), n_trials - 1})
    raw = assert_equal_to_single_runs(network, n_trials, 2003, chosen, precision=precision)
    assert len(raw.neuron) > 50 * n_trials
    assert (np.diff(raw.trial) >= 0).all()


@pytest.mark.parametrize("n_threads", [2, 3])
def test_trials_by_any_number_of_threads(network, n_threads):
    trials = trial_stimuli(3, 70, network.stimuli)
    (one, counts), (many, counts_of_many) = (
        run_trials(network, trials, 1500, 0, n_threads=n) for n in (1, n_threads)
    )
    assert one.recorded_time_ms.tobytes() == many.recorded_time_ms.tobytes()
    assert one.neuron.tobytes() == many.neuron.tobytes()
    assert counts == counts_of_many


def test_counts_of_trials_are_those_of_single_presentations(network):
    trials = trial_stimuli(3, 6, network.stimuli)
    _, counts = run_trials(network, trials, 1500, 1)
    single, total = Emulation(network), PulseCounts()
    for number in range(6):
        single.restart(1 + number)
        single.set_stimuli(of_trial(network.stimuli, trials, number))
        single.run(1500)
        total += single.pulse_counts
    assert counts == total
    assert counts.l2_down_sent > 0
    assert counts.l2_up_sent > 0


@pytest.mark.parametrize("n_steps", [388, 394, 400, 401, 407])
def test_a_spike_a_little_behind_the_end_is_in_no_recording(n_steps):
    # The exponential part of an AdEx neuron is half a step ahead.
    current = np.linspace(0.3, 0.9, 64)
    made = experiment(neurons(64, adex=True, i_offset=current))
    raw = assert_equal_to_single_runs(made, 1, n_steps)
    assert raw.recorded_time_ms.max() <= n_steps * 0.1
    whole = emulate(made, 500).recording()
    assert len(raw.neuron) == np.count_nonzero(whole.spike_time_ms <= n_steps * 0.1 + 1e-9)


def test_only_the_asked_spikes_are_recorded(network):
    recorded = np.arange(70) % 5 == 0
    trials = trial_stimuli(3, 3, network.stimuli)
    made = replace(network, links=None)
    raw, _ = TrialRunner(made).run(made, 1000, trials, first_presentation=0, recorded=recorded)
    everybody, _ = run_trials(made, trials, 1000, 0)
    np.testing.assert_array_equal(raw.neuron, everybody.neuron[recorded[everybody.neuron]])
    assert set(raw.neuron) <= set(range(0, 70, 5))


# --- synapse tables ------------------------------------------------------------------------------


def test_few_and_many_distinct_weights_are_stored_differently_and_act_alike():
    made = random_network(6, n_neurons=70, n_sources=30)
    bystander = neurons(1, v_thresh=1e3, v_spike=1e3)
    cells = joined(made.neurons, bystander)
    few = synapses(np.zeros(400), np.full(400, 70), 0.001)
    many = synapses(np.zeros(400), np.full(400, 70), np.linspace(1e-4, 1e-3, 400))
    recordings = []
    for extra in (few, many):
        all_synapses = synapses(*(
            np.concatenate([getattr(made.synapses, name), getattr(extra, name)])
            for name in ("source", "target", "weight", "delay_ms", "receptor")
        ))  # fmt: skip
        whole = experiment(cells, made.stimuli, all_synapses)
        recordings.append(emulate(whole, 3000).recording())
    assert spike_bytes(recordings[0]) == spike_bytes(recordings[1])
    assert len(recordings[0].spike_neuron) > 200


def test_the_order_of_the_synapses_does_not_matter_to_rates():
    made = random_network(6)
    order = np.random.default_rng(0).permutation(len(made.synapses.source))
    shuffled = replace(
        made.synapses, **{name: array[order] for name, array in vars(made.synapses).items()}
    )
    one, other = (
        emulate(replace(made, synapses=table), 3000, precision="double").recording()
        for table in (made.synapses, shuffled)
    )
    np.testing.assert_array_equal(one.spike_neuron, other.spike_neuron)
    np.testing.assert_allclose(one.spike_time_ms, other.spike_time_ms, rtol=0, atol=1e-6)


def test_weights_changed_before_a_presentation_are_those_of_a_new_emulation(network):
    weight = network.synapses.weight
    other = replace(network.synapses, weight=weight * np.linspace(0.5, 1.5, len(weight)))
    run = emulate(network, 777)
    run.set_weights(other)
    run.restart(2)
    run.run(2000)
    new = emulate(replace(network, synapses=other), 2000, presentation=2)
    assert spike_bytes(run.recording()) == spike_bytes(new.recording())


def test_weights_changed_between_runs_hold_for_later_events():
    made = experiment(neurons(1), given_times([1.0, 11.0]), synapses([0], [0], 0.001),
                      signals=("gsyn_exc",))  # fmt: skip
    run = emulate(made, 100, precision="double")
    run.set_weights(replace(made.synapses, weight=np.array([0.003])))
    run.run(100)
    g = run.recording().signals["gsyn_exc"][:, 0]
    decay = np.exp(-0.1 / 5.0)
    assert g[21] == pytest.approx(0.001 * decay)
    assert g[121] == pytest.approx(0.001 * decay**101 + 0.003 * decay)


# --- precision -----------------------------------------------------------------------------------


def test_single_and_double_precision_agree_in_rates():
    made = random_network(7, n_neurons=200, n_sources=60, adex=np.arange(200) % 2 == 0)
    single, double = (
        emulate(made, 4000, precision=name).recording() for name in ("single", "double")
    )
    assert len(double.spike_neuron) > 900
    assert len(single.spike_neuron) == pytest.approx(len(double.spike_neuron), rel=0.005)


def test_without_recurrence_single_precision_keeps_the_spike_times():
    made = random_network(8, n_neurons=100, n_sources=60)
    of_sources = made.synapses.source < 60
    made = replace(
        made,
        synapses=replace(
            made.synapses, **{n: a[of_sources] for n, a in vars(made.synapses).items()}
        ),
    )
    made = replace(made, synapses=replace(made.synapses, weight=2.5 * made.synapses.weight))
    single, double = (
        emulate(made, 4000, precision=name).recording() for name in ("single", "double")
    )
    assert len(double.spike_neuron) > 200
    np.testing.assert_array_equal(single.spike_neuron, double.spike_neuron)
    np.testing.assert_allclose(single.spike_time_ms, double.spike_time_ms, rtol=0, atol=0.01)


# --- threads that the runtime grants --------------------------------------------------------------

TWO_THREADS = """
from experiment_builders import emulate, experiment, neurons, spike_bytes
made = experiment(neurons(70, i_offset=0.3))
one, two = (emulate(made, 300, n_threads=n) for n in (1, 2))
assert spike_bytes(one.recording()) == spike_bytes(two.recording())
assert len(two.recording().spike_neuron) >= 70
print(two.n_threads)
"""


@needs_openmp
@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [("OMP_THREAD_LIMIT", "1", "1"), ("OMP_DYNAMIC", "true", "2"), ("OMP_NUM_THREADS", "1", "2")],
)
def test_settings_of_the_openmp_runtime(variable, value, expected):
    environment = {**os.environ, variable: value}
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment["PYTHONPATH"] = os.pathsep.join([tests, os.path.dirname(tests)])
    result = subprocess.run(
        [sys.executable, "-c", TWO_THREADS], env=environment, capture_output=True, text=True
    )
    assert (result.stdout.strip(), result.stderr) == (expected, "")
