"""Rounding of weights by chance: unbiased, repeatable, and at the ends of a row's scale."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from translated_synapses import translate_synapses

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.gmax import LEVELS_S
from pyNN_brainscales_emu.translation.synapses import store_synapses
from pyNN_brainscales_emu.translation.weight_rounding import (
    drawn_level,
    nearest_level,
    rounding_draws,
)

NEAREST = Options(effects=Effects.only("weight_quantisation"))
BY_CHANCE = replace(NEAREST, weight_rounding="stochastic")
#: Hardware siemens of 1 uS at cm 0.2 nF, four denmems, speed-up 10 000.
FACTOR = 1e-6 * 1e4 * 4 * 2.16456e-12 / 0.2e-9
#: uS at strength 1.
LEVELS = LEVELS_S / FACTOR
N = 20_000


def many(network, weight, n=N, **changed):
    """Synapses of one weight between different cells, and one of full scale in their row."""
    pre, post = np.divmod(np.arange(n + 1), 200)
    weights = np.append(np.full(n, weight), LEVELS[-1])
    given = {"weight": weights, "pre": pre, "post": post, "gmax": LEVELS[-1], **changed}
    return network(given, n_neurons=200, n_sources=n // 200 + 1)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("lower", [0, 7, 14])
def test_the_mean_is_what_was_asked_for(network, lower, share):
    weight = (1 - share) * LEVELS[lower] + share * LEVELS[lower + 1]
    result = translate_synapses(*many(network, weight), BY_CHANCE)
    digital = result.digital[0][:-1]
    assert set(digital) == {lower, lower + 1}
    n_upper = np.count_nonzero(digital == lower + 1)
    assert abs(n_upper - N * share) < 4 * np.sqrt(N * share * (1 - share))
    step = LEVELS[lower + 1] - LEVELS[lower]
    error = 4 * step * np.sqrt(share * (1 - share) / N)
    assert abs(result.realised[0][:-1].mean() - weight) < error


def test_weights_between_all_levels_are_unbiased():
    generator = np.random.default_rng(3)
    asked = generator.uniform(LEVELS_S[0], LEVELS_S[-1], 100_000)
    error = LEVELS_S[drawn_level(asked, generator.uniform(size=len(asked)))] - asked
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))
    lower = np.searchsorted(LEVELS_S, asked, side="right") - 1
    assert (np.abs(error) < np.diff(LEVELS_S)[lower]).all()
    # Nearest rounding errs by chance as well, but never by more than half a step.
    nearest = np.abs(LEVELS_S[nearest_level(asked)] - asked)
    assert (nearest <= 0.5 * np.diff(LEVELS_S)[lower] * (1 + 1e-12)).all()


@given(st.floats(0.0, 2.0), st.floats(2**-53, 1 - 2**-53))
def test_only_the_two_neighbours_are_taken(share, draw):
    asked = np.array([share * LEVELS_S[-1]])
    level = int(drawn_level(asked, np.array([draw]))[0])
    if asked[0] <= LEVELS_S[0]:
        assert level == 0
    elif asked[0] >= LEVELS_S[-1]:
        assert level == 15
    else:
        assert level in (nearest_level(asked)[0] + step for step in (-1, 0, 1))
        assert (
            abs(LEVELS_S[level] - asked[0]) < np.diff(LEVELS_S)[max(level - 1, 0) : level + 1].max()
        )


@given(st.floats(2**-53, 1 - 2**-53))
def test_the_levels_themselves_are_never_left(draw):
    np.testing.assert_array_equal(drawn_level(LEVELS_S, np.full(16, draw)), np.arange(16))


def test_off_below_the_smallest_level_and_above_the_largest(network):
    weights = [0.0, 1e-9, 0.9 * LEVELS[0], LEVELS[-1], 1.5 * LEVELS[-1]]
    for seed in range(20):
        options = replace(BY_CHANCE, seed=seed)
        given = {"weight": weights, "pre": np.arange(5), "gmax": LEVELS[-1]}
        result = translate_synapses(*network(given), options)
        np.testing.assert_array_equal(result.digital[0], [-1, 0, 0, 15, 15])
        assert result.realised[0][0] == 0.0
        np.testing.assert_array_equal(result.clipped[0], [False, True, False, False, True])


def test_the_strength_of_rows_does_not_depend_on_the_rounding(network):
    graph, mapping = many(network, 0.4 * LEVELS[-1], n=200, gmax=None)
    one, other = (translate_synapses(graph, mapping, how) for how in (NEAREST, BY_CHANCE))
    np.testing.assert_array_equal(one.rows.strength, other.rows.strength)
    assert (one.digital[0] != other.digital[0]).any()


def test_without_quantisation_weights_stay_as_asked(network):
    graph, mapping = many(network, 0.4 * LEVELS[-1], n=200)
    free = replace(BY_CHANCE, effects=Effects.none())
    result = translate_synapses(graph, mapping, free)
    np.testing.assert_array_equal(result.realised[0], graph.projections[0].weight)
    # What is stored is the same, whether the weights take its values or not.
    quantised = translate_synapses(graph, mapping, BY_CHANCE)
    np.testing.assert_array_equal(result.digital[0], quantised.digital[0])


def test_lost_synapses_and_given_digital_weights(network):
    given = {"weight": [LEVELS[5]] * 3, "pre": [0, 1, 2], "gmax": LEVELS[-1]}
    lost = translate_synapses(*network({**given, "reason": [0, 2, 0]}), BY_CHANCE)
    assert lost.digital[0].tolist() == [5, -1, 5]
    by_hand = {**given, "digital_weights": [-1, 3, 12]}
    assert translate_synapses(*network(by_hand), BY_CHANCE).digital[0].tolist() == [-1, 3, 12]


# --- repeatable ------------------------------------------------------------------------------


def test_chance_belongs_to_the_seed(network):
    graph, mapping = many(network, 0.5 * (LEVELS[6] + LEVELS[7]))
    one, again, other = (
        translate_synapses(graph, mapping, replace(BY_CHANCE, seed=seed)).digital[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert abs(np.mean(one == other) - 0.5) < 4 * 0.5 / np.sqrt(N)


def test_chance_is_another_than_that_of_the_deviations(network):
    graph, mapping = many(network, 0.5 * (LEVELS[6] + LEVELS[7]))
    options = replace(BY_CHANCE, effects=Effects.only("weight_quantisation", "weight_variation"))
    result = translate_synapses(graph, mapping, replace(options, seed=33, wafer=33))
    factor = result.realised[0] / LEVELS[result.digital[0]]
    correlation = np.corrcoef(factor[:-1], result.digital[0][:-1])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(N)


def test_translating_again_gives_the_same(network):
    graph, mapping = many(network, 0.5 * (LEVELS[6] + LEVELS[7]), n=400)
    first = store_synapses(graph, mapping, BY_CHANCE)
    again = store_synapses(graph, mapping, BY_CHANCE, previous=first)
    np.testing.assert_array_equal(first.digital[0], again.digital[0])
    assert again.draws is first.draws
    other_seed = replace(BY_CHANCE, seed=5)
    with_previous = store_synapses(graph, mapping, other_seed, previous=first)
    fresh = store_synapses(graph, mapping, other_seed)
    np.testing.assert_array_equal(with_previous.digital[0], fresh.digital[0])
    assert (fresh.digital[0] != first.digital[0]).any()


@pytest.mark.parametrize("placed", [False, True])
def test_the_order_of_the_synapses_does_not_matter(network, placed):
    n = 400
    order = np.random.default_rng(1).permutation(n)
    pre, post = np.divmod(np.arange(n), 8)
    weight = np.linspace(LEVELS[0], LEVELS[-1], n)
    site = {"site": np.arange(n) << 4} if placed else {}
    given = {"weight": weight, "pre": pre, "post": post, "gmax": LEVELS[-1], **site}
    other = {name: v if name == "gmax" else np.asarray(v)[order] for name, v in given.items()}
    one, shuffled = (
        translate_synapses(*network(which, n_sources=50), BY_CHANCE).digital[0]
        for which in (given, other)
    )
    np.testing.assert_array_equal(one[order], shuffled)


def test_draws_are_those_of_single_synapses():
    identity = np.arange(40_000, dtype=np.uint64)
    sub_identity = np.zeros(len(identity), dtype=np.uint32)
    draws = rounding_draws(42, identity, sub_identity)
    chosen = np.array([0, 16_383, 16_384, 39_999])
    some = rounding_draws(42, identity[chosen], sub_identity[chosen])
    np.testing.assert_array_equal(draws[chosen], some)
    inside = np.histogram(draws, bins=10, range=(0, 1))[0]
    low, high = binom.interval(1 - 1e-5, len(draws), 0.1)
    assert ((inside > low) & (inside < high)).all()
