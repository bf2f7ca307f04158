"""Placements by hand: checked, and sorted out to one wish a neuron."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph, PlacementRequest
from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    HICANNS_PER_WAFER,
    NEURON_BLOCKS_PER_HICANN,
    NEURON_SIZE_MAX,
    NEURON_SIZE_MIN,
    NEURON_SIZES,
)
from pyNN_brainscales_emu.mapping.problems import ProblemList, cell_name, shortened

#: No request says where the neuron goes.
AUTOMATIC = -1


@dataclass(frozen=True, eq=False)
class PlacementWishes:
    """What the requests want of each neuron, by local index.

    Attributes
    ----------
    size : (n_neurons,) int64
        Denmems of the neuron.
    request : (n_neurons,) int64
        Number of the request that says where the neuron goes, or `AUTOMATIC`.
    position : (n_neurons,) int64
        Place of the neuron among the cells of that request.
    """

    size: NDArray[np.int64]
    request: NDArray[np.int64]
    position: NDArray[np.int64]

    def of(self, number: int) -> NDArray[np.int64]:
        """Return the neurons that a request places, in the order of its cells."""
        neurons = np.flatnonzero(self.request == number)
        return neurons[np.argsort(self.position[neurons], kind="stable")]


def collect_wishes(graph: BioGraph, default_size: int, problems: ProblemList) -> PlacementWishes:
    """Sort the requests out to one wish a neuron.

    A later request wins over an earlier one in what it names: one that names only a size leaves
    the neuron where it was asked to be, and one that names only a place keeps its size.

    Parameters
    ----------
    graph : BioGraph
    default_size : int
        Denmems of a neuron without a request.
    problems : ProblemList
        Takes an error for everything in a request that cannot be; such a request is ignored.
    """
    n_neurons = len(graph.neurons)
    size = np.full(n_neurons, default_size, dtype=np.int64)
    owner = np.full(n_neurons, AUTOMATIC, dtype=np.int64)
    position = np.zeros(n_neurons, dtype=np.int64)
    for number, request in enumerate(graph.placement_requests):
        errors = _errors(graph, request)
        for error in errors:
            problems.add(error)
        if errors or of_sources(graph, request):
            continue
        neurons = graph.local_index[np.asarray(request.cells, dtype=np.int64)]
        if request.neuron_size is not None:
            size[neurons] = request.neuron_size
        if request.hicanns or request.neuron_blocks or request.denmems:
            owner[neurons] = number
            position[neurons] = np.arange(len(neurons))
    return PlacementWishes(size, owner, position)


def request_name(graph: BioGraph, request: PlacementRequest) -> str:
    """Return how messages call a request."""
    valid = [cell for cell in request.cells[:1] if 0 <= cell < graph.n_cells]
    first = f" from {cell_name(graph, valid[0])} on" if valid else ""
    return f"place() of {len(request.cells)} cells{first}"


def allowed_blocks(request: PlacementRequest) -> NDArray[np.int64]:
    """Return the neuron blocks that a request allows, numbered over the wafer, in its order."""
    named = [hicann * NEURON_BLOCKS_PER_HICANN + block for hicann, block in request.neuron_blocks]
    whole = [
        hicann * NEURON_BLOCKS_PER_HICANN + block
        for hicann in request.hicanns
        for block in range(NEURON_BLOCKS_PER_HICANN)
    ]
    return np.array(list(dict.fromkeys(named + whole)), dtype=np.int64)


def _errors(graph: BioGraph, request: PlacementRequest) -> list[PlacementError]:
    name = request_name(graph, request)
    return [
        *_cell_errors(name, graph, request),
        *size_errors(name, request.neuron_size),
        *_kind_errors(name, request),
        *place_errors(name, request),
    ]


def _kind_errors(name: str, request: PlacementRequest) -> list[PlacementError]:
    kinds = ("hicanns", "neuron_blocks", "denmems")
    named = [kind for kind in kinds if getattr(request, kind)]
    if len(named) <= 1:
        return []
    limit = ", ".join(kinds)
    return [PlacementError(f"{name}: one kind of place only", value=named, limit=limit)]


def _cell_errors(name: str, graph: BioGraph, request: PlacementRequest) -> list[PlacementError]:
    cells = np.asarray(request.cells, dtype=np.int64)
    if not len(cells):
        return [PlacementError(f"{name}: there is nothing to place")]
    unknown = cells[(cells < 0) | (cells >= graph.n_cells)]
    if len(unknown):
        limit = f"cells 0 to {graph.n_cells - 1}"
        return [
            PlacementError(f"{name}: no such cells", value=shortened(unknown.tolist()), limit=limit)
        ]
    errors = []
    sources = cells[graph.is_source[cells]]
    if 0 < len(sources) < len(cells):
        errors.append(
            PlacementError(
                f"{name}: {len(sources)} of them are spike sources, first "
                f"{cell_name(graph, int(sources[0]))}",
                limit="neurons alone, or spike sources alone",
                remedy="Place spike sources with a call of their own.",
            )
        )
    elif len(sources):
        errors += source_errors(name, request)
    values, counts = np.unique(cells, return_counts=True)
    if np.any(counts > 1):
        twice = shortened([cell_name(graph, int(cell)) for cell in values[counts > 1]])
        errors.append(PlacementError(f"{name}: cells named more than once", value=twice))
    return errors


def of_sources(graph: BioGraph, request: PlacementRequest) -> bool:
    """Whether a request places spike sources."""
    return bool(graph.is_source[request.cells[0]])


def source_errors(name: str, request: PlacementRequest) -> list[PlacementError]:
    """Return an error if a request asks for what spike sources do not have."""
    kinds = ("neuron_blocks", "denmems", "neuron_size")
    named = [kind for kind in kinds if getattr(request, kind)]
    if not named:
        return []
    return [
        PlacementError(
            f"{name}: spike sources have no denmems",
            value=named,
            limit="hicanns",
            remedy="Name the HICANNs over whose links their events shall come.",
        )
    ]


def size_errors(name: str, size: int | None) -> list[PlacementError]:
    """Return an error if neurons cannot have this many denmems; None means as set up."""
    if size is None or size in NEURON_SIZES:
        return []
    return [
        PlacementError(
            f"{name}: neuron_size",
            value=size,
            limit=f"an even number of denmems, {NEURON_SIZE_MIN} to {NEURON_SIZE_MAX}",
            remedy="A neuron takes the same columns of both rows of a neuron block.",
        )
    ]


def place_errors(name: str, request: PlacementRequest) -> list[PlacementError]:
    """Return an error for every kind of place of a request that the wafer does not have.

    Parameters
    ----------
    name : str
        What messages call the request.
    request : PlacementRequest
    """
    hicanns = [*request.hicanns, *(place[0] for place in request.neuron_blocks + request.denmems)]
    blocks = [place[1] for place in request.neuron_blocks]
    denmems = [place[1] for place in request.denmems]
    errors = [
        *_range_errors(f"{name}: no such HICANNs", hicanns, HICANNS_PER_WAFER),
        *_range_errors(f"{name}: no such neuron blocks", blocks, NEURON_BLOCKS_PER_HICANN),
        *_range_errors(f"{name}: not in the top row of denmems", denmems, DENMEM_COLUMNS),
    ]
    if denmems and len(denmems) != len(request.cells):
        errors.append(
            PlacementError(
                f"{name}: one denmem for each cell is needed",
                value=len(denmems),
                limit=len(request.cells),
                remedy="Name the westernmost denmem of the top row of each neuron.",
            )
        )
    return errors


def _range_errors(what: str, values: Sequence[int], size: int) -> list[PlacementError]:
    wrong = sorted({value for value in values if not 0 <= value < size})
    return [PlacementError(what, value=shortened(wrong), limit=f"0 to {size - 1}")] if wrong else []
