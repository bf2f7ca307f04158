"""Checks of populations, made when they are created, chosen from or used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Number
from operator import index
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyNN.common.populations import BasePopulation
from pyNN.models import BaseCellType, BaseCurrentSource
from pyNN.space import BaseStructure
from pyNN.standardmodels import ModelNotAvailable

from pyNN_brainscales_emu.errors import CapacityError, NetworkError
from pyNN_brainscales_emu.front_end_errors import CellIndexError, WrongKindError
from pyNN_brainscales_emu.machine_memory import memory_limit
from pyNN_brainscales_emu.simulator import state

#: Memory in bytes that a cell takes at least: its identity, and its parameters.
_BYTES_PER_CELL: Final = 256


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
    CapacityError
        For more cells than this machine can hold.
    """
    try:
        sizes = tuple(index(n) for n in (size if isinstance(size, tuple) else (size,)))
    except TypeError:
        sizes = ()
    memory = memory_limit()
    if sizes and memory is not None and math.prod(sizes) * _BYTES_PER_CELL > memory:
        raise CapacityError(
            f"{_name(label)}: so many cells are too many for this machine",
            value=size,
            limit=f"{memory / _BYTES_PER_CELL:.2g} cells in {memory / 2**30:.3g} GiB of memory",
        )
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


def check_plain_label(what: str, label: Any) -> None:
    """Raise unless a label is a text, or a number or bytes, which old scripts give; or None.

    Raises
    ------
    WrongKindError
    """
    if not (label is None or isinstance(label, str | bytes | Number)):
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


def check_options(label: str | None, cellparams: Any, structure: Any, initial: Any) -> None:
    """Raise unless options of a population are of their kind; None stands for defaults.

    Raises
    ------
    WrongKindError
    """
    for what, value, kind, limit in (
        ("cellparams", cellparams, Mapping, "parameters by name, or None"),
        ("initial_values", initial, Mapping, "initial values by the name of the state variable"),
        ("structure", structure, BaseStructure, "a structure of pyNN.space, such as Grid2D()"),
    ):
        if value is not None and not isinstance(value, kind):
            raise WrongKindError(f"{_name(label)}: {what}", value=value, limit=limit)


def check_parameters_given_once(label: str | None, cellclass: Any, cellparams: Any) -> None:
    """Raise if a cell type has its parameters already, and others are given beside it.

    Raises
    ------
    WrongKindError
    """
    if cellparams is not None and not isinstance(cellclass, type):
        raise WrongKindError(
            f"{_name(label)}: cellparams, beside a cell type that has its parameters",
            value=cellparams,
            limit="None",
            remedy="Give them to the cell type: IF_cond_exp(**parameters).",
        )


def checked_positions(owner: str, positions: Any, size: int) -> NDArray[np.float64]:
    """Return positions of cells as an array (3, size), in um.

    Raises
    ------
    WrongKindError
        For something else, and for numbers that are not finite.
    """
    try:
        array = np.array(positions, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != (3, size) or not np.isfinite(array).all():
        raise WrongKindError(
            f"{owner}: positions", value=positions, limit=f"finite numbers, x, y and z of {size}"
        )
    return array


def check_cells(what: str, cells: Any) -> None:
    """Raise unless something is a population or a view.

    Raises
    ------
    WrongKindError
    """
    if not isinstance(cells, BasePopulation):
        raise WrongKindError(what, value=cells, limit="a Population or PopulationView")


def check_current_source(owner: str, source: Any) -> None:
    """Raise unless something is a current source.

    Raises
    ------
    WrongKindError
    """
    if not isinstance(source, BaseCurrentSource):
        raise WrongKindError(f"{owner}: current source", value=source, limit="a DCSource")


def _name(label: str | None) -> str:
    return f"Population {label!r}" if label else "Population"


#: How cells are chosen.
CHOICES: Final = "numbers of cells, a slice, a list or array of numbers, or a mask"


def n_chosen(parent: Any, selector: Any) -> int:
    """Return how many cells of a population or view are chosen.

    Raises
    ------
    CellIndexError
        If there are no such cells.
    """
    check_cells("PopulationView: parent", parent)
    if selector is None or isinstance(selector, bool):
        raise CellIndexError(f"View of {parent.label!r}: cells", value=selector, limit=CHOICES)
    try:
        return int(np.size(parent.all_cells[selector]))
    except IndexError as error:
        raise CellIndexError(
            f"View of {parent.label!r}: cells", value=selector, limit=f"0 to {parent.size - 1}"
        ) from error
