"""Connectors with a number of partners for each cell: PyNN's draws, and where PyNN fails."""

import numpy as np
import pytest
from pyNN import connectors as pynn_connectors
from pyNN.random import NumpyRNG, RandomDistribution

import pyNN_brainscales_emu as sim

NAMES = ["FixedNumberPreConnector", "FixedNumberPostConnector"]


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


def cells(n):
    return sim.Population(n, sim.IF_cond_exp())


def counts(connector, pre, post, weight=0.01):
    """Return how many synapses each pair has, (pre, post)."""
    made = sim.Projection(pre, post, connector, sim.StaticSynapse(weight=weight), label="pr")
    result = np.zeros((pre.size, post.size), dtype=int)
    for i, j, _ in made.get("weight", "list"):
        result[i, j] += 1
    return result


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [1, 3, 7, 20])
@pytest.mark.parametrize(
    "options", [{}, {"with_replacement": True}, {"allow_self_connections": False}]
)
def test_the_draws_are_those_of_pynn(name, n, options):
    pre, post = cells(7), cells(5)
    ours, theirs = (
        counts(getattr(package, name)(n, rng=NumpyRNG(seed=3), **options), pre, post)
        for package in (sim, pynn_connectors)
    )
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_of_a_distribution_are_those_of_pynn(name):
    pre, post = cells(7), cells(5)
    ours, theirs = (
        counts(
            getattr(package, name)(
                RandomDistribution("uniform_int", low=1, high=5, rng=NumpyRNG(seed=9)),
                rng=NumpyRNG(seed=3),
            ),
            pre,
            post,
        )
        for package in (sim, pynn_connectors)
    )
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("n_pre", [1, 2, 5])
@pytest.mark.parametrize("n_post", [1, 2, 5])
@pytest.mark.parametrize("n", [0, 1, 2, 11])
@pytest.mark.parametrize("with_replacement", [True, False])
@pytest.mark.parametrize("weight", [0.01, "0.001 * d + 0.001"])
def test_populations_of_all_sizes(n_pre, n_post, n, with_replacement, weight):
    pre, post = cells(n_pre), cells(n_post)
    options = {"with_replacement": with_replacement}
    of_pre = counts(sim.FixedNumberPreConnector(n, **options), pre, post, weight)
    of_post = counts(sim.FixedNumberPostConnector(n, **options), pre, post, weight)
    assert of_pre.sum(axis=0).tolist() == [n] * n_post
    assert of_post.sum(axis=1).tolist() == [n] * n_pre
    if not with_replacement:
        assert np.ptp(of_pre, axis=0).max() <= 1
        assert np.ptp(of_post, axis=1).max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_cells_that_draw_no_partner(name):
    n = RandomDistribution("uniform_int", low=0, high=2, rng=NumpyRNG(seed=9))
    made = counts(getattr(sim, name)(n), cells(9), cells(9))
    totals = made.sum(axis=0 if "Pre" in name else 1)
    assert set(totals.tolist()) >= {0, 1}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("with_replacement", [True, False])
@pytest.mark.parametrize("n", [3, 40])
def test_no_cell_is_its_own_partner_also_through_views(name, with_replacement, n):
    group = cells(6)
    options = {"with_replacement": with_replacement, "allow_self_connections": False}
    whole = counts(getattr(sim, name)(n, **options), group, group)
    assert not whole.diagonal().any()
    assert whole.sum() == 6 * n
    views = counts(getattr(sim, name)(n, **options), group[0:4], group[2:6])
    assert not views.diagonal(offset=-2).any()
    assert views.sum() == 4 * n


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("with_replacement", [True, False])
def test_a_single_cell_has_nobody_else(name, with_replacement):
    options = {"with_replacement": with_replacement, "allow_self_connections": False}
    group = cells(1)
    assert counts(getattr(sim, name)(0, **options), group, group).sum() == 0
    with pytest.raises(sim.ProjectionError, match=rf"'pr': {name}.*no other to connect to"):
        counts(getattr(sim, name)(1, **options), group, group)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_asked_for(name):
    group = cells(3)
    with pytest.raises(sim.ProjectionError, match="allow_self_connections; got 'NoMutual'"):
        counts(getattr(sim, name)(1, allow_self_connections="NoMutual"), group, group)
    halves = RandomDistribution("uniform", low=0.1, high=0.9, rng=NumpyRNG(seed=1))
    with pytest.raises(sim.InvalidParameterError, match=r"n; got .*whole number"):
        counts(getattr(sim, name)(halves), group, group)
