"""Results of routing: lines, routes, drivers, rows and synapses, as frozen arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: The site of a synapse in 32 bits, from the lowest: decoder 4, column 8, row 9, HICANN 9.
DECODER_BITS: Final = 4
COLUMN_BITS: Final = 8
ROW_BITS: Final = 9


@dataclass(frozen=True, eq=False)
class LineTable:
    """Layer-1 lines in use: each starts at one sending repeater, fed by one DNC merger.

    Attributes
    ----------
    hicann : (n_lines,) int32
        HICANN of the sending repeater.
    merger : (n_lines,) int32
        DNC merger 0..7.
    cell_line : (n_cells,) int32
        Line that carries a cell's events, by the cell index of the description; -1 where the
        merger tree had no room for the cell.
    cell_address : (n_cells,) int32
        6-bit address on that line; -1 where `cell_line` is.
    """

    hicann: NDArray[np.int32]
    merger: NDArray[np.int32]
    cell_line: NDArray[np.int32]
    cell_address: NDArray[np.int32]

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return len(self.hicann)


@dataclass(frozen=True, eq=False)
class Layer1Routing:
    """The buses of every line, and where a line reaches which target HICANN.

    A line is a tree of bus segments, one for each HICANN and bus that it occupies, listed so that a
    parent comes before its children; its first segment is the H line of its sending repeater.

    Attributes
    ----------
    segment_line : (n_segments,) int32
    segment_hicann : (n_segments,) int32
    segment_bus : (n_segments,) int32
        0..63: H line; 64..319: V line 0..255.
    segment_parent : (n_segments,) int32
        Segment it continues (a neighbouring HICANN) or branches off (crossbar switch on the same
        HICANN); -1 for the first.
    route_line : (n_routes,) int32
    route_target : (n_routes,) int32
        Target HICANN.
    route_segment : (n_routes,) int32
        Vertical segment from which the synapse switch leads to the target's drivers: on the target
        itself, or on its western or eastern neighbour.
    route_length : (n_routes,) int32
        HICANNs passed from the sending repeater to that segment (0: the same HICANN).
    failed_line, failed_target : (n_failed,) int32
        Pairs of line and target HICANN that could not be connected.
    """

    segment_line: NDArray[np.int32]
    segment_hicann: NDArray[np.int32]
    segment_bus: NDArray[np.int32]
    segment_parent: NDArray[np.int32]
    route_line: NDArray[np.int32]
    route_target: NDArray[np.int32]
    route_segment: NDArray[np.int32]
    route_length: NDArray[np.int32]
    failed_line: NDArray[np.int32]
    failed_target: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DriverAllocation:
    """Synapse drivers given to each route.

    Attributes
    ----------
    route_drivers_needed : (n_routes,) int32
    route_first, route_last : (n_routes,) int32
        Chain of adjacent driver lines (0..223 on the target HICANN, step 2 on the side), -1 where
        the route got none.
    route_primary : (n_routes,) int32
        Driver line of the chain that takes the bus through the synapse switch; -1 likewise.
    """

    route_drivers_needed: NDArray[np.int32]
    route_first: NDArray[np.int32]
    route_last: NDArray[np.int32]
    route_primary: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class RowSettings:
    """Settings of all synapse rows of the wafer, -1 where a row or half row is unused.

    Attributes
    ----------
    route : (384, 448) int32
        Route whose events the row gets.
    sign : (384, 448) int8
        Number in `RECEPTORS`: the synaptic input that the row drives.
    mode : (384, 448) int8
        `STPMode` of the row's driver.
    prefix : (384, 448, 2) int8
        Upper two address bits that even and odd columns listen to.
    """

    route: NDArray[np.int32]
    sign: NDArray[np.int8]
    mode: NDArray[np.int8]
    prefix: NDArray[np.int8]


@dataclass(frozen=True, eq=False, repr=False)
class SynapsePlaces:
    """Hardware synapse of every realised synapse of a projection.

    Attributes
    ----------
    hicann : (n,) int32
        Target HICANN; -1 where lost (in all attributes).
    row : (n,) int32
        Synapse row on the HICANN, 0..447 (2 * driver line + 0 or 1).
    column : (n,) int32
        Synapse column 0..255.
    decoder : (n,) int32
        Low four bits of the address.
    """

    hicann: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    decoder: NDArray[np.int32]

    @classmethod
    def of_sites(cls, site: NDArray[np.int32]) -> SynapsePlaces:
        """Return what sites stand for; see `ProjectionRouting.site`."""
        lost = site >> 31  # -1 where lost, else 0
        below_row = DECODER_BITS + COLUMN_BITS
        return cls(
            site >> (below_row + ROW_BITS),
            (site >> below_row & (1 << ROW_BITS) - 1) | lost,
            (site >> DECODER_BITS & (1 << COLUMN_BITS) - 1) | lost,
            (site & (1 << DECODER_BITS) - 1) | lost,
        )

    def __len__(self) -> int:
        return len(self.hicann)

    def __repr__(self) -> str:
        placed = np.count_nonzero(self.hicann >= 0)
        hicanns = np.unique(self.hicann[self.hicann >= 0])
        return (
            f"<SynapsePlaces of {len(self)} synapses: {placed} on {len(hicanns)} HICANNs; "
            "arrays hicann, row, column, decoder>"
        )
