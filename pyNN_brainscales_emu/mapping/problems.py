"""Problems of the mapping: collected, then raised all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import (
    BrainScaleSError,
    CapacityError,
    PlacementError,
    raise_together,
)

#: So many values are told in a list.
_MOST_VALUES = 8


class ProblemList:
    """Errors found so far."""

    def __init__(self) -> None:
        self._errors: list[BrainScaleSError] = []

    def __len__(self) -> int:
        return len(self._errors)

    def add(self, error: BrainScaleSError) -> None:
        """Take an error down."""
        self._errors.append(error)

    def raise_all(self, what: str = "The network cannot be mapped") -> None:
        """Raise what was collected, if anything.

        Parameters
        ----------
        what : str
            What cannot be done for these reasons.

        Raises
        ------
        PlacementError
            If a placement by hand is among the problems. The message has a line for each.
        CapacityError
            Otherwise.
        """
        by_hand = any(isinstance(error, PlacementError) for error in self._errors)
        raise_together(what, self._errors, PlacementError if by_hand else CapacityError)


def counted(count: int, noun: str) -> str:
    """Return a number and its noun, in the plural where it must be."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shortened(values: Sequence[Any]) -> list[Any]:
    """Return the values, or the first ones and how many more there are."""
    more = len(values) - _MOST_VALUES
    return [*values[:_MOST_VALUES], *([f"and {more} more"] if more > 0 else [])]


def cell_name(graph: BioGraph, cell: int) -> str:
    """Return a cell's name as users know it: its population and its place there."""
    first_cells = [population.first_cell for population in graph.populations]
    population = graph.populations[int(np.searchsorted(first_cells, cell, side="right")) - 1]
    return f"{population.label}[{cell - population.first_cell}]"
