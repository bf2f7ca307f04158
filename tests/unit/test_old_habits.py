"""Habits of scripts for other back ends and older versions: the message has the right call."""

import logging

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.foreign_options import FOREIGN_OPTIONS, MEANINGS


@pytest.fixture
def cells():
    sim.setup(substrate="ideal")
    return sim.Population(2, sim.IF_cond_exp(), label="cells")


HABITS = {
    "record all": (lambda c: c.record("all"), r"record\('all'\).*record\(\['spikes', 'v'\]\)"),
    "a view's": (lambda c: c[0:1].record("all"), r"record\('all'\)"),
    "spike times": (lambda c: sim.SpikeSourceArray([1.0]), r"SpikeSourceArray\(spike_times=...\)"),
    "a dict": (lambda c: sim.IF_cond_exp({"tau_m": 9.0}), r"IF_cond_exp\(\*\*parameters\)"),
    "a weight": (lambda c: sim.StaticSynapse(0.1), r"StaticSynapse\(weight=...\)"),
    "a current": (lambda c: sim.DCSource(0.1), r"DCSource\(amplitude=...\)"),
    "one cell": (lambda c: c[0].record("v"), r"population\[0:1\].record.*cell.as_view\(\)"),
    "its data": (lambda c: c[0].get_data(), r"population\[0:1\].get_data"),
    "target": (
        lambda c: sim.Projection(c, c, sim.AllToAllConnector(), target="excitatory"),
        "'target'.*receptor_type",
    ),
    "dynamics": (
        lambda c: sim.Projection(c, c, sim.AllToAllConnector(), synapse_dynamics=None),
        "'synapse_dynamics'.*synapse_type",
    ),
    "native numbers": (lambda c: sim.NativeRNG(3), r"NativeRNG.*NumpyRNG\(seed=...\)"),
    "size": (lambda c: sim.Population(500.0, sim.IF_cond_exp()), "an integer"),
}


@pytest.mark.parametrize("habit", HABITS)
def test_the_message_has_the_right_call(cells, habit):
    do, words = HABITS[habit]
    with pytest.raises((sim.BrainScaleSError, AttributeError), match=words):
        do(cells)


def test_the_entry_of_pynn_names_remedies_too():
    import pyNN.brainscales_emu as entry

    with pytest.raises(AttributeError, match="NumpyRNG"):
        _ = entry.NativeRNG
    assert not hasattr(entry, "nonsense")


KINDS = {
    "record": lambda c: c.record(5),
    "record a list": lambda c: c.record(["v", 5]),
    "to_file": lambda c: c.record("v", to_file=5),
    "get_data": lambda c: c.get_data(5),
    "effects": lambda c: sim.setup(effects=np.ones((2, 2))),
    "a type": lambda c: sim.IF_cond_exp(tau_m=float),
    "no argument": lambda c: sim.Population(2, sim.IF_cond_exp(tau_m=lambda: 1)),
    "no number": lambda c: sim.Population(2, sim.IF_cond_exp(tau_m=lambda i: "x")),
    "set": lambda c: c.set(tau_m=lambda: 1),
    "callbacks": lambda c: sim.run(1.0, callbacks=lambda t: t + 1),
    "no function": lambda c: sim.run_until(1.0, callbacks=[5]),
    "one name": lambda c: c.get(5),
    "realised": lambda c: c.get_realised(None),
    "index": lambda c: c["a"],
    "view": lambda c: sim.PopulationView(c, None),
    "parent": lambda c: sim.PopulationView(5, [0]),
    "assembly": lambda c: sim.Assembly(c, 5),
    "its label": lambda c: sim.Assembly(c, label=5),
    "sum": lambda c: c + 5,
    "sample": lambda c: c.sample(1.5),
    "generator": lambda c: c.sample(1, rng=5),
    "nearest": lambda c: c.nearest([1, 2]),
    "positions": lambda c: setattr(c, "positions", np.full((3, 2), np.nan)),
    "structure": lambda c: setattr(c, "structure", 5),
    "file": lambda c: c.write_data(5),
    "ending": lambda c: c.write_data("spikes.txt"),
    "cellparams": lambda c: sim.Population(2, sim.IF_cond_exp, 5),
    "initial values": lambda c: sim.Population(2, sim.IF_cond_exp(), initial_values=[1]),
    "a structure": lambda c: sim.Population(2, sim.IF_cond_exp(), structure="grid"),
    "an initial value": lambda c: c.initialize(v=lambda: 1),
    "too many": lambda c: sim.Population(2**50, sim.IF_cond_exp()),
    "group": lambda c: sim.set(5, tau_m=1.0),
    "defects": lambda c: sim.save_defects(5, "defects.json"),
    "an effect": lambda c: sim.Effects.only(5),
    "connector": lambda c: sim.Projection(c, c, 5),
    "synapses": lambda c: sim.Projection(c, c, sim.AllToAllConnector())["a"],
    "attribute": lambda c: sim.Projection(c, c, sim.AllToAllConnector()).get(5, "list"),
    "format": lambda c: sim.Projection(c, c, sim.AllToAllConnector()).get("weight", "table"),
    "sum of": lambda c: sim.Projection(c, c, sim.AllToAllConnector()).get(
        "weight", "array", multiple_synapses=5
    ),
    "function": lambda c: sim.Projection(c, c, sim.AllToAllConnector()).set(weight=lambda: 1),
    "save": lambda c: sim.Projection(c, c, sim.AllToAllConnector()).save("all", 5),
    "columns": lambda c: sim.FromListConnector([(0, 0, 1.0)], column_names=5),
    "synapse": lambda c: sim.Projection(c, c, sim.AllToAllConnector(), 5),
    "space": lambda c: sim.Projection(c, c, sim.AllToAllConnector(), space=5),
    "receptor": lambda c: sim.Projection(c, c, sim.AllToAllConnector(), receptor_type="NMDA"),
    "array": lambda c: sim.Projection(c, c, sim.ArrayConnector(1.0)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_kinds_end_in_errors_of_this_package(cells, kind):
    with pytest.raises((sim.BrainScaleSError, sim.errors.ConnectionError)):
        KINDS[kind](cells)


def saved(label, path):
    pytest.importorskip("h5py")
    sim.setup(on_loss="ignore")
    sim.Population(2, sim.IF_cond_exp(), label=label)
    mapping, config = path / "mapping.npz", path / "config.h5"
    sim.map_network().save(mapping)
    sim.hardware_config().save(config)
    loaded = sim.load_mapping(mapping), sim.load_hardware_config(config)
    return [one.network.populations[0][0] for one in loaded]


@pytest.mark.parametrize("label", ["", "ä→µ", "a\nb", "{'a': 1}", 5, b"a"])
def test_labels_in_files(label, tmp_path):
    expected = str(label or "population0")
    assert saved(label, tmp_path) == [expected] * 2


@pytest.mark.parametrize("label", ["a\0b", "a\0", "\ud800"])
def test_labels_that_no_file_can_hold(label, tmp_path):
    with pytest.raises(sim.DataError, match="files cannot hold this label"):
        saved(label, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(sim.DataError, match="files cannot hold this label"):
        sim.hardware_config().save(tmp_path / "config.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(FOREIGN_OPTIONS))
def test_options_of_other_back_ends_are_told_at_debug_level(name, caplog):
    caplog.set_level(logging.DEBUG, logger="PyNN")
    sim.setup(substrate="ideal", **{name: 3})
    assert f"option {name}=3 belongs to another back end" in caplog.text
    assert (MEANINGS[name] in caplog.text) if name in MEANINGS else ("here:" not in caplog.text)


def test_what_has_a_meaning_is_an_option_of_another():
    assert set(MEANINGS) <= FOREIGN_OPTIONS


def test_a_path_and_an_io_object_are_written_at_the_end(cells, tmp_path):
    neo = pytest.importorskip("neo")
    cells.record("spikes", to_file=tmp_path / "path.pkl")
    cells.record("v", to_file=neo.io.PickleIO(str(tmp_path / "object.pkl")))
    sim.run(1.0)
    sim.end()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["object.pkl", "path.pkl"]


def test_positions_are_taken_from_lists(cells):
    cells.positions = [[0, 1], [2, 3], [4, 5]]
    np.testing.assert_array_equal(cells.positions, [[0, 1], [2, 3], [4, 5]])
    assert cells.nearest([1, 3, 5]) == cells[1]
    cells.structure = sim.Line(dx=2.0)
    assert cells.positions[0].tolist() == [0.0, 2.0]


def test_connections_are_saved_whole_or_not_at_all(cells, tmp_path, monkeypatch):
    projection = sim.Projection(cells, cells, sim.AllToAllConnector())
    path = tmp_path / "new" / "list.txt"
    projection.save("weight", path)
    assert path.read_text().startswith("# columns = ['i', 'j', 'weight']")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savetxt", full)
    with pytest.raises(sim.DataError, match=r"list\.txt: it cannot be written: No space"):
        projection.save("all", path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["list.txt"]
