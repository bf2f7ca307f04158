"""Calls of populations and views: what is of a wrong kind is refused before PyNN fails over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from neo.io.baseio import BaseIO
from pyNN import common, errors

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.call_arguments import (
    cell_numbers,
    check_locations,
    checked_annotations,
    checked_output,
    checked_variables,
    names_of,
    not_here,
    recording_file,
)
from pyNN_brainscales_emu.checked_group import CheckedGroup
from pyNN_brainscales_emu.front_end_errors import WrongKindError
from pyNN_brainscales_emu.population_checks import check_cells


class CheckedCalls(CheckedGroup):
    """Mixin of populations and views, before PyNN's class, which it checks arguments for."""

    group_kind = "Population"
    celltype: Any

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
        check_locations(f"{self._owner}: record()", locations)
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
        check_locations(f"{self._owner}: get_data()", locations)
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

    def write_data(
        self,
        io: Any,
        variables: Any = "all",
        gather: Any = True,
        clear: bool = False,
        annotations: Mapping[str, Any] | None = None,
        locations: Any = None,
    ) -> None:
        """Write recorded data to a file, whole or not at all; see PyNN.

        They are cleared, if that is asked for, when the file is written.

        Raises
        ------
        WrongKindError
            For something that is no file, and for formats that are not known.
        RecordingError
            If nothing has run yet, or `setup()` has replaced the network.
        DataError
            If the file cannot be written.
        """
        what = f"{self._owner}: write_data()"
        file = checked_output(f"{what}: io", io)
        names = checked_variables(what, variables)
        check_locations(what, locations)
        notes = checked_annotations(f"{what}: annotations", annotations)
        super().write_data(file, names, gather, clear, notes, locations)  # type: ignore[misc]

    def id_to_index(self, id: Any) -> Any:
        """Return the index of a cell, or of several; see PyNN.

        Raises
        ------
        CellIndexError
            For something that is no cell of these.
        """
        numbers = cell_numbers(f"{self._owner}: id_to_index()", id)
        try:
            return super().id_to_index(numbers)  # type: ignore[misc]
        except (ValueError, IndexError) as error:
            raise not_here(f"{self._owner}: id_to_index()", id) from error

    id_to_local_index = id_to_index

    def is_local(self, id: Any) -> bool:
        """Return True: there is one process, so every cell of these is local."""
        self.id_to_index(id)
        return True

    def find_units(self, variable: Any) -> str:
        """Return the unit of a variable or parameter, by its name."""
        name = getattr(variable, "name", variable)
        units: Mapping[str, str] = self.celltype.units
        if not (isinstance(name, str) and name in units):
            model = type(self.celltype).__name__
            raise errors.NonExistentParameterError(name, model, list(units))
        return units[name]

    def _names(self, what: str, given: Any) -> list[str]:
        limit = "a name of a parameter, such as 'tau_m', or a list of them"
        return names_of(f"{self._owner}: {what}", given, limit)
