"""Which denmems, rows and synapses of a configuration a user means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.hardware.floating_gate import BIAS_CELLS, NEURON_CELLS, SHARED_CELLS
from pyNN_brainscales_emu.translation.cell_targets import cell_hint

if TYPE_CHECKING:
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

Mask = NDArray[np.bool_]

#: Names of the cells that every denmem has.
DENMEM_CELLS: Final = (*NEURON_CELLS, *BIAS_CELLS)


def check_cell(cell: str) -> None:
    """Raise `ParameterError` unless a name is that of a cell of every denmem."""
    if cell in SHARED_CELLS:
        raise ParameterError(
            "hardware_config: the denmems of a block of floating gates share this cell",
            value=cell,
            remedy=f"Use shared({cell!r}) and with_shared({cell!r}, ...).",
        )
    _check_name("cell of the denmems", cell, DENMEM_CELLS)


def check_shared_cell(cell: str) -> None:
    """Raise `ParameterError` unless a name is that of a shared cell."""
    if cell in DENMEM_CELLS:
        raise ParameterError(
            "hardware_config: every denmem has this cell for itself",
            value=cell,
            remedy=f"Use floating_gates({cell!r}) and with_floating_gates({cell!r}, ...).",
        )
    _check_name("shared cell", cell, SHARED_CELLS)


def _check_name(kind: str, name: Any, known: Sequence[str]) -> None:
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.4)
        raise ParameterError(
            f"hardware_config: unknown {kind}",
            value=name,
            limit=", ".join(known),
            remedy=cell_hint(name) or (f"Did you mean {nearest[0]!r}?" if nearest else None),
        )


def denmems_of(config: HardwareConfig, what: Any) -> Mask:
    """Return the mask of denmems that `HardwareConfig.where` describes."""
    denmems = config.denmems
    if what is None:
        return np.ones(len(denmems), dtype=bool)
    if isinstance(what, np.ndarray) and what.dtype == bool:
        return _checked_mask("denmems", what, len(denmems))
    if isinstance(what, tuple):
        return _single("denmem", what, denmems.hicann, denmems.denmem)
    chosen = np.zeros(len(denmems.first), dtype=bool)
    chosen[_neurons_of(config, what)] = True
    return denmems.spread(chosen)


def rows_of(config: HardwareConfig, what: Any) -> Mask:
    """Return the mask of rows that `HardwareConfig.with_rows` describes."""
    rows = config.rows
    if what is None:
        return np.ones(len(rows.row), dtype=bool)
    if isinstance(what, tuple):
        return _single("row", what, rows.hicann, rows.row)
    return _checked_mask("rows", np.asarray(what), len(rows.row))


def projection_number(config: HardwareConfig, projection: Any) -> int:
    """Return the number of a projection of the network."""
    number, n = getattr(projection, "projection_number", projection), len(config.synapses.digital)
    is_number = hasattr(number, "__index__") and not isinstance(number, bool)
    if not is_number or not 0 <= number < n:
        raise ParameterError(
            "hardware_config: no such projection", value=projection, limit=f"{n} projections"
        )
    if number is not projection:
        config.network.check_projection(projection)
    return int(number)


def _single(kind: str, place: tuple[Any, ...], hicann: Any, number: Any) -> Mask:
    mask = np.asarray((hicann == place[0]) & (number == place[1])) if len(place) == 2 else None
    if mask is None or not mask.any():
        raise ParameterError(
            f"hardware_config: no such {kind} in use", value=place, limit=f"(HICANN, {kind})"
        )
    return mask


def _checked_mask(kind: str, mask: NDArray[Any], size: int) -> Mask:
    if mask.dtype != bool or mask.shape != (size,):
        raise ParameterError(
            f"hardware_config: mask of {kind}",
            value=f"{mask.dtype} of shape {mask.shape}",
            limit=f"bool of shape {(size,)}",
        )
    return mask


def _neurons_of(config: HardwareConfig, what: Any) -> NDArray[np.int64]:
    """Return the local indices of the neurons among some cells."""
    config.network.check_cells(what)
    # Cells are numbers that know their parameters, and refuse other attributes.
    among = what if isinstance(what, int) else getattr(what, "all_cells", what)
    cells = _whole_numbers(among)
    populations = config.network.populations
    size = np.array([size for _, size, _ in populations], dtype=np.int64)
    is_neuron = np.repeat([not is_source for _, _, is_source in populations], size).astype(bool)
    unknown = (cells < 0) | (cells >= len(is_neuron))
    if unknown.any() or not is_neuron[cells].all():
        raise ParameterError(
            "hardware_config: not the neurons of this network",
            value=what,
            limit="populations, views or cells of neurons, (HICANN, denmem), or a mask of denmems "
            "(an array of bool)",
        )
    return np.asarray((np.cumsum(is_neuron) - 1)[cells])


def _whole_numbers(among: Any) -> NDArray[np.int64]:
    """Return numbers of cells; -1, which no cell has, for truth values, text and fractions."""
    try:
        given = np.atleast_1d(among).ravel()
    except ValueError:
        return np.array([-1])
    # PyNN's cells are objects to NumPy.
    kinds = set(map(type, given)) if given.dtype == object else {given.dtype.type}
    whole = all(issubclass(k, int | np.integer) and not issubclass(k, bool) for k in kinds)
    return given.astype(np.int64) if whole or not given.size else np.array([-1])
