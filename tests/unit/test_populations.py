"""Populations, views and assemblies: parameters, initial values, checks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyNN import errors as pynn_errors
from pyNN import mock
from pyNN.network import Network
from pyNN.parameters import Sequence

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.simulator import state


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


def test_parameters_default_to_pynn():
    population = sim.Population(3, sim.EIF_cond_exp_isfa_ista())
    for name, value in sim.EIF_cond_exp_isfa_ista.default_parameters.items():
        assert population.get(name) == value


def test_array_function_and_single_cell():
    population = sim.Population(4, sim.IF_cond_exp(tau_m=[1.0, 2.0, 3.0, 4.0]))
    population.set(cm=lambda i: 1.0 + i)
    population[2].tau_m = 30.0
    np.testing.assert_array_equal(population.get("tau_m"), [1, 2, 30, 4])
    np.testing.assert_array_equal(population.get("cm"), [1, 2, 3, 4])
    assert population[2].tau_m == 30.0


@given(st.data())
def test_views_of_views_write_the_cells_they_show(data):
    population = sim.Population(20, sim.IF_cond_exp(tau_m=np.arange(1.0, 21.0)))
    expected = np.arange(1.0, 21.0)
    outer = np.unique(data.draw(st.lists(st.integers(0, 19), min_size=1)))
    inner = np.unique(data.draw(st.lists(st.integers(0, len(outer) - 1), min_size=1)))
    view = population[outer][inner]
    np.testing.assert_array_equal(view.get("tau_m", simplify=False), expected[outer[inner]])
    values = 100.0 + np.arange(len(inner))
    view.set(tau_m=values)
    expected[outer[inner]] = values
    np.testing.assert_array_equal(population.get("tau_m", simplify=False), expected)


def test_get_returns_a_copy():
    population = sim.Population(2, sim.IF_cond_exp(tau_m=[10.0, 20.0]))
    population.get("tau_m")[0] = -1.0
    np.testing.assert_array_equal(population.get("tau_m"), [10.0, 20.0])


def test_sizes_of_any_kind():
    assert sim.Population((np.int64(2), 3), sim.IF_cond_exp()).size == 6
    assert sim.Population(np.int32(2), sim.IF_cond_exp()).size == 2


@pytest.mark.parametrize("size", [0, -3, (3, 0), (), 2.5, "3", None, (2, 2.5)])
def test_empty_population(size):
    with pytest.raises(sim.NetworkError, match="at least 1 cell"):
        sim.Population(size, sim.IF_cond_exp(), label="nobody")


def test_empty_view():
    population = sim.Population(3, sim.IF_cond_exp())
    with pytest.raises(sim.NetworkError, match="empty"):
        population[3:]
    with pytest.raises(sim.NetworkError, match="empty"):
        population[[]]


@pytest.mark.parametrize(
    ("celltype", "name", "value"),
    [
        ("IF_cond_exp", "tau_m", 0.0),
        ("IF_cond_exp", "cm", -1.0),
        ("IF_cond_exp", "tau_syn_E", np.nan),
        ("IF_cond_exp", "v_rest", np.inf),
        ("EIF_cond_exp_isfa_ista", "delta_T", -1.0),
        ("SpikeSourcePoisson", "rate", -5.0),
        ("SpikeSourcePoisson", "rate", np.nan),
        ("SpikeSourceArray", "spike_times", [2.0, 1.0]),
        ("SpikeSourceArray", "spike_times", [-1.0, 1.0]),
        ("SpikeSourceArray", "spike_times", [1.0, np.nan]),
    ],
)
def test_impossible_parameters(celltype, name, value):
    model = getattr(sim, celltype)
    with pytest.raises(pynn_errors.InvalidParameterValueError, match=name) as at_creation:
        sim.Population(2, model(**{name: value}), label="wrong")
    assert isinstance(at_creation.value, sim.ParameterError)
    assert "wrong" in str(at_creation.value)
    population = sim.Population(2, model(), label="right")
    before = population.get(name)
    with pytest.raises(sim.ParameterError, match=name):
        population.set(**{name: value})
    assert population.get(name) == before


def test_a_failed_population_leaves_nothing_behind():
    with pytest.raises(sim.ParameterError):
        sim.Population(2, sim.IF_cond_exp(tau_m=-1.0))
    with pytest.raises(KeyError):
        sim.Population(2, sim.IF_cond_exp(), initial_values={"u": 1.0})
    population = sim.Population(2, sim.IF_cond_exp())
    assert int(population.first_id) == 0
    assert state.recorders == {population.recorder}
    assert state.session.populations == [population]


def test_sorted_trains_of_several_cells_are_no_unsorted_train():
    trains = [Sequence([5.0, 6.0]), Sequence([1.0, 1.0]), Sequence([])]
    population = sim.Population(3, sim.SpikeSourceArray(spike_times=trains))
    described = population.description().spike_times
    np.testing.assert_array_equal(described.offsets, [0, 2, 4, 4])
    np.testing.assert_array_equal(described.times_ms, [5, 6, 1, 1])
    with pytest.raises(sim.ParameterError, match="cell 1"):
        population.set(spike_times=[Sequence([1.0]), Sequence([3.0, 2.0]), Sequence([1.0])])


def test_unknown_parameters():
    population = sim.Population(2, sim.IF_cond_exp())
    for call in (
        lambda: sim.IF_cond_exp(tau=1.0),
        lambda: population.set(tau=1.0),
        lambda: population.get("tau"),
        lambda: population[0].tau,
        lambda: population.get_realised("tau"),
        lambda: population.initialize(u=0.0),
    ):
        with pytest.raises(pynn_errors.NonExistentParameterError, match="valid parameters"):
            call()


def test_reset_above_threshold_is_found_before_anything_runs():
    population = sim.Population(3, sim.IF_cond_exp(v_reset=[-65, -40, -65.0]), label="loud")
    for _ in range(2):
        with pytest.raises(sim.ParameterError, match=r"'loud'.*v_reset of cell 1"):
            state.check_before_run()
    assert describe(state.session).populations[0].size == 3
    population.set(v_reset=-65.0)
    state.check_before_run()


def test_an_adex_neuron_may_be_reset_above_its_threshold():
    """v_reset > v_thresh makes bursts; only v_spike must lie above."""
    sim.Population(1, sim.EIF_cond_exp_isfa_ista(v_reset=-48.0))
    state.check_before_run()
    sim.Population(1, sim.EIF_cond_exp_isfa_ista(v_reset=-39.0))
    with pytest.raises(sim.ParameterError, match=r"set\(\) v_reset below v_spike"):
        state.check_before_run()


def test_current_based_neurons_need_the_ideal_substrate():
    sim.setup(substrate="brainscales1")
    with pytest.raises(sim.ParameterError, match=r"'cur'.*no circuits.*IF_curr_exp"):
        sim.Population(2, sim.IF_curr_exp(), label="cur")
    assert state.session.populations == []


@pytest.mark.parametrize("cellclass", ["IF_cond_exp", None, int, 5])
def test_what_is_no_cell_type(cellclass):
    for kind in (sim.NetworkError, TypeError):
        with pytest.raises(kind, match="'n': cell type"):
            sim.Population(3, cellclass, label="n")


@pytest.mark.parametrize("index", [7, -4, [7], [0, -9], np.array([True, False])])
def test_cells_that_are_not_there(index):
    population = sim.Population(3, sim.IF_cond_exp(), label="n")
    for cells in (population, population[:]):
        for kind in (sim.NetworkError, IndexError):
            with pytest.raises(kind, match=r"'n'.*0 to 2"):
                cells[index]
    with pytest.raises(sim.CellIndexError, match="'n'"):
        sim.PopulationView(population, [7])


@pytest.mark.parametrize("name", ["MultiCompartmentNeuron"])
def test_models_that_are_not_available(name):
    with pytest.raises(NotImplementedError, match=name):
        getattr(sim, name)()
    with pytest.raises(NotImplementedError, match=name):
        sim.Population(2, getattr(sim, name))


def test_cell_type_of_another_back_end():
    with pytest.raises(sim.NetworkError, match=r"pyNN\.mock"):
        sim.Population(2, mock.IF_cond_exp())


def test_initial_values():
    population = sim.Population(3, sim.IF_curr_exp(), initial_values={"v": [-70.0, -71.0, -72.0]})
    population[1:2].initialize(v=-50.0)
    population[2].set_initial_value("v", -51.0)
    population.initialize(isyn_exc=0.5)
    described = population.description().initial_values
    np.testing.assert_array_equal(described["v"], [-70, -50, -51])
    np.testing.assert_array_equal(described["gsyn_exc"], [0.5, 0.5, 0.5])
    assert population[2].get_initial_value("v") == -51.0
    np.testing.assert_array_equal(population[1:].initial_values["v"].evaluate(), [-50, -51])


def test_random_initial_values_are_drawn_once():
    draw = sim.RandomDistribution("uniform", (-70, -60), rng=sim.NumpyRNG(seed=1))
    population = sim.Population(5, sim.IF_cond_exp())
    population.initialize(v=draw)
    shown = population.initial_values["v"].evaluate()
    np.testing.assert_array_equal(shown, population.description().initial_values["v"])


def test_ids_are_consecutive_over_populations():
    first, second = (sim.Population(n, sim.IF_cond_exp()) for n in (3, 2))
    assert list(map(int, [*first.all_cells, *second.all_cells])) == [0, 1, 2, 3, 4]
    assert second[1].parent is second
    assert describe(state.session).populations[1].first_cell == 3
    assert state.id_counter == 5


def test_only_what_changed_is_described_anew():
    first, second = (sim.Population(2, sim.IF_cond_exp()) for _ in range(2))
    before = describe(state.session)
    assert describe(state.session) is before
    state.session.change = Change.NOTHING
    first.set(tau_m=10.0)
    after = describe(state.session)
    assert after.populations[0] is not before.populations[0]
    assert after.populations[1] is before.populations[1]
    assert before.populations[0].parameters["tau_m"][0] == 20.0
    assert state.session.change == Change.NEURON_PARAMETERS
    second.initialize(v=-60.0)
    assert Change.INITIAL_VALUES in state.session.change


def test_changes_of_sources_are_changes_of_stimuli():
    sources = sim.Population(2, sim.SpikeSourcePoisson())
    state.session.change = Change.NOTHING
    sources.set(rate=3.0)
    assert state.session.change == Change.STIMULI


def test_objects_of_an_earlier_network():
    old = sim.Population(2, sim.IF_cond_exp(), label="old")
    sim.setup(substrate="ideal")
    with pytest.raises(sim.NetworkError, match="setup"):
        old.set(tau_m=10.0)
    with pytest.raises(sim.NetworkError, match="old"):
        old.get_realised("tau_m")
    with pytest.raises(sim.RecordingError, match="old"):
        old.get_data()
    with pytest.raises(sim.NetworkError, match="old"):
        sim.Projection(old, sim.Population(1, sim.IF_cond_exp()), sim.AllToAllConnector())


def test_realised_parameters_of_the_ideal_substrate_are_those_asked_for():
    population = sim.Population(3, sim.IF_cond_exp(tau_m=[1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(population.get_realised("tau_m"), [1, 2, 3])
    np.testing.assert_array_equal(population[1:].get_realised("tau_m"), [2, 3])
    np.testing.assert_array_equal((population[2:] + population[:1]).get_realised("tau_m"), [3, 1])
    with pytest.raises(sim.ParameterError, match="no realised parameters"):
        sim.Population(1, sim.SpikeSourcePoisson()).get_realised("rate")


@pytest.mark.parametrize("substrate", ["ideal", "brainscales1"])
@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_realised_parameters_of_a_list_of_names_are_a_list_as_get_has_it(substrate):
    sim.setup(substrate=substrate)
    population = sim.Population(3, sim.IF_cond_exp(tau_m=[15.0, 20.0, 25.0]))
    for cells in (population, population[1:], population[2:] + population[:1]):
        names = ("v_rest", "tau_m")
        asked, found = cells.get(names, simplify=False), cells.get_realised(names)
        assert type(found) is type(asked) is list
        for name, one, values in zip(names, asked, found, strict=True):
            assert np.shape(values) == np.shape(one)
            np.testing.assert_array_equal(values, cells.get_realised(name))
    assert len(population.get_realised(["tau_m"])) == 1
    assert population.get_realised([]) == population.get([]) == []
    with pytest.raises(pynn_errors.NonExistentParameterError, match="tau"):
        population.get_realised(["tau_m", "tau"])


def test_network_finds_the_back_end():
    assert Network(sim.Population(1, sim.IF_cond_exp())).sim is sim
