"""Checks lines, chains of synapse drivers and rows of a mapping against the hardware.

As `layer1_check` does for the routes: from the tables of `hardware` and the arrays of the mapping
alone, whose shapes and values must be possible ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DRIVERS_PER_HICANN,
    DRIVERS_PER_SIDE,
    HICANNS_PER_WAFER,
    LINK_CHANNELS_PER_HICANN,
    NEURON_BLOCKS_PER_HICANN,
    ROWS_PER_DRIVER,
)
from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    NEIGHBOUR_DRIVER_LINES,
    OWN_DRIVER_LINES,
    V_BUS,
)
from pyNN_brainscales_emu.hardware.merger_tree import DNC_MERGER_BLOCKS
from pyNN_brainscales_emu.hardware.neuron_blocks import neuron_block
from pyNN_brainscales_emu.mapping.line_addresses import ADDRESSES, AddressOrder
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.mapping.usable_components import UsableComponents

#: Driver lines of the upper half, and from a driver to the next one of its side.
_HALF = DRIVERS_PER_HICANN // 2
_LINE_STEP = DRIVERS_PER_HICANN // DRIVERS_PER_SIDE


def line_violations(mapping: MappingResult, usable: UsableComponents) -> dict[str, Any]:
    """Return by what would be wrong where it is: arrays that are true or not 0 there.

    Parameters
    ----------
    mapping : MappingResult
        Without violations of layer 1.
    usable : UsableComponents
        What the mapping's defects leave.
    """
    return {
        **_lines(mapping, usable),
        **_cells(mapping),
        **_chains(mapping, usable),
        **_rows(mapping),
    }


def _lines(mapping: MappingResult, usable: UsableComponents) -> dict[str, Any]:
    """Every line has a DNC merger of its own that works; blocks reach theirs."""
    lines = mapping.lines
    number = lines.hicann.astype(np.int64) * LINK_CHANNELS_PER_HICANN + lines.merger
    merger, block = mapping.block_merger, np.arange(NEURON_BLOCKS_PER_HICANN)
    return {
        "several lines start at the same DNC merger": np.bincount(number) > 1,
        "lines start at DNC mergers that are broken": (
            usable.mergers.unusable_dnc_mergers()[lines.hicann, lines.merger]
        ),
        "neuron blocks do not reach their DNC mergers": (
            (merger >= 0) & ~DNC_MERGER_BLOCKS[merger, block]
        ),
    }


def _cells(mapping: MappingResult) -> dict[str, Any]:
    """Cells are on lines that start where their spikes come from, with addresses of their own."""
    lines, placement = mapping.lines, mapping.placement
    sizes = [size for _, size, _ in mapping.network.populations]
    is_source = np.repeat([kind for _, _, kind in mapping.network.populations], sizes).astype(bool)
    hicann, merger = np.empty(is_source.shape, int), np.empty(is_source.shape, int)
    block = neuron_block(placement.neuron_denmem)
    hicann[~is_source], hicann[is_source] = placement.neuron_hicann, placement.source_hicann
    merger[~is_source] = mapping.block_merger[placement.neuron_hicann, block]
    merger[is_source] = placement.source_channel
    has_line = lines.cell_line >= 0
    line, address = lines.cell_line[has_line].astype(np.int64), lines.cell_address[has_line]
    place = np.stack([lines.hicann[line] - hicann[has_line], lines.merger[line] - merger[has_line]])
    n_uses = np.bincount(line * (int(address.max(initial=0)) + 1) + address)
    kinds = np.stack([np.bincount(line[is_source[has_line] == kind], minlength=lines.n_lines)
                      for kind in (True, False)])  # fmt: skip
    return {
        "cells are on lines that start elsewhere": place,
        "cells share an address of a line": n_uses > 1,
        "addresses are reserved ones": ~np.isin(address, ADDRESSES[AddressOrder.HIGH_FIRST]),
        "lines carry spikes of neurons and of sources": kinds.all(axis=0),
    }


def _chains(mapping: MappingResult, usable: UsableComponents) -> dict[str, Any]:
    """Chains lie in one quadrant, take their input from their V line, and do not meet."""
    layer1, drivers = mapping.layer1, mapping.drivers
    has_chain = drivers.route_first >= 0
    first, last = drivers.route_first[has_chain], drivers.route_last[has_chain]
    primary, target = drivers.route_primary[has_chain], layer1.route_target[has_chain]
    segment = layer1.route_segment[has_chain]
    v_line = layer1.segment_bus[segment] - V_BUS
    hicann = layer1.segment_hicann[segment]
    is_own = (hicann == target)[:, np.newaxis]
    reached = np.where(is_own, OWN_DRIVER_LINES[v_line], NEIGHBOUR_DRIVER_LINES[v_line])
    behind = usable.drivers.switches
    no_switch = ~(reached == primary[:, np.newaxis]).any(axis=1)
    chains = np.stack([first, primary, last])
    n_uses = _driver_uses(target, first, last)
    longest = mapping.origin.mapping_options.driver_chain_length
    broken = usable.drivers.drivers
    return {
        "chains of drivers leave their quadrant": (
            np.ptp(chains // _HALF, axis=0) + np.ptp(DRIVER_SIDE[chains], axis=0)
        ),
        "chains of drivers are longer than allowed": (last - first) // _LINE_STEP >= longest,
        "chains of drivers are not reached by their lines": no_switch,
        "chains of drivers are behind broken synapse switches": (
            behind is not None and behind[hicann, v_line, primary]
        ),
        "drivers belong to several chains": n_uses > 1,
        "drivers are broken": broken is not None and (n_uses > 0) & broken,
    }


def _driver_uses(
    hicann: NDArray[np.int32], first: NDArray[np.int32], last: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return (384, 224) how many chains each driver belongs to, by driver line."""
    length = (last - first) // _LINE_STEP + 1
    number = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    driver = np.repeat(first, length) + _LINE_STEP * number
    n_uses = np.zeros((HICANNS_PER_WAFER, DRIVERS_PER_HICANN), dtype=np.int64)
    np.add.at(n_uses, (np.repeat(hicann, length), driver), 1)
    return n_uses


def _rows(mapping: MappingResult) -> dict[str, Any]:
    """Rows that are set belong to the chain of their route."""
    hicann, row = np.nonzero(mapping.rows.route >= 0)
    route = mapping.rows.route[hicann, row]
    first, last = mapping.drivers.route_first[route], mapping.drivers.route_last[route]
    driver = row // ROWS_PER_DRIVER
    is_inside = (
        (mapping.layer1.route_target[route] == hicann)
        & (first >= 0)
        & (first <= driver)
        & (driver <= last)
        & (DRIVER_SIDE[driver] == DRIVER_SIDE[first])
    )
    return {"rows do not belong to the chain of their route": ~is_inside}
