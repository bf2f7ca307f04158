"""Placement of logical neurons: which denmems each neuron is made of.

Placements by hand come first; everything else goes into what is left, from the wafer's centre
outwards (marocco:marocco/placement/; defaults of marocco:marocco/placement/parameters/
NeuronPlacement.cpp). A logical neuron of n denmems takes the top and bottom denmems of n/2
adjacent columns of one neuron block.

Not modelled: neurons of several rectangles; clustering by connectivity; the limit of 59 addresses
for each output of the merger tree (no limit to placement: a block alone holds no more than 32
neurons, and the tree leaves every block an output of its own).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.topology import SPIRAL_ORDER
from pyNN_brainscales_emu.mapping.denmem_grid import DenmemGrid, columns_of
from pyNN_brainscales_emu.mapping.placement_errors import (
    NAMED_NEURONS,
    blacklist_error,
    border_error,
    collision_error,
    no_room,
    no_room_by_hand,
)
from pyNN_brainscales_emu.mapping.placement_requests import (
    AUTOMATIC,
    PlacementWishes,
    allowed_blocks,
    collect_wishes,
    request_name,
)
from pyNN_brainscales_emu.mapping.problems import ProblemList, cell_name
from pyNN_brainscales_emu.options import Options

_UNPLACED = -1


@dataclass(frozen=True, eq=False)
class NeuronPlacement:
    """Where the neurons sit, by local index.

    Attributes
    ----------
    hicann, denmem, size : (n_neurons,) int32
        See `Placement.neuron_hicann` and so on.
    """

    hicann: NDArray[np.int32]
    denmem: NDArray[np.int32]
    size: NDArray[np.int32]


def place_neurons(
    graph: BioGraph, options: Options, blacklisted: NDArray[np.bool_] | None = None
) -> NeuronPlacement:
    """Place all neurons of a network.

    Requests that name denmems come first, then those that name neuron blocks or HICANNs (the
    tighter ones first), then all other neurons in the order of creation: HICANNs from the centre
    outwards (`SPIRAL_ORDER`), blocks and columns from west to east, each neuron into the first
    gap that is wide enough. Within a population, and within a request, larger neurons come first.

    Parameters
    ----------
    graph : BioGraph
        Populations and placement requests are used.
    options : Options
        ``neuron_size`` is used.
    blacklisted : (384, 512) bool, optional
        Denmems that no neuron may use. As neurons take whole columns, neither is the other
        denmem of the column used.

    Raises
    ------
    PlacementError
        If a placement by hand cannot be kept.
    CapacityError
        If the wafer has too few denmems.
        Either message lists all problems.
    """
    problems = ProblemList()
    wishes = collect_wishes(graph, options.neuron_size, problems)
    placing = _Placing(graph, wishes, problems, _columns_to_avoid(blacklisted))
    placing.onto_denmems()
    placing.into_blocks()
    placing.automatically()
    problems.raise_all()
    return placing.result()


class _Placing:
    """The placement as it grows."""

    def __init__(
        self,
        graph: BioGraph,
        wishes: PlacementWishes,
        problems: ProblemList,
        avoided: NDArray[np.int64],
    ) -> None:
        self._graph = graph
        self._wishes = wishes
        self._problems = problems
        self._grid = DenmemGrid()
        self._grid.claim(avoided)
        self._avoided = avoided
        self._hicann = np.full(len(wishes.size), _UNPLACED, dtype=np.int64)
        self._denmem = np.full(len(wishes.size), _UNPLACED, dtype=np.int64)

    def result(self) -> NeuronPlacement:
        """Return the finished placement."""
        columns = (self._hicann, self._denmem, self._wishes.size)
        return NeuronPlacement(*(column.astype(np.int32) for column in columns))

    def onto_denmems(self) -> None:
        """Place the neurons whose denmems are named."""
        for number, request in enumerate(self._graph.placement_requests):
            neurons = self._wishes.of(number)
            if request.denmems and len(neurons):
                place = np.array(request.denmems)[self._wishes.position[neurons]]
                self._hicann[neurons], self._denmem[neurons] = place.T
        self._check_borders(np.flatnonzero(self._hicann != _UNPLACED))
        columns, owner = self._columns(np.flatnonzero(self._hicann != _UNPLACED))
        self._check_collisions(columns, owner)
        self._check_blacklist(columns, owner)
        self._grid.claim(columns)

    def into_blocks(self) -> None:
        """Place the neurons whose neuron blocks or HICANNs are named."""
        requests = self._graph.placement_requests
        blocks = {
            number: allowed_blocks(requests[number])
            for number in np.unique(self._wishes.request)
            if number != AUTOMATIC and not requests[number].denmems
        }
        for number in sorted(blocks, key=lambda number: len(blocks[number])):
            free = self._grid.n_free_denmems(blocks[number])
            neurons = self._wishes.of(number)
            neurons = neurons[np.argsort(-self._wishes.size[neurons], kind="stable")]
            left = self._fill(neurons, blocks[number])
            if len(left):
                name = request_name(self._graph, requests[number])
                asked = int(self._wishes.size[neurons].sum())
                self._problems.add(no_room_by_hand(name, len(left), len(neurons), asked, free))

    def automatically(self) -> None:
        """Place all other neurons from the centre outwards."""
        neurons = np.flatnonzero(self._wishes.request == AUTOMATIC)
        population = _population_of_neurons(self._graph)[neurons]
        neurons = neurons[np.lexsort((-self._wishes.size[neurons], population))]
        before = self._grid.copy()
        blocks = SPIRAL_ORDER[:, np.newaxis].astype(np.int64) * NEURON_BLOCKS_PER_HICANN
        blocks = (blocks + np.arange(NEURON_BLOCKS_PER_HICANN)).reshape(-1)
        left = self._fill(neurons, blocks)
        if len(left):
            asked = int(self._wishes.size[neurons].sum())
            cells = self._graph.neurons[left]
            self._problems.add(no_room(self._graph, cells, len(neurons), asked, before))

    def _fill(self, neurons: NDArray[np.int64], blocks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Place neurons into blocks, run by run of equal size; return those without room."""
        changes = 1 + np.flatnonzero(np.diff(self._wishes.size[neurons]))
        left = [neurons[:0]]
        for run in np.split(neurons, changes) if len(neurons) else []:
            width = columns_of(int(self._wishes.size[run[0]]))
            hicann, denmem = self._grid.fill(blocks, width, len(run))
            placed = run[: len(hicann)]
            self._hicann[placed], self._denmem[placed] = hicann, denmem
            left.append(run[len(hicann) :])
        return np.concatenate(left)

    def _columns(self, neurons: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the wafer's columns that placed neurons take, and the neuron of each."""
        width = self._wishes.size[neurons] // DENMEM_ROWS
        first = np.repeat(self._hicann[neurons] * DENMEM_COLUMNS + self._denmem[neurons], width)
        begin = np.repeat(np.cumsum(width) - width, width)
        return first + np.arange(len(first)) - begin, np.repeat(neurons, width)

    def _check_borders(self, neurons: NDArray[np.int64]) -> None:
        """Report neurons that reach beyond their block, and take them back."""
        column = self._denmem[neurons] % COLUMNS_PER_NEURON_BLOCK
        width = self._wishes.size[neurons] // DENMEM_ROWS
        crossing = neurons[column + width > COLUMNS_PER_NEURON_BLOCK]
        if len(crossing):
            names = [self._name(neuron) for neuron in crossing[:NAMED_NEURONS]]
            self._problems.add(border_error(len(crossing), names))
        self._hicann[crossing] = _UNPLACED

    def _check_collisions(self, columns: NDArray[np.int64], owner: NDArray[np.int64]) -> None:
        order = np.argsort(columns, kind="stable")
        same = np.flatnonzero(np.diff(columns[order]) == 0)
        pairs = np.unique(np.stack([owner[order][same], owner[order][same + 1]]), axis=1).T
        if len(pairs):
            names = [(self._name(a), self._name(b)) for a, b in pairs[:NAMED_NEURONS]]
            self._problems.add(collision_error(len(pairs), names))

    def _check_blacklist(self, columns: NDArray[np.int64], owner: NDArray[np.int64]) -> None:
        hit = np.unique(owner[np.isin(columns, self._avoided)])
        if len(hit):
            names = [self._name(neuron) for neuron in hit[:NAMED_NEURONS]]
            self._problems.add(blacklist_error(len(hit), names))

    def _name(self, neuron: np.int64) -> str:
        cell = cell_name(self._graph, int(self._graph.neurons[neuron]))
        size, denmem = self._wishes.size[neuron], self._denmem[neuron]
        return f"{cell} ({size} denmems from {denmem} of HICANN {self._hicann[neuron]})"


def _columns_to_avoid(blacklisted: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Return the wafer's columns with a blacklisted denmem."""
    if blacklisted is None:
        return np.zeros(0, dtype=np.int64)
    columns = blacklisted.reshape(-1, DENMEM_ROWS, DENMEM_COLUMNS).any(axis=1)
    return np.flatnonzero(columns.reshape(-1))


def _population_of_neurons(graph: BioGraph) -> NDArray[np.int64]:
    """Return (n_neurons,) the number of each neuron's population among those of neurons."""
    sizes = [population.size for population in graph.populations if not population.is_source]
    return np.repeat(np.arange(len(sizes)), sizes)
