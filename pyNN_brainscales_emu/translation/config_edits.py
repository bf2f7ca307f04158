"""Edited copies of configurations, checked against what the hardware can be set to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError, ParameterRangeError
from pyNN_brainscales_emu.hardware.constants import (
    FG_BLOCKS_PER_HICANN,
    FLOATING_GATE_MAX,
    GMAX_DIVISOR_MAX,
    GMAX_DIVISOR_MIN,
    WEIGHT_MAX,
)
from pyNN_brainscales_emu.hardware.floating_gate import (
    GMAX_CELLS,
    SHARED_NEURON_CELLS,
    has_shared_cell,
)
from pyNN_brainscales_emu.translation.config_places import (
    check_cell,
    check_shared_cell,
    denmems_of,
    projection_number,
    rows_of,
)
from pyNN_brainscales_emu.translation.edits import forget_asked, neurons_of_blocks, set_cell

if TYPE_CHECKING:
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

Integers = NDArray[np.int64]

#: Digital weight that stands for a synapse that is switched off.
OFF = -1


def with_floating_gates(
    config: HardwareConfig, cell: str, values: Any, where: Any = None
) -> HardwareConfig:
    """See `HardwareConfig.with_floating_gates`."""
    check_cell(cell)
    if isinstance(values, Mapping):
        if where is not None:
            raise ParameterError(
                "with_floating_gates(): a mapping names the places itself", value=where, limit=None
            )
        for place, value in values.items():
            config = with_floating_gates(config, cell, value, place)
        return config
    mask = denmems_of(config, where)
    chosen = np.flatnonzero(mask)

    def name(i: int) -> str:
        denmems = config.denmems
        return f"{cell} of denmem {denmems.denmem[chosen[i]]} on HICANN {denmems.hicann[chosen[i]]}"

    stored = _integers(cell, values, len(chosen), 0, FLOATING_GATE_MAX, name)
    changed = mask.copy()
    changed[chosen] = stored != config.neurons.cells[cell][chosen]
    values = stored[changed[chosen]].astype(np.int32)
    neurons = set_cell(config.neurons, cell, changed, values)
    return replace(config, neurons=neurons)


def with_shared(
    config: HardwareConfig,
    cell: str,
    values: Any,
    hicann: int | None = None,
    block: int | None = None,
) -> HardwareConfig:
    """See `HardwareConfig.with_shared`."""
    check_shared_cell(cell)
    return _with_blocks(config, cell, values, _hicanns(config, hicann), _blocks(block))


def with_gmax(
    config: HardwareConfig,
    values: Any,
    selector: int | None = None,
    hicann: int | None = None,
    block: int | None = None,
) -> HardwareConfig:
    """See `HardwareConfig.with_gmax`."""
    hicanns, blocks = _hicanns(config, hicann), _blocks(block)
    if selector is not None:
        chosen = _number("selector of V_gmax", selector, len(GMAX_CELLS))
        return _with_blocks(config, GMAX_CELLS[chosen], values, hicanns, blocks)
    given = np.asarray(values)
    if given.ndim and given.shape[-1] != len(GMAX_CELLS):
        raise ParameterError(
            "with_gmax(): shape of the values", value=given.shape, limit="a last axis of 4"
        )
    for number, cell in enumerate(GMAX_CELLS):
        of_cell = given[..., number] if given.ndim else given
        config = _with_blocks(config, cell, of_cell, hicanns, blocks)
    return config


def with_rows(
    config: HardwareConfig, gmax_selector: Any = None, gmax_divisor: Any = None, where: Any = None
) -> HardwareConfig:
    """See `HardwareConfig.with_rows`."""
    mask = rows_of(config, where)
    chosen = np.flatnonzero(mask)
    rows, columns = config.rows, {}
    for column, values, low, high in (
        ("gmax_selector", gmax_selector, 0, len(GMAX_CELLS) - 1),
        ("gmax_divisor", gmax_divisor, GMAX_DIVISOR_MIN, GMAX_DIVISOR_MAX),
    ):
        if values is None:
            continue

        def name(i: int, column: str = column) -> str:
            return f"{column} of row {rows.row[chosen[i]]} on HICANN {rows.hicann[chosen[i]]}"

        stored = getattr(rows, column).copy()
        stored[mask] = _integers(column, values, len(chosen), low, high, name)
        columns[column] = stored
    return replace(config, synapses=replace(config.synapses, rows=replace(rows, **columns)))


def with_digital_weights(config: HardwareConfig, projection: Any, values: Any) -> HardwareConfig:
    """See `HardwareConfig.with_digital_weights`."""
    synapses, number = config.synapses, projection_number(config, projection)
    label = config.network.projections[number][0]

    def name(i: int) -> str:
        return f"digital weight of synapse {i} of {label!r}"

    before = synapses.digital[number]
    stored = _integers("digital weights", values, len(before), OFF, WEIGHT_MAX, name)
    by_hand = stored != before
    known = synapses.by_hand[number]
    by_hand = by_hand if known is None else by_hand | known
    changed = replace(
        synapses,
        digital=_with_entry(synapses.digital, number, stored.astype(np.int16)),
        clipped=_with_entry(synapses.clipped, number, synapses.clipped[number] & ~by_hand),
        by_hand=_with_entry(synapses.by_hand, number, by_hand),
    )
    return replace(config, synapses=changed)


def _with_entry(entries: tuple[Any, ...], number: int, entry: Any) -> tuple[Any, ...]:
    return (*entries[:number], entry, *entries[number + 1 :])


def _with_blocks(
    config: HardwareConfig, cell: str, values: Any, hicanns: Integers, blocks: Integers
) -> HardwareConfig:
    before = config.shared_cells.cells[cell]
    shape = (len(hicanns), len(blocks))

    def name(i: int) -> str:
        row, column = divmod(i, shape[1])
        return f"{cell} of block {blocks[column]} on HICANN {config.hicanns[hicanns[row]]}"

    given = _numbers(cell, values, shape).ravel()
    exists = has_shared_cell(cell)[blocks]
    if not exists.any():
        raise ParameterError(f"{cell}: the block does not have this cell", value=blocks.tolist())
    # Blocks without the cell take any value, and keep none.
    given = np.where(np.tile(exists, shape[0]), given, 0)
    stored = _integers(cell, given, given.size, 0, FLOATING_GATE_MAX, name).reshape(shape)
    after = before.copy()
    after[np.ix_(hicanns, blocks)] = np.where(exists, stored, -1)
    shared_cells = replace(config.shared_cells, cells={**config.shared_cells.cells, cell: after})
    neurons = config.neurons
    if cell in SHARED_NEURON_CELLS:
        where = neurons_of_blocks(neurons, shared_cells, after != before)
        neurons = forget_asked(neurons, cell, where)
    return replace(config, neurons=neurons, shared_cells=shared_cells)


def _hicanns(config: HardwareConfig, hicann: int | None) -> Integers:
    if hicann is None:
        return np.arange(len(config.hicanns))
    found = np.flatnonzero(config.hicanns == hicann)
    if not isinstance(hicann, int | np.integer) or not len(found):
        raise ParameterError(
            "hardware_config: HICANN without neurons", value=hicann, limit=config.hicanns.tolist()
        )
    return found


def _blocks(block: int | None) -> Integers:
    if block is None:
        return np.arange(FG_BLOCKS_PER_HICANN)
    return np.array([_number("block of floating gates", block, FG_BLOCKS_PER_HICANN)])


def _number(what: str, value: Any, size: int) -> int:
    if not hasattr(value, "__index__") or not 0 <= value < size:
        raise ParameterError(f"hardware_config: {what}", value=value, limit=f"0 to {size - 1}")
    return int(value)


def _integers(what: str, values: Any, size: int, low: int, high: int, name: Any) -> Integers:
    """Return values as whole numbers of a range; `name` says what the i-th one is."""
    given = _numbers(what, values, size)
    wrong = ~((given >= low) & (given <= high) & (given == np.rint(given)))
    if wrong.any():
        first = int(np.argmax(wrong))
        others = int(np.count_nonzero(wrong)) - 1
        raise ParameterRangeError(
            name(first) + (f", and {others} others" if others else ""),
            value=float(given[first]),
            limit=f"whole numbers {low} to {high}",
        )
    return given.astype(np.int64)


def _numbers(what: str, values: Any, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Return values as an array of numbers of this shape."""
    try:
        given = np.asarray(values)
        if given.dtype.kind in "bSU":  # truth values and texts are no numbers here
            raise TypeError
        return np.broadcast_to(given.astype(float), shape)
    except (TypeError, ValueError):
        raise ParameterError(
            f"hardware_config: values of {what}",
            value=np.shape(values) or values,
            limit=f"one whole number, or {shape}",
        ) from None
