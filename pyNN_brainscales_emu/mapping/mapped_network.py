"""What a mapping remembers of its network: enough to find cells and to know the network again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyNN_brainscales_emu.array_pieces import pieces
from pyNN_brainscales_emu.description.bio_graph import STP_MODES, BioGraph, BioProjection
from pyNN_brainscales_emu.errors import PlacementError


@dataclass(frozen=True)
class MappedNetwork:
    """Populations and projections by name and size.

    Attributes
    ----------
    populations : tuple of (str, int, bool)
        Label, number of cells, and whether they are spike sources.
    projections : tuple of (str, int, int)
        Label, number of synapses, and a check sum of receptor, STP mode and cell indices.
    """

    populations: tuple[tuple[str, int, bool], ...] = ()
    projections: tuple[tuple[str, int, int], ...] = ()

    @property
    def labels(self) -> list[str]:
        """Labels of all populations and projections."""
        return [label for label, *_ in (*self.populations, *self.projections)]

    @property
    def n_cells(self) -> int:
        """Number of cells, neurons and sources."""
        return sum(size for _, size, _ in self.populations)

    def locate(self, cell: int) -> tuple[str, int, bool]:
        """Return label of the population, local index, and whether the cell is a source.

        The local index counts neurons, or sources, among their own kind.
        """
        begin, counted = 0, {False: 0, True: 0}
        for label, size, is_source in self.populations:
            if cell < begin + size:
                return f"{label}[{cell - begin}]", counted[is_source] + cell - begin, is_source
            begin += size
            counted[is_source] += size
        raise IndexError(cell)

    def check_cells(self, cells: Any) -> None:
        """Check that the population of cells is the one at its place in this network.

        Parameters
        ----------
        cells : cell, Population, PopulationView or Assembly
            Bare numbers, and what is none of these, pass.

        Raises
        ------
        PlacementError
            If the network has no population of its label, size and kind of cells there.
        NetworkError
            For a cell whose population is gone with its network.
        """
        if isinstance(cells, int):
            populations = [cells.parent] if hasattr(cells, "parent") else []
        elif hasattr(cells, "all_cells"):
            populations = [part.root for part in getattr(cells, "populations", [cells])]
        else:
            populations = []
        for population in populations:
            self._check_population(population)

    def _check_population(self, population: Any) -> None:
        begin, first = 0, int(population.first_id)
        for label, size, is_source in self.populations:
            if begin == first:
                is_now_source = not population.celltype.injectable
                found = (str(population.label), population.size, is_now_source)
                if found != (label, size, is_source):
                    raise _other("population", _cells(*found), _cells(label, size, is_source))
                return
            begin += size
        number = f"cells {first} to {first + population.size - 1} of {population.label!r}"
        raise _other("population", number, f"{self.n_cells} cells of other populations")

    def check_projection(self, projection: Any) -> None:
        """Check that a `Projection` is the one of its number in this network.

        Raises
        ------
        PlacementError
            If its label or its number of synapses is another.
        """
        number = projection.projection_number
        found = (str(projection.label), len(projection.synapses.pre))
        if number < len(self.projections) and found != self.projections[number][:2]:
            raise _other("projection", _synapses(*found), _synapses(*self.projections[number][:2]))

    def differences(self, other: MappedNetwork) -> list[str]:
        """Return in words in what another network differs from this one."""
        texts = []
        for kind in ("populations", "projections"):
            ours, theirs = getattr(self, kind), getattr(other, kind)
            if len(ours) != len(theirs):
                texts.append(f"{len(theirs)} {kind} instead of {len(ours)}")
            pairs = zip(theirs, ours, strict=False)
            texts += [_difference(kind[:-1], one, old) for one, old in pairs if one != old]
        return texts


def _other(kind: str, found: str, mapped: str) -> PlacementError:
    return PlacementError(
        f"The {kind} is not the one that was mapped",
        value=found,
        limit=mapped,
        remedy="Map its network with map_network(), or give a number instead of the object.",
    )


def _cells(label: str, size: int, is_source: bool) -> str:
    kind = "spike source" if is_source else "neuron"
    return f"{size} {kind}{'' if size == 1 else 's'} {label!r}"


def _synapses(label: str, size: int) -> str:
    return f"{size} synapse{'' if size == 1 else 's'} of {label!r}"


def _difference(kind: str, one: tuple[str, int, int], old: tuple[str, int, int]) -> str:
    if one[0] == old[0] and one[1] != old[1]:
        return f"{kind} {one[0]!r} of size {one[1]} instead of {old[1]}"
    if one[:2] != old[:2]:
        return f"{kind} {one[0]!r} of size {one[1]} instead of {old[0]!r} of size {old[1]}"
    other = "another kind of cells" if kind == "population" else "other connections"
    return f"{kind} {one[0]!r} with {other}"


def network_of(graph: BioGraph) -> MappedNetwork:
    """Return what is remembered of a network."""
    return MappedNetwork(
        tuple((str(p.label), p.size, p.is_source) for p in graph.populations),
        tuple((str(p.label), p.size, _check_sum(p)) for p in graph.projections),
    )


def _check_sum(projection: BioProjection) -> int:
    plasticity = "" if projection.stp_mode == STP_MODES[0] else projection.stp_mode
    check_sum = zlib.crc32((projection.receptor + plasticity).encode())
    for cells in (projection.presynaptic, projection.postsynaptic):
        for piece in pieces(len(cells)):
            # As int64, which the files of mappings were made with.
            check_sum = zlib.crc32(cells[piece].astype(np.int64).data, check_sum)
    return check_sum
