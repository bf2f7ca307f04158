"""Which components of a wafer are broken.

Component classes after redman:include/redman/resources. What a defect means for a network is the
business of the mapping; here stands only which component it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from numbers import Integral, Real
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import BrainScaleSError, OptionError, noted, raise_together
from pyNN_brainscales_emu.hardware.constants import (
    ANALOG_OUTPUTS_PER_HICANN,
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    FG_BLOCKS_PER_HICANN,
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
    MERGERS_PER_TREE,
    NEURON_BLOCKS_PER_HICANN,
    SYNAPSE_ARRAYS_PER_HICANN,
    SYNAPSE_COLUMNS,
    SYNAPSE_ROWS_PER_HICANN,
    SYNAPTIC_INPUTS_PER_DENMEM,
)
from pyNN_brainscales_emu.hardware.layer1 import (
    CROSSBAR,
    H_LINES,
    SIDES,
    SYNAPSE_SWITCH,
    V_LINES,
)
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA
from pyNN_brainscales_emu.keyed_random import Purpose, uniform

#: Shapes of the classes that are masks.
MASKS: Final[dict[str, tuple[int, ...]]] = {
    "hicann": (HICANNS_PER_WAFER,),
    "fpga": (FPGAS_PER_WAFER,),
    "denmem": (HICANNS_PER_WAFER, DENMEMS_PER_HICANN),
    "synapse_driver": (HICANNS_PER_WAFER, DRIVERS_PER_HICANN),
    "synapse_row": (HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN),
    "h_line": (HICANNS_PER_WAFER, H_LINES),
    "v_line": (HICANNS_PER_WAFER, V_LINES),
    "h_repeater": (HICANNS_PER_WAFER, H_LINES),
    "v_repeater": (HICANNS_PER_WAFER, V_LINES),
    "merger": (HICANNS_PER_WAFER, MERGERS_PER_TREE),
    "dnc_merger": (HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN),
    "background_generator": (HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN),
    "analog_output": (HICANNS_PER_WAFER, ANALOG_OUTPUTS_PER_HICANN),
    "synaptic_input": (HICANNS_PER_WAFER, DENMEMS_PER_HICANN, SYNAPTIC_INPUTS_PER_DENMEM),
    "fg_block": (HICANNS_PER_WAFER, FG_BLOCKS_PER_HICANN),
    "synapse_array": (HICANNS_PER_WAFER, SYNAPSE_ARRAYS_PER_HICANN),
    "synapse_switch_row": (HICANNS_PER_WAFER, DRIVERS_PER_HICANN, SIDES),
    "highspeed_link": (HICANNS_PER_WAFER,),
}
#: Shapes of the classes that are lists, because they have millions of members.
LISTS: Final[dict[str, tuple[int, int, int]]] = {
    "crossbar_switch": (HICANNS_PER_WAFER, H_LINES, V_LINES),
    "synapse_switch": (HICANNS_PER_WAFER, V_LINES, DRIVERS_PER_HICANN),
    "synapse": (HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN, SYNAPSE_COLUMNS),
}
CLASSES: Final = (*MASKS, *LISTS)
#: So many components that do not exist are named in a message.
_NAMED: Final = 5
#: Which members of a list exist on every HICANN.
_EXISTS: Final[dict[str, NDArray[np.bool_]]] = {
    "crossbar_switch": CROSSBAR,
    "synapse_switch": SYNAPSE_SWITCH,
}


def _mask(name: str) -> partial[NDArray[np.bool_]]:
    return partial(np.zeros, MASKS[name], dtype=np.bool_)


def _list() -> NDArray[np.int32]:
    return np.zeros((0, 3), dtype=np.int32)


@dataclass(frozen=True, eq=False, repr=False)
class Defects:
    """Broken components; by default none.

    Attributes
    ----------
    hicann : (384,) bool
    fpga : (48,) bool
    denmem : (384, 512) bool
    synapse_driver : (384, 224) bool
        By driver line.
    synapse_row : (384, 448) bool
    h_line, v_line : (384, 64) and (384, 256) bool
    h_repeater, v_repeater : (384, 64) and (384, 256) bool
        The repeaters of the H lines 6, 14, ... 62 are the sending repeaters.
    merger : (384, 15) bool
        Eight mergers of level 0, four of level 1, two of level 2, one of level 3.
    dnc_merger : (384, 8) bool
    background_generator : (384, 8) bool
    analog_output : (384, 2) bool
        Used with ``setup(readout='hardware')`` only.
    synaptic_input : (384, 512, 2) bool
        Left and right input of each denmem, which then cannot be used.
    fg_block : (384, 4) bool
        Blocks of floating gates: top left, top right, bottom left, bottom right.
    synapse_array : (384, 2) bool
        Top and bottom.
    synapse_switch_row : (384, 224, 2) bool
        Synapse switches between the V lines of a HICANN's left or right side and a driver line.
    highspeed_link : (384,) bool
        Links between HICANN and FPGA: neither neurons nor stimuli then, but layer 1 works.
    crossbar_switch : (n, 3) int32
        HICANN, H line and V line of each.
    synapse_switch : (n, 3) int32
        HICANN of the V line, V line, and driver line.
    synapse : (n, 3) int32
        HICANN, row and column.

    Raises
    ------
    OptionError
        If a mask has another shape or type, or a switch or synapse does not exist.
    """

    hicann: NDArray[np.bool_] = field(default_factory=_mask("hicann"))
    fpga: NDArray[np.bool_] = field(default_factory=_mask("fpga"))
    denmem: NDArray[np.bool_] = field(default_factory=_mask("denmem"))
    synapse_driver: NDArray[np.bool_] = field(default_factory=_mask("synapse_driver"))
    synapse_row: NDArray[np.bool_] = field(default_factory=_mask("synapse_row"))
    h_line: NDArray[np.bool_] = field(default_factory=_mask("h_line"))
    v_line: NDArray[np.bool_] = field(default_factory=_mask("v_line"))
    h_repeater: NDArray[np.bool_] = field(default_factory=_mask("h_repeater"))
    v_repeater: NDArray[np.bool_] = field(default_factory=_mask("v_repeater"))
    merger: NDArray[np.bool_] = field(default_factory=_mask("merger"))
    dnc_merger: NDArray[np.bool_] = field(default_factory=_mask("dnc_merger"))
    background_generator: NDArray[np.bool_] = field(default_factory=_mask("background_generator"))
    analog_output: NDArray[np.bool_] = field(default_factory=_mask("analog_output"))
    synaptic_input: NDArray[np.bool_] = field(default_factory=_mask("synaptic_input"))
    fg_block: NDArray[np.bool_] = field(default_factory=_mask("fg_block"))
    synapse_array: NDArray[np.bool_] = field(default_factory=_mask("synapse_array"))
    synapse_switch_row: NDArray[np.bool_] = field(default_factory=_mask("synapse_switch_row"))
    highspeed_link: NDArray[np.bool_] = field(default_factory=_mask("highspeed_link"))
    crossbar_switch: NDArray[np.int32] = field(default_factory=_list)
    synapse_switch: NDArray[np.int32] = field(default_factory=_list)
    synapse: NDArray[np.int32] = field(default_factory=_list)

    def __post_init__(self) -> None:
        for name, shape in MASKS.items():
            _check_mask(name, getattr(self, name), shape)
        for name, shape in LISTS.items():
            _check_list(name, getattr(self, name), shape)

    @classmethod
    def draw(cls, rates: Mapping[str, float], seed: int) -> Self:
        """Draw defects independently of each other.

        Parameters
        ----------
        rates : mapping of str to float
            Probability, by class, that a component is broken; 0 for classes not named.
        seed : int
            The same seed and rate give the same defects, whatever the other rates.

        Raises
        ------
        OptionError
            For an unknown class, a rate outside 0 to 1, or a seed that is no integer.
        """
        _check_draw(rates, seed)
        drawn: dict[str, Any] = {}
        for name, rate in rates.items():
            draw = _drawn_mask if name in MASKS else _drawn_list
            drawn[name] = draw(name, float(rate), seed)
        return cls(**drawn)

    @property
    def any(self) -> bool:
        """Whether anything is broken."""
        return any(self.counts().values())

    @property
    def dead_hicanns(self) -> NDArray[np.bool_]:
        """(384,) HICANNs that are broken themselves or whose FPGA is."""
        return np.asarray(self.hicann | self.fpga[HICANN_FPGA])

    def counts(self) -> dict[str, int]:
        """Return how many components of each class are broken."""
        masks = {name: int(np.count_nonzero(getattr(self, name))) for name in MASKS}
        return masks | {name: len(getattr(self, name)) for name in LISTS}

    def __repr__(self) -> str:
        counts = {name: count for name, count in self.counts().items() if count}
        return f"Defects({', '.join(f'{count} {name}' for name, count in counts.items())})"


def as_list(name: str, defects: Defects) -> NDArray[np.int32]:
    """Return the coordinates of the broken components of a class, one a row."""
    value: NDArray[Any] = getattr(defects, name)
    return value if name in LISTS else np.argwhere(value).astype(np.int32)


def from_lists(coordinates: Mapping[str, NDArray[np.integer]]) -> Defects:
    """Return the defects with these coordinates, one a row, by class.

    Raises
    ------
    OptionError
        For an unknown class, or a component that does not exist.
    """
    values: dict[str, Any] = {}
    for name, rows in coordinates.items():
        _check_class(name)
        shape = MASKS.get(name) or LISTS[name]
        rows = np.asarray(rows)
        if rows.size and rows.dtype.kind not in "iu":
            raise OptionError(f"Defects: {name}", value=rows.dtype.name, limit="integers")
        rows = rows.reshape(-1, len(shape))
        outside = ((rows < 0) | (rows >= shape)).any(axis=1)
        if outside.any():
            wrong = rows[outside][:_NAMED]
            raise OptionError(
                f"Defects: there is no such {name}",
                value=wrong.ravel().tolist() if len(shape) == 1 else wrong.tolist(),
                limit="0 to " + ", 0 to ".join(str(size - 1) for size in shape),
            )
        rows = rows.astype(np.int32)
        if name in LISTS:
            values[name] = rows
        else:
            values[name] = np.zeros(shape, dtype=bool)
            values[name][tuple(rows.T)] = True
    return Defects(**values)


# --- drawing ---------------------------------------------------------------------------------


def _drawn_mask(name: str, rate: float, seed: int) -> NDArray[np.bool_]:
    shape = MASKS[name]
    index = np.arange(np.prod(shape), dtype=np.uint64)
    return (uniform(seed, Purpose.DEFECTS, index, CLASSES.index(name)) < rate).reshape(shape)


def _drawn_list(name: str, rate: float, seed: int) -> NDArray[np.int32]:
    """Draw the distances from one broken member to the next, as there are millions of members."""
    n_hicanns, *shape = LISTS[name]
    members = np.argwhere(_EXISTS.get(name, np.ones(shape, dtype=bool))).astype(np.int32)
    number = _every_so_many(rate, n_hicanns * len(members), seed, CLASSES.index(name))
    hicann, member = np.divmod(number, len(members))
    return np.column_stack([hicann.astype(np.int32), members[member]])


def _every_so_many(rate: float, size: int, seed: int, stream: int) -> NDArray[np.int64]:
    """Return numbers below `size`, each of which is chosen with probability `rate`."""
    if rate in (0.0, 1.0):
        return np.arange(size if rate else 0, dtype=np.int64)
    last, n_drawn, found = -1.0, 0, [np.zeros(0)]
    while last < size:
        n = 64 + int(1.1 * rate * size)
        draw = uniform(seed, Purpose.DEFECTS, np.arange(n_drawn, n_drawn + n), stream)
        found.append(last + np.cumsum(1.0 + np.floor(np.log(draw) / np.log1p(-rate))))
        last, n_drawn = float(found[-1][-1]), n_drawn + n
    numbers = np.concatenate(found)
    return numbers[numbers < size].astype(np.int64)


# --- checks ----------------------------------------------------------------------------------


def _check_class(name: str) -> None:
    if name not in CLASSES:
        raise OptionError("Defects: unknown class", value=name, limit=", ".join(CLASSES))


def _check_draw(rates: Any, seed: Any) -> None:
    if not isinstance(rates, Mapping):
        limit = "a mapping of classes to probabilities, {'denmem': 0.01}"
        raise OptionError("Defects: rates", value=rates, limit=limit)
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise OptionError("Defects: seed", value=seed, limit="an integer")
    problems: list[BrainScaleSError] = []
    for name, rate in rates.items():
        with noted(problems):
            _check_rate(name, rate)
    raise_together("Defects cannot be drawn", problems, OptionError)


def _check_rate(name: str, rate: Any) -> None:
    _check_class(name)
    is_number = isinstance(rate, Real) and not isinstance(rate, bool)
    if not (is_number and 0 <= rate <= 1):
        raise OptionError(f"Defects: rate of {name}", value=rate, limit="0 to 1")


def _check_mask(name: str, mask: Any, shape: tuple[int, ...]) -> None:
    if getattr(mask, "shape", None) != shape or mask.dtype != bool:
        raise OptionError(
            f"Defects: {name} has the wrong form",
            value=(getattr(mask, "shape", None), str(getattr(mask, "dtype", type(mask)))),
            limit=(shape, "bool"),
        )


def _check_list(name: str, rows: Any, shape: tuple[int, int, int]) -> None:
    form: tuple[int, ...] = getattr(rows, "shape", ())
    if len(form) != 2 or form[1] != 3 or not np.issubdtype(rows.dtype, np.integer):
        raise OptionError(
            f"Defects: {name} has the wrong form", value=form, limit="(n, 3) integers"
        )
    missing = np.any((rows < 0) | (rows >= shape), axis=1)
    if name in _EXISTS:
        inside = np.flatnonzero(~missing)
        _, first, second = rows[inside].T
        missing[inside] = ~_EXISTS[name][first, second]
    if missing.any():
        raise OptionError(
            f"Defects: {np.count_nonzero(missing)} of {name} do not exist",
            value=rows[missing][0].tolist(),
            limit=f"the components of {HICANNS_PER_WAFER} HICANNs",
        )


#: Fields and classes are the same, in the same order.
assert tuple(option.name for option in fields(Defects)) == CLASSES
