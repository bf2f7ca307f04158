"""What is said when neurons cannot be placed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import CapacityError, PlacementError
from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_ROWS,
    NEURON_SIZE_MAX,
    NEURON_SIZE_MIN,
)
from pyNN_brainscales_emu.mapping.denmem_grid import DenmemGrid, columns_of
from pyNN_brainscales_emu.mapping.problems import counted

#: So many neurons are named in a message; the others are counted.
NAMED_NEURONS = 5
#: What takes denmems away without a word about it in `place()`.
_NOT_USED = "Broken denmems, and those that a calibration file lacks or blacklists, are not used."
_NOT_USED_EITHER = "Nor are neuron blocks whose spikes defects keep from layer 1."


def border_error(count: int, names: Sequence[str]) -> PlacementError:
    """Return the error for neurons that reach across the border of a neuron block."""
    return PlacementError(
        f"place(): {counted(count, 'neuron')} across the border of a neuron block: "
        f"{_listed(names, count)}",
        limit=f"blocks of {COLUMNS_PER_NEURON_BLOCK} columns; a neuron takes half as many columns "
        "as denmems",
        remedy="Start further west or use smaller neurons.",
    )


def collision_error(count: int, names: Sequence[tuple[str, str]]) -> PlacementError:
    """Return the error for pairs of neurons that claim the same denmems."""
    pairs = [f"{a} and {b}" for a, b in names]
    return PlacementError(
        f"place(): the same denmems are asked for by {counted(count, 'pair')} of neurons: "
        f"{_listed(pairs, count)}",
        limit="one neuron for each denmem",
        remedy="A neuron of n denmems takes n/2 columns, from the named denmem to the east.",
    )


def defect_error(count: int, names: Sequence[str]) -> PlacementError:
    """Return the error for neurons that are placed by hand on what is broken."""
    return PlacementError(
        f"place(): {counted(count, 'neuron')} on defect denmems: {_listed(names, count)}",
        limit="denmems that work, on HICANNs that do",
        remedy="Both denmems of each column must work; setup(defects=...) and the blacklist of a "
        "calibration file say which do not.",
    )


def no_room_by_hand(name: str, n_left: int, n_asked: int, asked: int, free: int) -> PlacementError:
    """Return the error for a request whose places are too few; `asked`, `free` in denmems."""
    return PlacementError(
        f"{name}: {n_left} of {n_asked} neurons find no room on the places named",
        value=asked,
        limit=f"{free} denmems, those still free there",
        remedy=f"Name more places or use smaller neurons. {_NOT_USED}",
    )


def no_address_by_hand(name: str, n_left: int, n_asked: int, n_free: int) -> PlacementError:
    """Return the error for a request of spike sources whose HICANNs have too few addresses."""
    return PlacementError(
        f"{name}: {n_left} of {n_asked} spike sources find no address on the HICANNs named",
        value=n_asked,
        limit=f"{n_free} addresses, those of the link channels that are free there",
        remedy="Name more HICANNs; neurons on a HICANN take channels for their own spikes.",
    )


def no_room(
    graph: BioGraph,
    cells: NDArray[np.int64],
    n_asked: int,
    asked: int,
    before: DenmemGrid,
    n_unusable: int = 0,
    n_spared: int = 0,
    sparing: Sequence[str] = (),
) -> CapacityError:
    """Return the error for a network that is larger than the wafer.

    Parameters
    ----------
    graph : BioGraph
    cells : (n,) int64
        Cell indices of the neurons without room.
    n_asked, asked : int
        Neurons to place automatically, and their denmems.
    before : DenmemGrid
        What was free for them.
    n_unusable : int
        Denmems of the wafer that no neuron can use.
    n_spared : int
        Denmems that mapping options leave free.
    sparing : sequence of str
        These options.
    """
    sizes = range(NEURON_SIZE_MAX, NEURON_SIZE_MIN - 1, -DENMEM_ROWS)
    fitting = (size for size in sizes if before.n_slots(columns_of(size)) >= n_asked)
    size = next(fitting, None)
    largest = before.n_slots(columns_of(NEURON_SIZE_MIN))
    remedy = (
        f"With neuron_size={size} for all of them they would fit."
        if size is not None
        else f"Even with neuron_size={NEURON_SIZE_MIN} no more than {largest} would fit."
    )
    if n_unusable:
        remedy += f" {_NOT_USED} {_NOT_USED_EITHER} Here these are {n_unusable}."
    if n_spared:
        remedy += (
            f" {' and '.join(sparing)} leave{'s' if len(sparing) == 1 else ''} {n_spared} denmems "
            "free; by hand, with place(..., hicanns=...), they can be used."
        )
    widest = next((size for size in sizes if before.n_slots(columns_of(size))), 0)
    return CapacityError(
        f"{len(cells)} of {n_asked} neurons find no room on the wafer ({_shares(graph, cells)})",
        value=asked,
        limit=f"{before.n_free_denmems()} denmems, up to {widest} of them side by side",
        remedy=remedy,
    )


def too_many_sources(graph: BioGraph, n_addresses: int, has_defects: bool) -> CapacityError:
    """Return the error for more spike sources than addresses on the links' free channels."""
    remedies = ["Use fewer sources."]
    if len(graph.neurons):
        remedies.append("Occupied neuron blocks may each need a channel for their own spikes.")
    if has_defects:
        remedies.append("Defects take channels away, see setup(defects=...).")
    return CapacityError(
        "There are more spike sources than addresses on the link channels that are free for them",
        value=len(graph.sources),
        limit=f"{n_addresses} addresses",
        remedy=" ".join(remedies),
    )


def _shares(graph: BioGraph, cells: NDArray[np.int64]) -> str:
    """Say how many of the cells belong to each population."""
    first = np.array([population.first_cell for population in graph.populations])
    counts = np.bincount(
        np.searchsorted(first, cells, side="right") - 1, minlength=len(graph.populations)
    )
    return ", ".join(
        f"{count} of {population.label}"
        for count, population in zip(counts, graph.populations, strict=True)
        if count
    )


def _listed(names: Sequence[str], count: int) -> str:
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return "; ".join(names) + more
