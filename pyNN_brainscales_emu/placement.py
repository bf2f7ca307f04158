"""Placement by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import index
from typing import Any, Final, SupportsIndex

from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.description.bio_graph import Change, PlacementRequest
from pyNN_brainscales_emu.description.from_pynn import cell_indices
from pyNN_brainscales_emu.errors import (
    BrainScaleSError,
    PlacementError,
    noted,
    raise_together,
)
from pyNN_brainscales_emu.mapping.placement_requests import (
    place_errors,
    size_errors,
    source_errors,
)
from pyNN_brainscales_emu.population_checks import parts_of, require_present
from pyNN_brainscales_emu.populations import Population, PopulationView
from pyNN_brainscales_emu.simulator import state

Pair = tuple[SupportsIndex, SupportsIndex]


def place(
    cells: Any,
    hicanns: Iterable[SupportsIndex] | None = None,
    neuron_blocks: Iterable[Pair] | None = None,
    denmems: Iterable[Pair] | None = None,
    neuron_size: int | None = None,
) -> None:
    """Say where neurons go on the wafer, or of how many denmems they are made.

    Or, for spike sources, over which HICANNs' links their events come.

    Parameters
    ----------
    cells : Population, PopulationView or Assembly
        Neurons alone, or spike sources alone. Sources that no call names are placed near their
        targets.
    hicanns : iterable of HICANNOnWafer or int, optional
        HICANNs that the cells may use. Spike sources fill them in this order as far as the links'
        bandwidth goes, then all alike.
    neuron_blocks : iterable of (HICANN, NeuronBlockOnHICANN or int), optional
        Neuron blocks that they may use.
    denmems : iterable of (HICANN, NeuronOnHICANN or int), optional
        The top left denmem of each neuron, in the order of the cells.
    neuron_size : int, optional
        Denmems of each neuron; default: that of `setup()`.

    Raises
    ------
    PlacementError
        If more than one of the three ways, or nothing, is given; for anything but `hicanns` of
        spike sources, places that the wafer does not have, and sizes that neurons cannot have.
        Whether the cells fit shows when the network is mapped.
    NetworkError
        For cells of a network that `setup()` has replaced.

    Notes
    -----
    A later request wins over an earlier one. On the ideal substrate it has no effect.
    """
    ways = {"hicanns": hicanns, "neuron_blocks": neuron_blocks, "denmems": denmems}
    given = [name for name, value in ways.items() if value is not None]
    owner = _owner(cells)
    problems: list[BrainScaleSError] = []
    if len(given) > 1 or (not given and neuron_size is None):
        limit = "one of hicanns, neuron_blocks, denmems; neuron_size besides or alone"
        problems.append(
            PlacementError(f"{owner}: one way of placing is needed", value=given, limit=limit)
        )
    wanted: dict[str, Any] = {}
    for name, value in (*ways.items(), ("neuron_size", neuron_size)):
        with noted(problems):
            wanted[name] = _WANTED[name](owner, value)
    request = PlacementRequest(cells=tuple(cell_indices(cells).tolist()), **wanted)
    problems += [*size_errors(owner, request.neuron_size), *place_errors(owner, request)]
    if not any(part.celltype.injectable for part in parts_of(cells)):
        problems += source_errors(owner, request)
    raise_together(f"{owner} cannot be kept", problems, PlacementError)
    state.session.placement_requests.append(request)
    state.mark(Change.STRUCTURE)


def _owner(cells: Any) -> str:
    """Return what messages call the request; raise unless the cells can be placed."""
    if not isinstance(cells, (Population, PopulationView, Assembly)):
        raise PlacementError(
            "place(): cells", value=cells, limit="a Population, PopulationView or Assembly"
        )
    require_present(cells)
    if len({part.celltype.injectable for part in parts_of(cells)}) > 1:
        raise PlacementError(
            f"place(): {cells.label!r} has neurons and spike sources",
            limit="neurons alone, or spike sources alone",
            remedy="Place spike sources with a call of their own.",
        )
    return f"place({cells.label!r})"


def _size(owner: str, value: SupportsIndex | None) -> int | None:
    try:
        return None if value is None else _number(value)
    except TypeError:
        raise PlacementError(
            f"{owner}: neuron_size", value=value, limit="an even number of denmems"
        ) from None


def _numbers(owner: str, values: Iterable[SupportsIndex] | None) -> tuple[int, ...]:
    try:
        numbers = tuple(_number(value) for value in _given(values))
    except TypeError:
        raise PlacementError(
            f"{owner}: hicanns", value=values, limit="a list of HICANN numbers"
        ) from None
    return _not_empty(f"{owner}: hicanns", values, numbers)


def _pairs(owner: str, values: Iterable[Pair] | None) -> tuple[tuple[int, int], ...]:
    try:
        pairs = tuple((_number(hicann), _number(part)) for hicann, part in _given(values))
    except (TypeError, ValueError):
        limit = "pairs of a HICANN's number and a number on it"
        raise PlacementError(owner, value=values, limit=limit) from None
    return _not_empty(f"{owner}: neuron_blocks or denmems", values, pairs)


def _given(values: Iterable[Any] | None) -> Iterable[Any]:
    return () if values is None else values


def _number(value: SupportsIndex) -> int:
    """Return a plain integer; raise `TypeError` for anything else, truth values too."""
    if isinstance(value, bool):
        raise TypeError("a truth value is no number")
    return index(value)


def _not_empty(owner: str, values: Any, numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    if values is not None and not numbers:
        raise PlacementError(f"{owner}: an empty list", limit="at least one place")
    return numbers


#: What reads each way of placing.
_WANTED: Final[dict[str, Callable[[str, Any], Any]]] = {
    "hicanns": _numbers,
    "neuron_blocks": _pairs,
    "denmems": _pairs,
    "neuron_size": _size,
}
