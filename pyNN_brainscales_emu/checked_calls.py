"""Calls of populations and views: what is of a wrong kind is refused before PyNN fails over it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from neo.io.baseio import BaseIO
from pyNN import common

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.connector_arguments import check_generator, whole_number
from pyNN_brainscales_emu.front_end_errors import CellIndexError, WrongKindError
from pyNN_brainscales_emu.population_checks import CHOICES, check_cells

#: Formats that PyNN writes recorded data in.
ENDINGS: Final = (".nix", ".h5", ".nwb", ".pkl", ".pickle", ".mat")


class CheckedCalls:
    """Mixin of populations and views, before PyNN's class, which it checks arguments for."""

    size: int
    label: str
    celltype: Any

    @property
    def _owner(self) -> str:
        """What messages call these cells."""
        return f"Population {self.label!r}"

    def __getitem__(self, index: Any) -> Any:
        """Return one cell, or a view of several; see PyNN.

        Raises
        ------
        CellIndexError
            If there are no such cells.
        WrongKindError
            For something that chooses no cells.
        """
        try:
            return super().__getitem__(index)  # type: ignore[misc]
        except TypeError as error:
            raise WrongKindError(f"{self._owner}: cells", value=index, limit=CHOICES) from error
        except IndexError as error:
            raise CellIndexError(
                f"{self._owner}: cells", value=index, limit=f"0 to {self.size - 1}"
            ) from error

    def record(
        self,
        variables: Any,
        to_file: Any = None,
        sampling_interval: Any = None,
        locations: Any = None,
    ) -> None:
        """Record variables of all cells; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no name of a variable, or no file.
        pyNN.errors.RecordingError
            For a variable that cells of this type do not have.
        """
        if variables is not None:  # which ends all recording
            variables = checked_variables(f"{self._owner}: record()", variables)
            if variables == "all":
                raise WrongKindError(
                    f"{self._owner}: record('all'): variables are named one by one",
                    value="all",
                    limit=", ".join(self.celltype.recordable),
                    remedy="Write record(['spikes', 'v']).",
                )
        file = recording_file(f"{self._owner}: record(): to_file", to_file)
        super().record(variables, file, sampling_interval, locations)  # type: ignore[misc]
        if isinstance(file, BaseIO):  # PyNN writes what has a name only
            simulator.state.write_on_end.append((self, variables, file))

    def get_data(
        self, variables: Any = "all", gather: Any = True, clear: bool = False, locations: Any = None
    ) -> Any:
        """Return recorded data as a Neo `Block`; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no name of a variable.
        RecordingError
            If nothing has run yet, or `setup()` has replaced the network.
        """
        names = checked_variables(f"{self._owner}: get_data()", variables)
        return super().get_data(names, gather, clear, locations)  # type: ignore[misc]

    def __add__(self, other: Any) -> Any:
        """Return an assembly of these and other cells."""
        if isinstance(other, common.Assembly):
            return NotImplemented
        check_cells(f"{self._owner}: cells to add", other)
        return super().__add__(other)  # type: ignore[misc]

    def nearest(self, position: Any) -> Any:
        """Return the cell that is closest to a position (x, y, z); see PyNN."""
        try:
            place = np.asarray(position, dtype=np.float64)
        except (TypeError, ValueError):
            place = np.empty(0)
        if place.shape != (3,):
            raise WrongKindError(
                f"{self._owner}: nearest(): position", value=position, limit="(x, y, z) in um"
            )
        return super().nearest(place)  # type: ignore[misc]

    def sample(self, n: Any, rng: Any = None) -> Any:
        """Return a view of `n` cells drawn at random; see PyNN."""
        number = whole_number(f"{self._owner}: sample(): n", n)
        check_generator(f"{self._owner}: sample(): rng", rng)
        return super().sample(number, rng)  # type: ignore[misc]

    def get(self, parameter_names: Any, gather: bool = False, simplify: bool = True) -> Any:
        """Return parameters as asked for; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no name of a parameter.
        pyNN.errors.NonExistentParameterError
            If the model has no such parameter.
        """
        names = self._names("get()", parameter_names)
        values = super().get(names, gather, simplify)  # type: ignore[misc]
        return values[0] if isinstance(parameter_names, str) else values

    def write_data(self, io: Any, *args: Any, **kwargs: Any) -> None:
        """Write recorded data to a file; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no file, and for formats that are not known.
        """
        file = checked_output(f"{self._owner}: write_data(): io", io)
        super().write_data(file, *args, **kwargs)  # type: ignore[misc]

    def _names(self, what: str, given: Any) -> list[str]:
        limit = "a name of a parameter, such as 'tau_m', or a list of them"
        return names_of(f"{self._owner}: {what}", given, limit)


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
