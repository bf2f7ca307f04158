"""NumPy archives: what they declare is compared with what they hold before anything is read."""

import io
import resource
import zipfile

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files import formats
from pyNN_brainscales_emu.files.archive import check_format, check_format_line, reading_archive
from pyNN_brainscales_emu.files.formats import FileFormat

LISTS = FileFormat(kind="list", version=2, remedy="Make a list.")
VALUES = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "list.npz"
    np.savez(path, values=VALUES, text=np.array("words"), number=np.array(7))
    return path


def read(path, name="values", kinds="f", shape=None, compressed=False):
    with reading_archive(LISTS, path, compressed=compressed) as archive:
        return archive.array(name, kinds, shape)


def header(shape, descr="<f8"):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


def add(path, name, content, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "a", packing) as archive:
        archive.writestr(f"{name}.npy", content)


def test_what_was_written_is_read(path):
    np.testing.assert_array_equal(read(path), VALUES)
    with reading_archive(LISTS, path) as archive:
        assert (archive.text("text"), archive.integer("number")) == ("words", 7)
        assert archive.number("number") == 7.0
        assert archive.form("values") == ((2, 3), np.dtype(float))
        assert archive.names == {"values", "text", "number"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "other"}, "it is without other"),
        ({"kinds": "iu"}, "values has the type float64"),
        ({"shape": (3, 2)}, r"values has the shape \(2, 3\) instead of \(3, 2\)"),
    ],
)
def test_what_is_not_as_asked_for_is_told(path, asked, message):
    with pytest.raises(DataError, match=rf"list .*list\.npz: the file is damaged \({message}\)"):
        read(path, **asked)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header((10**9,)), "longer or shorter than it declares"),
        (header((10**13,)), "has the shape"),
        (header((2**63, 2**63)), "has the shape"),
        (header((0, 2**63)), r"has the shape \(0, 9223372036854775808\)"),
        (header((2**31, 0)), r"has the shape \(2147483648, 0\)"),
        (header((3,)) + bytes(16), "longer or shorter than it declares"),
        (header((1,)) + bytes(16), "longer or shorter than it declares"),
        (header((-1,)) + bytes(8), "has the shape"),
        (header((1,), "|O") + bytes(8), "holds objects, which are not read"),
        (b"\x93NUMPY\x09\x00", "unknown header"),
        (b"not an array", "damaged"),
        (b"", "damaged"),
    ],
)
def test_entries_that_cannot_hold_what_they_declare(path, content, message):
    add(path, "new", content)
    with pytest.raises(DataError, match=message):
        read(path, "new")
    np.testing.assert_array_equal(read(path), VALUES)  # what is not asked for is not looked at


def test_compressed_entries_only_where_they_are_written_so(path):
    add(path, "new", header((10,)) + bytes(80), zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match="new is compressed, as in no file of this kind"):
        read(path, "new")
    assert read(path, "new", compressed=True).shape == (10,)


def test_other_ways_to_compress_are_refused(path):
    add(path, "new", header((10,)) + bytes(80), zipfile.ZIP_BZIP2)
    with pytest.raises(DataError, match="new is compressed"):
        read(path, "new", compressed=True)


def test_a_bomb_is_not_unpacked(path):
    """An entry that declares more than a compressed stream of its length can hold."""
    add(path, "new", header((2**16,)) + bytes(2**19), zipfile.ZIP_DEFLATED)
    content = path.read_bytes()
    short, long = (np.uint32(n).tobytes() for n in (2**19 + 128, 2**31))
    assert content.count(short) == 2
    path.write_bytes(content.replace(short, long))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=r"new declares 2\.15e"):
        read(path, "new", compressed=True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # kB


def test_an_archive_that_fits_no_memory(path, monkeypatch):
    monkeypatch.setattr(formats, "memory_limit", lambda: 2 * path.stat().st_size)
    np.testing.assert_array_equal(read(path), VALUES)
    np.savez_compressed(path, values=np.zeros(10**5))
    with pytest.raises(DataError, match=r"list\.npz: it is too large for this machine"):
        read(path, compressed=True)


def test_entries_that_stand_there_twice(path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        add(path, "values", b"other")
    with pytest.raises(DataError, match="an entry stands there more than once"):
        read(path)


def test_what_is_no_archive(path):
    for content in (b"", b"PK", path.read_bytes()[:-30]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="it is no NumPy archive"):
            read(path)
    with path.open("wb") as stream:
        np.save(stream, VALUES)
    with pytest.raises(DataError, match="it is no NumPy archive"):
        read(path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"format": LISTS.name, "schema_version": 2}, None),
        ({"format": LISTS.name, "schema_version": 3}, "schema version; got 3; allowed: 2. A newer"),
        ({"format": LISTS.name, "schema_version": 2.0}, r"schema version; got 2\.0"),
        ({"format": LISTS.name, "schema_version": True}, "schema_version has the type bool"),
        ({"format": "other", "schema_version": 2}, "it is no list file; got 'other'"),
        ({"schema_version": 2}, "it is no list file; got None"),
        ({"format": 5, "schema_version": 2}, "format has the type"),
    ],
)
def test_kind_and_version(tmp_path, entries, message):
    path = tmp_path / "list.npz"
    np.savez(path, **entries)
    with reading_archive(LISTS, path) as archive:
        if message is None:
            check_format(LISTS, path, archive)
            return
        with pytest.raises((DataError, ValueError), match=message):
            check_format(LISTS, path, archive)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{LISTS.name} 2", None),
        (f"{LISTS.name} 1", "schema version; got 1; allowed: 2. An older"),
        (f"{LISTS.name} two", "schema version; got 'two'"),
        ("something", "it is no list file; got 'something'"),
        ("", "it is no list"),
    ],
)
def test_kind_and_version_in_one_line(tmp_path, line, message):
    path = tmp_path / "list.npz"
    np.savez(path, format=line)
    with reading_archive(LISTS, path) as archive:
        if message is None:
            check_format_line(LISTS, path, archive)
            return
        with pytest.raises(DataError, match=message):
            check_format_line(LISTS, path, archive)
