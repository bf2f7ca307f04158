"""Arguments of calls that many objects have: names, cells, files and annotations."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from neo.io.baseio import BaseIO
from pyNN.recording.files import BaseFile

from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.front_end_errors import CellIndexError, WrongKindError

#: Formats that PyNN writes recorded data in.
ENDINGS: Final = (".nix", ".h5", ".nwb", ".pkl", ".pickle", ".mat")


def checked_annotations(what: str, given: Any) -> dict[str, Any]:
    """Return annotations as a dict; None stands for none.

    Raises
    ------
    WrongKindError
    """
    if given is None:
        return {}
    if not (isinstance(given, Mapping) and all(isinstance(name, str) for name in given)):
        raise WrongKindError(what, value=given, limit="a mapping by name, or None")
    return dict(given)


def check_locations(what: str, locations: Any) -> None:
    """Raise `WrongKindError` for places within a neuron, which has one compartment here."""
    if locations is not None:
        raise WrongKindError(
            f"{what}: locations", value=locations, limit="None: neurons have one compartment"
        )


def checked_variables(what: str, variables: Any) -> str | list[str]:
    """Return names of variables: ``'all'``, or a list of them.

    Raises
    ------
    WrongKindError
    """
    if isinstance(variables, str) and variables == "all":
        return variables
    return names_of(f"{what}: variables", variables, "a name like 'spikes', or a list of them")


def names_of(what: str, given: Any, limit: str) -> list[str]:
    """Return names, of which one or several were given.

    Raises
    ------
    WrongKindError
    """
    names = [given] if isinstance(given, str) or not _is_iterable(given) else list(given)
    if not all(isinstance(name, str) for name in names):
        raise WrongKindError(what, value=given, limit=limit)
    return [str(name) for name in names]


def _is_iterable(given: Any) -> bool:
    return isinstance(given, Iterable) and getattr(given, "ndim", 1) > 0


def recording_file(what: str, file: Any) -> Any:
    """Return what is written to when the simulation ends: a path as str, an IO object, or None.

    Raises
    ------
    WrongKindError
    """
    return file if file is None or isinstance(file, bool) else checked_output(what, file)


def checked_output(what: str, file: Any) -> Any:
    """Return what data can be written to: a path as str, or an IO object of Neo.

    Raises
    ------
    WrongKindError
    """
    if isinstance(file, str | os.PathLike):
        path = os.fspath(file)
        if os.path.splitext(path)[1] not in ENDINGS:
            raise WrongKindError(what, value=path, limit=f"a file name with {', '.join(ENDINGS)}")
        return path
    if not isinstance(file, BaseIO):
        raise WrongKindError(what, value=file, limit="a path, or an IO object of Neo")
    return file


@contextmanager
def positions_file(what: str, file: Any) -> Iterator[Any]:
    """Give what positions are written to: a file of PyNN as it is, for a path one in its place.

    Raises
    ------
    WrongKindError
        For something else.
    DataError
        If the file cannot be written.
    """
    if isinstance(file, BaseFile):
        yield file
        return
    if not isinstance(file, str | os.PathLike):
        raise WrongKindError(f"{what}: file", value=file, limit="a path, or a file of PyNN")
    with whole_file("positions", file) as partial:
        yield str(partial)


def cell_numbers(what: str, cells: Any) -> Any:
    """Return the number of a cell, or an array of those of several.

    Raises
    ------
    CellIndexError
        For something that is no cell.
    """
    if not np.iterable(cells):
        try:
            return operator.index(cells)
        except TypeError:
            raise not_here(what, cells) from None
    given = np.asarray(getattr(cells, "all_cells", cells))
    try:
        numbers = given.astype(np.int64) if given.dtype.kind in "iuO" else None
    except (TypeError, ValueError, OverflowError):
        numbers = None
    if numbers is None or numbers.ndim != 1 or not numbers.size:
        raise not_here(what, cells)
    return numbers


def not_here(what: str, cells: Any) -> CellIndexError:
    """Return the error for cells that a group does not have."""
    return CellIndexError(f"{what}: no such cell", value=cells, limit="cells of this group")
