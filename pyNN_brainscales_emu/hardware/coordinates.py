"""Typed coordinates of the wafer's components.

A coordinate is made from its number (its *enum*, as the hardware software calls it), compares and
sorts by it, and turns into it with `int`. Coordinates of different kinds never compare equal.
Numbering: halco:include/halco/hicann/v2/{hicann,neuron,external}.h.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import ClassVar, Self

from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.hardware.constants import (
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    DENMEMS_PER_HICANN,
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
    LINK_CHANNELS_PER_HICANN,
    NEURON_BLOCKS_PER_HICANN,
    RETICLES_PER_WAFER,
)
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_FPGA,
    HICANN_GRID,
    HICANN_RETICLE,
    HICANN_X,
    HICANN_Y,
    RETICLE_FPGA,
    RETICLE_GRID,
    RETICLE_X,
    RETICLE_Y,
)


@dataclass(frozen=True, order=True, repr=False)
class Coordinate:
    """A component's number among its like.

    Parameters
    ----------
    enum : int
        0 to `size` - 1.

    Raises
    ------
    PlacementError
        For a number outside this range.
    """

    enum: int

    #: Number of components of this kind.
    size: ClassVar[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "enum", _checked(type(self).__name__, self.enum, self.size))

    def __int__(self) -> int:
        return self.enum

    def __index__(self) -> int:
        return self.enum

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.enum})"


@dataclass(frozen=True, order=True, repr=False)
class HICANNOnWafer(Coordinate):
    """A HICANN chip on the wafer: 0..383, row by row from the top left."""

    size: ClassVar[int] = HICANNS_PER_WAFER

    @classmethod
    def from_xy(cls, x: int, y: int) -> Self:
        """Return the HICANN in column x (from the west) and row y (from the north).

        Raises
        ------
        PlacementError
            If the wafer has no HICANN there.
        """
        return cls(_number_at(cls.__name__, HICANN_GRID.tolist(), x, y))

    @property
    def x(self) -> int:
        """Column, 0..35 from west to east."""
        return int(HICANN_X[self.enum])

    @property
    def y(self) -> int:
        """Row, 0..15 from north to south."""
        return int(HICANN_Y[self.enum])

    @property
    def dnc(self) -> DNCOnWafer:
        """The reticle that the HICANN belongs to."""
        return DNCOnWafer(int(HICANN_RETICLE[self.enum]))

    @property
    def fpga(self) -> FPGAOnWafer:
        """The FPGA that serves the HICANN."""
        return FPGAOnWafer(int(HICANN_FPGA[self.enum]))


@dataclass(frozen=True, order=True, repr=False)
class DNCOnWafer(Coordinate):
    """A reticle of eight HICANNs: 0..47, row by row from the top left."""

    size: ClassVar[int] = RETICLES_PER_WAFER

    @classmethod
    def from_xy(cls, x: int, y: int) -> Self:
        """Return the reticle in column x and row y of the grid of reticles.

        Raises
        ------
        PlacementError
            If the wafer has no reticle there.
        """
        return cls(_number_at(cls.__name__, RETICLE_GRID.tolist(), x, y))

    @property
    def x(self) -> int:
        """Column in the grid of reticles, 0..8."""
        return int(RETICLE_X[self.enum])

    @property
    def y(self) -> int:
        """Row in the grid of reticles, 0..7."""
        return int(RETICLE_Y[self.enum])

    @property
    def fpga(self) -> FPGAOnWafer:
        """The FPGA that serves the reticle."""
        return FPGAOnWafer(int(RETICLE_FPGA[self.enum]))


@dataclass(frozen=True, order=True, repr=False)
class FPGAOnWafer(Coordinate):
    """An FPGA of the wafer module: 0..47, one for each reticle."""

    size: ClassVar[int] = FPGAS_PER_WAFER


@dataclass(frozen=True, order=True, repr=False)
class NeuronBlockOnHICANN(Coordinate):
    """A neuron block: 0..7 from west to east, 32 columns of denmems each."""

    size: ClassVar[int] = NEURON_BLOCKS_PER_HICANN


@dataclass(frozen=True, order=True, repr=False)
class NeuronOnHICANN(Coordinate):
    """A denmem: 0..511, first the top row from west to east, then the bottom row."""

    size: ClassVar[int] = DENMEMS_PER_HICANN

    @classmethod
    def from_xy(cls, x: int, y: int) -> Self:
        """Return the denmem in column x (0..255) of the top (y = 0) or bottom (1) row.

        Raises
        ------
        PlacementError
            For a column or row outside these ranges.
        """
        x = _checked(f"{cls.__name__} x", x, DENMEM_COLUMNS)
        y = _checked(f"{cls.__name__} y", y, DENMEM_ROWS)
        return cls(y * DENMEM_COLUMNS + x)

    @property
    def x(self) -> int:
        """Column, 0..255."""
        return self.enum % DENMEM_COLUMNS

    @property
    def y(self) -> int:
        """Row: 0 top, 1 bottom."""
        return self.enum // DENMEM_COLUMNS

    @property
    def block(self) -> NeuronBlockOnHICANN:
        """The neuron block that the denmem belongs to."""
        return NeuronBlockOnHICANN(self.x // COLUMNS_PER_NEURON_BLOCK)


@dataclass(frozen=True, order=True, repr=False)
class GbitLinkOnHICANN(Coordinate):
    """A channel of the link between a HICANN and its FPGA: 0..7."""

    size: ClassVar[int] = LINK_CHANNELS_PER_HICANN


def _checked(name: str, value: int, size: int) -> int:
    """Return the value as a plain integer if it lies in 0..size-1."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if isinstance(value, bool) or not 0 <= number < size:
        raise PlacementError(
            f"{name} out of range", value=value, limit=f"an integer from 0 to {size - 1}"
        )
    return number


def _number_at(name: str, grid: list[list[int]], x: int, y: int) -> int:
    """Return the number in a grid of rows, where -1 marks empty places."""
    y = _checked(f"{name} y", y, len(grid))
    x = _checked(f"{name} x", x, len(grid[0]))
    if grid[y][x] < 0:
        occupied = [column for column, number in enumerate(grid[y]) if number >= 0]
        raise PlacementError(
            f"{name}: the wafer has none at this place",
            value=(x, y),
            limit=f"x from {occupied[0]} to {occupied[-1]} in row {y}",
        )
    return grid[y][x]
