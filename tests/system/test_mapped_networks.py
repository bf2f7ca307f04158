"""The mapping as users meet it: control of it, what is found in it, and what the engine runs."""

import gc

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.simulator import state

CELL = {"cm": 0.2, "tau_refrac": 1.0, "v_thresh": -55.0}
STRONG = 0.02


def build(n=4, n_synapses=1, columns=(16, 18, 20, 22), **options):
    """One source, and neurons in a row of HICANNs; the source reaches each several times."""
    sim.setup(on_loss="ignore", **options)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]), label="source")
    cells = sim.Population(n, sim.IF_cond_exp(**CELL), label="cells")
    for number in range(n):
        sim.place(cells[[number]], hicanns=[hicann_at(columns[number])])
    pairs = [(0, number) for number in range(n)] * n_synapses
    connector = sim.FromListConnector(pairs)
    projection = sim.Projection(source, cells, connector, sim.StaticSynapse(weight=STRONG))
    return source, cells, projection


def hicann_at(x, y=7):
    return HICANNOnWafer.from_xy(x, y)


def test_cells_and_synapses_are_found():
    source, cells, projection = build(n_synapses=2)
    mapping = sim.map_network()
    entry = mapping.find(source[0])
    assert mapping.lines.merger[entry.line] == int(entry.channel)
    found = mapping.find(cells)
    assert [neuron.hicann for neuron in found] == [hicann_at(16 + 2 * i) for i in range(4)]
    assert mapping.find(cells[1:3]) == found[1:3]
    assert mapping.find(cells[2]) == found[2] == mapping.find(int(cells[2]))
    assert [int(denmem) for denmem in found[0].denmems] == [0, 1, 256, 257]
    assert found[0].block.enum == 0
    places = mapping.find(projection)
    np.testing.assert_array_equal(places.hicann, np.repeat([int(n.hicann) for n in found], 2))
    np.testing.assert_array_equal(places.decoder, entry.address % 16)
    assert np.all((places.column == 0) | (places.column == 1))
    for what in (99, object(), "cells", True, np.True_, -1):
        with pytest.raises(sim.PlacementError, match=r"mapping\.find"):
            mapping.find(what)


def test_objects_of_another_network_are_not_found():
    former_source, former_cells, former_projection = build(n=3)
    former = sim.map_network()
    source, cells, _ = build()
    mapping = sim.map_network()
    with pytest.raises(sim.PlacementError) as error:
        mapping.find(former_cells)
    assert str(error.value) == (
        "The population is not the one that was mapped; got \"3 neurons 'cells'\"; "
        "allowed: 4 neurons 'cells'. Map its network with map_network(), or give a number instead "
        "of the object."
    )
    for what in (former_cells[1:], former_cells[0], former_source + former_cells):
        with pytest.raises(sim.PlacementError, match="got \"3 neurons 'cells'\"; allowed: 4 neuro"):
            mapping.find(what)
    with pytest.raises(sim.PlacementError, match=r"population is not the one.*3 neurons"):
        mapping.plot_wafer(routes=former_cells)
    with pytest.raises(sim.PlacementError, match="projection is not the one"):
        mapping.find(former_projection)
    # Each mapping finds what is its own, and what is equal
    assert len(former.find(former_cells)) == 3
    assert mapping.find(former_source) == mapping.find(source)
    assert len(mapping.find(source + cells)) == 5


def test_labels_that_are_no_text(tmp_path):
    path = tmp_path / "mapping.npz"
    for options in ({}, {"mapping": path}):
        sim.setup(**options)
        cells = sim.Population(3, sim.IF_cond_exp(), label=3)
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), label=7)
        mapping = sim.map_network()
        assert (len(mapping.find(cells)), len(mapping.find(projection))) == (3, 3)
        mapping.save(path)


def test_a_cell_without_its_population_is_not_found():
    cell = build()[1][0]
    mapping = sim.map_network()
    assert mapping.find(cell) == mapping.find(1)
    sim.setup()
    gc.collect()
    with pytest.raises(sim.NetworkError, match=r"network that setup\(\) has replaced"):
        mapping.find(cell)


SAME = [("source", 1, sim.SpikeSourceArray), ("cells", 4, sim.IF_cond_exp)]


@pytest.mark.parametrize(
    ("populations", "message"),
    [
        ([("other", 1, sim.SpikeSourceArray)], "1 spike source 'other'"),
        ([("source", 1, sim.IF_cond_exp)], "1 neuron 'source'"),
        ([("a", 2, sim.IF_cond_exp), ("b", 3, sim.IF_cond_exp)], "cells 2 to 4 of 'b'"),
        ([*SAME, ("cells", 4, sim.IF_cond_exp)], "cells 5 to 8 of 'cells'"),
    ],
)
def test_another_population_in_the_same_place_is_not_found(populations, message):
    build()
    mapping = sim.map_network()
    sim.setup()
    last = [sim.Population(size, model(), label=label) for label, size, model in populations][-1]
    with pytest.raises(sim.PlacementError, match=f'got "{message}"; allowed: '):
        mapping.find(last)


def test_statistics():
    build(n_synapses=20)
    stats = sim.map_network().stats
    assert (stats.n_populations, stats.n_projections) == (2, 1)
    assert (stats.n_neurons, stats.n_sources, stats.n_denmems) == (4, 1, 16)
    # A chain of three drivers gives each neuron twelve synapses.
    assert (stats.n_synapses, stats.n_synapses_set, stats.n_synapses_lost) == (80, 48, 32)
    assert stats.synapse_loss == pytest.approx(0.4)
    assert stats.synapse_loss_after_l1_routing == 0.0
    # The original tool counts what is there on HICANNs with neurons.
    assert (stats.n_hicanns, stats.n_hicanns_with_neurons) == (5, 4)
    assert stats.neuron_usage == 16 / (4 * 512)
    assert stats.synapse_usage == 48 / (4 * 114_688)
    assert stats.driver_usage == 12 / (4 * 224)
    assert stats.neuron_usage_of_wafer == 16 / 196_608
    assert stats.synapse_usage_of_wafer == 48 / 44_040_192
    assert stats.losses == {"no synapse driver": 32}
    assert stats.total_seconds == sum(stats.seconds.values()) > 0
    assert (stats.n_drivers, stats.n_routes, stats.n_lines) == (12, 4, 1)
    assert stats.to_dict()["n_synapses_set"] == 48
    assert "synapse_loss                         0.4000" in str(stats)
    assert "lost, no synapse driver                32" in str(stats)


def test_results_are_shown_in_a_line():
    _, cells, projection = build(n_synapses=20)
    mapping = sim.map_network()
    assert repr(mapping) == (
        "<MappingResult: 4 neurons and 1 spike sources on 5 HICANNs of wafer 33, 32 of 80 synapses "
        "lost>"
    )
    found = mapping.find(projection)
    assert (len(found), len(mapping.find(cells))) == (80, 4)
    assert repr(found).startswith("<SynapsePlaces of 80 synapses: 48 on 4 HICANNs")


def test_the_engine_runs_what_was_mapped():
    _, cells, projection = build(n_synapses=20, effects=sim.Effects.only("routing_loss"))
    cells.record("spikes")
    sim.run(5.0)
    lost = np.isnan([weight for *_, weight in projection.get_realised("weight", "list")])
    reasons = sim.mapping().projections[0].reason
    np.testing.assert_array_equal(lost, reasons > 0)
    assert len(state.session.pipeline.experiment.synapses.source) == 48


def test_delays_come_from_the_routes():
    """0.6444 ms + 0.0397 ms for each HICANN that the route passes, whatever was asked for."""
    effects = sim.Effects.only("routing_loss", "on_wafer_pulses")
    _, cells, _ = build(columns=(14, 18, 20, 28), effects=effects)
    cells.record("spikes")
    sim.run(20.0)
    routing = sim.mapping().projections[0]
    layer1 = sim.mapping().layer1
    assert len(set(routing.distance.tolist())) == 4
    np.testing.assert_array_equal(
        routing.distance, layer1.route_length[np.argsort(layer1.route_target)]
    )
    trains = cells.get_data().segments[0].spiketrains
    times = np.array([float(train[0]) for train in trains])
    expected = 0.0397 * (routing.distance - routing.distance[0])
    np.testing.assert_allclose(times - times[0], expected, atol=2e-3)


def test_a_full_line_of_sources_is_split():
    sim.setup(on_loss="raise")
    sources = sim.Population(40, sim.SpikeSourcePoisson(rate=1.0))
    cells = sim.Population(10, sim.IF_cond_exp(**CELL))
    weight = sim.StaticSynapse(weight=0.001)
    sim.Projection(sources, cells, sim.AllToAllConnector(), weight)
    lines = sim.map_network().lines.cell_line[:40]
    assert np.unique(lines, return_counts=True)[1].tolist() == [4, 12, 12, 12]


# --- control ---------------------------------------------------------------------------------


def test_priorities_decide_who_gets_the_last_lines():
    """One V line in ten works, so that only some of 32 blocks reach a HICANN."""
    defects = sim.Defects.draw({"v_line": 0.9}, seed=1)

    def n_realised(priorities, favourite=None):
        options = sim.MappingOptions(merger_strategy="one_to_one", priorities=priorities)
        sim.setup(on_loss="ignore", defects=defects, mapping_options=options)
        cells = sim.Population(33 * 16, sim.IF_cond_exp(**CELL))
        for number, x in enumerate((17, 18, 22, 23)):
            sim.place(cells[128 * number : 128 * (number + 1)], hicanns=[hicann_at(x)])
        sim.place(cells[512:], hicanns=[hicann_at(20)])
        weight = sim.StaticSynapse(weight=0.001)
        projections = {
            label: sim.Projection(
                cells[first:512:32], cells[512:], sim.OneToOneConnector(), weight, label=label
            )
            for label, first in (("a", 0), ("b", 16))
        }
        before = sim.mapping()
        if favourite:
            projections[favourite].set_priority(3.0)
            assert sim.mapping() is not before
        with pytest.raises(sim.OptionError, match="priority; got 0"):
            projections["a"].set_priority(0)
        return [int(routing.realised.sum()) for routing in sim.mapping().projections]

    first, second = n_realised({"a": 2.0}), n_realised({"b": 2.0})
    assert first[0] > second[0]
    assert first[1] < second[1]
    assert n_realised({"a": 2.0}, favourite="b") == second


def test_defects_from_a_file(tmp_path):
    defects = sim.Defects.draw({"hicann": 0.5, "denmem": 0.1}, seed=4)
    sim.save_defects(defects, tmp_path / "wafer.json")
    sim.setup(defects=tmp_path / "wafer.json")
    cells = sim.Population(500, sim.IF_cond_exp(**CELL))
    hicanns = {int(neuron.hicann) for neuron in sim.map_network().find(cells)}
    assert not defects.hicann[list(hicanns)].any()
    with pytest.raises(sim.DataError, match="there is no such file"):
        sim.setup(defects=str(tmp_path / "other.json"))
    with pytest.raises(sim.OptionError, match="'none', a file's path, or Defects"):
        sim.setup(defects=3)
    assert len(state.session.populations) == 1  # the network is still there


# --- files -----------------------------------------------------------------------------------


def test_going_on_from_a_saved_mapping(tmp_path):
    path = tmp_path / "mapping.npz"
    options = {"effects": sim.Effects.without("off_wafer_pulses", "readout")}

    def spikes(load):
        _, cells, _ = build(n_synapses=3, **options)
        cells.record("spikes")
        if load:
            loaded = sim.load_mapping(path)
            assert sim.mapping() is loaded
        else:
            sim.mapping().save(path)
        sim.run(30.0)
        if load:
            assert sim.mapping() is loaded
        return [train.tolist() for train in cells.get_data().segments[0].spiketrains]

    first = spikes(load=False)
    assert sum(map(len, first)) >= 4
    assert spikes(load=True) == first


def test_a_mapping_made_elsewhere_is_kept_until_the_network_changes(tmp_path):
    path = tmp_path / "mapping.npz"
    _, _, projection = build()
    sim.map_network().save(path)
    # The same network without the placement by hand: the file says where its cells are.
    sim.setup(on_loss="ignore")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]), label="source")
    cells = sim.Population(4, sim.IF_cond_exp(**CELL), label="cells")
    connector = sim.FromListConnector([(0, i) for i in range(4)])
    projection = sim.Projection(source, cells, connector, sim.StaticSynapse(weight=STRONG))
    loaded = sim.load_mapping(path)
    projection.set(weight=0.01)
    sim.run(1.0)
    assert sim.mapping() is loaded
    assert loaded.find(cells[3]).hicann == hicann_at(22)
    sim.reset()
    sim.Projection(source, cells, connector, sim.StaticSynapse(weight=STRONG))
    assert sim.mapping() is not loaded


def test_a_mapping_of_another_network_is_refused(tmp_path):
    build(n=4)
    sim.map_network().save(tmp_path / "mapping.npz")
    build(n=3)
    mapping = sim.map_network()
    with pytest.raises(sim.DataError, match="population 'cells' of size 3 instead of"):
        sim.load_mapping(tmp_path / "mapping.npz")
    assert sim.mapping() is mapping
    sim.setup(substrate="ideal")
    with pytest.raises(sim.SubstrateError, match="load_mapping"):
        sim.load_mapping(tmp_path / "mapping.npz")


def test_losses_by_cause_are_in_the_report():
    build(n_synapses=20)
    sim.run(1.0)
    (projection,) = sim.report().projections
    assert projection.lost_by_reason == {LossReason.DRIVER.label: 32}
