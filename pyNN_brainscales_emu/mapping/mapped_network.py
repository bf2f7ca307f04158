"""What a mapping remembers of its network: enough to find cells and to know the network again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

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

    def check_projection(self, projection: Any) -> None:
        """Check that a `Projection` is the one of its number in this network.

        Raises
        ------
        PlacementError
            If its number of synapses is another.
        """
        number, size = projection.projection_number, len(projection.synapses.pre)
        if number < len(self.projections) and size != self.projections[number][1]:
            label, mapped, _ = self.projections[number]
            raise PlacementError(
                "The projection is not the one that was mapped",
                value=f"{size} synapses",
                limit=f"{mapped} synapses of {label!r}",
                remedy="Map the network again with map_network().",
            )

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
        tuple((p.label, p.size, p.is_source) for p in graph.populations),
        tuple((p.label, p.size, _check_sum(p)) for p in graph.projections),
    )


def _check_sum(projection: BioProjection) -> int:
    plasticity = "" if projection.stp_mode == STP_MODES[0] else projection.stp_mode
    check_sum = zlib.crc32((projection.receptor + plasticity).encode())
    for cells in (projection.presynaptic, projection.postsynaptic):
        check_sum = zlib.crc32(np.ascontiguousarray(cells, dtype=np.int64).data, check_sum)
    return check_sum
