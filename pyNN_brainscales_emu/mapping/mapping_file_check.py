"""What cannot be right about a mapping that was read from a file.

First that every array has its shape and values that the wafer has; then, if so, that the arrays go
together: what is taken twice, what is realised and lost at once, what layer 1 cannot do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    LINK_CHANNELS_PER_HICANN,
    NEURON_BLOCKS_PER_HICANN,
    NEURON_SIZE_MAX,
    NEURON_SIZE_MIN,
    SYNAPSE_ROWS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.layer1 import MERGER_LINES
from pyNN_brainscales_emu.mapping.driver_requirement import N_PREFIXES
from pyNN_brainscales_emu.mapping.layer1_check import layer1_violations
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects
from pyNN_brainscales_emu.mapping.layer1_results import (
    COLUMN_BITS,
    DECODER_BITS,
    ROW_BITS,
    SynapsePlaces,
)
from pyNN_brainscales_emu.mapping.line_check import line_violations
from pyNN_brainscales_emu.mapping.results import LossReason, MappingResult, ProjectionRouting
from pyNN_brainscales_emu.mapping.synapse_check import site_violations
from pyNN_brainscales_emu.mapping.synapse_table import N_SIGNS, STPMode
from pyNN_brainscales_emu.mapping.usable_components import usable_components

_MOST = 2**31
_ADDRESSES = 64
_SITES = HICANNS_PER_WAFER << (DECODER_BITS + COLUMN_BITS + ROW_BITS)


class _Form(NamedTuple):
    """What an array must be: whole numbers from `least` to below `limit`."""

    values: NDArray[Any]
    shape: tuple[int, ...]
    limit: int
    least: int = 0

    @property
    def is_kept(self) -> bool:
        values = self.values
        return (
            values.dtype.kind in "iu"
            and values.shape == self.shape
            and not np.any(values < self.least)
            and not np.any(values >= self.limit)
        )


def mapping_problems(mapping: MappingResult) -> list[str]:
    """Return in words what cannot be right about a mapping; an empty list if nothing is found.

    Whether it is one of the present network and wafer is the matter of `adoption`.
    """
    forms = _cell_forms(mapping) | _route_forms(mapping) | _synapse_forms(mapping)
    malformed = [
        f"{what} have a wrong number or value" for what, form in forms.items() if not form.is_kept
    ]
    return malformed or _contradictions(mapping) or _hardware_violations(mapping)


def _cell_forms(mapping: MappingResult) -> dict[str, _Form]:
    placement, lines, network = mapping.placement, mapping.lines, mapping.network
    sources = (sum(size for _, size, is_source in network.populations if is_source),)
    neurons, cells = (network.n_cells - sources[0],), (network.n_cells,)
    return {
        "neurons": _Form(placement.neuron_hicann, neurons, HICANNS_PER_WAFER),
        "denmems": _Form(placement.neuron_denmem, neurons, DENMEM_COLUMNS),
        "neuron sizes": _Form(
            placement.neuron_size, neurons, NEURON_SIZE_MAX + 1, least=NEURON_SIZE_MIN
        ),
        "sources": _Form(placement.source_hicann, sources, HICANNS_PER_WAFER),
        "channels": _Form(placement.source_channel, sources, LINK_CHANNELS_PER_HICANN),
        "synapses of neurons": _Form(
            mapping.neuron_synapses, (*neurons, len(LossReason)), limit=_MOST
        ),
        "lines": _Form(lines.hicann, (lines.n_lines,), HICANNS_PER_WAFER),
        "mergers of lines": _Form(lines.merger, (lines.n_lines,), len(MERGER_LINES)),
        "mergers of neuron blocks": _Form(
            mapping.block_merger,
            (HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN),
            len(MERGER_LINES),
            least=-1,
        ),
        "cells on lines": _Form(lines.cell_line, cells, lines.n_lines, least=-1),
        "addresses of cells": _Form(lines.cell_address, cells, _ADDRESSES, least=-1),
    }


def _route_forms(mapping: MappingResult) -> dict[str, _Form]:
    """Layer 1 has a check of its own, which needs arrays of equal length only."""
    layer1, drivers, rows = mapping.layer1, mapping.drivers, mapping.rows
    segments, routes = layer1.segment_line.shape[:1], layer1.route_line.shape[:1]
    failed, wafer = layer1.failed_line.shape[:1], (HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN)
    lengths = dict.fromkeys(("segment_line", "segment_hicann", "segment_bus"), segments)
    lengths |= dict.fromkeys(("segment_parent",), segments)
    lengths |= dict.fromkeys(("route_line", "route_target", "route_segment"), routes)
    lengths |= dict.fromkeys(("route_length",), routes)
    lengths |= dict.fromkeys(("failed_line", "failed_target"), failed)
    chain = ("route_first", "route_last", "route_primary")
    return {
        **{
            f"layer-1 arrays {name!r}": _Form(getattr(layer1, name), shape, _MOST, least=-1)
            for name, shape in lengths.items()
        },
        **{
            f"driver lines {name!r}": _Form(
                getattr(drivers, name), routes, DRIVERS_PER_HICANN, least=-1
            )
            for name in chain
        },
        "drivers needed": _Form(drivers.route_drivers_needed, routes, _MOST),
        "routes of rows": _Form(rows.route, wafer, routes[0], least=-1),
        "signs of rows": _Form(rows.sign, wafer, N_SIGNS, least=-1),
        "modes of rows": _Form(rows.mode, wafer, len(STPMode), least=-1),
        "prefixes of rows": _Form(rows.prefix, (*wafer, 2), N_PREFIXES, least=-1),
    }


def _synapse_forms(mapping: MappingResult) -> dict[str, _Form]:
    n_rows = mapping.n_rows
    forms = {
        "HICANNs of rows": _Form(mapping.row_place[:, 0], (n_rows,), HICANNS_PER_WAFER, least=-1),
        "places of rows": _Form(mapping.row_place, (n_rows, 2), SYNAPSE_ROWS_PER_HICANN, least=-1),
    }
    for (label, size, _), routing in zip(
        mapping.network.projections, mapping.projections, strict=True
    ):
        forms |= {
            f"reasons of {label!r}": _Form(routing.reason, (size,), len(LossReason)),
            f"rows of {label!r}": _Form(routing.row, (size,), n_rows, least=-1),
            f"sites of {label!r}": _Form(routing.site, (size,), _SITES, least=-1),
            f"distances of {label!r}": _Form(
                routing.distance, (size,), HICANNS_PER_WAFER, least=-1
            ),
        }
    return forms


def _contradictions(mapping: MappingResult) -> list[str]:
    """Return what does not go together; all arrays have their form."""
    return [*_array_contradictions(mapping), *_projection_contradictions(mapping)]


def _array_contradictions(mapping: MappingResult) -> Iterator[str]:
    placement, lines, drivers = mapping.placement, mapping.lines, mapping.drivers
    width = placement.neuron_size // DENMEM_ROWS
    first, last = placement.neuron_denmem, placement.neuron_denmem + width - 1
    chain = np.stack([drivers.route_first, drivers.route_primary, drivers.route_last])
    checks = {
        "neuron sizes are odd": placement.neuron_size % DENMEM_ROWS,
        "last columns of neurons are in another neuron block": (
            first // COLUMNS_PER_NEURON_BLOCK != last // COLUMNS_PER_NEURON_BLOCK
        ),
        "columns belong to several neurons": _column_uses(mapping, width) > 1,
        "cells have an address or a line only": (lines.cell_line < 0) != (lines.cell_address < 0),
        "chains of drivers have no end": _mixed(chain < 0, axis=0),
        "chains of drivers are not in order": np.diff(chain, axis=0) < 0,
        "rows have some settings only": _mixed(
            np.stack([mapping.rows.route, mapping.rows.sign, mapping.rows.mode]) < 0, axis=0
        ),
        "rows have half a place": _mixed(mapping.row_place < 0, axis=1),
        "losses of neurons are not those of synapses": (
            mapping.neuron_synapses.sum(axis=0) != _by_reason(mapping)
        ),
    }
    yield from (what for what, wrong in checks.items() if np.any(wrong))


def _projection_contradictions(mapping: MappingResult) -> Iterator[str]:
    for (label, _, _), routing in zip(
        mapping.network.projections, mapping.projections, strict=True
    ):
        if not _is_realised_or_lost(routing):
            yield f"synapses of {label!r} are realised and lost at once"
        elif not _is_in_its_rows(routing, mapping.row_place):
            yield f"synapses of {label!r} are elsewhere than their rows"


def _is_realised_or_lost(routing: ProjectionRouting) -> bool:
    realised = routing.realised
    return (
        np.array_equal(realised, routing.row >= 0)
        and np.array_equal(realised, routing.distance >= 0)
        and not np.any(routing.site[~realised] >= 0)
    )


def _is_in_its_rows(routing: ProjectionRouting, row_place: NDArray[np.int32]) -> bool:
    """Whether hardware synapses are where their rows are; rows without a place have none."""
    places = SynapsePlaces.of_sites(routing.site[routing.realised])
    hicann, row = row_place[routing.row[routing.realised]].T
    return np.array_equal(places.hicann, hicann) and np.array_equal(places.row, row)


def _mixed(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Return where a mask is neither all true nor all false along an axis."""
    return np.asarray(mask.any(axis=axis) & ~mask.all(axis=axis))


def _column_uses(mapping: MappingResult, width: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many neurons each column of the wafer belongs to."""
    placement = mapping.placement
    start = placement.neuron_hicann.astype(np.int64) * DENMEM_COLUMNS + placement.neuron_denmem
    n_columns = HICANNS_PER_WAFER * DENMEM_COLUMNS
    begun = np.bincount(start, minlength=n_columns + 1)
    ended = np.bincount(start + width, minlength=n_columns + 1)
    return np.asarray(np.cumsum(begun[:n_columns] - ended[:n_columns]))


def _by_reason(mapping: MappingResult) -> NDArray[np.int64]:
    counts = [np.bincount(r.reason, minlength=len(LossReason)) for r in mapping.projections]
    return np.asarray(sum(counts, np.zeros(len(LossReason), dtype=np.int64)))


def _hardware_violations(mapping: MappingResult) -> list[str]:
    """Return what the hardware cannot do; the arrays go together."""
    usable = usable_components(mapping.defects)
    violations = _layer1_violations(mapping, usable.layer1)
    if not violations:
        checks = line_violations(mapping, usable)
        violations = [what for what, wrong in checks.items() if np.any(wrong)]
        violations += site_violations(mapping, usable.broken_synapses)
    return violations


def _layer1_violations(mapping: MappingResult, defects: Layer1Defects) -> list[str]:
    """Return what the buses of the wafer cannot do; the pairs asked for are those in the file."""
    layer1, lines = mapping.layer1, mapping.lines
    line = np.concatenate([layer1.route_line, layer1.failed_line])
    target = np.concatenate([layer1.route_target, layer1.failed_target])
    order = np.lexsort((target, line))
    return layer1_violations(
        layer1,
        lines.hicann,
        lines.merger,
        np.searchsorted(line[order], np.arange(lines.n_lines + 1)),
        target[order],
        defects,
    )
