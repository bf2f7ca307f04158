"""Checks of populations, made when they are created, chosen from or used."""

from __future__ import annotations

import os
from collections.abc import Iterable
from operator import index
from typing import Any

import numpy as np
from neo.io.baseio import BaseIO
from pyNN.models import BaseCellType
from pyNN.standardmodels import ModelNotAvailable

from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.front_end_errors import CellIndexError, WrongKindError
from pyNN_brainscales_emu.simulator import state


def parts_of(cells: Any) -> list[Any]:
    """Return the populations and views of an assembly, or the population or view itself."""
    return list(getattr(cells, "populations", [cells]))


def require_present(cells: Any) -> None:
    """Raise unless cells belong to the present network.

    Raises
    ------
    NetworkError
        If `setup()` has replaced their network.
    """
    for part in parts_of(cells):
        state.require_present(part.root.session, f"Population {part.label!r}")


def checked_size(size: Any, label: str | None) -> int | tuple[int, ...]:
    """Return the size of a population, or of its grid, as plain integers.

    Raises
    ------
    NetworkError
        For something else, and if there would be no cell.
    """
    try:
        sizes = tuple(index(n) for n in (size if isinstance(size, tuple) else (size,)))
    except TypeError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise NetworkError(
            f"{_name(label)}: size", value=size, limit="an integer, at least 1 cell, or a tuple"
        )
    return sizes if isinstance(size, tuple) else sizes[0]


def check_label(what: str, label: Any) -> None:
    """Raise unless a label is a text or None.

    Raises
    ------
    WrongKindError
    """
    if not (label is None or isinstance(label, str)):
        raise WrongKindError(f"{what}: label", value=label, limit="a text, or None")


def check_cell_class(cellclass: Any, label: str | None) -> None:
    """Raise unless something is a cell type, or an instance of one.

    Raises
    ------
    WrongKindError
    """
    known = (BaseCellType, ModelNotAvailable)
    if not (
        issubclass(cellclass, known)
        if isinstance(cellclass, type)
        else isinstance(cellclass, known)
    ):
        raise WrongKindError(
            f"{_name(label)}: cell type",
            value=cellclass,
            limit="a cell type, such as IF_cond_exp(tau_m=10.0)",
        )


def checked_variables(what: str, variables: Any) -> str | list[str]:
    """Return names of variables: ``'all'``, or a list of them.

    Raises
    ------
    WrongKindError
    """
    if isinstance(variables, str):
        return variables if variables == "all" else [variables]
    names = list(variables) if isinstance(variables, Iterable) else [variables]
    if not all(isinstance(name, str) for name in names):
        raise WrongKindError(
            f"{what}: variables",
            value=variables,
            limit="a name such as 'spikes', or a list of them",
        )
    return names


def recording_file(what: str, file: Any) -> Any:
    """Return what is written to when the simulation ends: a path as str, an IO object, or None.

    Raises
    ------
    WrongKindError
    """
    if isinstance(file, str | os.PathLike):
        return os.fspath(file)
    if not (file is None or isinstance(file, bool | BaseIO)):
        raise WrongKindError(what, value=file, limit="a path, an IO object of Neo, or None")
    return file


def _name(label: str | None) -> str:
    return f"Population {label!r}" if label else "Population"


def n_chosen(parent: Any, selector: Any) -> int:
    """Return how many cells of a population or view are chosen.

    Raises
    ------
    CellIndexError
        If there are no such cells.
    """
    try:
        return int(np.size(parent.all_cells[selector]))
    except IndexError as error:
        raise CellIndexError(
            f"View of {parent.label!r}: cells", value=selector, limit=f"0 to {parent.size - 1}"
        ) from error
