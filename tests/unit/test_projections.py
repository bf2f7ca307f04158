"""Projections: order, formats, setting and getting, checks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyNN import common, connectors, mock
from pyNN import errors as pynn_errors
from pyNN.random import NumpyRNG, RandomDistribution

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.simulator import state


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


def neurons(size, **parameters):
    return sim.Population(size, sim.IF_cond_exp(**parameters))


def from_list(pairs, shape=(4, 3), **synapse):
    pre, post = map(neurons, shape)
    synapse = {"weight": 0.1, **synapse}
    return sim.Projection(pre, post, sim.FromListConnector(pairs), sim.StaticSynapse(**synapse))


pair_lists = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=15)


@given(pair_lists)
def test_lists_are_ordered_and_getting_then_setting_changes_nothing(pairs):
    projection = from_list(pairs)
    weights = np.arange(1.0, len(pairs) + 1)
    projection.set(weight=list(weights))
    listed = projection.get("weight", format="list")
    assert listed == [(*p, w) for p, w in zip(sorted(pairs), weights, strict=True)]
    projection.set(weight=projection.get("weight", format="list", with_address=False))
    assert projection.get("weight", format="list") == listed
    assert [c.as_tuple("presynaptic_index", "postsynaptic_index") for c in projection] == sorted(
        pairs
    )


@given(pair_lists, st.sampled_from(["sum", "first", "last", "min", "max"]))
def test_arrays_join_synapses_of_a_pair(pairs, multiple):
    projection = from_list(pairs)
    weights = np.random.default_rng(len(pairs)).uniform(size=len(pairs))
    projection.set(weight=weights)
    expected = np.full((4, 3), np.nan)
    operation = {
        "sum": sum,
        "first": lambda v: v[0],
        "last": lambda v: v[-1],
        "min": min,
        "max": max,
    }[multiple]
    for pair in set(pairs):
        of_pair = [w for p, w in zip(sorted(pairs), weights, strict=True) if p == pair]
        expected[pair] = operation(of_pair)
    got = projection.get("weight", format="array", multiple_synapses=multiple)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


@given(pair_lists)
def test_setting_an_array(pairs):
    projection = from_list(pairs)
    matrix = np.arange(12.0).reshape(4, 3)
    projection.set(weight=matrix)
    assert all(w == matrix[i, j] for i, j, w in projection.get("weight", format="list"))


def test_setting_a_list_with_one_value_a_pair():
    projection = from_list([(0, 0), (1, 1), (0, 0)])
    projection.set(weight=[0.5, 0.7])
    assert projection.get("weight", format="list", with_address=False) == [0.5, 0.5, 0.7]


def test_setting_functions_of_distance_and_random_numbers():
    projection = from_list([(0, 0), (3, 1), (1, 2), (3, 1)])
    projection.set(delay=lambda d: 0.5 + d, weight="0.1*d")
    listed = projection.get(["weight", "delay"], format="list")
    assert listed == [
        (0, 0, 0.0, 0.5),
        (1, 2, pytest.approx(0.1), 1.5),
        (3, 1, pytest.approx(0.2), 2.5),
        (3, 1, pytest.approx(0.2), 2.5),
    ]
    draw = RandomDistribution("uniform", (0, 1), rng=NumpyRNG(seed=4))
    projection.set(weight=draw)
    drawn = projection.get("weight", format="list", with_address=False)
    assert drawn[2] == drawn[3]
    assert len(set(drawn)) == 3


@pytest.mark.parametrize("chunk", [4, 5, 10**6])
def test_random_values_are_elements_of_a_matrix_of_all_pairs(chunk, monkeypatch):
    monkeypatch.setattr("pyNN_brainscales_emu.synapse_values.PAIRS_DRAWN", chunk)
    connected = [(0, 0), (0, 2), (1, 2), (3, 1), (3, 1)]
    projection = from_list(connected)
    n_pre, n_post = projection.shape
    draw = NumpyRNG(seed=4)
    projection.set(
        weight=RandomDistribution("uniform", (0, 1), rng=draw),
        delay=RandomDistribution("uniform", (1, 2), rng=draw),
    )
    # As pyNN.nest: drawn for every pair, one presynaptic cell after the other.
    numbers = NumpyRNG(seed=4).next(2 * n_pre * n_post, "uniform", {"low": 0, "high": 1})
    weight, delay = numbers.reshape(2, n_pre, n_post)
    for pre, post, w, d in projection.get(["weight", "delay"], format="list"):
        assert (w, d) == (weight[pre, post], pytest.approx(1 + delay[pre, post]))


@pytest.mark.parametrize(
    "values", [[0.1, 0.2], np.ones((3, 4)), np.ones((4, 3, 1))], ids=["list", "array", "3d"]
)
def test_wrong_shapes(values):
    projection = from_list([(0, 0), (1, 1), (1, 2)])
    with pytest.raises(sim.SynapseError, match="wrong shape"):
        projection.set(weight=values)


@pytest.mark.parametrize(
    ("name", "value"),
    [("weight", -0.1), ("weight", np.nan), ("delay", 0.05), ("delay", np.nan), ("delay", np.inf)],
)
def test_impossible_weights_and_delays(name, value):
    with pytest.raises(pynn_errors.ConnectionError):
        from_list([(0, 0)], **{name: value})
    pairs = [(1, 1), (2, 2)]
    conn_list = [(*p, *((value, 0.5) if name == "weight" else (0.1, value))) for p in pairs]
    with pytest.raises(sim.SynapseError, match=rf"{name} of the synapse from cell 1 to cell 1"):
        from_list(conn_list)
    projection = from_list(pairs)
    with pytest.raises(sim.SynapseError, match=name):
        projection.set(**{name: [0.5, value]})
    with pytest.raises(sim.SynapseError, match=name):
        setattr(projection[1], name, value)
    with pytest.raises(sim.SynapseError, match=name):
        projection.set(**{name: lambda d: d * 0 + value})
    assert projection.get("weight", format="list", with_address=False) == [0.1, 0.1]
    assert len(state.session.projections) == 1


def test_missing_value_in_an_array_at_a_synapse():
    projection = from_list([(0, 0), (1, 1)])
    matrix = np.full((4, 3), np.nan)
    matrix[0, 0] = 1.0
    with pytest.raises(sim.SynapseError, match="finite"):
        projection.set(weight=matrix)


@pytest.mark.parametrize(
    ("cell_type", "unit"),
    [
        ("IF_curr_exp", "nA"),
        ("IF_curr_alpha", "nA"),
        ("IF_curr_delta", "mV"),
        ("Izhikevich", "mV"),
    ],
)
def test_signs_of_weights_that_are_no_conductances(cell_type, unit):
    pre, post = neurons(1), sim.Population(1, getattr(sim, cell_type)())
    connector = sim.FromListConnector([(0, 0)])
    inhibitory = sim.Projection(
        pre, post, connector, sim.StaticSynapse(weight=-1.0), receptor_type="inhibitory"
    )
    with pytest.raises(sim.SynapseError, match=f"<= 0 {unit}"):
        inhibitory.set(weight=1.0)
    excitatory = sim.Projection(pre, post, connector, sim.StaticSynapse(weight=1.0))
    assert excitatory.receptor_type == "excitatory"
    with pytest.raises(sim.SynapseError, match=f">= 0 {unit}"):
        excitatory.set(weight=-1.0)
    by_sign = sim.Projection(pre, post[:1], connector, sim.StaticSynapse(weight=-1.0))
    assert by_sign.receptor_type == "inhibitory"


@pytest.mark.parametrize("cell_type", ["IF_cond_exp", "IF_cond_alpha", "EIF_cond_exp_isfa_ista"])
def test_conductances_have_no_sign(cell_type):
    pre, post = neurons(1), sim.Population(1, getattr(sim, cell_type)())
    projection = sim.Projection(
        pre, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0),
        receptor_type="inhibitory",
    )  # fmt: skip
    with pytest.raises(sim.SynapseError, match=r">= 0 uS \(the receptor says"):
        projection.set(weight=-1.0)


def test_weights_onto_an_assembly_of_several_kinds_name_all_units():
    assembly = sim.Population(1, sim.IF_curr_exp()) + sim.Population(1, sim.Izhikevich())
    with pytest.raises(sim.SynapseError, match=">= 0 mV or nA"):
        sim.Projection(
            neurons(1), assembly, sim.AllToAllConnector(), sim.StaticSynapse(weight=-1.0),
            receptor_type="excitatory",
        )  # fmt: skip


@pytest.mark.parametrize("pair", [(4, 0), (0, 3), (-1, 0), (0, -1), (0.5, 0)])
def test_addresses_out_of_range(pair):
    with pytest.raises(pynn_errors.ConnectionError, match="index"):
        from_list([(0, 0), pair])


def test_delays_keep_to_the_limits_of_setup():
    sim.setup(substrate="ideal", min_delay=0.5, max_delay=2.0)
    projection = from_list([(0, 0)])
    assert projection.get("delay", "list") == [(0, 0, 0.5)]
    for delay in (0.4, 2.1):
        with pytest.raises(sim.SynapseError, match=r"0\.5 to 2 ms"):
            projection.set(delay=delay)
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.5, 2.0)


def test_automatic_limits_are_those_of_the_network():
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.1, 0.1)
    from_list([(0, 0), (1, 0)], delay=0.7).set(delay=[0.7, 3.0])
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.7, 3.0)


def test_unknown_attributes():
    projection = from_list([(0, 0)])
    for call in (
        lambda: projection.set(u=1.0),
        lambda: projection.get("u", "list"),
        lambda: projection.get_realised("delay"),
        lambda: projection.initialize(u=1.0),
    ):
        with pytest.raises(pynn_errors.NonExistentParameterError):
            call()


def test_spike_sources_are_no_targets():
    sources = sim.Population(2, sim.SpikeSourcePoisson(), label="noise")
    with pytest.raises(sim.ProjectionError, match="noise"):
        sim.Projection(neurons(2), sources, sim.AllToAllConnector())


def test_synapse_types_that_are_not_available():
    with pytest.raises(NotImplementedError, match="ElectricalSynapse"):
        sim.ElectricalSynapse(weight=0.1)
    synapse = mock.StaticSynapse(delay=1.0)
    with pytest.raises(sim.ProjectionError, match="another back end"):
        sim.Projection(neurons(1), neurons(1), sim.AllToAllConnector(), synapse)


def test_connection_objects():
    projection = from_list([(0, 0), (1, 2), (3, 1)])
    connections = list(projection.connections)
    assert len(connections) == len(projection) == projection.size() == 3
    assert isinstance(connections[0], common.Connection)
    connections[1].weight = 0.3
    connections[1].delay = 2.0
    assert projection[1].as_tuple("weight", "delay") == (0.3, 2.0)
    assert projection.get("weight", "list", with_address=False) == [0.1, 0.3, 0.1]
    assert [c.postsynaptic_index for c in projection[1:]] == [2, 1]
    assert projection[-1].presynaptic_index == 3
    with pytest.raises(IndexError):
        projection[3]


class TestAssembliesOfSeveralKinds:
    """PyNN does not connect to them, but an assembly can grow afterwards."""

    @pytest.mark.parametrize("others", [sim.IF_curr_exp, sim.IF_curr_delta])
    def test_pynn_does_not_connect_to_them(self, others):
        assembly = neurons(2) + sim.Population(1, others())
        with pytest.raises(pynn_errors.ConnectionError, match="homogeneous"):
            sim.Projection(neurons(1), assembly, sim.AllToAllConnector(), sim.StaticSynapse())

    @pytest.mark.parametrize(("kind", "good"), [(sim.IF_cond_exp, 0.2), (sim.IF_curr_exp, -0.2)])
    def test_weights_keep_the_sign_that_their_targets_need(self, kind, good):
        others = {sim.IF_cond_exp: sim.IF_curr_exp, sim.IF_curr_exp: sim.IF_cond_exp}
        assembly = sim.Assembly(sim.Population(2, kind()))
        projection = sim.Projection(
            neurons(1), assembly, sim.AllToAllConnector(), sim.StaticSynapse(weight=good),
            receptor_type="inhibitory",
        )  # fmt: skip
        assembly += sim.Population(1, others[kind]())
        with pytest.raises(sim.SynapseError, match=r"from cell 0 to cell 1.*onto conductances"):
            projection.set(weight=[2 * good, -good])
        projection.set(weight=[2 * good, good])
        assert projection.get("weight", "list", with_address=False) == [2 * good, good]


def test_cells_of_views_and_assemblies_are_described_by_their_own_number():
    first, second = neurons(5), neurons(4)
    pre = first[[1, 3]] + second[2:]
    projection = sim.Projection(pre, second[::2], sim.AllToAllConnector(), sim.StaticSynapse())
    described = projection.description()
    np.testing.assert_array_equal(described.presynaptic, np.repeat([1, 3, 7, 8], 2))
    np.testing.assert_array_equal(described.postsynaptic, np.tile([5, 7], 4))


@pytest.mark.parametrize("self_connections", [True, False])
def test_fast_connectors_make_the_synapses_of_pynn(self_connections):
    cells = neurons(13)
    for pre, post in ((cells, cells), (cells[2:9], cells[::3]), (cells, neurons(4))):
        for name, arguments in (
            ("AllToAllConnector", {}),
            ("FixedProbabilityConnector", {"p_connect": 0.4}),
        ):
            made = []
            for module in (sim, connectors):
                if arguments:
                    arguments["rng"] = NumpyRNG(seed=3)
                connector = getattr(module, name)(
                    allow_self_connections=self_connections, **arguments
                )
                synapse = sim.StaticSynapse(weight=0.2, delay=0.3)
                projection = sim.Projection(pre, post, connector, synapse)
                made.append(projection.get(["weight", "delay"], "list"))
            assert made[0] == made[1]
            assert len(made[0]) > 0


def test_one_to_one():
    projection = sim.Projection(neurons(3), neurons(3), sim.OneToOneConnector())
    assert projection.get("delay", "list") == [(0, 0, 0.1), (1, 1, 0.1), (2, 2, 0.1)]


def test_random_weights_are_those_of_pynn():
    made = []
    for module in (sim, connectors):
        draw = RandomDistribution("uniform", (0, 1), rng=NumpyRNG(seed=7))
        synapse = sim.StaticSynapse(weight=draw)
        connector = module.AllToAllConnector()
        made.append(
            sim.Projection(neurons(3), neurons(4), connector, synapse).get("weight", "array")
        )
    np.testing.assert_array_equal(*made)


def test_every_connector_is_exported():
    for name, value in vars(connectors).items():
        if isinstance(value, type) and name.endswith("Connector"):
            if name not in ("Connector", "MapConnector", "FixedNumberConnector"):
                assert issubclass(getattr(sim, name), value)


def test_saving_and_reading_back(tmp_path):
    projection = from_list([(0, 0, 0.1, 1.0), (3, 2, 0.4, 2.0)])
    file = str(tmp_path / "synapses.txt")
    projection.save("all", file)
    copy = sim.Projection(projection.pre, projection.post, sim.FromFileConnector(file))
    assert copy.get(["weight", "delay"], "list") == projection.get(["weight", "delay"], "list")


def test_an_empty_projection():
    projection = from_list([(0, 0)])
    empty = sim.Projection(projection.pre, projection.post, sim.FixedProbabilityConnector(0.0))
    empty.set(weight=0.5, delay=[])
    assert len(empty) == 0
    assert empty.get("weight", "list") == []
    assert np.isnan(empty.get("weight", "array")).all()
    assert empty.description().size == 0
    assert sim.get_min_delay() == 0.1


def test_weights_replace_columns_that_a_description_holds():
    projection = from_list([(0, 0)])
    before = describe(state.session)
    state.session.change = Change.NOTHING
    projection.set(weight=0.9)
    assert before.projections[0].weight[0] == 0.1
    assert describe(state.session).projections[0].weight[0] == 0.9
    assert state.session.change == Change.WEIGHTS
    projection.set(delay=0.9)
    assert state.session.change == Change.WEIGHTS | Change.DELAYS


def test_full_scale():
    projection = from_list([(0, 0)])
    for wrong in (0.0, -1.0, np.nan, "x", True, None, np.array([1.0, 2.0])):
        with pytest.raises(sim.ParameterError, match="gmax"):
            projection.set_gmax(wrong)
    projection.set_gmax(np.float32(0.25))
    assert projection.description().gmax == 0.25
    projection.set_gmax(0.05)
    assert projection.description().gmax == 0.05


def test_realised_weights_of_the_ideal_substrate_are_those_asked_for():
    projection = from_list([(0, 0), (1, 1)])
    np.testing.assert_array_equal(
        projection.get_realised("weight"), projection.get("weight", "array")
    )
    assert projection.get_realised(format="list") == [(0, 0, 0.1), (1, 1, 0.1)]
    for options in ({"format": "list"}, {"format": "list", "with_address": False}):
        for names in ("weight", ["weight"], ("weight", "weight")):
            assert projection.get_realised(names, **options) == projection.get(names, **options)
    (matrix,) = projection.get_realised(["weight"], "array")
    np.testing.assert_array_equal(matrix, projection.get("weight", "array"))
    for call in (projection.get_digital_weights, lambda: projection.set_digital_weights(3)):
        with pytest.raises(sim.SubstrateError, match="brainscales1"):
            call()


def test_digital_weights_set_by_hand():
    sim.setup(substrate="brainscales1")
    projection = from_list([(0, 0), (1, 1), (1, 2)])
    projection.set_digital_weights([0, 15, -1])
    np.testing.assert_array_equal(projection.description().digital_weights, [0, 15, -1])
    for wrong in (16, -2, 1.5, [1, 2, np.nan]):
        with pytest.raises(sim.SynapseError, match="integers 0 to 15"):
            projection.set_digital_weights(wrong)
    projection.set(weight=0.2)
    assert projection.description().digital_weights is None


def test_weights_beyond_single_precision():
    projection = from_list([(0, 0), (1, 1)])
    for wrong in (1e39, [0.1, 3.5e38]):
        with pytest.raises(sim.SynapseError, match=r"weight of the synapse.*up to 3\.4e\+38"):
            projection.set(weight=wrong)


class OtherArray:
    """An array of a library that has nothing in common with NumPy but this."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def test_arrays_of_other_libraries():
    projection = from_list([(0, 0), (1, 1)])
    projection.set(weight=OtherArray([0.1, 0.2]))
    assert projection.get("weight", "list", with_address=False) == [0.1, 0.2]
    projection.set(weight=OtherArray(np.full(projection.shape, 0.3)))
    assert projection.get("weight", "list", with_address=False) == [0.3, 0.3]
