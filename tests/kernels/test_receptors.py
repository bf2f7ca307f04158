"""Neurons composed of a membrane and any number of receptors."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import (
    composed,
    currents,
    emulate,
    experiment,
    given_times,
    neurons,
    of_trial,
    spike_bytes,
    synapses,
    trial_stimuli,
)
from reference import network_twin

from pyNN_brainscales_emu._kernels import engine_single
from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays

DT = 0.1
CONDUCTANCES = ("CondExp", "CondAlpha", "CondBeta")
FIVE = {"AMPA": "CondExp", "NMDA": "CondBeta", "GABAA": "CondAlpha", "GABAB": "CondBeta",
        "X": "CondExp"}  # fmt: skip
REVERSALS = {"GABAA.e_syn": -75.0, "GABAB.e_syn": -90.0, "NMDA.tau_decay": 40.0}


def one(membrane, receptors, **changed):
    return NeuronArrays((composed([0], membrane, receptors, **changed),))


def run(cells, projections, events, n_steps, signals, **options):
    made = experiment(cells, given_times(*events), projections, signals=signals)
    return emulate(made, n_steps, precision="double", **options).recording()


class TestResponses:
    @staticmethod
    def response(kind, **parameters):
        """The response to an event of 0.02 that arrives at 2 ms."""
        cells = one("LIF", {"R": kind}, v_thresh=500.0,
                    **{f"R.{name}": value for name, value in parameters.items()})  # fmt: skip
        variable = "R.isyn" if kind.startswith("Curr") else "R.gsyn"
        recording = run(cells, synapses([0], [0], 0.02), [[1.0]], 600, [variable])
        return DT * np.arange(601) - 2.0, recording.signals[variable][:, 0]

    @pytest.mark.parametrize("kind", ["CurrExp", "CondExp"])
    def test_exponential(self, kind):
        t, g = self.response(kind, tau_syn=7.0)
        expected = np.where(t > 1e-9, 0.02 * np.exp(-t / 7.0), 0.0)
        np.testing.assert_allclose(g, expected, rtol=0, atol=1e-14)

    def test_alpha_function(self):
        t, g = self.response("CondAlpha", tau_syn=7.0)
        after = np.maximum(t, 0) / 7.0
        np.testing.assert_allclose(g, 0.02 * after * np.exp(1 - after), rtol=0, atol=1e-14)

    @pytest.mark.parametrize(("rise", "decay"), [(0.2, 1.7), (3.0, 40.0), (5.0, 1.0)])
    def test_beta_function(self, rise, decay):
        t, g = self.response("CondBeta", tau_rise=rise, tau_decay=decay)
        fine = np.linspace(0, 60, 600_001)
        peak = np.abs(np.exp(-fine / decay) - np.exp(-fine / rise)).max()
        after = np.maximum(t, 0)
        shape = np.abs(np.exp(-after / decay) - np.exp(-after / rise))
        np.testing.assert_allclose(g, 0.02 * shape / peak, rtol=0, atol=1e-9)

    def test_a_beta_function_of_equal_time_constants_is_an_alpha_function(self):
        t, g = self.response("CondBeta", tau_rise=7.0, tau_decay=7.0)
        after = np.maximum(t, 0) / 7.0
        np.testing.assert_allclose(g, 0.02 * after * np.exp(1 - after), rtol=0, atol=1e-8)


class TestAgainstTheModelsWithTwoInputs:
    """A composition that is one of PyNN's cell types does the same but for rounding."""

    @pytest.mark.parametrize(
        ("membrane", "kind", "model"),
        [("LIF", "CondExp", "lif_cond_exp"), ("LIF", "CondAlpha", "lif_cond_alpha"),
         ("LIF", "CurrExp", "lif_curr_exp"), ("AdExp", "CondExp", "adex_cond_exp"),
         ("AdExp", "CondAlpha", "adex_cond_alpha")],
    )  # fmt: skip
    def test_the_same_spikes_and_membrane(self, rng, membrane, kind, model):
        two = one(membrane, {"exc": kind, "inh": kind}, **{
            "exc.tau_syn": 5.0, "inh.tau_syn": 8.0, "inh.e_syn": -80.0,
        })  # fmt: skip
        excitatory, inhibitory = (0.8, -0.3) if kind.startswith("Curr") else (0.02, 0.01)
        events = [np.sort(rng.uniform(0, 290, 60)) for _ in range(2)]
        projections = synapses([0, 1], [0, 0], [excitatory, inhibitory], 1.03, [False, True])
        composition, whole = (
            run(cells, projections, events, 3000, ["v"]) for cells in (two, neurons(1, model=model))
        )
        assert len(whole.spike_time_ms) > 5
        np.testing.assert_allclose(
            composition.spike_time_ms, whole.spike_time_ms, rtol=0, atol=1e-9
        )
        np.testing.assert_allclose(composition.signals["v"], whole.signals["v"], rtol=0, atol=1e-8)


class TestManyReceptors:
    def test_the_parts_of_one_receptor_add_up_to_it(self, rng):
        names = [f"R{i:02d}" for i in range(40)]
        many = one("LIF", dict.fromkeys(names, "CondAlpha"))
        single = one("LIF", {"R": "CondAlpha"})
        events = [np.sort(rng.uniform(0, 290, 8)) for _ in names]
        ids = np.arange(40)
        spread = run(many, synapses(ids, 0 * ids, 0.01, 1.0, ids), events, 3000, ["v"])
        together = run(single, synapses(ids, 0 * ids, 0.01, 1.0, 0), events, 3000, ["v"])
        assert len(together.spike_time_ms) > 5
        np.testing.assert_allclose(spread.spike_time_ms, together.spike_time_ms, atol=1e-8)
        np.testing.assert_allclose(spread.signals["v"], together.signals["v"], atol=1e-7)

    def test_a_neuron_without_receptors(self):
        cells = one("LIF", {}, i_offset=0.2)
        recording = run(cells, None, [], 1000, ["v"])
        lif = run(neurons(1, i_offset=0.2), None, [], 1000, ["v"])
        assert len(lif.spike_time_ms) > 1
        np.testing.assert_allclose(recording.signals["v"], lif.signals["v"], rtol=0, atol=1e-10)

    @pytest.mark.parametrize("kind", CONDUCTANCES)
    def test_conductances_of_any_size_pull_to_their_weighted_mean(self, kind):
        receptors = {name: kind for name in "ABC"}
        slow = {f"{name}.{tau}": 500.0 for name in "ABC" for tau in ("tau_syn", "tau_decay")}
        cells = one("LIF", receptors, v_thresh=500.0, v_rest=-37.5, v_reset=-60.0,
                    **{"A.e_syn": 0.0, "B.e_syn": -90.0, "C.e_syn": -60.0}, **slow)  # fmt: skip
        weights = [2e3, 1e3, 1e3]
        projections = synapses([0, 0, 0], [0, 0, 0], weights, 1.0, [0, 1, 2])
        cells.groups[0].initial_values["v"][:] = -80.0
        recording = run(cells, projections, [[1.0]], 100, ["v"])
        assert recording.signals["v"][-1, 0] == pytest.approx(-37.5, abs=1e-6)

    def test_a_state_of_a_receptor_that_is_no_number_ends_the_run(self):
        cells = one("LIF", FIVE)
        made = experiment(cells, given_times([1.0]),
                          synapses([0, 0], [0, 0], 3e38, 1.0, [4, 4]))  # fmt: skip
        with pytest.raises(BrokenStateError, match=r"X\.gsyn = "):
            emulate(made, 100)


@pytest.fixture
def mixed(rng):
    """Compositions of 0, 1, 2, 5 and 11 receptors beside models with inputs of their own."""
    eleven = {f"R{i:02d}": CONDUCTANCES[i % 3] for i in range(11)}
    ordinary = neurons(9, model=np.resize(["lif_cond_exp", "gif_cond_exp", "hh_cond_exp"], 9))
    drawn = {"i_offset": rng.uniform(0.0, 0.2, 12), "tau_refrac": rng.uniform(0.1, 3, 12)}
    groups = (
        *ordinary.groups,
        composed(np.arange(9, 21), "AdExp", FIVE, **REVERSALS, **drawn),
        composed(np.arange(21, 33), "LIF", eleven, **{"R01.e_syn": -80.0}, **drawn),
        composed(np.arange(33, 45), "LIF", {"I": "CurrExp"}, **drawn),
        composed(np.arange(45, 57), "LIF", {"E": "CurrExp", "I": "CurrExp"}, **drawn),
        composed(np.arange(57, 69), "LIF", {}, **drawn),
    )
    cells = NeuronArrays(groups)
    receptors = np.zeros(69, dtype=int)
    for group in groups:
        receptors[group.index] = len(group.model.receptors)
    n_sources = 20
    target = rng.integers(57, size=900)
    source = rng.integers(n_sources + 69, size=900)
    receptor = rng.integers(1000, size=900) % receptors[target]
    current = (target >= 33) & (target < 57)
    weight = rng.choice([1.0, 2.0, 4.0], 900) * np.where(current, 0.02, 0.0004)
    projections = synapses(source, target, weight, rng.choice([0.3, 1.02], 900), receptor)
    trains = [np.sort(rng.uniform(0, 190, 25)) for _ in range(n_sources)]
    changes = currents((105, 12, 0.1), (400, 12, -0.05), (333, 60, 0.2))
    everybody = np.arange(69)
    made = experiment(cells, given_times(*trains), projections)
    signals = {"v": everybody, "NMDA.gsyn": np.arange(9, 21), "I.isyn": np.arange(33, 57),
               "R10.gsyn": np.array([30]), "w": np.arange(9, 21)}  # fmt: skip
    return replace(made, currents=changes, recording=replace(made.recording, signals=signals))


def everything(recording):
    return *spike_bytes(recording), *(array.tobytes() for array in recording.signals.values())


def test_compositions_in_a_network_equal_the_twin(mixed):
    twin = network_twin.simulate(mixed, 1000)
    recording = emulate(mixed, 1000, precision="double").recording()
    order = np.lexsort((twin.time_ms, twin.neuron))
    assert len(twin.neuron) > 100
    assert len(np.unique(twin.neuron)) > 40
    assert recording.spike_neuron.tolist() == twin.neuron[order].tolist()
    np.testing.assert_allclose(recording.spike_time_ms, twin.time_ms[order], rtol=0, atol=1e-9)
    np.testing.assert_allclose(recording.signals["v"], twin.signals["v"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_any_computation_gives_the_same_bits(mixed, precision):
    expected = everything(emulate(mixed, 1000, precision=precision).recording())
    for options in ({"n_threads": 2}, {"n_threads": 5}, {"instruction_set": 1}):
        if options.get("instruction_set", 0) > engine_single.instruction_set():
            continue
        again = emulate(mixed, 1000, precision=precision, **options)
        assert everything(again.recording()) == expected, options
    parts = emulate(mixed, [1, 333, 17, 649], precision=precision)
    assert everything(parts.recording()) == expected


@pytest.mark.parametrize("precision", ["single", "double"])
def test_trials_are_single_presentations(mixed, precision):
    n_trials = 35
    trials = trial_stimuli(2, n_trials, mixed.stimuli, 100.0)
    runner = TrialRunner(mixed, n_threads=2, precision=precision)
    raw, _ = runner.run(mixed, 1000, trials, first_presentation=7,
                        recorded=mixed.recording.spikes, signals=mixed.recording)  # fmt: skip
    for k in (0, 3, 34):
        single = replace(mixed, stimuli=of_trial(mixed.stimuli, trials, k))
        recording = emulate(single, 1000, precision=precision, presentation=7 + k).recording()
        own = raw.trial == k
        assert raw.neuron[own].tobytes() == recording.spike_neuron.tobytes()
        assert raw.recorded_time_ms[own].tobytes() == recording.spike_time_ms.tobytes()
        for name, samples in raw.signals.items():
            np.testing.assert_array_equal(samples[:, :, k].T, recording.signals[name])
