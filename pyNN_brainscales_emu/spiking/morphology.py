"""Shapes of neurons that take several circuits."""

from __future__ import annotations

from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.spiking.compatibility.coordinates import (
    COLUMNS,
    ROWS,
    AtomicNeuronOnLogicalNeuron,
    CompartmentOnLogicalNeuron,
    LogicalNeuronCompartments,
)


class SingleCompartmentNeuron:
    """One membrane of several circuits.

    Parameters
    ----------
    size : int
        Number of circuits.
    expand_horizontally : bool
        Whether they lie in one row; by default both rows of a column come first.
    """

    def __init__(self, size: int, expand_horizontally: bool = False) -> None:
        limit = COLUMNS if expand_horizontally else ROWS * COLUMNS
        if not 1 <= size <= limit:
            raise PlacementError("SingleCompartmentNeuron: size", value=size, limit=f"1 to {limit}")
        self.size = size
        self.expand_horizontally = expand_horizontally

    @property
    def compartments(self) -> LogicalNeuronCompartments:
        """The circuits, counted from the first one."""
        turns = range(self.size)
        places = (
            turns
            if self.expand_horizontally
            else [turn % ROWS * COLUMNS + turn // ROWS for turn in turns]
        )
        circuits = [AtomicNeuronOnLogicalNeuron(place) for place in places]
        return LogicalNeuronCompartments({CompartmentOnLogicalNeuron(): circuits})
