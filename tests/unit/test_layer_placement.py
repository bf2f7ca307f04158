import numpy as np
import pytest
from reference.fake_pynn import FakeTrials

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.layer_placement import HICANNS
from pyNN_brainscales_emu.training import SpikingNetwork


def layers(*sizes):
    return [sim.Population(size, sim.IF_cond_exp()) for size in sizes]


def test_layers_are_spread_over_neuron_blocks():
    sim.setup()
    populations = layers(100, 15, 15, 5)
    assert sim.place_layers(populations)
    placement = sim.mapping().placement
    parts = np.split(np.arange(135), [100, 115, 130])
    for cells, hicanns in zip(parts, HICANNS, strict=True):
        assert set(placement.neuron_hicann[cells].tolist()) == set(hicanns)
        block = placement.neuron_hicann[cells] * 8 + placement.neuron_denmem[cells] % 256 // 32
        assert np.bincount(block).max() <= np.ceil(len(cells) / len(hicanns) / 8)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [({}, (784, 100, 10)), ({"substrate": "ideal"}, (100, 15, 5)), ({}, (20,))],
)
def test_other_networks_are_left_to_the_automatic_placement(options, sizes):
    sim.setup(**options)
    assert not sim.place_layers(layers(*sizes))
    assert not sim.simulator.state.session.placement_requests


def test_a_training_network_asks_its_back_end_for_advice():
    asked = []
    back_end = FakeTrials()
    back_end.place_layers = asked.append
    network = SpikingNetwork(back_end)
    assert asked == [network.layers]
    SpikingNetwork(back_end, place=lambda layers: asked.append(len(layers)))
    assert asked[1:] == [4]


def test_a_training_network_runs_on_a_substrate_without_places():
    back_end = FakeTrials()
    back_end.place = lambda *_, **__: pytest.fail("it knows no HICANNs")
    assert len(SpikingNetwork(back_end).layers) == 4
