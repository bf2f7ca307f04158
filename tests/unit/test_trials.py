"""Many trials: what reaches the emulator, and what is made of its spikes."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyNN.parameters import Sequence

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.simulator import state
from pyNN_brainscales_emu.trial_stimuli import trial_stimuli


class FixedTrials:
    """A pipeline that returns the same spikes whatever it is asked."""

    def __init__(self, options):
        self.options = options
        self.calls = []

    def run_trials(self, graph, change, n_steps, trials, record_sources, *_):
        self.calls.append((graph, change, n_steps, trials, record_sources))
        # Neurons: 0, 1 are "early", 2, 3, 4 "late"; the time stamps of neuron 3 are not sorted.
        return RawTrials(
            n_trials=3,
            trial=np.array([0, 0, 0, 2, 2, 2, 2], dtype=np.int32),
            neuron=np.array([0, 1, 3, 0, 3, 3, 4], dtype=np.int32),
            recorded_time_ms=np.array([1.0, 2.0, np.nan, 3.0, 5.0, 4.0, 10.5]),
            source_trial=np.array([1, 2], dtype=np.int32),
            source_index=np.array([2, 0], dtype=np.int32),
            source_time_ms=np.array([7.0, 8.0]),
        )


@pytest.fixture(autouse=True)
def _fixed_trials(monkeypatch):
    monkeypatch.setattr(simulator, "new_pipeline", FixedTrials)
    sim.setup(substrate="ideal")


@pytest.fixture
def network():
    poisson = sim.Population(2, sim.SpikeSourcePoisson(rate=7.0), label="poisson")
    early = sim.Population(2, sim.IF_cond_exp(), label="early")
    given_times = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 2.0]), label="given")
    late = sim.Population(3, sim.IF_cond_exp(), label="late")
    late.record("spikes")
    return poisson, early, given_times, late


RATES = np.arange(6.0).reshape(3, 2)


def stimuli_of(graph, trials):
    offsets = trials.offsets
    n_sources = len(graph.sources)
    return [
        [
            trials.times_ms[offsets[t * n_sources + s] : offsets[t * n_sources + s + 1]].tolist()
            for s in range(n_sources)
        ]
        for t in range(trials.n_trials)
    ]


def test_what_is_not_named_keeps_its_own_stimulus(network):
    graph = describe(state.session)
    trials = trial_stimuli(graph, {0: RATES})
    np.testing.assert_array_equal(trials.rate_hz, [[0, 1, 0], [2, 3, 0], [4, 5, 0]])
    assert stimuli_of(graph, trials) == [[[], [], [1.0, 2.0]]] * 3
    trials = trial_stimuli(graph, {4: [[[5.0]], [[]]]})
    np.testing.assert_array_equal(trials.rate_hz, [[7, 7, 0]] * 2)
    assert stimuli_of(graph, trials) == [[[], [], [5.0]], [[], [], []]]


times = st.lists(st.floats(0, 100), max_size=3).map(sorted)


@given(st.integers(1, 3).flatmap(lambda n: st.tuples(
    st.lists(st.lists(times, min_size=2, max_size=2), min_size=n, max_size=n),
    st.lists(st.lists(times, min_size=1, max_size=1), min_size=n, max_size=n),
)))  # fmt: skip
def test_spike_times_of_several_populations_are_put_in_order(trains):
    sim.setup(substrate="ideal")
    sim.Population(2, sim.SpikeSourceArray())
    sim.Population(1, sim.IF_cond_exp())
    sim.Population(1, sim.SpikeSourceArray())
    graph = describe(state.session)
    trials = trial_stimuli(graph, {0: trains[0], 3: trains[1]})
    assert stimuli_of(graph, trials) == [a + b for a, b in zip(*trains, strict=True)]


def test_the_pipeline_gets_steps_stimuli_and_weights(network):
    poisson, early, given_times, late = network
    projection = sim.Projection(poisson, late, sim.AllToAllConnector())
    sim.run_trials(10.0, {poisson: RATES}, weights={projection: 0.25})
    graph, _change, n_steps, trials, record_sources = state.session.pipeline.calls[0]
    assert n_steps == 100
    assert not record_sources
    np.testing.assert_array_equal(graph.projections[0].weight, 0.25)
    np.testing.assert_array_equal(trials.rate_hz[:, :2], RATES)
    sim.run_trials(10.0, {given_times: [[Sequence([1.0])]]}, record=[given_times, early])
    graph, change, _, _, record_sources = state.session.pipeline.calls[1]
    assert record_sources
    assert change == Change.RECORDING
    recorded = [r.cells.tolist() for r in graph.recording_requests]
    assert recorded == [[2, 3], [4], [5, 6, 7]]


def test_spikes_and_counts(network):
    poisson, early, given_times, late = network
    data = sim.run_trials(10.0, {poisson: RATES}, record=[early, late, given_times, poisson])
    assert data.n_trials == 3
    np.testing.assert_array_equal(data.spike_counts(early), [[1, 1], [0, 0], [1, 0]])
    # One spike was lost, one came after the end.
    np.testing.assert_array_equal(data.spike_counts(late), [[0, 0, 0], [0, 0, 0], [0, 2, 0]])
    np.testing.assert_array_equal(data.spike_counts(given_times), [[0], [1], [0]])
    np.testing.assert_array_equal(data.spike_counts(poisson), [[0, 0], [0, 0], [1, 0]])
    trial, cell, time = data.spikes(late)
    np.testing.assert_array_equal([trial, cell, time], [[2, 2], [1, 1], [4, 5]])
    assert data.spike_counts(late).dtype == np.int64


def test_neo(network):
    poisson, early, _, late = network
    data = sim.run_trials(
        10.0,
        {poisson: RATES},
        record=[late, early],
        annotations={"digit": [4, 0, 1], "wafer_side": "left", "scale": [1, 2]},
    )
    block = data.to_neo()
    assert block.annotations["wafer_side"] == "left"
    assert block.annotations["scale"] == [1, 2]
    assert [s.annotations for s in block.segments] == [
        {"trial": k, "digit": d} for k, d in enumerate([4, 0, 1])
    ]
    trains = block.segments[2].spiketrains
    assert [t.magnitude.tolist() for t in trains] == [[], [4.0, 5.0], [], [3.0], []]
    assert [t.annotations["channel_id"] for t in trains] == [5, 6, 7, 2, 3]
    assert [t.annotations["source_population"] for t in trains] == ["late"] * 3 + ["early"] * 2
    assert [t.annotations["source_index"] for t in trains] == [0, 1, 2, 0, 1]
    assert float(trains[0].t_stop) == 10.0
    assert len(data.to_neo(early).segments[0].spiketrains) == 2


@pytest.mark.parametrize(
    ("stimulus", "message"),
    [
        (np.ones((3, 3)), r"\(n_trials, 2\)"),
        ([1.0, 2.0], r"\(n_trials, 2\)"),
        ([[1.0, 2.0], [3.0]], r"\(n_trials, 2\)"),
        ([[1.0, 2.0], [3.0, -1.0]], r"trial 1: parameter rate of cell 1"),
        ([[np.nan, 2.0]], "rate of cell 0"),
        (np.ones((0, 2)), "at least 1"),
    ],
)
def test_impossible_rates(network, stimulus, message):
    with pytest.raises(sim.ParameterError, match=message):
        sim.run_trials(10.0, {network[0]: stimulus})


@pytest.mark.parametrize(
    ("stimulus", "message"),
    [
        ([[[1.0], [2.0]]], "one for each cell"),
        ([[[1.0]], [[2.0, 1.0]]], "trial 1: parameter spike_times"),
        ([[[-1.0]]], "spike_times"),
        ([[[np.inf]]], "spike_times"),
    ],
)
def test_impossible_spike_times(network, stimulus, message):
    with pytest.raises(sim.ParameterError, match=message):
        sim.run_trials(10.0, {network[2]: stimulus})


def test_impossible_calls(network):
    poisson, early, given_times, late = network
    with pytest.raises(sim.ParameterError, match="number of trials"):
        sim.run_trials(10.0, {poisson: RATES, given_times: [[[1.0]]]})
    with pytest.raises(sim.ParameterError, match="at least one population"):
        sim.run_trials(10.0, {})
    for duration in (0.0, -1.0, np.nan):
        with pytest.raises(sim.ParameterError, match="duration"):
            sim.run_trials(duration, {poisson: RATES})
    with pytest.raises(sim.NetworkError, match="no population of spike sources"):
        sim.run_trials(10.0, {early: RATES})
    with pytest.raises(sim.NetworkError, match="Views"):
        sim.run_trials(10.0, {poisson: RATES}, record=[late[:1]])
    with pytest.raises(sim.RecordingError, match="was not recorded"):
        sim.run_trials(10.0, {poisson: RATES}).spikes(early)
    late.record(None)
    with pytest.raises(sim.RecordingError, match="no population records spikes"):
        sim.run_trials(10.0, {poisson: RATES})


def test_what_is_no_population_or_mapping(network):
    poisson, _, given_times, late = network
    rates = {poisson: RATES}
    for arguments, message in (
        ({"stimuli": RATES}, "stimuli.*mapping"),
        ({"stimuli": None}, "stimuli.*mapping"),
        ({"stimuli": {"a": RATES}}, "'a' is no population"),
        ({"stimuli": {poisson: 5.0}}, "stimuli of 'poisson'; got 5.0"),
        ({"stimuli": {poisson: "abc"}}, "stimuli of 'poisson'"),
        ({"stimuli": {given_times: [1.0, 2.0]}}, "spike times of 'given', trial 0"),
        ({"stimuli": {given_times: [[1.0]]}}, "spike times of 'given', trial 0.*cell 0"),
        ({"stimuli": {given_times: [["a"]]}}, "spike times of 'given', trial 0"),
        ({"stimuli": rates, "record": "v"}, "record; got 'v'"),
        ({"stimuli": rates, "record": ["v"]}, "'v' is no population"),
        ({"stimuli": rates, "record": 5}, "record; got 5"),
        ({"stimuli": rates, "record": late[:1]}, "Views"),
        ({"stimuli": rates, "weights": RATES}, "weights.*mapping"),
        ({"stimuli": rates, "weights": {"a": 1.0}}, "weights; got 'a'"),
        ({"stimuli": rates, "annotations": 5}, "annotations.*mapping"),
        ({"stimuli": rates, "first_presentation": "a"}, "first_presentation; got 'a'"),
        ({"stimuli": rates, "duration": "5"}, "duration; got '5'"),
    ):
        with pytest.raises(sim.BrainScaleSError, match=message):
            sim.run_trials(**{"duration": 10.0, **arguments})
    assert state.session.pipeline.calls == []


def test_one_population_may_be_recorded(network):
    poisson, early, _, _ = network
    data = sim.run_trials(10.0, {poisson: RATES}, record=early)
    assert [population.label for population in data.populations] == ["early"]


def test_recording_of_some_cells_stays_as_it_is(network):
    poisson, early, _, _ = network
    early[:1].record("spikes")
    sim.run_trials(10.0, {poisson: RATES})
    ((graph, *_),) = state.session.pipeline.calls
    assert [r.cells.tolist() for r in graph.recording_requests] == [[2], [5, 6, 7]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": -1.0},
        {"first_presentation": 0},
        {"record": ["early", "v"]},
        {"stimuli": np.ones((3, 3))},
        {"stimuli": -RATES},
        {"annotations": 5},
        {"weights": {"other": -1.0}},
    ],
)
def test_a_refused_call_changes_nothing(network, wrong):
    poisson, early, _, late = network
    projection = sim.Projection(
        poisson, late, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1)
    )
    other = sim.Projection(early, late, sim.AllToAllConnector())
    state.note_update()
    arguments = {
        "duration": 10.0,
        "record": [early],
        **wrong,
        "stimuli": {poisson: wrong.get("stimuli", RATES)},
        "weights": {projection: 0.5, **({other: -1.0} if "weights" in wrong else {})},
    }
    if "record" in wrong:
        arguments["record"] = [early, "v"]
    with pytest.raises(sim.BrainScaleSError):
        sim.run_trials(**arguments)
    assert set(projection.get("weight", "list", with_address=False)) == {0.1}
    assert not early.recorder.recorded
    assert state.session.change is Change.NOTHING


@pytest.mark.parametrize("number", [0, -1, 2**31 + 1])
def test_presentations_have_numbers_from_1_on(number):
    population = sim.Population(1, sim.SpikeSourcePoisson())
    population.record("spikes")
    with pytest.raises(sim.ParameterError, match="first_presentation"):
        sim.run_trials(10.0, {population: np.ones((1, 1))}, first_presentation=number)


class OtherArray:
    """An array of a library that has nothing in common with NumPy but this."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def test_arrays_of_other_libraries(network):
    poisson, _, given_times, _ = network
    sim.run_trials(
        10.0,
        {
            poisson: OtherArray(RATES),
            given_times: [OtherArray([[1.0, 2.0]]), [OtherArray([3.0])], OtherArray([[4.0]])],
        },
    )
    trials = state.session.pipeline.calls[0][3]
    np.testing.assert_array_equal(trials.rate_hz[:, :2], RATES)
    sent = stimuli_of(describe(state.session), trials)
    assert [trial[2] for trial in sent] == [[1.0, 2.0], [3.0], [4.0]]
    sim.run_trials(10.0, {given_times: OtherArray([[[5.0]], [[6.0]]])})
    sent = stimuli_of(describe(state.session), state.session.pipeline.calls[1][3])
    assert [trial[2] for trial in sent] == [[5.0], [6.0]]
    for wrong in (OtherArray(5.0), np.array(5.0), OtherArray([1.0, 2.0])):
        with pytest.raises(sim.InvalidParameterError, match="'poisson'"):
            sim.run_trials(10.0, {poisson: wrong})


def test_data_can_be_pickled_and_know_populations_by_their_labels(network):
    poisson, early, given_times, late = network
    data = sim.run_trials(10.0, {poisson: RATES}, record=[early, given_times, late])
    again = pickle.loads(pickle.dumps(data))
    for population in (early, given_times, late):
        counts = data.spike_counts(population)
        np.testing.assert_array_equal(again.spike_counts(population), counts)
        np.testing.assert_array_equal(again.spike_counts(population.label), counts)
        for one, other in zip(again.spikes(population.label), data.spikes(population), strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(again.to_neo("late").segments[2].spiketrains[1]) == 2
    for other in (poisson, "poisson", late[:2], early + late, None, 3):
        with pytest.raises(sim.RecordingError, match=r"was not recorded.*'early', 'given', 'l"):
            again.spike_counts(other)


def counts_in_another_process(rate):
    sim.setup(substrate="ideal")
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=rate), label="source")
    return sim.run_trials(100.0, {source: [[rate]] * 3}, record=source)


def test_data_come_back_from_a_pool_of_processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        silent, loud = pool.map(counts_in_another_process, [0.0, 500.0])
    assert silent.spike_counts("source").tolist() == [[0]] * 3
    assert (loud.spike_counts("source") > 20).all()
