"""HDF5 files: what they declare is compared with what they hold before anything is read."""

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files import formats
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.hdf5 import (
    integer_attribute,
    new_file,
    read_table,
    read_texts,
    reading_file,
    sub_group,
    text_attribute,
)

h5py = pytest.importorskip("h5py")

LISTS = FileFormat(kind="list", version=2, remedy="Make a list.")
VALUES = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "list.h5"
    with new_file(LISTS, path, overwrite=False) as file:
        file.attrs["number"], file.attrs["text"] = 7, "words"
        file.create_dataset("group/values", data=VALUES, compression="gzip", fletcher32=True)
        file["row"] = np.arange(4)
        file["texts"] = ["a", "µ"]
    return path


def attributes(path):
    with reading_file(LISTS, path) as file:
        return integer_attribute(file, "number"), text_attribute(file, "text")


def change(path, edit):
    with h5py.File(path, "r+") as file:
        edit(file)


def values(path, shape=(2, 3), kinds="f"):
    with reading_file(LISTS, path) as file:
        return read_table(sub_group(file, "group"), "values", kinds, shape)


def test_what_was_written_is_read(path):
    np.testing.assert_array_equal(values(path), VALUES)
    with reading_file(LISTS, path) as file:
        assert read_table(file, "row", "iu").tolist() == [0, 1, 2, 3]
        assert read_texts(file, "texts", 2) == ["a", "µ"]
        assert (integer_attribute(file, "number"), text_attribute(file, "text")) == (7, "words")


def put(name, data, **options):
    def edit(file):
        del file[name]
        if data is not None:
            file.create_dataset(name, data=data, **options)

    return edit


def declare(name, shape, **options):
    def edit(file):
        del file[name]
        file.create_dataset(name, shape=shape, dtype="f8", chunks=(1, 3), **options)

    return edit


def link(name, to):
    def edit(file):
        del file[name]
        file[name] = to

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (put("group/values", VALUES.astype(int)), "/group/values has the type int64"),
        (put("group/values", VALUES.T), r"shape \(3, 2\) instead of \(2, 3\)"),
        (put("group/values", 1.0), r"shape \(\) instead of"),
        (put("group/values", None), "it is without /group/values"),
        (put("group", None), "it is without /group"),
        (put("group", VALUES), "/group is no group"),
        (declare("group/values", (2, 3)), "declares 48 bytes and holds 0"),
        (declare("group/values", (2, 3), compression="gzip"), "declares 48 bytes and holds 0"),
        (declare("group/values", (10**12, 3), compression="gzip"), "instead of"),
        (link("group/values", h5py.SoftLink("/row")), "it is without /group/values"),
        (link("group/values", h5py.ExternalLink("other.h5", "/row")), "it is without"),
        (link("group", h5py.ExternalLink("other.h5", "/group")), "it is without /group"),
    ],
)
def test_tables_that_are_others(path, edit, message):
    change(path, edit)
    with pytest.raises(DataError, match=rf"list .*list\.h5: the file is damaged \(.*{message}"):
        values(path)


def test_tables_that_lie_in_another_file(path, tmp_path):
    (tmp_path / "raw").write_bytes(VALUES.tobytes())
    change(path, lambda file: file.pop("group/values"))
    external = [(str(tmp_path / "raw"), 0, 48)]
    change(path, lambda file: file.create_dataset("group/values", (2, 3), "f8", external=external))
    with pytest.raises(DataError, match="lies in another file"):
        values(path)


def test_a_table_of_any_length_has_one_axis(path):
    change(path, put("row", VALUES))
    with reading_file(LISTS, path) as file, pytest.raises(ValueError, match="instead of"):
        read_table(file, "row", "f")


def test_a_table_that_fits_no_memory(path, monkeypatch):
    change(path, put("group/values", np.zeros((1000, 1000)), compression="gzip"))
    monkeypatch.setattr(formats, "memory_limit", lambda: 2 * path.stat().st_size)
    with pytest.raises(DataError, match=r"/group/values of .*: it is too large for this machine"):
        values(path, (1000, 1000))


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("format", "other", "it is no list file; got 'other'"),
        ("format", 5, "it is no list file; got"),
        ("schema_version", 1, "schema version; got 1; allowed: 2. An older"),
        ("schema_version", 3, "schema version; got 3; allowed: 2. A newer"),
        ("schema_version", 2.0, r"schema version; got 2\.0"),
        ("schema_version", "2", "schema version; got '2'"),
        ("schema_version", [2, 2], "schema version"),
        ("schema_version", True, "schema version; got True"),
        ("number", 7.5, "number is no whole number"),
        ("number", [7], "number is no whole number"),
        ("text", 7, "text is no text"),
    ],
)
def test_attributes_that_are_others(path, attribute, value, message):
    change(path, lambda file: file.attrs.__setitem__(attribute, value))
    with pytest.raises(DataError, match=message):
        attributes(path)


@pytest.mark.parametrize("wrong", [np.zeros(2), ["a"], ["a", "b", "c"]])
def test_texts_that_are_others(path, wrong):
    change(path, put("texts", wrong))
    with reading_file(LISTS, path) as file, pytest.raises(ValueError, match="does not hold 2"):
        read_texts(file, "texts", 2)


def test_what_hdf5_cannot_hold_leaves_the_old_file(path):
    before = path.read_bytes()
    with (
        pytest.raises(DataError, match=r"list\.h5: HDF5 cannot hold it"),
        new_file(LISTS, path, overwrite=True) as file,
    ):
        file.attrs["text"] = "a\0b"
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
