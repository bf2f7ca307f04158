import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.hdf5 import new_file
from pyNN_brainscales_emu.files.whole import whole_file

LISTS = FileFormat(kind="list", version=1, remedy="Make a list.")


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
    with new_file(LISTS, path, overwrite=False) as file:
        file["values"] = [1, 2]
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), new_file(LISTS, path, overwrite=True) as file:
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(DataError, match="its folder does not exist"):
        new_file(LISTS, tmp_path / "no" / "list.h5", overwrite=True).__enter__()


def test_threads_that_write_one_file_do_not_mix(tmp_path):
    path = tmp_path / "list.txt"
    texts = [letter * 20_000 for letter in "abcd"]

    def write_often(text):
        for _ in range(50):
            write(path, text)

    write(path, texts[0])
    threads = [threading.Thread(target=write_often, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path, exists):
    (tmp_path / "scratch").mkdir()
    real, link = tmp_path / "scratch" / "list.txt", tmp_path / "link.txt"
    if exists:
        real.write_text("old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_text() == "new"
    with pytest.raises(DataError, match=r"link\.txt: the file exists"):
        write(link, overwrite=False)


def test_links_in_a_circle_are_told(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DataError, match=r"list .*a: it cannot be written"):
        write(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_a_file_that_is_replaced_hands_on_its_mode(tmp_path, mode):
    path = tmp_path / "list.txt"
    path.write_text("old")
    path.chmod(mode)
    write(path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", mode)


def test_a_new_file_has_the_mode_of_any_other(tmp_path):
    (tmp_path / "other.txt").touch()
    write(tmp_path / "list.txt")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match="pipe: it is no regular file"):
        write(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


KILLED = """
import os, signal, sys
from pyNN_brainscales_emu.files.whole import whole_file
with whole_file("list", sys.argv[1]) as partial:
    partial.write_text("half")
    print(partial.name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path):
    path = tmp_path / "list[1].txt"
    write(path, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, text=True)
    assert killed.returncode == -signal.SIGKILL
    left = tmp_path / killed.stdout.strip()
    assert (path.read_text(), left.read_text()) == ("old", "half")
    of_others = [tmp_path / name for name in ("list.txt.1-2.part", "list[1].txt.my.part")]
    for other in of_others:
        other.touch()
    write(path)
    assert not left.exists()
    assert all(other.exists() for other in of_others)


def test_what_another_writer_holds_is_left_to_it(tmp_path):
    path = tmp_path / "list.txt"
    with whole_file("list", path) as first:
        first.write_text("first")
        write(path, "second")
        assert path.read_text() == "second"
        assert first.read_text() == "first"
    assert path.read_text() == "first"


def test_without_locks_files_are_written_all_the_same(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refused)
    left = tmp_path / "list.txt.1-1.part"
    left.touch()
    write(tmp_path / "list.txt")
    assert (tmp_path / "list.txt").read_text() == "new"
    assert left.exists()  # nobody knows whose it is


def test_a_path_with_a_zero_byte_is_told():
    with pytest.raises(DataError, match="a path with a zero byte"):
        write("a\0b")


FULL = """
import resource, signal, sys
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.hdf5 import new_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with new_file(FileFormat("list", 1, ""), sys.argv[1], overwrite=True) as file:
        file["values"] = list(range(10_000))
except DataError as error:
    print(error)
"""


@pytest.mark.parametrize("n_bytes", [0, 1000, 40_000])
def test_a_disk_that_fills_while_hdf5_is_written(tmp_path, n_bytes):
    """A limit on the size of files stands for the disk."""
    pytest.importorskip("h5py")
    path = tmp_path / "list.h5"
    path.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, path, str(n_bytes)], capture_output=True, text=True, check=True
    )
    assert "list.h5: it cannot be written: File too large" in done.stdout
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
