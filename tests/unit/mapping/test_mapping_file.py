import shutil
from dataclasses import fields, replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.defects import CLASSES, Defects
from pyNN_brainscales_emu.mapping.adoption import check_fit
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.mapping_file import load_mapping, save_mapping
from pyNN_brainscales_emu.options import Options


def network(n=40, pre=0, label="all", receptor="excitatory", stp_mode="none"):
    return graph(
        [neurons(n, label="cells"), poisson(np.ones(3), n, "noise")],
        [
            projection(np.full(n, pre), np.arange(n), receptor, label, stp_mode=stp_mode),
            projection([n, n + 1, n + 2], [0, 1, 2], label="input"),
            projection([], [], label="empty"),
        ],
    )


@pytest.fixture(scope="module")
def mapping():
    defects = Defects.draw({"hicann": 0.02, "synapse": 1e-5, "v_line": 0.01}, 3)
    return map_network(network(), Options(defects=defects, on_loss="ignore"))


def assert_same(one, other):
    assert type(one) is type(other)
    for part in fields(one):
        a, b = getattr(one, part.name), getattr(other, part.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        elif hasattr(a, "__dataclass_fields__"):
            assert_same(a, b)
        elif part.name == "projections" and hasattr(a[0], "site"):
            for x, y in zip(a, b, strict=True):
                assert_same(x, y)
        else:
            assert a == b


def test_a_mapping_comes_back_as_it_was(tmp_path, mapping):
    path = tmp_path / "mapping.npz"
    mapping.save(path)
    loaded = load_mapping(path)
    assert_same(mapping, loaded)
    assert str(loaded) == str(mapping)
    assert loaded.stats == mapping.stats
    assert [entry.name for entry in tmp_path.iterdir()] == ["mapping.npz"]
    check_fit(loaded, network())


def test_a_mapping_in_a_folder_that_does_not_exist(tmp_path, mapping):
    with pytest.raises(DataError, match=r"mapping .*no/such\.npz: its folder does not exist"):
        mapping.save(tmp_path / "no" / "such.npz")
    assert list(tmp_path.iterdir()) == []


def test_the_empty_mapping(tmp_path):
    empty = map_network(graph([]), Options())
    save_mapping(empty, tmp_path / "empty.npz")
    loaded = load_mapping(tmp_path / "empty.npz")
    assert loaded.network == empty.network
    assert all(np.array_equal(getattr(loaded.defects, name), getattr(empty.defects, name))
               for name in CLASSES)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (network(n=41), "population 'cells' of size 41 instead of 40"),
        (network(pre=1), "projection 'all' with other connections"),
        (network(receptor="inhibitory"), "projection 'all' with other connections"),
        (network(stp_mode="depression"), "projection 'all' with other connections"),
        (network(label="none"), "projection 'none' of size 40 instead of 'all' of size 40"),
        (graph([neurons(40, label="cells")]), "1 populations instead of 2; 0 projections"),
    ],
)
def test_another_network_is_told_apart(mapping, other, message):
    with pytest.raises(DataError, match=message):
        check_fit(mapping, other)


def test_all_differences_are_told_at_once(mapping):
    with pytest.raises(DataError) as error:
        check_fit(mapping, network(n=41, label="none"))
    assert str(error.value).count("instead of") == 2


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        load_mapping(tmp_path / "nothing.npz")


@pytest.fixture
def saved(tmp_path, mapping):
    path = tmp_path / "mapping.npz"
    mapping.save(path)
    return path


def rewritten(path, **changed):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays |= changed
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_files_that_are_cut_off(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"mapping\.npz"):
        load_mapping(saved)


def test_a_flipped_byte_is_noticed(saved):
    whole = bytearray(saved.read_bytes())
    first = whole.index(b"projection0.site.npy") + 300
    whole[first] ^= 0xFF
    saved.write_bytes(whole)
    with pytest.raises(DataError, match="the file is damaged"):
        load_mapping(saved)


@pytest.mark.parametrize(
    ("offset", "value"),
    [(6, 99), (8, 0x01), (8, 0x20)],
    ids=["version", "encrypted", "patched"],
)
def test_a_damaged_directory_of_the_archive(saved, offset, value):
    whole = bytearray(saved.read_bytes())
    whole[whole.index(b"PK\x01\x02") + offset] = value
    saved.write_bytes(whole)
    with pytest.raises(DataError, match=r"mapping\.npz: the file is damaged"):
        load_mapping(saved)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": np.array("other")}, "is no mapping"),
        ({"format": None}, "is no mapping"),
        ({"schema_version": np.array(1)}, "another schema version; got 1; allowed: 3"),
        ({"schema_version": np.array(3.5)}, "another schema version; got 3.5; allowed: 3"),
        ({"lines.hicann": None}, "the file is damaged"),
        ({"placement.neuron_hicann": np.full(40, 384)}, "neurons have a wrong number or value"),
        ({"placement.neuron_hicann": np.zeros(39, int)}, "neurons have a wrong number"),
        ({"placement.neuron_size": np.full(40, 66)}, "neuron sizes have a wrong number or value"),
        ({"placement.neuron_size": np.full(3, 2)}, "the file is damaged"),
        ({"placement.neuron_denmem": np.full(40, 255)}, "last columns of neurons"),
        ({"placement.neuron_denmem": np.full(40, "a")}, "the file is damaged"),
        ({"origin": np.array("[]")}, "the file is damaged"),
        ({"origin": None}, "the file is damaged"),
        ({"projection1.reason": np.full(3, 9)}, "reasons of 'input'"),
        ({"network.populations.numbers": np.zeros((1, 2), int)}, "the file is damaged"),
        ({"defects.hicann": np.array([[400]])}, "no such hicann"),
        ({"defects.hicann": np.array([[2**32 + 4]])}, "no such hicann"),
        ({"defects.hicann": np.array([[4.5]])}, "defects.hicann has the type float64"),
    ],
)
def test_files_with_wrong_contents(saved, changed, message):
    rewritten(saved, **changed)
    with pytest.raises(DataError, match=message):
        load_mapping(saved)


@pytest.mark.parametrize("value", [-2, 2**31 - 1])
@pytest.mark.parametrize(
    "name",
    [
        "row_place",
        "block_merger",
        "neuron_synapses",
        "lines.hicann",
        "lines.merger",
        "lines.cell_line",
        "lines.cell_address",
        "layer1.segment_line",
        "layer1.segment_hicann",
        "layer1.segment_bus",
        "layer1.segment_parent",
        "layer1.route_line",
        "layer1.route_target",
        "layer1.route_segment",
        "layer1.route_length",
        "drivers.route_first",
        "drivers.route_last",
        "drivers.route_primary",
        "rows.route",
        "rows.sign",
        "rows.mode",
        "rows.prefix",
        "placement.source_channel",
        "projection0.distance",
        "projection0.row",
        "projection0.site",
    ],
)
def test_numbers_that_the_wafer_does_not_have(saved, name, value):
    with np.load(saved) as archive:
        array = archive[name].astype(np.int64)
    array.flat[array.size // 2] = value
    rewritten(saved, **{name: array})
    with pytest.raises(DataError, match=r"mapping\.npz: the file is damaged"):
        load_mapping(saved)


@pytest.mark.parametrize("name", ["rows.route", "drivers.route_first", "projection0.site"])
def test_arrays_of_another_shape_or_type(saved, name):
    with np.load(saved) as archive:
        array = archive[name]
    for wrong in (array[:-1], array.astype(float), array[:, np.newaxis], array.reshape(-1)[0]):
        rewritten(saved, **{name: wrong})
        with pytest.raises(DataError, match="the file is damaged"):
            load_mapping(saved)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("placement.neuron_size", lambda a: a - (np.arange(len(a)) == 0), "sizes are odd"),
        ("placement.neuron_denmem", lambda a: np.where(a == a[1], a[0], a), "several neurons"),
        ("lines.cell_address", lambda a: np.where(np.arange(len(a)) == 0, -1, a), "a line only"),
        ("drivers.route_last", lambda a: np.where(a == a.max(), -1, a), "have no end"),
        ("drivers.route_primary", lambda a: np.where(a == a.max(), 0, a), "not in order"),
        ("rows.sign", lambda a: np.where(a >= 0, -1, a), "some settings only"),
        ("row_place", lambda a: np.stack([a[:, 0], np.full(len(a), -1)], axis=1), "half a place"),
        ("neuron_synapses", lambda a: a + 1, "losses of neurons are not those of synapses"),
        ("projection0.row", lambda a: np.full(len(a), -1), "'all' are realised and lost at once"),
        ("projection0.distance", lambda a: np.full(len(a), -1), "realised and lost at once"),
        ("projection0.site", lambda a: np.full(len(a), -1), "'all' are elsewhere than their rows"),
        ("row_place", lambda a: a[::-1], "'all' are elsewhere than their rows"),
        ("layer1.route_length", lambda a: a + 1, "routes with a wrong length"),
        ("layer1.segment_bus", lambda a: a % 64, "segments"),
    ],
)
def test_arrays_that_contradict_each_other(saved, name, change, message):
    with np.load(saved) as archive:
        array = archive[name]
    rewritten(saved, **{name: change(array)})
    with pytest.raises(DataError, match=message):
        load_mapping(saved)


@pytest.mark.parametrize("routing_loss", [True, False])
def test_mappings_with_losses_come_back(tmp_path, routing_loss):
    crowded = graph(
        [neurons(600, label="cells")],
        [projection(np.repeat(np.arange(600), 60), np.tile(np.arange(60), 600), label="dense")],
    )
    options = Options(neuron_size=2, effects=Effects(routing_loss=routing_loss), on_loss="ignore")
    lossy = map_network(crowded, options)
    assert (lossy.n_synapses_lost > 0) == routing_loss
    lossy.save(tmp_path / "lossy.npz")
    assert_same(load_mapping(tmp_path / "lossy.npz"), lossy)


def test_other_files_are_no_mappings(tmp_path):
    text = tmp_path / "text.npz"
    text.write_text("not an archive")
    array = tmp_path / "array.npy"
    np.save(array, np.arange(3))
    objects = tmp_path / "objects.npz"
    np.savez(objects, format=np.array([{}], dtype=object))
    for path in (text, array):
        with pytest.raises(DataError, match="it is no NumPy archive"):
            load_mapping(path)
    with pytest.raises(DataError, match="the file is damaged"):
        load_mapping(objects)


def test_a_failed_write_leaves_the_old_file(saved, mapping, monkeypatch):
    before = saved.read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(DataError, match=r"mapping .*: it cannot be written: disk full"):
        replace(mapping, seconds={}).save(saved)
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]
    shutil.rmtree(saved.parent)


def test_all_missing_entries_are_named(saved):
    gone = ("rows.mode", "defects.denmem", "projection1.site", "origin")
    rewritten(saved, **dict.fromkeys(gone))
    with pytest.raises(DataError) as error:
        load_mapping(saved)
    for name in gone:
        assert name in str(error.value)
