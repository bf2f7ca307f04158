"""The links before a run: expected loads, and spike sources placed by hand."""

import pyNN.brainscales_emu as sim
import pytest

LIMIT_HZ = 1e5 / 56  # of a link, biological, at a speed-up of 10 000


def network(rate, n_sources=10, hicanns=None):
    cells = sim.Population(4, sim.IF_cond_exp())
    sources = sim.Population(n_sources, sim.SpikeSourcePoisson(rate=rate))
    sim.Projection(sources, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.001))
    sim.place(cells, hicanns=[10])
    if hicanns:
        sim.place(sources, hicanns=hicanns)
    return cells, sources


def test_loads_are_the_rates_of_the_cells_on_a_link():
    sim.setup()
    cells, _ = network(50.0, hicanns=[10])
    cells.record("spikes")
    loads = sim.link_loads(neuron_rate=20.0)
    assert loads.down_hz[10] == loads.down_hz.sum() == loads.fpga_hz.sum() == 500.0
    assert loads.up_hz[10] == loads.up_hz.sum() == 80.0
    assert loads.link_limit_hz == pytest.approx(LIMIT_HZ)
    assert len(loads.overloaded_fpgas) == 0
    assert f"share {500 / 12_500:.2f}" in str(loads)


def test_an_overloaded_link_is_named_with_a_better_placement():
    sim.setup()
    network(200.0, hicanns=[10])
    with pytest.warns(
        sim.LossWarning, match=r"HICANNs: 10 \(2000 Hz down.*proposes HICANNs \d+, \d"
    ):
        loads = sim.link_loads()
    assert loads.overloaded_links.tolist() == [10]
    assert len(loads.overloaded_fpgas) == 1


def test_a_faster_link_is_not_overloaded():
    sim.setup(links=sim.Links(link_period_ns=28))
    network(200.0, hicanns=[10])
    assert len(sim.link_loads().overloaded_fpgas) == 0


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_a_rate_that_cannot_be_is_refused(rate):
    sim.setup()
    with pytest.raises(sim.ParameterError, match="neuron_rate"):
        sim.link_loads(rate)


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_sources_share_the_link_that_they_are_placed_on():
    sim.setup(effects=sim.Effects.only("off_wafer_pulses"))
    network(400.0, hicanns=[10])
    sim.run(1000.0)
    counts = sim.pulse_statistics()
    assert set(counts.per_hicann) == {10}
    arrived = counts["l2_down_sent"] - counts["l2_down_lost"]
    assert arrived == pytest.approx(LIMIT_HZ, rel=0.01)
    lost = counts["l2_down_dropped_before_sim"] + counts["l2_down_lost"]
    assert counts["l2_down_before_sim"] == arrived + lost


def test_neurons_and_sources_are_placed_apart():
    sim.setup()
    cells, sources = network(1.0)
    with pytest.raises(sim.PlacementError, match="has neurons and spike sources"):
        sim.place(cells + sources, hicanns=[3])
    with pytest.raises(sim.PlacementError, match="spike sources have no denmems"):
        sim.place(sources, neuron_blocks=[(3, 0)])
