"""Networks, placements and files that cannot be: every problem is named, nothing is half done."""

import json

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.hardware.defects import CLASSES
from pyNN_brainscales_emu.simulator import state

CELL = {"cm": 0.2}


def cells(n=10, label="cells"):
    return sim.Population(n, sim.IF_cond_exp(**CELL), label=label)


def refusal(call, error):
    """Return the message of an error; no mapping may be there afterwards."""
    with pytest.raises(error) as caught:
        call()
    assert state.session.pipeline.mapping is None
    return str(caught.value)


def test_a_population_larger_than_the_wafer():
    sim.setup()
    cells(50_000, "large")
    for call in (sim.map_network, lambda: sim.run(1.0)):
        message = refusal(call, sim.CapacityError)
        assert "848 of 50000 neurons find no room on the wafer (848 of large)" in message
        assert "got 200000; allowed: 196608 denmems" in message
        assert "With neuron_size=2 for all of them they would fit" in message
    sim.setup()
    cells(100_000, "huge")
    assert "Even with neuron_size=2 no more than 98304" in refusal(
        sim.map_network, sim.CapacityError
    )


@pytest.mark.parametrize("size", [0, 3, 66, -4, 4.5, "8", None])
def test_a_size_that_no_rule_allows(size):
    sim.setup()
    population = cells()
    with pytest.raises(sim.OptionError, match=r"neuron_size; got .* an even number of denmems"):
        sim.setup(neuron_size=size)
    assert state.session.populations == [population]
    if size is not None:
        with pytest.raises(sim.PlacementError, match=r"neuron_size; got .* an even number"):
            sim.place(population, neuron_size=size)
        assert state.session.placement_requests == []


def test_places_that_the_wafer_does_not_have_are_named_at_once():
    sim.setup()
    population = cells()
    with pytest.raises(sim.PlacementError) as error:
        sim.place(population, neuron_blocks=[(400, 2), (1, 9), (-1, 3)], neuron_size=5)
    for text in (
        "place('cells') cannot be kept for 3 reasons",
        "neuron_size; got 5",
        "no such HICANNs; got [-1, 400]; allowed: 0 to 383",
        "no such neuron blocks; got [9]; allowed: 0 to 7",
    ):
        assert text in str(error.value)
    with pytest.raises(sim.PlacementError, match="hicanns; got 297; allowed: a list of HICANN"):
        sim.place(population, hicanns=297)
    with pytest.raises(sim.PlacementError, match=r"not in the top row of denmems; got \[300\]"):
        sim.place(population[:1], denmems=[(1, 300)])
    with pytest.raises(sim.PlacementError, match=r"hicanns; got \[True\]; allowed: a list of"):
        sim.place(population, hicanns=[True])
    assert state.session.placement_requests == []


def test_two_ways_of_placing_and_what_is_wrong_with_each():
    sim.setup()
    population = cells()
    with pytest.raises(sim.PlacementError) as error:
        sim.place(population, hicanns=[1, 2.5], neuron_blocks=[(400, 9)], neuron_size=7)
    for text in ("one way of placing", "hicanns; got [1, 2.5]", "400", "neuron_size; got 7"):
        assert text in str(error.value)
    with pytest.raises(sim.PlacementError, match="for 3 reasons") as error:
        sim.place(population, hicanns=[400], denmems=[(0, 0), (0, 2)])
    for text in ("one way of placing", "no such HICANNs; got [400]", "one denmem for each cell"):
        assert text in str(error.value)
    assert state.session.placement_requests == []


def test_places_can_be_arrays():
    sim.setup()
    population = cells()
    sim.place(population, hicanns=np.array([7]), neuron_size=np.int64(8))
    mapping = sim.map_network()
    assert set(mapping.placement.neuron_hicann.tolist()) == {7}
    sim.place(population[:2], neuron_blocks=np.array([[8, 3]]))
    sim.place(population[2:4], denmems=np.array([[9, 0], [9, 4]]))
    mapping = sim.map_network()
    assert mapping.placement.neuron_hicann[:5].tolist() == [8, 8, 9, 9, 7]


@pytest.mark.parametrize("value", [3, np.zeros(384, bool), {"hicann": [1]}])
def test_defects_of_another_kind(value):
    with pytest.raises(sim.OptionError, match=r"(?s)defects; got .*; allowed: 'none', a file"):
        sim.setup(defects=value)


def test_all_placements_that_cannot_be_kept_are_told_at_once():
    sim.setup(defects=sim.Defects(hicann=np.arange(384) == 9))
    some, crowd = cells(9, "some"), cells(200, "crowd")
    sim.place(some[:4], denmems=[(1, 0), (1, 1), (1, 31), (1, 4)])
    sim.place(some[4:6], hicanns=[9])
    sim.place(some[6:8], denmems=[(9, 0), (9, 4)])
    sim.place(crowd, neuron_blocks=[(3, 0)])
    cells(60_000, "large")
    message = refusal(sim.map_network, sim.PlacementError)
    for text in (
        "cannot be mapped for 6 reasons",
        "1 neuron across the border of a neuron block: some[2]",
        "asked for by 1 pair of neurons: some[0] (4 denmems from 0 of HICANN 1) and some[1]",
        "2 neurons on defect denmems: some[6] (4 denmems from 0 of HICANN 9); some[7]",
        "184 of 200 neurons find no room on the places named",
        "place() of 2 cells from some[4] on: 2 of 2 neurons find no room",
        "find no room on the wafer",
    ):
        assert text in message


def write(path, **content):
    path.write_text(json.dumps({"format": "pyNN_brainscales_emu defects", **content}))
    return path


def test_bad_defect_files_leave_the_network_alone(tmp_path):
    sim.setup()
    population = cells()
    path = tmp_path / "wafer.json"
    for content, match in (
        ({"schema_version": 1, "defects": {name: [0.5] for name in CLASSES}}, "hicann.*; synapse "),
        ({"schema_version": 2, "defects": {}}, "another schema version; got 2; allowed: 1"),
        ({"schema_version": 1}, "is damaged"),
    ):
        with pytest.raises(sim.DataError, match=rf"wafer\.json.*{match}"):
            sim.setup(defects=write(path, **content))
        assert state.session.populations == [population]


def test_a_failed_mapping_can_be_mended():
    sim.setup()
    some = cells(2, "some")
    sim.place(some, denmems=[(1, 0), (1, 1)])
    refusal(sim.map_network, sim.PlacementError)
    sim.place(some, denmems=[(1, 0), (1, 2)])
    assert [int(n.denmems[0]) for n in sim.map_network().find(some)] == [0, 2]


def test_a_projection_of_another_network_is_not_found():
    sim.setup()
    other = sim.Projection(cells(5), cells(5), sim.AllToAllConnector(), sim.StaticSynapse())
    sim.setup()
    sim.Projection(cells(4), cells(4), sim.AllToAllConnector(), sim.StaticSynapse(), label="mine")
    mapping = sim.map_network()
    for call in (mapping.find, mapping.plot_synapse_loss):
        with pytest.raises(
            sim.PlacementError, match=r"not the one that was mapped; got \"25 synapses.*16 synapses"
        ):
            call(other)
