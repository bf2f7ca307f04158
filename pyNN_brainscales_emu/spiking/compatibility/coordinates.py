"""Coordinates of neuron circuits as the hardware's own software names them (``halco``).

As many as scripts need that place neurons by hand. Numbers follow
halco:include/halco/hicann-dls/vx/neuron.h: row times 256 plus column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Final, Self

from pyNN_brainscales_emu.errors import PlacementError

COLUMNS: Final = 256
ROWS: Final = 2


class _Number:
    """A number of a limited range."""

    size: ClassVar[int]

    def __init__(self, value: object = 0) -> None:
        number = int(getattr(value, "number", value))  # type: ignore[call-overload]
        if not 0 <= number < self.size:
            raise PlacementError(type(self).__name__, value=number, limit=f"0 to {self.size - 1}")
        self.number = number

    def value(self) -> int:
        """Return the number."""
        return self.number

    def toEnum(self) -> Self:  # noqa: N802  (halco's name)
        """Return the number, as a coordinate."""
        return self

    def __int__(self) -> int:
        return self.number

    def __index__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.number == int(other)  # type: ignore[call-overload]

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.number))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.number})"


class Enum(_Number):
    """Any number."""

    size = 2**31


#: Numbers of a range, as halco's Python names them.
EnumRanged_256_ = EnumRanged_512_ = Enum


class NeuronRowOnDLS(_Number):
    """Row of circuits: 0 top, 1 bottom."""

    size = ROWS


class NeuronColumnOnDLS(_Number):
    """Column of circuits."""

    size = COLUMNS


class SynapticInputOnNeuron(_Number):
    """Synaptic input: 0 excitatory, 1 inhibitory."""

    size = 2


class CompartmentOnLogicalNeuron(_Number):
    """Compartment of a neuron; there is one."""

    size = 1


class AtomicNeuronOnLogicalNeuron(_Number):
    """Circuit of a neuron, counted from its first one: row times 256 plus column."""

    size = ROWS * COLUMNS


class AtomicNeuronOnDLS(_Number):
    """Circuit on the chip: a number, or column and row in either order."""

    size = ROWS * COLUMNS

    def __init__(self, *place: object) -> None:
        if len(place) == 2:
            row = next(p for p in place if isinstance(p, NeuronRowOnDLS))
            column = next(p for p in place if isinstance(p, NeuronColumnOnDLS))
            super().__init__(row.number * COLUMNS + column.number)
        else:
            super().__init__(*place)


class LogicalNeuronCompartments:
    """The shape of a neuron: circuits of each compartment, counted from the first circuit."""

    def __init__(
        self,
        compartments: Mapping[CompartmentOnLogicalNeuron, Iterable[AtomicNeuronOnLogicalNeuron]],
    ) -> None:
        self._compartments = {key: list(circuits) for key, circuits in compartments.items()}

    def get_compartments(
        self,
    ) -> dict[CompartmentOnLogicalNeuron, list[AtomicNeuronOnLogicalNeuron]]:
        """Return the circuits by compartment."""
        return self._compartments


class LogicalNeuronOnDLS:
    """A placed neuron: its shape, and where its first circuit is.

    Raises
    ------
    PlacementError
        If a circuit would lie outside of the chip.
    """

    def __init__(self, shape: LogicalNeuronCompartments, anchor: AtomicNeuronOnDLS) -> None:
        self._circuits: list[AtomicNeuronOnDLS] = []
        anchor_row, anchor_column = divmod(int(anchor), COLUMNS)
        for circuits in shape.get_compartments().values():
            for circuit in circuits:
                row, column = divmod(int(circuit), COLUMNS)
                place = NeuronRowOnDLS((anchor_row + row) % ROWS)
                self._circuits.append(
                    AtomicNeuronOnDLS(place, NeuronColumnOnDLS(anchor_column + column))
                )

    def get_atomic_neurons(self) -> list[AtomicNeuronOnDLS]:
        """Return the circuits."""
        return self._circuits

    def __repr__(self) -> str:
        return f"LogicalNeuronOnDLS({', '.join(str(int(c)) for c in self._circuits)})"


def iter_all(kind: type[_Number]) -> Iterator[_Number]:
    """Yield all coordinates of a kind."""
    return (kind(number) for number in range(kind.size))
