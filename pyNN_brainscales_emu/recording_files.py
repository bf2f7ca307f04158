"""Recorded data in files of Neo: written whole or not at all, whatever becomes of the writer."""

from __future__ import annotations

import faulthandler
import fcntl
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, Final, NoReturn

import neo
from pyNN.recording import get_io

from pyNN_brainscales_emu.errors import BrainScaleSError, DataError
from pyNN_brainscales_emu.files.whole import companion, whole_file

KIND: Final = "recorded data"
#: Formats whose files may hold several blocks; a new one joins those that are there, as in PyNN.
_APPENDED: Final = (".nix", ".h5")
#: Files that HDF5 writes: it ends the process if the disk fills under it.
_HDF5: Final = (".nix", ".h5", ".nwb")
#: So many bytes of a message a child process tells; they fit into a pipe.
_LONGEST_ANSWER: Final = 4000


def write_block(block: neo.Block, target: Any) -> None:
    """Write recorded data.

    Parameters
    ----------
    block : neo.Block
    target : str or IO object of Neo
        A path, whose ending names the format; its folder is made. What was there stays if
        writing fails. An IO object has opened its file already: what becomes of that if writing
        fails is the object's matter.

    Raises
    ------
    DataError
        If the data cannot be written; it names the file and the reason.
    """
    if isinstance(target, str):
        _write_file(block, Path(target))
        return
    path = getattr(target, "filename", None)
    try:
        target.write_block(block)
    except Exception as error:  # of any writer of Neo
        raise _not_written(path, error) from error


def _write_file(block: neo.Block, path: Path) -> None:
    ending = path.suffix
    with ExitStack() as held, whole_file(KIND, path, make_folder=True) as partial:
        # A file beside the partial one: HDF5 locks its files itself, and the writer of MATLAB
        # files minds the ending.
        written = companion(partial, ending)
        if ending in _APPENDED and path.exists():
            shutil.copyfile(path, written)
        try:
            if ending in _HDF5:
                _in_child(lambda: _write(block, written))
            else:
                _write(block, written)
        except BrainScaleSError:
            raise
        except Exception as error:  # of any writer of Neo
            raise _not_written(path, error) from error
        file = held.enter_context(open(written, "rb"))
        fcntl.flock(file, fcntl.LOCK_EX)  # it is the partial file from now on
        os.replace(written, partial)


def _write(block: neo.Block, path: Path) -> None:
    io = get_io(str(path))
    try:
        io.write_block(block)
    finally:
        if hasattr(io, "close"):
            io.close()


def _not_written(path: Any, error: Exception) -> DataError:
    told = str(error) if isinstance(error, _WriterError) else f"{type(error).__name__}: {error}"
    reason = told.splitlines()[0].rstrip(". ")
    missing = isinstance(error, ImportError | AssertionError) or "not available" in str(error)
    return DataError(
        f"{KIND} {path}: they cannot be written ({reason})",
        remedy="pip install 'pyNN-brainscales-emu[io]', or choose a name with .pkl."
        if missing
        else "Choose a disk with space, or another format (.pkl, .mat, .nix, .nwb).",
    )


# --- in a process of its own -------------------------------------------------------------------


class _WriterError(Exception):
    """What a writer in a child process raised, or the signal that ended it."""


def _in_child(write: Callable[[], None]) -> None:
    """Call a function in a forked process, so that a crash of it is only an error here.

    Raises
    ------
    _WriterError
        If it raises, or its process ends early.
    """
    reader, writer = os.pipe()
    child = _forked()
    if child == 0:
        os.close(reader)
        _write_and_exit(write, writer)
    os.close(writer)
    try:
        with os.fdopen(reader, encoding="utf-8") as answer:
            told = answer.read()
    except BaseException:  # Ctrl-C
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        raise _WriterError(f"HDF5 was ended by {name}: the disk is full, or a limit is reached")
    if status:
        raise _WriterError(told)


def _forked() -> int:
    """Fork while no other thread is within HDF5, whose lock nobody would give back in the child."""
    objects = sys.modules.get("h5py._objects")
    with warnings.catch_warnings(), getattr(objects, "phil", nullcontext()):
        # Python warns of threads that the child does not have; none is needed to write a file.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _write_and_exit(write: Callable[[], None], answer: int) -> NoReturn:
    """End a child process without a word of its own; what went wrong is its answer."""
    status = 1
    try:
        faulthandler.disable()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # HDF5 prints what it fails over
        write()
        status = 0
    except BaseException as error:
        os.write(answer, f"{type(error).__name__}: {error}".encode()[:_LONGEST_ANSWER])
    finally:
        os._exit(status)
