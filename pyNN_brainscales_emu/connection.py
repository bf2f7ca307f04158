"""Single synapses as objects, made only when somebody asks for them."""

from __future__ import annotations

from typing import Any, Final

from pyNN import common, errors

NAMES: Final = ("presynaptic_index", "postsynaptic_index", "weight", "delay")


class Connection(common.Connection):  # type: ignore[misc]
    """One synapse of a projection: reads and writes the projection's columns."""

    def __init__(self, projection: Any, index: int) -> None:
        self._projection = projection
        self._index = index

    @property
    def presynaptic_index(self) -> int:
        """Index of the presynaptic cell in its population, view or assembly."""
        return int(self._projection.synapses.pre[self._index])

    @property
    def postsynaptic_index(self) -> int:
        """Index of the postsynaptic cell in its population, view or assembly."""
        return int(self._projection.synapses.post[self._index])

    @property
    def weight(self) -> float:
        """Weight asked for: uS, nA or mV, as the postsynaptic model has it."""
        return float(self._projection.synapses.values["weight"][self._index])

    @weight.setter
    def weight(self, value: float) -> None:
        self._projection.set_one("weight", self._index, value)

    @property
    def delay(self) -> float:
        """Delay asked for, ms."""
        return float(self._projection.synapses.values["delay"][self._index])

    @delay.setter
    def delay(self, value: float) -> None:
        self._projection.set_one("delay", self._index, value)

    def as_tuple(self, *attribute_names: str) -> tuple[Any, ...]:
        """Return the named attributes.

        Raises
        ------
        pyNN.errors.NonExistentParameterError
            If synapses have no such attribute.
        """
        for name in attribute_names:
            if name not in NAMES:
                model = type(self._projection.synapse_type).__name__
                raise errors.NonExistentParameterError(name, model, NAMES)
        return tuple(getattr(self, name) for name in attribute_names)
