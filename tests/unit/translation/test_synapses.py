from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from translated_synapses import translate_synapses

from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.gmax import LEVELS_S

QUANTISED = Options(effects=Effects.only("weight_quantisation"))
VARIED = Options(effects=Effects.only("weight_variation"), variation="wafer30_normal")
ALL = Options(variation="wafer30_normal")
#: Hardware siemens of 1 uS at cm 0.2 nF, four denmems, speed-up 10 000.
FACTOR = 1e-6 * 1e4 * 4 * 2.16456e-12 / 0.2e-9


def changed_weights(graph, *weights):
    projections = tuple(
        replace(projection, weight=np.asarray(weight, dtype=float))
        for projection, weight in zip(graph.projections, weights, strict=True)
    )
    return BioGraph(graph.populations, projections)


# --- no effect -------------------------------------------------------------------------------


def test_without_effects_weights_are_realised_exactly(network):
    weight = np.array([0.0, 1e-5, 1e-3, 0.1, 7.0])
    result = translate_synapses(*network({"weight": weight}), Options(effects=Effects.none()))
    np.testing.assert_array_equal(result.realised[0], weight)
    assert not result.clipped[0].any()
    assert result.realised[0] is not weight


def test_lost_synapses_are_nan_and_off(network):
    given = {"weight": [1e-3, 2e-3, 3e-3], "reason": [0, 2, 0]}
    for options in (Options(effects=Effects.none()), ALL):
        result = translate_synapses(*network(given), options)
        np.testing.assert_array_equal(np.isnan(result.realised[0]), [False, True, False])
        assert result.digital[0][1] == -1
        assert result.digital[0].dtype == np.int16
        assert not result.clipped[0][1]


def test_lost_synapses_do_not_set_the_strength(network):
    alone = translate_synapses(*network({"weight": [1e-3]}), QUANTISED)
    other = translate_synapses(*network({"weight": [1e-3, 9.0], "reason": [0, 1]}), QUANTISED)
    np.testing.assert_array_equal(alone.rows.strength, other.rows.strength)


def test_networks_with_nothing_to_translate(network):
    for projections in ((), ({"weight": []},), ({"weight": [1.0], "reason": 3},)):
        result = translate_synapses(*network(*projections), ALL)
        assert len(result.realised) == len(projections)
        assert len(result.rows.strength) == 0


# --- quantisation ----------------------------------------------------------------------------


def test_weights_of_the_default_curve_for_one_row(network):
    """The 16 levels at strength 1 are met exactly when the row is asked for them."""
    weight = LEVELS_S / FACTOR
    result = translate_synapses(*network({"weight": weight}), QUANTISED)
    assert result.rows.strength[0] == 1.0
    np.testing.assert_array_equal(result.digital[0], np.arange(16))
    np.testing.assert_allclose(result.realised[0], weight, rtol=1e-12)


@pytest.mark.parametrize(("cm", "size"), [(0.2, 1), (1.0, 1), (0.2, 4), (0.25, 8)])
def test_largest_weight_of_the_default_curve(network, cm, size):
    """8.8 nS for one denmem at 0.2 nF, 44 nS at 1 nF; shared by the denmems of a neuron."""
    largest_uS = 8.8216e-3 * (cm / 0.2) / size
    result = translate_synapses(*network({"weight": [largest_uS]}, cm=cm, size=size), QUANTISED)
    assert result.rows.strength[0] == pytest.approx(1.0, rel=0.05)
    assert result.digital[0][0] == 15
    digital = {"weight": [0.0], "digital_weights": [15]}
    given = translate_synapses(*network(digital, cm=cm, size=size), QUANTISED)
    assert given.realised[0][0] == pytest.approx(largest_uS, rel=1e-4)


def test_zero_is_off_and_a_tiny_weight_is_not(network):
    """The smallest level conducts a tenth of the largest: tiny weights become that strong."""
    top = LEVELS_S[-1] / FACTOR
    result = translate_synapses(*network({"weight": [0.0, 1e-9, top]}), QUANTISED)
    np.testing.assert_array_equal(result.digital[0], [-1, 0, 15])
    assert result.realised[0][0] == 0.0
    assert result.realised[0][1] == pytest.approx(top * 93.9406513768 / 954.7, rel=1e-4)


@given(st.lists(st.floats(1e-5, 0.1), min_size=1, max_size=40))
def test_rounding_is_to_the_nearest_level(network, weights):
    result = translate_synapses(*network({"weight": weights}), QUANTISED)
    levels = LEVELS_S * result.rows.strength[0] / FACTOR
    asked, realised = np.array(weights), result.realised[0]
    nearest = levels[np.abs(levels[:, None] - asked).argmin(axis=0)]
    distance = np.abs(nearest - asked)
    np.testing.assert_allclose(np.abs(realised - asked), distance, rtol=1e-9, atol=1e-15)


def test_row_takes_its_strength_from_its_largest_weight(network):
    """Over projections, too, and in siemens of the hardware, not in uS."""
    weights = np.array([1e-3, 5e-3, 2e-3])
    graph, mapping = network(
        {"weight": weights, "row": [0, 1, 1]},
        {"weight": [4e-3], "row": 0, "receptor": "inhibitory"},
    )
    strength = translate_synapses(graph, mapping, QUANTISED).rows.strength
    for largest, chosen in zip((4e-3, 5e-3), strength, strict=True):
        needed = largest * FACTOR / LEVELS_S[-1]
        assert needed * (1 - 1e-9) <= chosen < 1.1 * needed


def test_targets_of_other_capacitance_share_a_row(network):
    cm = np.array([0.2, 0.4])
    graph, mapping = network({"weight": [1e-3, 1e-3], "post": [0, 1]}, n_neurons=2, cm=cm)
    result = translate_synapses(graph, mapping, QUANTISED)
    weights = LEVELS_S[result.digital[0]] * result.rows.strength[0] / FACTOR * (cm / 0.2)
    np.testing.assert_allclose(result.realised[0], weights, rtol=1e-12)
    assert result.digital[0][0] > result.digital[0][1]


def test_weights_beyond_the_strongest_row_are_clipped(network):
    top = 14.3 * LEVELS_S[-1] / FACTOR
    result = translate_synapses(
        *network({"weight": [0.5 * top, top, 1.01 * top, 3 * top]}), QUANTISED
    )
    np.testing.assert_array_equal(result.clipped[0], [False, False, False, True])
    np.testing.assert_array_equal(result.digital[0][1:], [15, 15, 15])
    np.testing.assert_allclose(result.realised[0][3], top, rtol=1e-12)


def test_full_scale_of_a_projection(network):
    """The row is as strong as asked for, whatever the weights; here gmax is strength 3.575."""
    gmax = 3.575 * LEVELS_S[-1] / FACTOR
    for weights in ([1e-4, 2e-4], [gmax, 0.0], [0.0, 0.0]):
        given = {"weight": weights, "gmax": gmax}
        result = translate_synapses(*network(given), QUANTISED)
        assert result.rows.strength[0] == pytest.approx(3.575)
    result = translate_synapses(*network({"weight": [gmax, 2 * gmax], "gmax": gmax}), QUANTISED)
    np.testing.assert_array_equal(result.clipped[0], [False, True])


# --- digital weights -------------------------------------------------------------------------


@pytest.mark.parametrize("options", [QUANTISED, Options(effects=Effects.none())])
def test_digital_weights_win(network, options):
    gmax = LEVELS_S[-1] / FACTOR
    digital = np.array([-1, 0, 3, 15])
    given = {"weight": [gmax] * 4, "gmax": gmax, "digital_weights": digital}
    result = translate_synapses(*network(given), options)
    np.testing.assert_array_equal(result.digital[0], digital)
    expected = [0.0, *(LEVELS_S[digital[1:]] / FACTOR)]
    np.testing.assert_allclose(result.realised[0], expected, rtol=1e-12)
    assert not result.clipped[0].any()


# --- variation -------------------------------------------------------------------------------

N = 40_000
TOLERANCE = 4 / np.sqrt(2 * N)


def big(network, **changed):
    # Every synapse has its own pair of cells: 400 sources with a row each, 100 neurons.
    pre, post = np.divmod(np.arange(N), 100)
    given = {"weight": np.full(N, 1e-3), "pre": pre, "post": post, "row": pre, **changed}
    return network(given, n_neurons=100, n_sources=400)


def test_spread_of_single_synapses_and_of_rows(network):
    options = replace(VARIED, variation="wafer30_slow")
    factor = translate_synapses(*big(network), options).realised[0].reshape(400, 100) / 1e-3
    profile = PROFILES["wafer30_slow"]
    rows = factor.mean(axis=1)
    within = (factor / rows[:, None]).std(ddof=0) * np.sqrt(100 / 99)
    assert abs(within / profile.synapse_sigma - 1) < TOLERANCE
    expected = np.sqrt(profile.row_sigma**2 + profile.synapse_sigma**2 / 100)
    assert abs(rows.std() / expected - 1) < 4 / np.sqrt(2 * 400)
    assert abs(factor.mean() - 1) < 4 * expected / np.sqrt(400)


def test_synapses_never_change_their_sign(network):
    """At a spread of 0.45 about 1.3 % of the synapses end at 0."""
    realised = translate_synapses(*big(network), VARIED).realised[0]
    dead = (realised == 0).mean()
    sigma = PROFILES["wafer30_normal"].synapse_sigma
    expected = ndtr(-1 / sigma)
    assert realised.min() == 0.0
    assert abs(dead - expected) < 4 * np.sqrt(expected / N)


def test_variation_belongs_to_the_wafer_not_to_weights_seed_or_effects(network):
    graph, mapping = big(network)
    factor = translate_synapses(graph, mapping, VARIED).realised[0] / 1e-3
    doubled = changed_weights(graph, np.full(N, 2e-3))
    np.testing.assert_allclose(
        translate_synapses(doubled, mapping, VARIED).realised[0] / 2e-3, factor, rtol=1e-12
    )
    both = translate_synapses(graph, mapping, replace(ALL, seed=7)).realised[0]
    quantised = translate_synapses(graph, mapping, QUANTISED).realised[0]
    np.testing.assert_allclose(both / quantised, factor, rtol=1e-12)
    other = translate_synapses(graph, mapping, replace(VARIED, wafer=34)).realised[0] / 1e-3
    assert abs(np.corrcoef(other, factor)[0, 1]) < 4 / np.sqrt(N / 100)


def test_off_synapses_stay_off(network):
    given = {"weight": [0.0, 1e-3], "pre": [0, 1]}
    assert translate_synapses(*network(given), ALL).realised[0][0] == 0.0


def without_rows(monkeypatch):
    profile = replace(PROFILES["wafer30_normal"], row_sigma=0.0)
    monkeypatch.setitem(PROFILES, "wafer30_normal", profile)


def test_later_projections_and_row_numbers_do_not_change_a_synapse(network):
    first = {"weight": np.full(8, 1e-3), "pre": np.arange(8), "row": np.arange(8)}
    later = {"weight": np.full(8, 1e-3), "pre": np.arange(8), "post": 1, "row": 8}
    renumbered = {**first, "row": 10 - np.arange(8)}
    alone, more, moved = (
        translate_synapses(*network(*projections), VARIED).realised[0]
        for projections in ((first,), (first, later), (renumbered,))
    )
    np.testing.assert_array_equal(alone, more)
    np.testing.assert_array_equal(alone, moved)


def test_synapses_between_the_same_cells_differ(network, monkeypatch):
    without_rows(monkeypatch)
    twice = {"weight": np.full(4, 1e-3), "pre": [0, 1, 0, 0]}
    inhibitory = {**twice, "receptor": "inhibitory"}
    result = translate_synapses(*network(twice, twice, inhibitory), VARIED)
    assert len(np.unique(np.concatenate(result.realised))) == 12


# --- the next translation --------------------------------------------------------------------


def test_previous_translation_changes_the_time_but_not_the_result(network):
    graph, mapping = network({"weight": [1e-3, 2e-3], "pre": [0, 1]}, {"weight": [0.0], "row": 1})
    previous = translate_synapses(graph, mapping, ALL)
    changed = changed_weights(graph, [5e-3, 0.0], [1e-3])
    fresh = translate_synapses(changed, mapping, ALL)
    again = translate_synapses(changed, mapping, ALL, previous)
    for a, b in zip(fresh.realised, again.realised, strict=True):
        np.testing.assert_array_equal(a, b)
    assert again.variation is previous.variation


@pytest.mark.parametrize("changed", [{"wafer": 7}, {"variation": "wafer30_slow"}])
def test_previous_translation_of_another_wafer_or_profile_is_not_used(network, changed):
    graph, mapping = network({"weight": [1e-3, 2e-3], "pre": [0, 1]})
    previous = translate_synapses(graph, mapping, ALL)
    options = replace(ALL, **changed)
    np.testing.assert_array_equal(
        translate_synapses(graph, mapping, options, previous).realised[0],
        translate_synapses(graph, mapping, options).realised[0],
    )


def test_previous_translation_of_another_mapping_is_not_used(network):
    graph, mapping = network({"weight": [1e-3, 2e-3], "pre": [0, 1]})
    previous = translate_synapses(graph, mapping, ALL)
    placement = replace(mapping.placement, neuron_hicann=mapping.placement.neuron_hicann + 1)
    moved = replace(mapping, placement=placement)
    realised = translate_synapses(graph, moved, ALL, previous).realised[0]
    np.testing.assert_array_equal(realised, translate_synapses(graph, moved, ALL).realised[0])
    assert (realised != previous.realised[0]).all()


def test_weights_far_below_the_smallest_level_are_told(network):
    # The row follows its largest weight; level 0 of it is 3.6e-4 uS here, far above 1e-9 uS.
    graph, mapping = network(
        {"weight": [3.6e-3, 1e-9, 0.0, 3e-4], "pre": [0, 0, 0, 0], "post": [0, 1, 2, 3], "row": 0},
        n_neurons=4,
    )
    result = translate_synapses(graph, mapping, QUANTISED)
    np.testing.assert_array_equal(result.clipped[0], [False, True, False, False])


# --- shared rows and places ------------------------------------------------------------------


def test_full_scale_of_a_row_that_projections_share(network):
    """The largest demand counts: of those with a full scale, and of the others' weights."""
    top = LEVELS_S[-1] / FACTOR
    small, large = {"weight": [0.1 * top], "gmax": top}, {"weight": [0.1 * top], "gmax": 2 * top}
    both = translate_synapses(*network(small, large), QUANTISED)
    assert both.rows.strength == pytest.approx(2.0, rel=0.05)
    free = translate_synapses(*network(small, {"weight": [3 * top]}), QUANTISED)
    assert free.rows.strength == pytest.approx(3.0, rel=0.05)
    quiet = translate_synapses(*network(small, {"weight": [0.5 * top]}), QUANTISED)
    assert quiet.rows.strength == pytest.approx(1.0)


def test_the_deviation_belongs_to_the_place(network, monkeypatch):
    without_rows(monkeypatch)
    sites = np.array([1, 2, 3]) << 12
    first = {"weight": np.full(3, 1e-3), "pre": [0, 1, 2], "site": sites}
    moved = {"weight": np.full(3, 1e-3), "pre": [5, 6, 7], "post": 2, "site": sites[::-1]}
    # The decoder is a setting, not a place.
    other_address = {**first, "site": sites + 7}
    one, two, three = (
        translate_synapses(*network(given), VARIED).realised[0]
        for given in (first, moved, other_address)
    )
    np.testing.assert_array_equal(one, two[::-1])
    np.testing.assert_array_equal(one, three)
    assert len(set(one)) == 3


def test_rows_have_a_deviation_of_their_own_place(network, monkeypatch):
    profile = replace(PROFILES["wafer30_slow"], synapse_sigma=0.0, row_sigma=0.1)
    monkeypatch.setitem(PROFILES, "wafer30_slow", profile)
    options = replace(VARIED, variation="wafer30_slow")
    given = {"weight": np.full(4, 1e-3), "pre": [0, 1, 2, 3], "site": [0, 16, 1 << 12, 2 << 12]}
    graph, mapping = network({**given, "row": [0, 0, 1, 2]})
    place = np.array([[0, 0], [0, 1], [0, 2]], dtype=np.int32)
    realised = translate_synapses(graph, replace(mapping, row_place=place), options).realised[0]
    assert realised[0] == realised[1]
    assert len(set(realised)) == 3
    swapped = replace(mapping, row_place=place[[1, 0, 2]])
    again = translate_synapses(graph, swapped, options).realised[0]
    np.testing.assert_array_equal(again[[2, 0]], realised[[0, 2]])


# --- full scales out of reach ----------------------------------------------------------------

STRONGEST, WEAKEST = 14.3 * LEVELS_S[-1] / FACTOR, 0.4 * 22 / 30 * LEVELS_S[-1] / FACTOR


@pytest.mark.parametrize(
    ("share", "end", "is_clipped"),
    [
        (1.05, STRONGEST, False),  # rounding: half of the last step is 7.7 %
        (1.1, STRONGEST, True),
        (1000.0, STRONGEST, True),
        (0.99, WEAKEST, False),  # half of the first step is 1.7 %
        (0.95, WEAKEST, True),
        (0.001, WEAKEST, True),
    ],
)
def test_a_full_scale_out_of_reach_clips_all_its_weights(network, share, end, is_clipped):
    weights, reason = np.full(4, 0.5 * end), [0, 0, 0, 2]
    graph, mapping = network({"weight": weights, "gmax": share * end, "reason": reason})
    if end == WEAKEST and is_clipped:  # the row is chosen by the full scale alone
        graph = changed_weights(graph, 0.5 * weights)
    result = translate_synapses(graph, mapping, QUANTISED)
    np.testing.assert_array_equal(result.clipped[0], np.array([1, 1, 1, 0]) * is_clipped)
    (told,) = result.full_scale
    if not is_clipped:
        assert told is None
        return
    assert told.asked == share * end
    assert told.realised == pytest.approx(end)
    assert (told.low, told.high) == pytest.approx((WEAKEST, STRONGEST))
    assert not told.weights.any()


def test_a_full_scale_out_of_reach_beside_other_projections(network):
    """Others' weights are what they are; where another one lifts the row, nothing is clipped."""
    far = {"weight": [0.1 * STRONGEST], "gmax": 1e3 * STRONGEST}
    result = translate_synapses(*network(far, {"weight": [0.1 * STRONGEST]}), QUANTISED)
    assert [mask.any() for mask in result.clipped] == [True, False]
    low = {"weight": [0.1 * WEAKEST], "gmax": 0.1 * WEAKEST}
    result = translate_synapses(*network(low, {"weight": [2 * WEAKEST]}), QUANTISED)
    assert result.full_scale == (None, None)


def test_a_full_scale_out_of_reach_counts_where_there_are_levels_only(network):
    far = {"weight": [0.1 * STRONGEST] * 2, "gmax": 1e3}
    free = Options(effects=Effects.none())
    assert not translate_synapses(*network(far), free).clipped[0].any()
    by_hand = network({**far, "digital_weights": [3, 15]})
    assert translate_synapses(*by_hand, free).clipped[0].all()


def test_weights_out_of_reach_are_told_from_full_scales(network):
    far = {"weight": [0.1 * STRONGEST, 3 * STRONGEST], "gmax": 1e3}
    (told,) = translate_synapses(*network(far), QUANTISED).full_scale
    np.testing.assert_array_equal(told.weights, [False, True])
