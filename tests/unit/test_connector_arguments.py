"""Arguments of connectors: what is of a wrong kind is told when the connector is made."""

import numpy as np
import pytest
from pyNN.random import NumpyRNG, RandomDistribution

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sim.AllToAllConnector(5), "AllToAllConnector: allow_self_connections; got 5"),
        (lambda: sim.FixedProbabilityConnector(0.1, rng=5), "rng; got 5.*NumpyRNG"),
        (lambda: sim.FixedProbabilityConnector(0.1, callback=5), "callback; got 5"),
        (lambda: sim.FixedNumberPreConnector(3.5), "n; got 3.5; allowed: a whole number"),
        (lambda: sim.FixedNumberPreConnector(True), "n; got True"),
        (lambda: sim.FixedNumberPostConnector(-1), "n; got -1"),
        (lambda: sim.FixedNumberPostConnector(3, with_replacement="no"), "with_replacement; got"),
        (lambda: sim.FixedTotalNumberConnector("3"), "n; got '3'"),
        (lambda: sim.FixedTotalNumberConnector(-3), "n; got -3"),
        (lambda: sim.DistanceDependentProbabilityConnector("d*"), r"d_expression .SyntaxError"),
        (lambda: sim.DistanceDependentProbabilityConnector("-1"), r"d_expression.*got '-1'"),
        (lambda: sim.DistanceDependentProbabilityConnector("1/d"), "ZeroDivisionError"),
        (lambda: sim.DistanceDependentProbabilityConnector("x"), "NameError"),
        (lambda: sim.DistanceDependentProbabilityConnector(5), "d_expression; got 5"),
        (lambda: sim.DistanceDependentProbabilityConnector(float), "d_expression; got"),
        (lambda: sim.IndexBasedProbabilityConnector(lambda i, j: 1.0), "IndexBasedExpression"),
        (lambda: sim.DisplacementDependentProbabilityConnector(1.0), "disp_function; got 1.0"),
        (lambda: sim.SmallWorldConnector("a", 0.1), "degree; got 'a'"),
        (lambda: sim.SmallWorldConnector(2, "a"), "rewiring; got 'a'"),
        (lambda: sim.SmallWorldConnector(2, 0.1, n_connections=1.5), "n_connections; got 1.5"),
        (lambda: sim.CloneConnector(None), "reference_projection; got None"),
        (lambda: sim.FromFileConnector("a.txt", distributed=1), "distributed; got 1"),
        (lambda: sim.OneToOneConnector(3, 4, 5, 6, 7), "OneToOneConnector: too many"),
        (lambda: sim.FixedProbabilityConnector(), "p_connect"),
    ],
)
def test_wrong_kinds_are_named(make, message):
    with pytest.raises((sim.BrainScaleSError, TypeError), match=message):
        make()


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (lambda: sim.OneToOneConnector(weights=0.1), r"'weights'.*StaticSynapse\(weight=...\)"),
        (lambda: sim.AllToAllConnector(delays=1.0), r"'delays'.*StaticSynapse\(delay=...\)"),
        (lambda: sim.FixedProbabilityConnector(0.1, space=None), r"Projection\(..., space="),
        (lambda: sim.FixedNumberPreConnector(3, verbose=True), "callback="),
    ],
)
def test_habits_of_older_versions_are_answered(make, remedy):
    with pytest.raises(sim.WrongKindError, match=remedy):
        make()


def test_numbers_and_switches_of_numpy_are_numbers_and_switches():
    connector = sim.FixedNumberPreConnector(np.int64(3), np.bool_(False), np.bool_(True))
    assert (connector.n, connector.allow_self_connections, connector.with_replacement) == (
        3,
        False,
        True,
    )
    negative = RandomDistribution("uniform", low=-2, high=-1, rng=NumpyRNG(seed=1))
    with pytest.raises(sim.InvalidParameterError, match="produces negative numbers"):
        sim.FixedNumberPreConnector(negative)


def test_a_probability_may_be_a_function_of_the_distance():
    cells = sim.Population(5, sim.IF_cond_exp())
    by_function = sim.DistanceDependentProbabilityConnector(lambda d: d < 1.5)
    by_text = sim.DistanceDependentProbabilityConnector("d < 1.5")
    made = [
        sim.Projection(cells, cells, connector).get("weight", "array")
        for connector in (by_function, by_text)
    ]
    distance = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    for one in made:
        np.testing.assert_array_equal(~np.isnan(one), distance < 1.5)


def test_what_a_function_of_the_user_raises_is_told_with_the_projection():
    cells = sim.Population(3, sim.IF_cond_exp())

    def wrong(d):
        raise IndexError("not like this")

    connector = sim.DistanceDependentProbabilityConnector(wrong)
    with pytest.raises(sim.ProjectionError, match=r"'pr': DistanceDep.*IndexError: not like this"):
        sim.Projection(cells, cells, connector, label="pr")


@pytest.mark.parametrize(
    "connector",
    [
        sim.FixedProbabilityConnector(0.5, "NoMutual"),
        sim.SmallWorldConnector(2, 0.1, "NoMutual"),
        sim.DistanceDependentProbabilityConnector("1", "NoMutual"),
    ],
)
def test_mutual_connections_are_known_within_a_population_only(connector):
    cells = sim.Population(4, sim.IF_cond_exp())
    made = ~np.isnan(sim.Projection(cells, cells, connector).get("weight", "array"))
    assert not (made & made.T).any()
    with pytest.raises(sim.ProjectionError, match=r"'pr': allow_self_connections; got 'NoMutual'"):
        sim.Projection(cells[0:3], cells[1:4], connector, label="pr")


SIZES = [(1, 1), (1, 5), (5, 1), (2, 3)]
CONNECTORS = {
    "all to all": sim.AllToAllConnector,
    "one to one": sim.OneToOneConnector,
    "probability": lambda: sim.FixedProbabilityConnector(1.0),
    "distance": lambda: sim.DistanceDependentProbabilityConnector("1"),
    "displacement": lambda: sim.DisplacementDependentProbabilityConnector(lambda d: d[0] < 9),
    "small world": lambda: sim.SmallWorldConnector(9, 0.0),
    "function": lambda: sim.ArrayConnector(lambda i, j: i == j),
}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", CONNECTORS)
@pytest.mark.parametrize("weight", [0.003, "0.001 * d + 0.001"])
def test_populations_of_one_cell(sizes, name, weight):
    n_pre, n_post = sizes
    pre = sim.Population(n_pre, sim.SpikeSourcePoisson())
    post = sim.Population(n_post, sim.IF_cond_exp())
    synapse = sim.StaticSynapse(weight=weight)
    projection = sim.Projection(pre, post, CONNECTORS[name](), synapse)
    distance = np.abs(np.subtract.outer(np.arange(n_pre), np.arange(n_post)))
    expected = 0.003 + 0 * distance if weight == 0.003 else 0.001 * distance + 0.001
    if name in ("one to one", "function"):
        expected = np.where(distance == 0, expected, np.nan)
    np.testing.assert_allclose(projection.get("weight", "array"), expected)
    clone = sim.Projection(pre, post, sim.CloneConnector(projection), synapse)
    np.testing.assert_allclose(clone.get("weight", "array"), expected)
