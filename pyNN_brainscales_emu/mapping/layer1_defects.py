"""Defects of layer 1: lines, repeaters and crossbar switches that routes must not use."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.layer1 import (
    CROSSBAR,
    H_LINES,
    H_REPEATER_BORDER,
    V_LINES,
    V_REPEATER_BORDER,
)
from pyNN_brainscales_emu.hardware.topology import EAST, NEIGHBOURS, NORTH, SOUTH, WEST

_OPPOSITE = {NORTH: SOUTH, SOUTH: NORTH, EAST: WEST, WEST: EAST}


_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "hicann": (HICANNS_PER_WAFER,),
    "h_line": (HICANNS_PER_WAFER, H_LINES),
    "v_line": (HICANNS_PER_WAFER, V_LINES),
    "h_repeater": (HICANNS_PER_WAFER, H_LINES),
    "v_repeater": (HICANNS_PER_WAFER, V_LINES),
}


def _none(name: str) -> partial[NDArray[np.bool_]]:
    return partial(np.zeros, _SHAPES[name], dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Layer1Defects:
    """What is defect on layer 1; by default nothing.

    A dead HICANN takes along its lines, its drivers and the lines of its neighbours that its
    repeaters would drive: every second line beyond each of its borders
    (hbp-sp9-guidebook:pm/using_pm_newflow.rst). As sending repeaters drive even H lines, which
    end at the repeater of the eastern neighbour, the HICANN west of a dead one cannot send.

    A line does not pass the border at which its repeater is dead; on either HICANN it can still
    be used. A dead sending repeater sends nothing.

    Attributes
    ----------
    hicann : (384,) bool
        Dead HICANNs.
    h_line : (384, 64) bool
    v_line : (384, 256) bool
    h_repeater : (384, 64) bool
        By HICANN and H line; which border it serves is `hardware.layer1.H_REPEATER_BORDER`.
    v_repeater : (384, 256) bool
    crossbar_switches : (n, 3) int32
        HICANN, H line and V line of each defect switch.

    Raises
    ------
    OptionError
        If a mask has another shape or type, or a switch does not exist.
    """

    hicann: NDArray[np.bool_] = field(default_factory=_none("hicann"))
    h_line: NDArray[np.bool_] = field(default_factory=_none("h_line"))
    v_line: NDArray[np.bool_] = field(default_factory=_none("v_line"))
    h_repeater: NDArray[np.bool_] = field(default_factory=_none("h_repeater"))
    v_repeater: NDArray[np.bool_] = field(default_factory=_none("v_repeater"))
    crossbar_switches: NDArray[np.int32] = field(
        default_factory=lambda: np.empty((0, 3), dtype=np.int32)
    )

    def __post_init__(self) -> None:
        for name, shape in _SHAPES.items():
            mask = getattr(self, name)
            if mask.shape != shape or mask.dtype != bool:
                raise OptionError(
                    f"The layer-1 defects {name!r} have the wrong form",
                    value=(mask.shape, str(mask.dtype)),
                    limit=(shape, "bool"),
                )
        self._check_switches()

    def _check_switches(self) -> None:
        switches = self.crossbar_switches
        integers = np.issubdtype(switches.dtype, np.integer)
        if not integers or switches.ndim != 2 or switches.shape[1] != 3:
            raise OptionError(
                "The layer-1 defects 'crossbar_switches' have the wrong form",
                value=(switches.shape, str(switches.dtype)),
                limit="(n, 3) integers: HICANN, H line and V line of each",
            )
        limits = (HICANNS_PER_WAFER, H_LINES, V_LINES)
        missing = np.any((switches < 0) | (switches >= limits), axis=1)
        inside = np.flatnonzero(~missing)
        _, h_line, v_line = switches[inside].T
        missing[inside] = ~CROSSBAR[h_line, v_line]
        if missing.any():
            raise OptionError(
                f"{np.count_nonzero(missing)} defect crossbar switches do not exist",
                value=[tuple(switch) for switch in switches[missing][:3].tolist()],
                limit="the switches of hardware.layer1.CROSSBAR on HICANNs 0 to 383",
            )


def unusable_buses(defects: Layer1Defects) -> NDArray[np.bool_]:
    """Return the buses that no route may occupy.

    Returns
    -------
    (384, 320) bool
        By HICANN and bus: lines that are defect, lie on a dead HICANN or would be driven by a
        repeater of one.
    """
    unusable: NDArray[np.bool_] = np.concatenate([defects.h_line, defects.v_line], axis=1)
    unusable[defects.hicann] = True
    border = np.concatenate([H_REPEATER_BORDER, V_REPEATER_BORDER])
    for direction, opposite in _OPPOSITE.items():
        # A line without a repeater of its own at this border ends at the neighbour's.
        ends_at_neighbour = border == opposite
        dead_beyond = has_dead_neighbour(defects, direction)
        unusable[np.outer(dead_beyond, ends_at_neighbour)] = True
    return unusable


def has_dead_neighbour(defects: Layer1Defects, direction: int) -> NDArray[np.bool_]:
    """Return (384,) whether the neighbour in a direction (of `NEIGHBOURS`) exists and is dead."""
    neighbour = NEIGHBOURS[:, direction]
    dead: NDArray[np.bool_] = (neighbour >= 0) & defects.hicann[neighbour]
    return dead


def dead_repeaters(defects: Layer1Defects) -> NDArray[np.bool_]:
    """Return (384, 320) whether the own repeater of a bus is dead, by HICANN and bus."""
    return np.concatenate([defects.h_repeater, defects.v_repeater], axis=1)
