"""FixedTotalNumberConnector: its options act, or say that they cannot."""

import numpy as np
import pytest
from pyNN.random import NumpyRNG, RandomDistribution

import pyNN_brainscales_emu as sim


@pytest.fixture
def cells():
    sim.setup(substrate="ideal")
    return sim.Population(6, sim.IF_cond_exp(), label="cells")


def pairs(pre, post, n, **options):
    connector = sim.FixedTotalNumberConnector(n, rng=NumpyRNG(seed=4), **options)
    made = sim.Projection(pre, post, connector, sim.StaticSynapse(weight=0.01), label="pr")
    return np.array(made.get("weight", "list"))[:, :2].astype(int).reshape(-1, 2)


@pytest.mark.parametrize("n", [1, 29, 30, 500])
def test_no_cell_connects_to_itself(cells, n):
    made = pairs(cells, cells, n, allow_self_connections=False)
    assert len(made) == n
    assert np.all(made[:, 0] != made[:, 1])


def test_the_rule_holds_between_views_as_well(cells):
    made = pairs(cells[0:4], cells[2:6], 200, allow_self_connections=False)
    assert len(made) == 200
    assert np.all(made[:, 0] != made[:, 1] + 2)


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_each_pair_is_there_once(cells, share, allow):
    n = round(share * (36 if allow else 30))
    if not n:
        return
    made = pairs(cells, cells, n, with_replacement=False, allow_self_connections=allow)
    assert len(made) == len(np.unique(made, axis=0)) == n
    assert allow or np.all(made[:, 0] != made[:, 1])


@pytest.mark.parametrize("options", [{}, {"with_replacement": False}])
def test_permitted_pairs_are_equally_likely(cells, options):
    counts = np.zeros((6, 6))
    rng = NumpyRNG(seed=4)
    n_draws = 200
    for _ in range(n_draws):
        connector = sim.FixedTotalNumberConnector(
            12, rng=rng, allow_self_connections=False, **options
        )
        made = sim.Projection(cells, cells, connector, sim.StaticSynapse())
        np.add.at(counts, tuple(np.array(made.get("weight", "list"))[:, :2].astype(int).T), 1)
    off = ~np.eye(6, dtype=bool)
    mean = n_draws * 12 / 30
    assert counts[~off].sum() == 0
    assert np.abs(counts[off] - mean).max() < 4.5 * np.sqrt(mean)  # of Poisson or narrower


@pytest.mark.parametrize(
    ("n", "options", "limit"),
    [
        (37, {"with_replacement": False}, "0 to 36 pairs, each once"),
        (31, {"with_replacement": False, "allow_self_connections": False}, "0 to 30 pairs"),
        (3, {"allow_self_connections": "NoMutual"}, "True or False"),
    ],
)
def test_what_cannot_be_is_told(cells, n, options, limit):
    with pytest.raises(sim.ProjectionError, match=rf"'pr': FixedTotalNumberConnector.*{limit}"):
        pairs(cells, cells, n, **options)


def test_a_single_cell_has_nobody_else(cells):
    with pytest.raises(sim.ProjectionError, match="no pair is permitted"):
        pairs(cells[0:1], cells[0:1], 1, allow_self_connections=False)


def test_the_number_may_be_drawn(cells):
    n = RandomDistribution("uniform_int", low=40, high=41, rng=NumpyRNG(seed=1))
    assert len(pairs(cells, cells, n)) in (40, 41)
    with pytest.raises(sim.InvalidParameterError, match=r"n; got .*whole number"):
        pairs(cells, cells, RandomDistribution("uniform", low=40, high=41, rng=NumpyRNG(seed=1)))
