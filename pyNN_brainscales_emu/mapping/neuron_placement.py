"""Placement of logical neurons: which denmems each neuron is made of.

Placements by hand come first; everything else goes into what is left, from the wafer's centre
outwards (marocco:marocco/placement/; defaults of marocco:marocco/placement/parameters/
NeuronPlacement.cpp). A logical neuron of n denmems takes the top and bottom denmems of n/2
adjacent columns of one neuron block. Broken columns are left out; neuron blocks whose spikes cannot
get onto layer 1 get neurons only by hand.

Not modelled: neurons of several rectangles; the limit of 59 addresses for each output of the
merger tree. Without defects it is no limit to placement, as a block alone holds no more than 32
neurons, and the tree leaves every block an output of its own; with defects, blocks are left out
that would find too few addresses if all were full of neurons of the default size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    HICANNS_PER_WAFER,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.topology import SPIRAL_ORDER
from pyNN_brainscales_emu.mapping.denmem_grid import DenmemGrid, columns_of
from pyNN_brainscales_emu.mapping.neuron_clustering import Clusters, place_one_by_one
from pyNN_brainscales_emu.mapping.placement_errors import (
    NAMED_NEURONS,
    border_error,
    collision_error,
    defect_error,
    no_room,
    no_room_by_hand,
    too_many_sources,
)
from pyNN_brainscales_emu.mapping.placement_requests import (
    AUTOMATIC,
    PlacementWishes,
    allowed_blocks,
    collect_wishes,
    request_name,
)
from pyNN_brainscales_emu.mapping.problems import ProblemList, cell_name
from pyNN_brainscales_emu.mapping.usable_components import ALL_USABLE, UsableComponents
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options

_UNPLACED = -1
#: Mapping options that leave denmems free.
_SPARING: Final = ("minimize_number_of_sending_repeaters", "restrict_rightmost_neuron_blocks")
#: Denmems of each neuron block that `minimize_number_of_sending_repeaters` leaves free, by the
#: default size of neurons; larger ones have so few on a HICANN that they share a line anyway
#: (marocco:marocco/placement/NeuronPlacement.cpp).
_LEFT_FREE: Final = {
    2: (4, 6, 4, 6, 4, 6, 4, 6),
    4: (4, 8, 4, 4, 4, 8, 4, 4),
    8: (0, 8, 8, 8, 0, 8, 0, 8),
}


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
    graph: BioGraph, options: Options, usable: UsableComponents = ALL_USABLE
) -> NeuronPlacement:
    """Place all neurons of a network.

    Requests that name denmems come first, then those that name neuron blocks or HICANNs (the
    tighter ones first), then all other neurons. By default these come in the order of creation:
    HICANNs from the centre outwards (`SPIRAL_ORDER`), blocks and columns from west to east, each
    neuron into the first gap that is wide enough. Within a population, and within a request,
    larger neurons come first. For other strategies see `MappingOptions`.

    Parameters
    ----------
    graph : BioGraph
        Populations and placement requests are used; projections by clustering strategies.
    options : Options
        ``neuron_size`` and ``mapping_options`` are used.
    usable : UsableComponents

    Raises
    ------
    PlacementError
        If a placement by hand cannot be kept.
    CapacityError
        If the wafer has too few denmems, or even empty too few addresses for the spike sources.
        Either message lists all problems.
    """
    problems = ProblemList()
    wishes = collect_wishes(graph, options.neuron_size, problems)
    placing = _Placing(graph, wishes, problems, usable)
    placing.onto_denmems()
    placing.into_blocks()
    placing.automatically(options.neuron_size, options.mapping_options)
    if len(graph.sources) > usable.n_source_addresses:
        has_defects = options.defects.any
        problems.add(too_many_sources(graph, usable.n_source_addresses, has_defects))
    problems.raise_all()
    return placing.result()


class _Placing:
    """The placement as it grows."""

    def __init__(
        self,
        graph: BioGraph,
        wishes: PlacementWishes,
        problems: ProblemList,
        usable: UsableComponents,
    ) -> None:
        self._graph = graph
        self._wishes = wishes
        self._problems = problems
        self._usable = usable
        self._grid = DenmemGrid(usable.broken_columns)
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
        self._check_defects(columns, owner)
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

    def automatically(self, default_size: int, options: MappingOptions) -> None:
        """Place all other neurons, by default from the centre outwards."""
        neurons = np.flatnonzero(self._wishes.request == AUTOMATIC)
        population = _population_of_neurons(self._graph)[neurons]
        neurons = neurons[np.lexsort((-self._wishes.size[neurons], population))]
        self._grid.withhold(self._usable.idle_columns)
        n_usable = self._grid.n_free_denmems()
        self._grid.withhold(_spared(default_size, options))
        before = self._grid.copy()
        left = self._strategy(options.default_placement_strategy)(neurons)
        if len(left):
            asked = int(self._wishes.size[neurons].sum())
            cells = self._graph.neurons[left]
            n_unusable = DENMEM_ROWS * int(np.count_nonzero(self._usable.idle_columns))
            n_spared = n_usable - before.n_free_denmems()
            sparing = [name for name in _SPARING if getattr(options, name)]
            self._problems.add(
                no_room(
                    self._graph, cells, len(neurons), asked, before, n_unusable, n_spared, sparing
                )
            )

    def _strategy(self, name: str) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
        """Return what places neurons and returns those without room."""
        strategies = {
            "bySmallerNeuronBlockAndPopulationIDasc": self._into_smaller_blocks,
            "ClusterByPopulationConnectivity": self._by_population,
            "ClusterByNeuronConnectivity": self._one_by_one,
        }
        return strategies.get(name, self._from_the_centre)

    def _from_the_centre(self, neurons: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._fill(neurons, _blocks_of(SPIRAL_ORDER))

    def _into_smaller_blocks(self, neurons: NDArray[np.int64]) -> NDArray[np.int64]:
        blocks = _blocks_of(SPIRAL_ORDER)
        n_free = self._grid.n_free_columns(blocks)
        return self._fill(neurons, blocks[np.argsort(n_free, kind="stable")])

    def _one_by_one(self, neurons: NDArray[np.int64]) -> NDArray[np.int64]:
        width = (self._wishes.size // DENMEM_ROWS).astype(np.int32)
        place_one_by_one(self._graph, neurons, width, self._grid, self._hicann, self._denmem)
        return np.asarray(neurons[self._hicann[neurons] == _UNPLACED])

    def _by_population(self, neurons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Place population by population, near what it is connected to."""
        group = _population_of_neurons(self._graph)
        clusters = Clusters(self._graph, group)
        by_hand = np.flatnonzero(self._hicann != _UNPLACED)
        for number in np.unique(group[by_hand]):
            clusters.note(number, self._hicann[by_hand[group[by_hand] == number]])
        members = _members(neurons, group)
        candidates = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
        candidates[list(members)] = True
        clusters.wait(candidates)
        left = [neurons[:0]]
        for _ in range(len(members)):
            number = clusters.next_group()
            left.append(self._fill(members[number], _blocks_of(clusters.hicanns_for(number))))
            placed = self._hicann[members[number]]
            clusters.note(number, placed[placed != _UNPLACED])
        return np.concatenate(left)

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

    def _check_defects(self, columns: NDArray[np.int64], owner: NDArray[np.int64]) -> None:
        broken = np.unique(owner[self._usable.broken_columns.reshape(-1)[columns]])
        if len(broken):
            names = [self._name(neuron) for neuron in broken[:NAMED_NEURONS]]
            self._problems.add(defect_error(len(broken), names))

    def _name(self, neuron: np.int64) -> str:
        cell = cell_name(self._graph, int(self._graph.neurons[neuron]))
        size, denmem = self._wishes.size[neuron], self._denmem[neuron]
        return f"{cell} ({size} denmems from {denmem} of HICANN {self._hicann[neuron]})"


def _population_of_neurons(graph: BioGraph) -> NDArray[np.int64]:
    """Return (n_neurons,) the number of each neuron's population among those of neurons."""
    sizes = [population.size for population in graph.populations if not population.is_source]
    return np.repeat(np.arange(len(sizes)), sizes)


def _members(neurons: NDArray[np.int64], group: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Return the neurons of each group, in their order."""
    if not len(neurons):
        return {}
    by_group = neurons[np.argsort(group[neurons], kind="stable")]
    numbers, first = np.unique(group[by_group], return_index=True)
    return dict(zip(numbers.tolist(), np.split(by_group, first[1:]), strict=True))


def _blocks_of(hicanns: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the neuron blocks of HICANNs, numbered over the wafer, from west to east on each."""
    first = hicanns[:, np.newaxis].astype(np.int64) * NEURON_BLOCKS_PER_HICANN
    return np.asarray((first + np.arange(NEURON_BLOCKS_PER_HICANN)).reshape(-1))


def _spared(default_size: int, options: MappingOptions) -> NDArray[np.bool_]:
    """Return (384, 256) the columns that options keep automatic placement from using."""
    shape = (HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN, COLUMNS_PER_NEURON_BLOCK)
    spared = np.zeros(shape, dtype=bool)
    if options.restrict_rightmost_neuron_blocks:
        spared[:, -1] = True
    if options.minimize_number_of_sending_repeaters:
        for block, denmems in enumerate(_LEFT_FREE.get(default_size, ())):
            spared[:, block, COLUMNS_PER_NEURON_BLOCK - columns_of(denmems) :] = True
    return spared.reshape(HICANNS_PER_WAFER, DENMEM_COLUMNS)
