"""Files that are damaged, foreign or made to harm: each is read, or refused by an error of ours.

A short run belongs to the suite; ``make fuzz`` goes on with other files for as long as asked.
"""

import io
import json
import resource
import zipfile
from pathlib import Path

import numpy as np
import pytest
from file_readers import READERS
from hypothesis import given, note
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import DataError

#: Memory that reading one small file may take, in kB (`ru_maxrss` of Linux).
MOST_MEMORY = 400_000


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Return the bytes of a good file of each kind."""
    pytest.importorskip("h5py")
    folder = tmp_path_factory.mktemp("good")
    contents = {}
    for kind, reader in READERS.items():
        path = folder / reader.name
        reader.save(path)
        contents[kind] = path.read_bytes()
    return contents


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def read(kind, content, folder):
    """Read a file; it must be refused in the right way, or be as good as any."""
    reader = READERS[kind]
    path = folder / reader.name
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    loaded, refused = None, None
    try:
        loaded = reader.load(path)
    except DataError as error:
        refused = str(error)
    finally:
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY
        assert path.read_bytes() == content
    if refused is not None:
        assert str(path) in refused
    elif reader.save_again is not None:
        again = folder / f"again-{reader.name}"
        reader.save_again(loaded, again)
        if again.exists():
            reader.load(again)
            again.unlink()


# --- damage without a thought ------------------------------------------------------------------

SHARES = st.floats(0, 1, exclude_max=True)
BYTES = st.binary(max_size=40)


@st.composite
def damages(draw):
    """Draw what happens to a file: a list of changes, each of bytes to bytes."""

    def place(content):
        return int(draw(SHARES) * len(content))

    def overwritten(content):
        start, new = place(content), draw(BYTES)
        return content[:start] + new + content[start + len(new) :]

    def flipped(content):
        start = place(content)
        bit = 1 << draw(st.integers(0, 7))
        return (
            content[:start]
            + bytes(byte ^ bit for byte in content[start : start + 1])
            + (content[start + 1 :])
        )

    def cut(content):
        return content[: place(content)]

    def inserted(content):
        start = place(content)
        return content[:start] + draw(BYTES) + content[start:]

    def removed(content):
        start, end = sorted((place(content), place(content)))
        return content[:start] + content[end:]

    def repeated(content):
        start, end = sorted((place(content), place(content)))
        return content[:end] + content[start:]

    def filled(content):
        start, length = place(content), draw(st.sampled_from([1, 2, 4, 8]))
        value = draw(st.sampled_from([b"\0", b"\x7f", b"\x80", b"\xff"]))
        return content[:start] + length * value + content[start + length :]

    changes = [overwritten, flipped, cut, inserted, removed, repeated, filled]
    return draw(st.lists(st.sampled_from(changes), min_size=1, max_size=4))


@pytest.mark.parametrize("kind", READERS)
@given(data=st.data())
def test_damaged_files(kind, good, folder, data):
    content = good[kind]
    for change in data.draw(damages()):
        content = change(content)
    read(kind, content, folder)


@pytest.mark.parametrize("kind", READERS)
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\x1f\x8b", b"{"]),
)
def test_bytes_of_any_kind(kind, folder, content, start):
    read(kind, start + content, folder)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("foreign", READERS)
def test_files_of_another_kind(kind, foreign, good, folder):
    for content in (good[foreign], good[foreign] + good[kind], good[kind] + good[foreign]):
        read(kind, content, folder)
    if foreign != kind and {kind, foreign} != {"packed images", "images"}:
        path = folder / READERS[kind].name
        path.write_bytes(good[foreign])
        with pytest.raises(DataError):
            READERS[kind].load(path)


# --- damage with a thought: whole archives, tables and texts, whose content is wrong -----------

VALUES = {
    "another type": lambda a: a.astype(np.int8) if a.dtype.kind in "iuf" else np.zeros(a.shape),
    "floats": lambda a: a.astype(float) + 0.5 if a.dtype.kind in "iub" else a,
    "complex numbers": lambda a: np.zeros(a.shape, dtype=complex),
    "texts": lambda a: np.full(a.shape, "x"),
    "truth values": lambda a: np.zeros(a.shape, dtype=bool),
    "times": lambda a: np.zeros(a.shape, dtype="M8[s]"),
    "records": lambda a: np.zeros(a.shape, dtype=[("a", "i4"), ("b", "f8")]),
    "raw bytes": lambda a: np.zeros(a.shape, dtype="S3"),
    "NaN": lambda a: np.full(a.shape, np.nan),
    "infinity": lambda a: np.full(a.shape, np.inf),
    "negative": lambda a: np.full(a.shape, -1, dtype=a.dtype if a.dtype.kind in "if" else int),
    "huge": lambda a: np.full(a.shape, 2**62),
    "too short": lambda a: a.ravel()[: a.size // 2],
    "too long": lambda a: np.concatenate([a.ravel(), a.ravel()]),
    "no axis": lambda a: a.ravel()[0] if a.size else np.array(0),
    "an axis more": lambda a: a[np.newaxis],
    "an axis swapped": lambda a: a.T,
    "none": lambda a: a[:0] if a.ndim else np.empty(0),
    "in reverse": lambda a: a[::-1] if a.ndim else a,
    "Fortran order": np.asfortranarray,
    "big endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
}


def test_every_change_can_be_made():
    for array in (np.arange(6).reshape(2, 3), np.ones(3), np.array("text"), np.array([True])):
        assert all(isinstance(np.asarray(change(array)), np.ndarray) for change in VALUES.values())


def header(shape, descr):
    stream = io.BytesIO()
    form = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, form)
    return stream.getvalue()


ARCHIVES = [kind for kind, reader in READERS.items() if reader.name.endswith(".npz")]
TABLES = [kind for kind, reader in READERS.items() if reader.name.endswith(".h5")]
OBJECTS = [kind for kind, reader in READERS.items() if reader.name.endswith(".json")]


@pytest.mark.parametrize("kind", ARCHIVES)
@given(data=st.data())
def test_archives_with_other_arrays(kind, good, folder, data):
    with np.load(io.BytesIO(good[kind])) as archive:
        arrays = dict(archive)
    changes = st.dictionaries(
        st.sampled_from(sorted(arrays)), st.sampled_from(sorted(VALUES)), min_size=1, max_size=2
    )
    for name, what in data.draw(changes).items():
        arrays[name] = VALUES[what](arrays[name])
    stream = io.BytesIO()
    data.draw(st.sampled_from([np.savez, np.savez_compressed]))(stream, **arrays)
    read(kind, stream.getvalue(), folder)


@pytest.mark.parametrize("kind", ARCHIVES)
@given(data=st.data())
def test_archives_that_declare_too_much(kind, good, folder, data):
    sizes = st.sampled_from([0, 1, 2**16, 2**31, 2**40, 2**63])
    shape = tuple(data.draw(st.lists(sizes, max_size=3)))
    descr = data.draw(st.sampled_from(["<f8", "<i4", "|b1", "<U9999", "|O", "|V8"]))
    packing = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    n_bytes = data.draw(st.sampled_from([0, 8, 2**20]))
    with zipfile.ZipFile(io.BytesIO(good[kind])) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from([*sorted(entries), "unknown.npy"]))
    entries[name] = header(shape, descr) + bytes(n_bytes)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    read(kind, stream.getvalue(), folder)


@pytest.mark.parametrize("kind", TABLES)
@given(data=st.data())
def test_tables_with_other_content(kind, good, folder, data):
    h5py = pytest.importorskip("h5py")
    path = folder / "changed.h5"
    path.write_bytes(good[kind])
    with h5py.File(path, "r+") as file:
        tables = []
        file.visititems(lambda name, item: tables.append(name) if hasattr(item, "dtype") else None)
        name = data.draw(st.sampled_from(sorted(tables)))
        change = data.draw(st.sampled_from([*sorted(VALUES), "declared", "linked", "attributes"]))
        note(f"{name}: {change}")
        values = file[name][()]
        if change == "attributes":
            attribute = data.draw(st.sampled_from(sorted(file.attrs)))
            wrong = [b"x", "x", 1.5, -1, 2**63 - 1, True, [1, 2], np.nan, np.zeros((2, 2))]
            file.attrs[attribute] = data.draw(st.sampled_from(wrong))
        else:
            del file[name]
            _put(h5py, file, name, values, change, data)
    read(kind, path.read_bytes(), folder)


def _put(h5py, file, name, values, change, data):
    if change == "declared":
        size = data.draw(st.sampled_from([0, 2**31, 10**13]))
        options = data.draw(st.sampled_from([{}, {"compression": "gzip"}]))
        chunks = {"chunks": (2**16,)} if size else {}
        file.create_dataset(name, shape=(size,), dtype=values.dtype, **chunks, **options)
    elif change == "linked":
        target = data.draw(st.sampled_from(["/dev/zero", "config.h5", "calibration.h5"]))
        links = [h5py.ExternalLink(target, name), h5py.SoftLink("/hicann"), h5py.SoftLink("/")]
        file[name] = data.draw(st.sampled_from(links))
    elif values.dtype == object:
        file[name] = np.zeros(values.shape)
    else:
        changed = VALUES[change](values)
        file[name] = changed.astype("S") if changed.dtype.kind in "UM" else changed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", OBJECTS)
@given(data=st.data())
def test_objects_with_other_values(kind, good, folder, data):
    content = json.loads(good[kind])
    place, parent = content, None
    while isinstance(place, dict | list) and place and (parent is None or data.draw(st.booleans())):
        parent = place
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        place = place[key]
    parent[key] = data.draw(JSON)
    read(kind, json.dumps(content).encode(), folder)


# --- what no file may do -----------------------------------------------------------------------


class Marking:
    """An object whose pickle leaves a mark when it is unpacked."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (Path(self.mark),)


def carriers(mark):
    """Yield files that would leave a mark if anything in them was executed."""
    import pickle

    objects = np.array([Marking(mark)], dtype=object)
    pickled = pickle.dumps(Marking(mark))
    yield pickled
    for save in (np.save, lambda stream, array: np.savez(stream, format=array, data=array)):
        stream = io.BytesIO()
        save(stream, objects)
        yield stream.getvalue()
    code = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    yield code.encode()
    yield f"# columns = {code}\n0 0 0.1 1.0\n".encode()
    yield json.dumps({"format": code, "schema_version": code}).encode()
    yield f"!!python/object/apply:pathlib.Path.touch [{mark}]\n".encode()


@pytest.mark.parametrize("kind", READERS)
def test_nothing_in_a_file_is_executed(kind, folder, tmp_path):
    mark = tmp_path / "executed"
    for content in carriers(mark):
        read(kind, content, folder)
        assert not mark.exists()


@pytest.mark.parametrize("kind", ARCHIVES)
def test_no_entry_of_an_archive_is_unpickled(kind, good, folder, tmp_path):
    mark = tmp_path / "executed"
    with np.load(io.BytesIO(good[kind])) as archive:
        arrays = dict(archive)
    for name in arrays:
        stream = io.BytesIO()
        np.savez(stream, **{**arrays, name: np.array([Marking(mark)], dtype=object)})
        read(kind, stream.getvalue(), folder)
        assert not mark.exists(), name


@pytest.mark.parametrize("kind", READERS)
def test_what_is_no_regular_file(kind, folder, tmp_path):
    import os

    pipe = tmp_path / f"pipe-{READERS[kind].name}"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match="it is no regular file"):
        READERS[kind].load(pipe)
    with pytest.raises(DataError, match="it is a folder"):
        READERS[kind].load(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        READERS[kind].load(tmp_path / "nothing")
