"""Calls of assemblies: what is of a wrong kind is refused before PyNN fails over it."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import common
from pyNN.common.populations import BasePopulation

from pyNN_brainscales_emu.call_arguments import cell_numbers, names_of, not_here
from pyNN_brainscales_emu.checked_group import CheckedGroup
from pyNN_brainscales_emu.front_end_errors import LabelError, WrongKindError
from pyNN_brainscales_emu.population_checks import check_current_source


class CheckedAssembly(CheckedGroup):
    """Mixin of assemblies, before PyNN's class, which it checks arguments for."""

    group_kind = "Assembly"
    populations: list[Any]
    all_cells: Any

    def __getitem__(self, index: Any) -> Any:
        """Return one cell, or an assembly of several; see PyNN.

        Raises
        ------
        CellIndexError
            If there are no such cells.
        WrongKindError
            For something that chooses no cells.
        """
        is_negative = isinstance(index, int | np.integer) and -self.size <= index < 0
        return super().__getitem__(index + self.size if is_negative else index)

    def __add__(self, other: Any) -> Any:
        """Return an assembly of these and other cells."""
        self._check_group(other)
        return super().__add__(other)  # type: ignore[misc]

    def __iadd__(self, other: Any) -> Any:
        """Add other cells to these."""
        self._check_group(other)
        return super().__iadd__(other)  # type: ignore[misc]

    def _check_group(self, cells: Any) -> None:
        if not isinstance(cells, BasePopulation | common.Assembly):
            raise WrongKindError(
                f"{self._owner}: cells to add",
                value=cells,
                limit="a Population, PopulationView or Assembly",
            )

    def inject(self, current_source: Any) -> None:
        """Inject a current into all cells."""
        check_current_source(self._owner, current_source)
        super().inject(current_source)  # type: ignore[misc]

    def id_to_index(self, id: Any) -> Any:
        """Return the index of a cell in the assembly, or an array of those of several.

        Raises
        ------
        CellIndexError
            For something that is no cell of these, which PyNN does not always notice.
        """
        what = f"{self._owner}: id_to_index()"
        asked = cell_numbers(what, id)
        cells = self.all_cells.astype(np.int64)
        order = np.argsort(cells, kind="stable")
        place = np.searchsorted(cells, asked, sorter=order)
        index = order[np.minimum(place, len(cells) - 1)]
        if (cells[index] != asked).any():
            raise not_here(what, id)
        return int(index) if np.ndim(asked) == 0 else index

    def get_population(self, label: Any) -> Any:
        """Return the population or view with a label.

        Raises
        ------
        LabelError
            If there is none.
        """
        for part in self.populations:
            if isinstance(label, str) and label == part.label:
                return part
        labels = ", ".join(repr(part.label) for part in self.populations)
        raise LabelError(f"{self._owner}: there is no such population", value=label, limit=labels)

    def get_annotations(self, annotation_keys: Any, simplify: bool = True) -> Any:
        """Return annotations of the populations, by their names; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no name.
        LabelError
            If a population has no such annotation.
        """
        names = names_of(f"{self._owner}: get_annotations()", annotation_keys, "names")
        for part in self.populations:
            for name in names:
                if name not in part.annotations:
                    raise LabelError(
                        f"{self._owner}: population {part.label!r} has no such annotation",
                        value=name,
                        limit=", ".join(map(repr, part.annotations)) or "none",
                    )
        return super().get_annotations(annotation_keys, simplify)  # type: ignore[misc]
