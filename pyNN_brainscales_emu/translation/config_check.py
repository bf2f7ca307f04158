"""Whether a configuration can be true, and whether it is one of a given network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.deviations import WRITES_END
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.circuit_modes import MODES
from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    FG_BLOCKS_PER_HICANN,
    FLOATING_GATE_MAX,
    GMAX_DIVISOR_MAX,
    GMAX_DIVISOR_MIN,
    HICANNS_PER_WAFER,
    SYNAPSE_ROWS_PER_HICANN,
    WEIGHT_MAX,
)
from pyNN_brainscales_emu.hardware.floating_gate import (
    GMAX_CELLS,
    SHARED_NEURON_CELLS,
    has_shared_cell,
)
from pyNN_brainscales_emu.translation.config_edits import OFF
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

#: Values, their shape, the smallest and the largest that they can have.
_Expected = tuple[NDArray[np.generic], tuple[int, ...], float, float]


def check_belongs(config: HardwareConfig, present: HardwareConfig) -> None:
    """Check that a configuration is one of the present network on the present wafer.

    Raises
    ------
    DataError
        Names what differs.
    """
    what = "the hardware configuration belongs to another"
    if config.wafer != present.wafer:
        raise DataError(f"{what} wafer", value=config.wafer, limit=present.wafer)
    if config.variation != present.variation:
        raise DataError(
            f"{what} chip: its circuits vary otherwise",
            value=f"variation={config.variation!r}",
            limit=f"variation={present.variation!r}",
        )
    differences = config.network.differences(present.network)
    if differences:
        raise DataError(f"{what} network: {'; '.join(differences)}")
    if config.places != present.places or not _same_places(config, present):
        raise DataError(
            f"{what} mapping of this network: its neurons or synapses sit elsewhere",
            remedy="Save the mapping as well, and load it with load_mapping() first.",
        )


def _same_places(config: HardwareConfig, present: HardwareConfig) -> bool:
    pairs = [
        (getattr(config.denmems, name), getattr(present.denmems, name))
        for name in ("neuron", "hicann", "denmem")
    ]
    pairs += [
        (getattr(config.rows, name), getattr(present.rows, name))
        for name in ("hicann", "row", "receptor", "stp_mode")
    ]
    return all(np.array_equal(one, other) for one, other in pairs)


def problems_of(config: HardwareConfig) -> list[str]:
    """Return in words what cannot be right about the arrays."""
    n_denmems, n_neurons = len(config.denmems), len(config.denmems.first)
    neuron = config.denmems.neuron
    problems = []
    steps = np.diff(neuron, prepend=-1)
    if np.any((steps < 0) | (steps > 1)) or n_neurons != _n_neurons(config):
        problems.append("denmems are not those of the neurons")
    if not 0 <= config.write_number < WRITES_END:
        problems.append(f"write_number is {config.write_number}, outside 0 to {WRITES_END - 1}")
    for name, (values, shape, low, high) in _expected(config, n_denmems, n_neurons).items():
        if values.shape != shape:
            problems.append(f"{name} has the shape {values.shape} instead of {shape}")
        elif values.size and not bool(np.all((values >= low) & (values <= high))):  # type: ignore[operator]
            problems.append(f"{name} holds values outside {low:g} to {high:g}, or not finite ones")
    return problems


def _n_neurons(config: HardwareConfig) -> int:
    return sum(size for _, size, is_source in config.network.populations if not is_source)


def _expected(config: HardwareConfig, n_denmems: int, n_neurons: int) -> dict[str, _Expected]:
    stored, shared, rows = config.neurons, config.shared_cells, config.rows
    denmems, n_hicanns = (n_denmems,), len(shared.hicann)
    in_use = np.unique(stored.denmems.hicann)
    expected: dict[str, _Expected] = {
        "HICANN of denmems": (stored.denmems.hicann, denmems, 0, HICANNS_PER_WAFER - 1),
        "number of denmems": (stored.denmems.denmem, denmems, 0, DENMEMS_PER_HICANN - 1),
        "HICANNs": (
            shared.hicann,
            in_use.shape,
            0,
            HICANNS_PER_WAFER - 1,
        ),
    }
    expected["settings of HICANNs"] = (shared.mode, (n_hicanns,), 0, len(MODES) - 1)
    for cell, values in stored.cells.items():
        expected[cell] = (values, denmems, 0, FLOATING_GATE_MAX)
    for cell, values in shared.cells.items():
        exists = has_shared_cell(cell)
        blocks = (n_hicanns, FG_BLOCKS_PER_HICANN)
        if values.shape == blocks:
            values, blocks = values[:, exists], (n_hicanns, int(exists.sum()))
        expected[cell] = (values, blocks, 0, FLOATING_GATE_MAX)
    for cell, flags in (*stored.on.items(), *stored.clipped.items()):
        shape = (n_neurons,) if cell in SHARED_NEURON_CELLS else denmems
        expected[f"flags of {cell}"] = (flags, shape, 0, 1)
    for cell, asked in stored.asked.items():
        shape = (n_neurons,) if cell in SHARED_NEURON_CELLS else denmems
        expected[f"held values of {cell}"] = (asked.held, shape, 0, FLOATING_GATE_MAX)
        known = np.nan_to_num(asked.value, nan=0.0)
        expected[f"asked values of {cell}"] = (known, shape, -1e300, 1e300)
        expected[f"range of {cell}"] = (asked.outside, shape, 0, 1)
    return expected | _expected_rows(config, rows.row.shape)


def _expected_rows(config: HardwareConfig, shape: tuple[int, ...]) -> dict[str, _Expected]:
    rows, synapses = config.rows, config.synapses
    expected: dict[str, _Expected] = {
        "HICANN of rows": (rows.hicann, shape, -1, HICANNS_PER_WAFER - 1),
        "number of rows": (rows.row, shape, -1, SYNAPSE_ROWS_PER_HICANN - 1),
        "receptor of rows": (rows.receptor, shape, 0, 1),
        "mode of rows": (rows.stp_mode, shape, 0, 2),
        "selector of rows": (rows.gmax_selector, shape, 0, len(GMAX_CELLS) - 1),
        "divisor of rows": (rows.gmax_divisor, shape, GMAX_DIVISOR_MIN, GMAX_DIVISOR_MAX),
        "strength of rows": (synapses.translated_strength, shape, 1e-9, 1e9),
    }
    for number, (label, size, _) in enumerate(config.network.projections):
        name = f"projection {number} ({label!r})"
        expected[f"digital weights of {name}"] = (
            synapses.digital[number],
            (size,),
            OFF,
            WEIGHT_MAX,
        )
        expected[f"flags of {name}"] = (synapses.clipped[number], (size,), 0, 1)
        by_hand = synapses.by_hand[number]
        if by_hand is not None:
            expected[f"edits of {name}"] = (by_hand, (size,), 0, 1)
    return expected
