"""Lists of connections in text files, as ``Projection.save`` writes them.

One connection a line: the index of the presynaptic cell, that of the postsynaptic one, and values
of its parameters. Lines that begin with ``#`` are comments, but for one of the form
``# columns = ["i", "j", "weight", "delay"]``, which names the columns.

PyNN's own reader of such files executes what stands behind the equals sign, and its other formats
are pickled objects, which can hold programs. Here a file is data.
"""

from __future__ import annotations

import ast
import os
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyNN.recording.files import StandardTextFile

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import readable_file
from pyNN_brainscales_emu.front_end_errors import WrongKindError

_KIND: Final = "connections"
_REMEDY: Final = "Projection.save('all', path) writes such files."
#: Columns of the indices, which may be named in the file but are always the first two.
_INDICES: Final = ("i", "j")
#: More than that no header has.
_LONGEST_HEADER: Final = 10_000


def path_of(file: Any) -> Path:
    """Return the path of a file of connections.

    Parameters
    ----------
    file : str, path or pyNN.recording.files.StandardTextFile

    Raises
    ------
    WrongKindError
        For anything else, also PyNN's formats that hold pickled objects.
    """
    if isinstance(file, StandardTextFile):
        file = file.name
    if not isinstance(file, str | os.PathLike):
        raise WrongKindError(
            "FromFileConnector: file",
            value=file,
            limit="the path of a text file, or a StandardTextFile",
            remedy="Files of other formats may hold programs, and are not read: save the "
            "connections as text, or read them yourself and use FromListConnector.",
        )
    return Path(os.fspath(file))


def read_connections(path: Path) -> tuple[NDArray[np.float64], list[str] | None]:
    """Return the list of connections in a file.

    Returns
    -------
    table : (n, columns) float64
    names : list of str or None
        Names of the columns after the second, if the file has them.

    Raises
    ------
    DataError
        If the file cannot be read, or is no table of numbers.
    """
    with readable_file(_KIND, path, _REMEDY) as found:
        names = _column_names(found)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "loadtxt: input contained no data")
            with found.open(encoding="utf-8") as file:  # NumPy would unpack what ends in .gz
                table = np.loadtxt(file, dtype=np.float64, ndmin=2)
    return table if table.size else np.empty((0, 2)), names


def _column_names(path: Path) -> list[str] | None:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                return None
            name, _, value = line[1:].partition("=")
            if name.strip() == "columns":
                return _without_indices(_literal(value), path)
    return None


def _literal(text: str) -> Any:
    """Return what a list or tuple of texts says; nothing in it is executed."""
    if len(text) > _LONGEST_HEADER:
        raise ValueError("the list of columns does not end")
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _without_indices(names: Any, path: Path) -> list[str]:
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise DataError(
            f"{_KIND} {path}: the header names no columns",
            limit='# columns = ["i", "j", "weight", "delay"]',
            remedy=_REMEDY,
        )
    if any(name in _INDICES for name in names) and tuple(names[:2]) != _INDICES:
        raise DataError(
            f"{_KIND} {path}: the indices of the cells are not the first two columns",
            value=names,
            limit=f"{list(_INDICES)}, and the names of the other columns",
        )
    return [name for name in names if name not in _INDICES]
