"""Routing on BrainScaleS-2: what events reach is what was asked, or an error says why not."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.substrates.brainscales2.mapping.placement import place_neurons
from pyNN_brainscales_emu.substrates.brainscales2.mapping.routing import route
from pyNN_brainscales_emu.substrates.brainscales2.mapping.signed_weights import (
    row_pairs_needed,
    split_weight,
)
from tests.reference.brainscales2_events import connections


def routed(circuits, n_inputs, pre, post, weights):
    """Place and route a network; check it event by event."""
    placement = place_neurons(circuits)
    pre, post, weights = (np.asarray(values, np.int64) for values in (pre, post, weights))
    routing = route(placement, len(circuits) + n_inputs, pre, post, row_pairs_needed(weights))
    reached = connections(routing, pre.tolist(), [split_weight(w) for w in weights.tolist()])
    neuron = np.repeat(np.arange(len(circuits)), np.diff(placement.begin))
    of_circuit = dict(zip(placement.circuit.tolist(), neuron.tolist(), strict=True))
    found = {}
    for (source, circuit), weight in reached.items():
        key = (source, of_circuit[circuit])
        found[key] = found.get(key, 0) + weight
    wanted = {}
    for source, target, weight in zip(pre.tolist(), post.tolist(), weights.tolist(), strict=True):
        wanted[source, target] = wanted.get((source, target), 0) + weight
    assert found == wanted
    outputs = placement.output
    on_chip = np.flatnonzero(routing.bus[: len(circuits)] >= 0)
    np.testing.assert_array_equal(routing.bus[on_chip], outputs[on_chip] % 4)
    np.testing.assert_array_equal(routing.row_select[on_chip] >> 2, outputs[on_chip])
    return routing


def all_to_all(sources, targets):
    return np.repeat(sources, len(targets)), np.tile(targets, len(sources))


def test_a_feed_forward_network_that_fills_the_chip():
    """256-246-10, two circuits a neuron: every circuit of the hidden layer uses all its rows."""
    hidden, output, inputs = np.arange(246), np.arange(246, 256), np.arange(256, 512)
    first, second = all_to_all(inputs, hidden), all_to_all(hidden, output)
    pre, post = np.concatenate([first, second], axis=1)
    weights = np.random.default_rng(1).integers(-63, 64, len(pre))
    routing = routed([2] * 256, 256, pre, post, weights)
    assert np.bincount(routing.circuit, minlength=512)[routing.circuit].max() == 128


def test_a_quarter_of_the_hidden_layer_of_mnist():
    pre, post = all_to_all(np.arange(64, 848), np.arange(64))
    routed([7] * 64, 784, pre, post, np.ones(len(pre)))


@pytest.mark.parametrize("n_neurons", [484, 242, 61])
def test_receptive_fields_of_a_large_image(n_neurons):
    """Thousands of inputs, each with one target: many labels, few rows."""
    pre = n_neurons + np.arange(27 * n_neurons)
    if n_neurons == 484:  # the part of the image that addresses of two hemispheres can tell apart
        pre = n_neurons + np.arange(27 * n_neurons) % 8_000
    routed(
        [1] * n_neurons, 27 * n_neurons, pre, np.repeat(np.arange(n_neurons), 27), [1] * len(pre)
    )


def test_a_recurrent_network():
    pre, post = all_to_all(np.arange(120), np.arange(120))
    routed([1] * 120, 0, pre, post, np.random.default_rng(2).integers(-63, 64, len(pre)))


def test_large_weights_take_several_rows():
    routing = routed([1, 1], 2, [2, 3, 3], [0, 0, 1], [123, -200, 63])
    assert sorted(np.bincount(routing.synapse)) == [1, 2, 4]


@pytest.mark.parametrize(
    ("weight", "parts"),
    [(0, [0]), (63, [63]), (-63, [-63]), (64, [63, 1]), (123, [63, 60]), (-126, [-63, -63])],
)
def test_weights_are_split_as_the_chip_needs(weight, parts):
    assert split_weight(weight) == parts
    assert row_pairs_needed(np.array([weight])).tolist() == [len(parts)]


def test_too_many_inputs_for_the_circuits_are_named():
    pre, post = all_to_all(np.arange(1, 131), np.arange(1))
    with pytest.raises(CapacityError, match=r"neuron 0 .*130 pairs.*128 on 1 circuits"):
        routed([1], 130, pre, post, np.ones(130))


def test_more_sources_than_addresses_are_named():
    n_inputs = 17_000
    pre = 256 + np.arange(n_inputs)
    with pytest.raises(CapacityError, match="labels"):
        routed([2] * 256, n_inputs, pre, np.arange(n_inputs) % 256, np.ones(n_inputs))


@st.composite
def networks(draw):
    """Sparse networks of neurons of several sizes, with inputs and recurrent synapses."""
    circuits = draw(st.lists(st.integers(1, 6), min_size=1, max_size=60))
    n_inputs = draw(st.integers(0, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.02, 0.1, 0.3]))
    chosen = rng.random((len(circuits) + n_inputs, len(circuits))) < density
    pre, post = np.nonzero(chosen)
    return circuits, n_inputs, pre, post, rng.integers(-150, 151, len(pre))


@given(networks())
def test_events_reach_what_was_asked_or_an_error_names_why(network):
    with suppress(CapacityError):
        routed(*network)


@given(networks())
def test_sparse_networks_with_room_are_always_routed(network):
    circuits, n_inputs, pre, post, _ = network
    pairs = np.bincount(post, minlength=len(circuits))
    if n_inputs + len(circuits) <= 200 and (pairs <= 32 * np.array(circuits)).all():
        routed(circuits, n_inputs, pre, post, np.ones(len(pre)))
