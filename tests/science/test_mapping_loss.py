"""Losses of whole networks against what counting lines and drivers says."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA
from pyNN_brainscales_emu.training import SpikingNetwork

DRIVERS, V_LINES = 224, 256


def random_network(n_neurons, probability, neuron_size, **options):
    """Map a network in which every line has targets on every HICANN."""
    how = sim.MappingOptions(**options)
    sim.setup(neuron_size=neuron_size, on_loss="ignore", mapping_options=how)
    neurons = sim.Population(n_neurons, sim.IF_cond_exp())
    connector = sim.FixedProbabilityConnector(probability, rng=sim.NumpyRNG(seed=5))
    sim.Projection(neurons, neurons, connector, sim.StaticSynapse(weight=1e-3))
    return sim.map_network().stats


@pytest.mark.parametrize(("size", "neurons_per_line"), [(12, 40), (16, 32)])
def test_beyond_224_lines_the_drivers_decide(size, neurons_per_line):
    few, many = 110, 300
    assert random_network(few * neurons_per_line, 0.015, size).n_synapses_lost == 0
    stats = random_network(many * neurons_per_line, 0.015, size)
    assert stats.n_drivers == many * DRIVERS  # none is left
    assert stats.n_routes == many * V_LINES
    # Those left out are lines with fewer synapses: the synapses of a line on a HICANN are
    # binomial, mean m = size of the HICANN times that of the line times p; leaving out the lowest
    # 76 of 300 values saves less than a standard deviation of each.
    mean = neurons_per_line**2 * 0.015
    counted = 1 - DRIVERS / many
    assert counted * (1 - 1 / np.sqrt(mean)) < stats.synapse_loss < counted


def test_fewer_neurons_on_a_hicann_lose_fewer_synapses():
    two_lines = random_network(6000, 0.01, 8)
    one_line = random_network(6000, 0.01, 8, minimize_number_of_sending_repeaters=True)
    assert two_lines.n_lines > 1.5 * one_line.n_lines
    # (h div 2 - x - 2 y) mod 32 is uneven for two lines a HICANN, and eight lines fit in each.
    assert two_lines.n_routes_failed > 0
    assert one_line.n_routes_failed == 0
    assert one_line.synapse_loss < 0.01 < two_lines.synapse_loss


@pytest.mark.parametrize(("size", "probability"), [(12, 0.08), (8, 0.02)])
def test_drivers_for_every_line_before_chains_grow_lose_less(size, probability):
    options = {"minimize_number_of_sending_repeaters": True}
    fieres = random_network(6000, probability, size, **options)
    primaries = random_network(
        6000, probability, size, driver_assignment="primaries_first", **options
    )
    assert primaries.n_synapses_lost < 0.25 * fieres.n_synapses_lost


def test_the_training_network_is_mapped_without_loss_as_published():
    """Schmitt et al. (2017): 8 HICANNs for neurons and 6 for routing, 5 FPGAs."""
    sim.setup(on_loss="raise", voltage_scaling=(20.0, 1.8))
    SpikingNetwork(sim)
    mapping = sim.map_network()
    assert mapping.n_synapses_asked == 3700
    with_neurons = np.unique(mapping.placement.neuron_hicann)
    used = np.union1d(with_neurons, mapping.layer1.segment_hicann)
    assert len(with_neurons) == 8
    assert len(used) - len(with_neurons) in (6, 7)
    assert len(np.unique(HICANN_FPGA[used])) == 5
