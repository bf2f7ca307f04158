import os
import sys

import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hdf5_files import new_file
from pyNN_brainscales_emu.whole_files import whole_file


def write(path, text="new", **options):
    with whole_file("list", path, **options) as partial:
        partial.write_text(text)


def test_a_file_takes_its_place_when_it_is_written(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("old")
    with whole_file("list", str(path)) as partial:
        partial.write_text("new")
        assert partial.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("old")

    def write_half():
        with whole_file("list", path) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/such/list.txt", "its folder does not exist. Make the folder first"),
        ("file/list.txt", "its folder does not exist. Make the folder first"),
        ("folder", "it is a folder. Add the name of a file."),
        ("x" * 300, "it cannot be written: File name too long. Choose a path"),
    ],
)
def test_the_path_asked_for_is_named(tmp_path, name, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(DataError) as error:
        write(tmp_path / name)
    assert str(error.value).startswith(f"list {tmp_path / name}: {message}")
    assert ".part" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_file_that_must_not_be_replaced(tmp_path):
    path = tmp_path / "list.txt"
    write(path, "old", overwrite=False)
    with pytest.raises(DataError, match=r"list .*list\.txt: the file exists.*overwrite=True"):
        write(path, overwrite=False)
    assert path.read_text() == "old"


def test_what_the_system_refuses_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    message = r"list.txt: it cannot be written: No space left on device\. "
    with pytest.raises(DataError, match=message):
        write(tmp_path / "list.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_is_write_protected(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"list.txt: it cannot be written: Permission denied"):
        write(tmp_path / "list.txt")


def test_folders_are_made_where_that_is_wanted(tmp_path):
    write(tmp_path / "a" / "b" / "list.txt", make_folder=True)
    assert (tmp_path / "a" / "b" / "list.txt").read_text() == "new"
    with pytest.raises(DataError, match="its folder does not exist"):
        write(tmp_path / "a" / "b" / "list.txt" / "c.txt", make_folder=True)


@pytest.mark.parametrize("path", [3, None, b"list.txt"])
def test_a_path_that_is_none(path):
    with pytest.raises(DataError, match=r"list: no path; got .*; allowed: a str or pathlib\.Path"):
        write(path)


def test_hdf5_files_are_written_so(tmp_path):
    pytest.importorskip("h5py")
    path = tmp_path / "list.h5"
    with new_file("list", path, overwrite=False) as file:
        file["values"] = [1, 2]
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), new_file("list", path, overwrite=True) as file:
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(DataError, match="its folder does not exist"):
        new_file("list", tmp_path / "no" / "list.h5", overwrite=True).__enter__()
