"""``setup(mapping=file)``: what it goes on from, and what it refuses, before anything runs."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.simulator import state

CELL = {"cm": 0.2, "tau_refrac": 1.0, "v_thresh": -55.0}


def network(n=20, more=0):
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    cells = sim.Population(n, sim.IF_cond_exp(**CELL), label="cells")
    weight = sim.StaticSynapse(weight=0.01)
    projection = sim.Projection(source, cells, sim.AllToAllConnector(), weight, label="input")
    for number in range(more):
        sim.Projection(source, cells, sim.OneToOneConnector(), weight, label=f"more {number}")
    cells.record("spikes")
    return cells, projection


@pytest.fixture
def saved(tmp_path):
    """A mapping by hand, with neurons of eight denmems."""
    sim.setup(neuron_size=8)
    cells, _ = network()
    sim.place(cells, hicanns=[123])
    sim.map_network().save(tmp_path / "mapping.npz")
    return tmp_path / "mapping.npz"


def spikes(cells):
    return [train.tolist() for train in cells.get_data().segments[0].spiketrains]


@pytest.mark.parametrize("as_type", [str, lambda path: path])
def test_the_first_run_goes_on_from_the_file(saved, as_type):
    effects = sim.Effects.without("off_wafer_pulses")
    sim.setup(neuron_size=8, effects=effects)
    cells, _ = network()
    sim.place(cells, hicanns=[123])
    sim.run(20.0)
    expected = spikes(cells)
    assert any(expected)
    sim.setup(mapping=as_type(saved), effects=effects)
    cells, projection = network()
    sim.run(20.0)
    assert {int(neuron.hicann) for neuron in sim.mapping().find(cells)} == {123}
    assert {neuron.size for neuron in sim.mapping().find(cells)} == {8}
    assert spikes(cells) == expected
    mapping = sim.mapping()
    sim.reset()
    projection.set(weight=0.005)
    sim.run(1.0)
    assert sim.mapping() is mapping


def test_a_change_of_the_network_maps_anew(saved):
    sim.setup(mapping=saved)
    network()
    mapping = sim.map_network()
    assert mapping.placement.neuron_hicann[0] == 123
    sim.Population(1, sim.IF_cond_exp(**CELL))
    assert sim.map_network() is not mapping
    assert set(sim.mapping().placement.neuron_hicann.tolist()) != {123}


def test_another_network_is_told_with_its_sizes_until_it_is_right(saved):
    sim.setup(mapping=saved)
    sim.Population(7, sim.IF_cond_exp(**CELL), label="few")
    for look in (sim.map_network, sim.mapping, lambda: sim.run(1.0)):
        with pytest.raises(sim.DataError) as error:
            look()
        message = str(error.value)
        assert str(saved) in message
        assert "1 populations instead of 2" in message
        assert "0 projections instead of 1" in message
        assert "'few' of size 7 instead of 'source' of size 3" in message
    sim.setup(mapping=saved)
    network(more=1)
    with pytest.raises(sim.DataError, match="2 projections instead of 1"):
        sim.run(1.0)
    assert sim.get_current_time() == 0.0


def test_a_network_can_be_completed(saved):
    sim.setup(mapping=saved)
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    with pytest.raises(sim.DataError, match="1 populations instead of 2"):
        sim.map_network()
    cells = sim.Population(20, sim.IF_cond_exp(**CELL), label="cells")
    weight = sim.StaticSynapse(weight=0.01)
    sim.Projection(source, cells, sim.AllToAllConnector(), weight, label="input")
    assert sim.map_network().placement.neuron_hicann[0] == 123


def test_bad_files_are_told_at_set_up_and_leave_the_network_alone(saved, tmp_path):
    sim.setup(substrate="ideal")
    population = sim.Population(1, sim.IF_cond_exp())

    def refused(error, match, **options):
        with pytest.raises(error, match=match):
            sim.setup(**options)
        assert state.session.populations == [population]

    refused(sim.DataError, r"nothing\.npz.*no such file", mapping=tmp_path / "nothing.npz")
    refused(sim.OptionError, "mapping; got 3; allowed: a file's path", mapping=3)
    refused(sim.DataError, "another wafer; got 33.*wafer=5", mapping=saved, wafer=5)
    defects = sim.Defects(hicann=np.arange(384) == 123)
    refused(sim.DataError, "denmems of 20 neurons, 1 hicann", mapping=saved, defects=defects)
    refused(
        sim.OptionError, "neuron_size is 8, not 2", mapping=saved, neuron_size=2, on_loss="raise"
    )
    other = tmp_path / "damaged.npz"
    other.write_bytes(saved.read_bytes()[:2000])
    refused(sim.DataError, r"damaged\.npz: the file is damaged", mapping=other)
    with np.load(saved) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(other, **(arrays | {"schema_version": np.array(1)}))
    refused(sim.DataError, "another schema version; got 1; allowed: 3.*map_network", mapping=other)
    np.savez(other, **(arrays | {"origin": np.array("{")}))
    refused(sim.DataError, r"damaged\.npz: the file is damaged", mapping=other)


def test_what_it_overrules_is_told(saved):
    options = sim.MappingOptions(driver_chain_length=5)
    with pytest.warns(sim.LossWarning, match=r"neuron_size is 8, not 6") as warnings:
        sim.setup(mapping=saved, neuron_size=6, mapping_options=options)
    assert "driver_chain_length is 3, not 5" in str(warnings[0].message)
    assert warnings[0].filename == __file__


def test_places_that_it_overrules_are_told(saved):
    def build(**options):
        sim.setup(mapping=saved, **options)
        cells, _ = network()
        sim.place(cells[:5], hicanns=[123, 124], neuron_size=8)  # as it is
        sim.place(cells[5:8], neuron_size=4)
        sim.place(cells[8:10], neuron_blocks=[(123, 7)])
        first, second = (neuron.denmems[0] for neuron in placed[10:12])
        sim.place(cells[10:12], denmems=[(123, first), (123, int(second) + 4)])

    sim.setup(mapping=saved)
    cells, _ = network()
    placed = sim.map_network().find(cells)
    build()
    with pytest.warns(sim.LossWarning, match=r"rules over place\(\): 6 neurons placed otherwise"):
        sim.map_network()
    build(on_loss="raise")
    with pytest.raises(sim.PlacementError, match="6 neurons"):
        sim.run(1.0)
    build(on_loss="ignore")
    assert sim.map_network().find(0).hicann == sim.map_network().find(1).hicann


def test_lost_synapses_of_the_file_are_told_again(tmp_path):
    def build():
        sim.setup(on_loss="ignore")
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
        cells = sim.Population(1, sim.IF_cond_exp(**CELL))
        connector = sim.FromListConnector([(0, 0)] * 20)
        sim.Projection(source, cells, connector, sim.StaticSynapse(weight=0.01))

    build()
    sim.map_network().save(tmp_path / "m.npz")
    assert sim.mapping().n_synapses_lost == 8
    for on_loss, expected in (("raise", sim.CapacityError), ("warn", sim.LossWarning)):
        build()
        state.session.options = options_with(on_loss)
        catch = pytest.raises if on_loss == "raise" else pytest.warns
        with catch(expected, match="8 of 20 synapses"):
            sim.load_mapping(tmp_path / "m.npz")


def options_with(on_loss):
    from pyNN_brainscales_emu.options import Options

    return Options(substrate="brainscales1", on_loss=on_loss)


def test_the_ideal_substrate_does_not_look_at_it(saved):
    sim.setup(substrate="ideal", mapping=saved)
    network(n=5)
    sim.run(1.0)


def test_a_loaded_mapping_must_be_for_this_wafer(saved):
    sim.setup(wafer=12)
    network()
    with pytest.raises(sim.DataError, match="another wafer"):
        sim.load_mapping(saved)
