"""Files that are written whole or not at all."""

from __future__ import annotations

import fcntl
import glob
import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pyNN_brainscales_emu.errors import DataError

#: Tells apart the files that the threads of this process write at the same time.
_NUMBERS: Final = itertools.count()


@contextmanager
def whole_file(
    kind: str,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = True,
    make_folder: bool = False,
) -> Iterator[Path]:
    """Give the path of a new file beside the one asked for, whose place it takes when written.

    A symbolic link stays, and what it points to is written. A file that is replaced hands on its
    mode. What writers that were killed have left behind for this path is removed.

    Parameters
    ----------
    kind : str
        What the file is, for messages.
    path : path
        Where the file shall be.
    overwrite : bool
        Whether a file of this name may be replaced.
    make_folder : bool
        Whether its folder is made; otherwise it must exist.

    Yields
    ------
    Path
        To write to. If writing fails, it is removed and what was at `path` stays.

    Raises
    ------
    DataError
        If the file cannot be written: its folder does not exist, it is a folder or a device, it
        exists and may not be replaced, or the system refuses it.
    """
    asked = checked_path(kind, path)
    try:
        target = Path(os.path.realpath(asked))
        if make_folder:
            with suppress(FileExistsError):  # a file is in its place, which the check tells
                target.parent.mkdir(parents=True, exist_ok=True)
        _check_place(f"{kind} {asked}", target, overwrite)
        _remove_leftovers(target)
        with _partial_file(target) as partial:
            yield partial
            _flush(partial)
            _hand_on_mode(target, partial)
            os.replace(partial, target)
    except OSError as error:
        raise DataError(
            f"{kind} {asked}: it cannot be written: {error.strerror or error}",
            remedy="Choose a path that you may write to.",
        ) from error


def companion(partial: Path, ending: str) -> Path:
    """Return the path of a second file beside a partial one, with an ending of its own.

    For writers that lock their file themselves, or mind its ending. It goes with the partial file,
    also if its writer is killed.
    """
    return partial.with_name(partial.name + ending)


def checked_path(kind: str, path: str | os.PathLike[str]) -> Path:
    """Return a path as `Path`.

    Raises
    ------
    DataError
        For something that is no path.
    """
    try:
        checked = Path(path)
    except TypeError:
        raise DataError(f"{kind}: no path", value=path, limit="a str or pathlib.Path") from None
    if "\0" in str(checked):
        raise DataError(f"{kind}: a path with a zero byte", value=str(checked))
    return checked


def _check_place(name: str, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise DataError(f"{name}: it is a folder", remedy="Add the name of a file.")
    if target.exists() and not target.is_file():
        raise DataError(f"{name}: it is no regular file", remedy="Choose another name.")
    if target.exists() and not overwrite:
        raise DataError(
            f"{name}: the file exists", remedy="Choose another name, or overwrite=True."
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise DataError(f"{name}: it is write-protected", remedy="Choose another name.")
    if not target.parent.is_dir():
        raise DataError(
            f"{name}: its folder does not exist",
            remedy="Make the folder first, or choose another path.",
        )


# --- partial files ---------------------------------------------------------------------------
#
# A partial file is locked by its writer as long as that lives: so one without a lock was left
# behind, whichever process, container or machine wrote it.


@contextmanager
def _partial_file(target: Path) -> Iterator[Path]:
    """Give a new, locked file beside `target`; what is left of it in the end is removed."""
    partial, lock = _new_partial_file(target)
    try:
        yield partial
    finally:
        _remove_companions(partial)
        partial.unlink(missing_ok=True)
        os.close(lock)


def _new_partial_file(target: Path) -> tuple[Path, int]:
    for number in _NUMBERS:
        partial = target.with_name(f"{target.name}.{os.getpid()}-{number}.part")
        try:
            lock = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:  # of a process with the same number elsewhere
            continue
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return partial, lock
        os.close(lock)  # it was taken for a leftover before it was locked
    raise AssertionError("the numbers do not end")


def _remove_leftovers(target: Path) -> None:
    """Remove partial files for `target` that no writer holds any longer."""
    pattern = re.compile(re.escape(target.name) + r"\.\d+(-\d+)?\.part")
    with suppress(OSError):  # a folder that may be written to but not listed
        for name in os.listdir(target.parent):
            if pattern.fullmatch(name):
                _remove_unless_held(target.with_name(name))


def _remove_unless_held(partial: Path) -> None:
    with suppress(OSError):  # held, gone already, or not ours to remove
        with open(partial, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_companions(partial)
            partial.unlink()


def _remove_companions(partial: Path) -> None:
    for path in partial.parent.glob(glob.escape(partial.name) + ".*"):
        path.unlink(missing_ok=True)


def _hand_on_mode(target: Path, partial: Path) -> None:
    with suppress(FileNotFoundError):
        partial.chmod(stat.S_IMODE(target.stat().st_mode))


def _flush(partial: Path) -> None:
    """Let the content reach the disk before the file takes its place."""
    file = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
