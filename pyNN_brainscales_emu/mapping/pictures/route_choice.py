"""Which layer-1 lines the picture of the wafer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.mapping.pictures.figures import counted, in_words

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

_WORDS = ("none", "all")
_ALLOWED = "'none', 'all', a cell, population or cell index"


@dataclass(frozen=True, eq=False)
class RouteChoice:
    """Lines to draw.

    Attributes
    ----------
    lines : (n,) int32
        Numbers of the lines, ascending.
    text : str
        What they are, for the title.
    is_all : bool
    """

    lines: NDArray[np.int32]
    text: str
    is_all: bool = False


def choose_routes(mapping: MappingResult, routes: Any) -> RouteChoice | None:
    """Return the lines asked for; None if there are to be none.

    Raises
    ------
    OptionError
        For a word that is unknown, and for a projection, which is no cell.
    PlacementError
        For something that the mapped network does not have.
    """
    if isinstance(routes, str):
        return _chosen_by_word(mapping, routes)
    if not isinstance(routes, (int, np.integer)) and hasattr(routes, "projection_number"):
        raise OptionError("plot_wafer(): routes", value=routes, limit=_ALLOWED)
    entries = mapping.find(routes)
    if not isinstance(entries, list):
        place = mapping.network.locate(int(routes))[0]
        return RouteChoice(_lines_of([entries]), _text_of_cell(entries, place))
    lines = _lines_of(entries)
    name = getattr(routes, "label", "cells")
    silent = sum(entry.line is None for entry in entries)
    text = f"{name}: {counted(len(entries), 'cell')} on {counted(len(lines), 'line')}"
    return RouteChoice(lines, text + (f", {in_words(silent)} without" if silent else ""))


def _chosen_by_word(mapping: MappingResult, word: str) -> RouteChoice | None:
    if word not in _WORDS:
        raise OptionError("plot_wafer(): routes", value=word, limit=_ALLOWED)
    if word == "none":
        return None
    lines = np.unique(mapping.layer1.segment_line)
    n_buses = len(mapping.layer1.segment_line)
    text = f"all {counted(len(lines), 'line')} on {in_words(n_buses)} buses"
    return RouteChoice(lines, text, is_all=True)


def _lines_of(entries: list[Any]) -> NDArray[np.int32]:
    lines = {entry.line for entry in entries if entry.line is not None}
    return np.array(sorted(lines), dtype=np.int32)


def _text_of_cell(entry: Any, place: str) -> str:
    if entry.line is None:
        return f"{place}: no line, its events do not get onto layer 1"
    return f"{place}: line {entry.line}, address {entry.address}"
