"""Connectors: small-world networks, those of the indices, and arguments that cannot be."""

import numpy as np
import pytest
from pyNN import connectors as pynn_connectors
from pyNN.core import IndexBasedExpression
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Line, Space

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


N = 60


def connected(connector, n_pre=N, n_post=None, space=None, **synapse):
    """Return the (pre x post) array of connections; of a population with itself by default."""
    pre = sim.Population(n_pre, sim.IF_cond_exp(), structure=Line(), label="pre")
    post = pre if n_post is None else sim.Population(n_post, sim.IF_cond_exp(), structure=Line())
    synapse = sim.StaticSynapse(**synapse)
    projection = sim.Projection(pre, post, connector, synapse, space=space, label="pr")
    weights = projection.get("weight", "array")
    assert not projection.synapses.has_multiple
    return ~np.isnan(weights)


def ring():
    return Space(periodic_boundaries=((0, N), None, None))


def small_world(degree, rewiring, **arguments):
    arguments = {"allow_self_connections": False, "rng": NumpyRNG(seed=5), **arguments}
    return sim.SmallWorldConnector(degree, rewiring, **arguments)


class TestSmallWorld:
    def test_without_rewiring_it_is_the_ring_lattice(self):
        index = np.arange(N)
        distance = np.abs(index[:, None] - index)
        distance = np.minimum(distance, N - distance)
        made = connected(small_world(4, 0.0), space=ring())
        np.testing.assert_array_equal(made, (distance < 4) & (distance > 0))
        with_itself = connected(small_world(4, 0.0, allow_self_connections=True), space=ring())
        np.testing.assert_array_equal(with_itself, distance < 4)

    def test_a_line_has_ends(self):
        made = connected(small_world(3, 0.0), n_pre=5, n_post=7)
        distance = np.abs(np.arange(5)[:, None] - np.arange(7))
        np.testing.assert_array_equal(made, distance < 3)

    def test_rewiring_moves_its_share_and_keeps_the_number_of_each_cell(self):
        lattice = connected(small_world(6, 0.0), space=ring())
        made = connected(small_world(6, 0.3), space=ring())
        assert (made.sum(axis=1) == 10).all()
        assert not made.diagonal().any()
        moved = (lattice & ~made).sum()
        n = lattice.sum()
        assert abs(moved - 0.3 * n) < 4 * np.sqrt(n * 0.3 * 0.7)

    def test_moved_connections_go_everywhere(self):
        far = sum(
            connected(small_world(2, 1.0, rng=NumpyRNG(seed=seed)), space=ring()).astype(int)
            for seed in range(30)
        )
        index = np.arange(N)
        offsets = np.bincount(
            ((index - index[:, None]) % N).ravel(), weights=far.ravel(), minlength=N
        )
        assert offsets[[0, 1, N - 1]].sum() == 0  # itself, and the places it moved away from
        # 2 x 60 x 30 connections over 57 offsets; Poisson-like spread.
        mean = 2 * N * 30 / (N - 3)
        assert np.abs(offsets[2 : N - 1] - mean).max() < 5 * np.sqrt(mean)

    def test_a_number_of_connections_is_drawn_from_the_near_ones(self):
        made = connected(small_world(6, 0.0, n_connections=4), space=ring())
        lattice = connected(small_world(6, 0.0), space=ring())
        assert (made.sum(axis=1) == 4).all()
        assert not (made & ~lattice).any()
        assert len(np.unique(made[0:20], axis=0)) > 10
        assert connected(small_world(2, 0.0, n_connections=40), space=ring()).sum() == 2 * N

    def test_no_mutual_connections(self):
        made = connected(small_world(5, 0.5, allow_self_connections="NoMutual"), space=ring())
        assert made.any()
        assert not (made & made.T).any()

    def test_when_every_cell_is_a_target_nothing_can_move(self):
        made = connected(small_world(100, 1.0), n_pre=6)
        np.testing.assert_array_equal(made, ~np.eye(6, dtype=bool))

    def test_it_repeats_with_its_seed_and_takes_weights_of_the_distance(self):
        one, two = (connected(small_world(5, 0.4), space=ring()) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        cells = sim.Population(8, sim.IF_cond_exp(), structure=Line())
        synapse = sim.StaticSynapse(weight="0.1*d")
        projection = sim.Projection(cells, cells, small_world(3, 0.0), synapse)
        for pre, post, weight in projection.get("weight", "list"):
            assert weight == pytest.approx(0.1 * abs(pre - post))

    def test_it_can_be_described(self):
        assert "rewiring" in sim.SmallWorldConnector(3, 0.1).describe(template=None)["parameters"]

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({"degree": 3, "rewiring": 1.5}, "rewiring"),
            ({"degree": 3, "rewiring": float("nan")}, "rewiring"),
            ({"degree": -1, "rewiring": 0.5}, "degree"),
            ({"degree": 3, "rewiring": 0.5, "n_connections": -2}, "n_connections"),
        ],
    )
    def test_impossible_arguments(self, arguments, name):
        with pytest.raises(sim.ParameterError, match=name):
            sim.SmallWorldConnector(**arguments)


def test_probabilities_of_the_indices():
    class Same(IndexBasedExpression):
        def __call__(self, i, j):
            return (i + j) % 2 == 0

    made = connected(sim.IndexBasedProbabilityConnector(Same()), n_pre=5, n_post=4)
    np.testing.assert_array_equal(made, np.add.outer(np.arange(5), np.arange(4)) % 2 == 0)


@pytest.mark.parametrize("probability", [1.5, -0.1, float("nan"), "a", None])
def test_a_probability_lies_between_0_and_1(probability):
    with pytest.raises(sim.ParameterError, match=r"p_connect.*0 to 1"):
        sim.FixedProbabilityConnector(probability)


@pytest.mark.parametrize(
    "array", [np.eye(3, dtype=bool), [1, 0], [[2, 0, 1], [0, 0, 0]], [[1], [1, 0]]]
)
def test_arrays_of_another_shape_or_kind(array):
    with pytest.raises(sim.ProjectionError, match=r"'pr'.*\(2, 3\)"):
        connected(sim.ArrayConnector(array), n_pre=2, n_post=3)


@pytest.mark.parametrize("dtype", [bool, int, float, list])
def test_arrays_of_zeros_and_ones_are_no_indices(dtype):
    array = np.array([[1, 0, 1], [0, 0, 0]])
    given = array.tolist() if dtype is list else array.astype(dtype)
    made = connected(sim.ArrayConnector(given), n_pre=2, n_post=3)
    np.testing.assert_array_equal(made, array == 1)


@pytest.mark.parametrize(
    ("conn_list", "column_names"),
    [
        ([(0, 1, 0.1, 1.0, 3.0)], None),
        ([(0, 1, 0.1)], None),
        ([(0, 1, 0.1)], ["weight", "delay"]),
        ([(0, 1), (0,)], None),
        ([0, 1], None),
        ([(0, "a")], None),
    ],
)
def test_lists_that_cannot_be_read(conn_list, column_names):
    with pytest.raises(sim.ProjectionError, match=r"FromListConnector.*(column|list)"):
        sim.FromListConnector(conn_list, column_names)


def test_lists_with_unknown_columns_and_missing_values():
    with pytest.raises(sim.ProjectionError, match=r"'pr'.*'wieght'; allowed: weight, delay"):
        connected(sim.FromListConnector([(0, 1, 2.0)], column_names=["wieght"]))
    with pytest.raises(sim.SynapseError, match=r"'pr'.*weight.*finite"):
        connected(sim.FromListConnector([(0, 1, None, 1.0)]))


def synapses(connector, n_pre, n_post=None, weight=0.5):
    """Return (pre, post, weight, delay) of every synapse, in order."""
    pre = sim.Population(n_pre, sim.IF_cond_exp())
    post = pre if n_post is None else sim.Population(n_post, sim.IF_cond_exp())
    projection = sim.Projection(pre, post, connector, sim.StaticSynapse(weight=weight, delay=2.0))
    return projection.get(["weight", "delay"], "list")


@pytest.mark.parametrize(
    "cells", [{"n_pre": 10, "n_post": 7}, {"n_pre": 1}, {"n_pre": 3, "n_post": 300}, {"n_pre": 20}]
)
@pytest.mark.parametrize("weight", [0.5, "0.1 * d"])
def test_pairs_drawn_by_number_are_those_of_pynn(cells, weight):
    ours, theirs = (
        sorted(synapses(kind(100, rng=NumpyRNG(seed=8)), **cells, weight=weight))
        for kind in (sim.FixedTotalNumberConnector, pynn_connectors.FixedTotalNumberConnector)
    )
    assert len(ours) == 100
    assert ours == theirs


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("FixedProbabilityConnector", {"p_connect": 0.3}),
        ("FixedProbabilityConnector", {"p_connect": 0.0}),
        ("FixedProbabilityConnector", {"p_connect": 1.0, "allow_self_connections": False}),
        *(
            (f"FixedNumber{side}Connector", {"n": n, **options})
            for side in ("Pre", "Post")
            for n in (3, 20, 47)  # all of 20 cells, and some of them again
            for options in (
                {},
                {"allow_self_connections": False},
                {"with_replacement": True},
            )
        ),
    ],
)
@pytest.mark.parametrize("cells", [{"n_pre": 20}, {"n_pre": 7, "n_post": 13}], ids=str)
@pytest.mark.parametrize("weight", ["constant", "drawn", "drawn by the same", "of the distance"])
def test_drawn_pairs_are_those_of_pynn(name, arguments, cells, weight):
    made = []
    for module in (sim, pynn_connectors):
        rng = NumpyRNG(seed=8)
        rng.next(3)
        weights = {
            "constant": 0.5,
            "drawn": RandomDistribution("normal", mu=1.0, sigma=0.01, rng=NumpyRNG(seed=9)),
            "drawn by the same": RandomDistribution("uniform", low=0.1, high=1.0, rng=rng),
            "of the distance": "0.1 * d",
        }
        connector = getattr(module, name)(rng=rng, **arguments)
        made.append(sorted(synapses(connector, **cells, weight=weights[weight])))
        if weight != "constant":  # PyNN draws pairs of constant weights from a copy
            made[-1].append(rng.next())
    assert made[0] == made[1]


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("connector", ["ArrayConnector", "CloneConnector"])
def test_given_pairs_are_those_of_pynn(connector, drawn):
    array = np.random.default_rng(2).random((11, 9)) < 0.3
    array[:, 4] = False
    made = []
    for module in (sim, pynn_connectors):
        pre, post = (sim.Population(n, sim.IF_cond_exp()) for n in array.shape)
        given = array
        if connector == "CloneConnector":
            pairs = np.repeat(np.argwhere(array), 2, axis=0)  # every pair has two synapses
            given = sim.Projection(pre, post, sim.FromListConnector(pairs), sim.StaticSynapse())
        weight = RandomDistribution("uniform", low=0.1, high=1.0, rng=NumpyRNG(3)) if drawn else 0.5
        projection = sim.Projection(
            pre, post, getattr(module, connector)(given), sim.StaticSynapse(weight=weight)
        )
        made.append(sorted(projection.get(["weight", "delay"], "list")))
    assert len(made[0]) == array.sum()
    assert made[0] == made[1]


@pytest.mark.parametrize("cells", [{"n_pre": 20}, {"n_pre": 11, "n_post": 9}])
def test_projections_with_the_same_generator_have_the_pairs_that_pynn_gives_them(cells):
    made = []
    for module in (sim, pynn_connectors):
        rng = NumpyRNG(seed=8)
        connector = module.FixedProbabilityConnector(0.5, rng=rng)
        drawn = RandomDistribution("uniform", low=0.1, high=1.0, rng=rng)
        pairs = [
            synapses(connector, **cells),
            synapses(connector, **cells),  # draws from a copy: the same pairs
            synapses(module.FixedNumberPreConnector(3, rng=rng), **cells),  # does not
            synapses(connector, **cells),
            synapses(connector, **cells, weight=drawn),
            synapses(module.FixedProbabilityConnector(0.2, False, rng=rng), **cells),
        ]
        made.append([sorted(one) for one in pairs] + [rng.next()])
    assert made[0] == made[1]
    assert made[0][0] == made[0][1] != made[0][3]


def test_without_a_generator_pairs_are_those_of_pynn():
    for name, argument in (("FixedProbabilityConnector", 0.4), ("FixedNumberPreConnector", 4)):
        ours, theirs = (
            sorted(synapses(getattr(module, name)(argument), 11, 9))
            for module in (sim, pynn_connectors)
        )
        assert ours == theirs


@pytest.mark.parametrize("columns", [(), ("weight",), ("weight", "delay"), ("delay", "weight")])
def test_lists_give_their_synapses(columns):
    rng = np.random.default_rng(9)
    pairs = rng.permutation(12 * 5)[:40]
    table = np.column_stack([pairs // 5, pairs % 5, *rng.uniform(1.0, 3.0, (len(columns), 40))])
    ours, theirs = (
        sorted(synapses(kind(table, column_names=columns), 12, 5))
        for kind in (sim.FromListConnector, pynn_connectors.FromListConnector)
    )
    assert len(ours) == 40
    assert ours == theirs


def test_pairs_may_be_twice_in_a_list_and_keep_their_order():
    table = [(1, 0, 0.3, 1.0), (0, 0, 0.1, 1.0), (1, 0, 0.2, 1.0)]
    made = [tuple(one) for one in synapses(sim.FromListConnector(table), 2, 1)]
    assert made == [(0, 0, 0.1, 1.0), (1, 0, 0.3, 1.0), (1, 0, 0.2, 1.0)]


def test_files(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("0 1 .1 1.\n")
    assert connected(sim.FromFileConnector(str(path)), n_pre=2, n_post=3).sum() == 1
    assert connected(sim.FromFileConnector(path), n_pre=2, n_post=3).sum() == 1
    path.write_text("0 1 .1 1. 3.\n")
    with pytest.raises(sim.ProjectionError, match=r"'pr'.*one.txt.*columns; got 5"):
        connected(sim.FromFileConnector(str(path)))


@pytest.mark.parametrize("name", ["weight", "delay"])
@pytest.mark.parametrize("value", [[1.0, 2.0, 3.0], [], np.ones((3, 3))])
@pytest.mark.parametrize("connector", ["AllToAllConnector", "OneToOneConnector"])
def test_values_of_synapses_in_the_wrong_shape(connector, value, name):
    with pytest.raises(sim.SynapseError, match=rf"'pr': {name}.*\(2, 3\)"):
        connected(getattr(sim, connector)(), n_pre=2, n_post=3, **{name: value})


@pytest.mark.parametrize("value", ["x", {}, [1.0, "a"], np.ones((2, 3, 1))])
def test_values_of_synapses_that_are_no_numbers(value):
    with pytest.raises(sim.InvalidParameterError, match="StaticSynapse: weight"):
        sim.StaticSynapse(weight=value)
    cells = sim.Population(3, sim.IF_cond_exp())
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), label="pr")
    with pytest.raises(sim.SynapseError, match="'pr': weight"):
        projection.set(weight=value)


def test_unknown_parameters_of_synapses():
    with pytest.raises(sim.errors.NonExistentParameterError, match="StaticSynapse are: delay"):
        sim.StaticSynapse(weigth=1.0)


def test_what_is_no_population_is_not_connected():
    cells = sim.Population(3, sim.IF_cond_exp())
    for pair in ((5, cells), (cells, [1, 2])):
        with pytest.raises(sim.ProjectionError, match="synaptic cells"):
            sim.Projection(*pair, sim.AllToAllConnector())


@pytest.mark.parametrize(
    "connector",
    [
        sim.AllToAllConnector(),
        sim.FixedProbabilityConnector(0.9),
        sim.FixedTotalNumberConnector(10**11),
    ],
)
def test_more_synapses_than_the_memory_holds(connector, monkeypatch):
    monkeypatch.setattr("pyNN_brainscales_emu.pair_connection.memory_limit", lambda: 2**33)
    sim.setup()
    cells = sim.Population(60_000, sim.IF_cond_exp(), label="many")
    with pytest.raises(sim.CapacityError, match=r"too many for this machine; .* in 8 GiB"):
        sim.Projection(cells, cells, connector, sim.StaticSynapse(weight=0.001))
    few = sim.Projection(cells[:9], cells[:9], sim.AllToAllConnector(), sim.StaticSynapse())
    assert few.size() == 81


def test_memory_that_is_not_known_is_no_limit(monkeypatch):
    monkeypatch.setattr("pyNN_brainscales_emu.pair_connection.memory_limit", lambda: None)
    sim.setup()
    cells = sim.Population(9, sim.IF_cond_exp())
    some = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse())
    assert some.size() == 81
