"""Synapses of each neuron, counted by what became of them."""

import numpy as np
from pictured_networks import pictured_mapping, recurrent_network

from pyNN_brainscales_emu.mapping import neuron_losses
from pyNN_brainscales_emu.mapping.neuron_losses import synapses_by_neuron


def test_counts_are_those_of_a_plain_loop(monkeypatch):
    network, mapping = recurrent_network(), pictured_mapping()
    expected = np.zeros((460, 5), dtype=int)
    for projection, routing in zip(network.projections, mapping.projections, strict=True):
        for cell, reason in zip(projection.postsynaptic, routing.reason, strict=True):
            expected[network.local_index[cell], reason] += 1
    assert expected[:, 1:].sum() > 100
    np.testing.assert_array_equal(mapping.neuron_synapses, expected)
    monkeypatch.setattr(neuron_losses, "_PIECE", 7)
    np.testing.assert_array_equal(synapses_by_neuron(network, mapping.projections), expected)


def test_they_agree_with_the_totals():
    mapping = pictured_mapping(with_defects=True)
    assert mapping.neuron_synapses.sum() == mapping.n_synapses_asked
    totals = mapping.neuron_synapses.sum(axis=0)
    assert {reason: totals[reason] for reason in mapping.loss_counts()} == mapping.loss_counts()
