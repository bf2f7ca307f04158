"""Pictures of a mapping as users ask for them, with PyNN's objects."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.mapping.pictures.bus_lines import bus_lines
from pyNN_brainscales_emu.mapping.pictures.hicann_values import hicann_values


@pytest.fixture
def network():
    sim.setup(on_loss="ignore")
    source = sim.Population(3, sim.SpikeSourcePoisson(rate=10.0), label="source")
    cells = sim.Population(40, sim.IF_cond_exp(), label="cells")
    weight = sim.StaticSynapse(weight=0.01)
    connector = sim.AllToAllConnector()
    return source, cells, sim.Projection(cells, cells[10:], connector, weight, label="all")


def test_what_find_takes_is_taken(network, tmp_path):
    source, cells, projection = network
    mapping = sim.map_network()
    for routes in (cells[3], int(cells[3]), cells, cells[2:5], source + cells):
        figure = mapping.plot_wafer("loss", routes=routes)
        figure.savefig(tmp_path / "wafer.png", dpi=60)
    line = mapping.find(cells[3]).line
    assert len(bus_lines(mapping, np.array([line])).starts) == 1
    matrix, bars, *_ = mapping.plot_synapse_loss(projection).axes
    assert matrix.images[0].get_array().shape[:2] == (40, 30)
    asked = sum(bar.get_width() for container in bars.containers for bar in container)
    assert asked == len(projection)


def test_digital_weights_of_the_translation(network, tmp_path):
    _, cells, _ = network
    mapping = sim.map_network()
    weights = sim.hardware_config().synapses.digital
    figure = mapping.plot_hicann(mapping.find(cells[0]).hicann, weights)
    figure.savefig(tmp_path / "hicann.png", dpi=60)
    assert (tmp_path / "hicann.png").stat().st_size > 10_000


def test_a_mapping_that_was_read_draws_the_same(network, tmp_path):
    mapping = sim.map_network()
    mapping.save(tmp_path / "mapping.npz")
    read = sim.load_mapping(tmp_path / "mapping.npz")
    for name in ("use", "loss", "synapses"):
        one, other = (hicann_values(m, name).values for m in (mapping, read))
        np.testing.assert_array_equal(one, other)
    read.plot_wafer(routes="all", region="used").savefig(tmp_path / "wafer.png", dpi=60)
