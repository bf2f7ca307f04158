"""Files of connections: read as tables of numbers, and never executed."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from pyNN.recording.files import NumpyBinaryFile, PickleFile, StandardTextFile

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.connection_files import path_of, read_connections


@pytest.fixture
def cells():
    sim.setup(substrate="ideal")
    return sim.Population(4, sim.IF_cond_exp(), label="cells")


def made(cells, file, **options):
    projection = sim.Projection(cells, cells, sim.FromFileConnector(file, **options), label="pr")
    return [tuple(row) for row in projection.get(["weight", "delay"], "list")]


HEADERS = [
    "open({mark!r}, 'w').close() or ['weight', 'delay']",
    "[open({mark!r}, 'w').close(), 'weight']",
    "__import__('pathlib').Path({mark!r}).touch()",
    "(lambda: open({mark!r}, 'w'))()",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", ["columns", "other"])
def test_what_stands_in_a_header_is_not_executed(cells, tmp_path, header, name):
    path, mark = tmp_path / "list.txt", tmp_path / "executed"
    path.write_text(f"# {name} = {header.format(mark=str(mark))}\n0 0 0.001 1.0\n")
    if name == "columns":
        with pytest.raises(sim.DataError, match=r"list\.txt: the header names no columns"):
            made(cells, path)
    else:
        assert made(cells, path) == [(0, 0, 0.001, 1.0)]
    assert not mark.exists()


class Dangerous:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (self.mark, "w")


@pytest.mark.parametrize("kind", [PickleFile, NumpyBinaryFile])
def test_files_of_pickles_are_refused_unread(cells, tmp_path, kind):
    path, mark = tmp_path / "list.bin", tmp_path / "executed"
    path.write_bytes(pickle.dumps(Dangerous(str(mark))))
    file = kind(str(path), mode="rb")
    with pytest.raises(sim.WrongKindError, match=r"FromFileConnector: file.*may hold programs"):
        made(cells, file)
    file.close()
    with pytest.raises(sim.DataError, match=r"list\.bin: the file is damaged"):
        made(cells, path)
    assert not mark.exists()


def test_what_was_saved_is_connected_again(cells, tmp_path):
    rng = np.random.default_rng(1)
    table = [(i, j, *rng.uniform(0.1, 2.0, 2)) for i in range(4) for j in range(3)]
    first = sim.Projection(cells, cells, sim.FromListConnector(table))
    path = str(tmp_path / "list.txt")
    first.save("all", path)
    expected = [tuple(row) for row in first.get(["weight", "delay"], "list")]
    np.testing.assert_allclose(made(cells, path), expected)
    file = StandardTextFile(path, mode="r")
    np.testing.assert_allclose(made(cells, file), expected)
    file.close()
    first.save(["weight"], path)
    np.testing.assert_allclose(made(cells, path), [(*row[:3], 0.1) for row in expected])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2\n3 0\n", [(1, 2, 0.0, 0.1), (3, 0, 0.0, 0.1)]),
        ("# columns = ('i', 'j', 'delay')\n1 2 0.5\n", [(1, 2, 0.0, 0.5)]),
        ("# of 2026\n#columns=['delay', 'weight']\n1 2 0.5 2\n", [(1, 2, 2.0, 0.5)]),
        ("1 2 0.5 1.0 # the first\n\n", [(1, 2, 0.5, 1.0)]),
        ("# columns = ['weight']\n", []),
        ("", []),
    ],
)
def test_forms_of_a_file(cells, tmp_path, text, expected):
    path = tmp_path / "list.txt"
    path.write_text(text)
    assert made(cells, path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 a 2 3\n", "the file is damaged"),
        ("1 2 3 4\n1 2\n", "the file is damaged"),
        ("\0\0\0\0", "the file is damaged"),
        ("# columns = 5\n1 2 3 4\n", "the header names no columns"),
        ("# columns = ['weight', 5]\n1 2 3 4\n", "the header names no columns"),
        ("# columns = " + "[" * 5000 + "\n1 2 3 4\n", "the header names no columns"),
        ("# columns = " + " " * 20_000 + "['weight']\n1 2 3\n", "list of columns does not end"),
        ("# columns = ['j', 'i', 'weight']\n1 2 3\n", "are not the first two columns"),
        ("# columns = ['wieght']\n1 2 3\n", "got 'wieght'"),
        ("# columns = ['weight']\n1 2 3 4\n", "number of columns; got 4"),
        ("1 2 3\n", "number of columns; got 3"),
        ("1 7 3 4\n", "index in line 0"),
        ("1 1.5 3 4\n", "index in line 0"),
        ("nan 1 3 4\n", "index in line 0"),
    ],
)
def test_files_that_cannot_be(cells, tmp_path, text, message):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(sim.BrainScaleSError, match=message):
        made(cells, path)


def test_files_for_each_process_are_neither_renamed_nor_removed(cells, tmp_path):
    (tmp_path / "list.txt").write_text("0 0 0.5 1.0\n")
    (tmp_path / "list.txt.0").write_text("1 2 0.5 1.0\n")
    assert made(cells, str(tmp_path / "list.txt"), distributed=True) == [(1, 2, 0.5, 1.0)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.txt", "list.txt.0"]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_that_is_not_there_makes_no_folder(cells, tmp_path, kind):
    with pytest.raises(sim.DataError, match=r"connections .*list\.txt: there is no such file"):
        made(cells, kind(tmp_path / "no" / "list.txt"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", [5, None, b"list.txt", ["list.txt"]])
def test_what_is_no_file(file):
    with pytest.raises(sim.WrongKindError, match="FromFileConnector: file"):
        path_of(file)


def test_compressed_files_are_not_unpacked(tmp_path):
    path = tmp_path / "list.txt.gz"
    path.write_text("1 2\n")
    table, names = read_connections(path)
    assert (table.tolist(), names) == ([[1.0, 2.0]], None)
