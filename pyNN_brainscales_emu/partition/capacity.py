"""What one chip has room for, as far as a partition needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyNN_brainscales_emu.errors import OptionError


@dataclass(frozen=True)
class Capacity:
    """Room for neurons on one chip.

    Parameters
    ----------
    circuits : int
        Neuron circuits on the chip.
    inputs_per_circuit : int
        Signed inputs of one circuit. A neuron with more inputs takes several circuits.

    Raises
    ------
    OptionError
        For numbers below one.
    """

    circuits: int
    inputs_per_circuit: int

    def __post_init__(self) -> None:
        for name in ("circuits", "inputs_per_circuit"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise OptionError(f"capacity: {name}", value=value, limit="whole numbers from 1")

    @property
    def most_inputs(self) -> int:
        """Inputs of a neuron that takes the whole chip."""
        return self.circuits * self.inputs_per_circuit

    def circuits_for(self, fan_in: int) -> int:
        """Return how many circuits a neuron with `fan_in` signed inputs takes; at least one."""
        return max(1, -(-fan_in // self.inputs_per_circuit))

    def neurons_of(self, circuits_per_neuron: int) -> int:
        """Return how many neurons of a size one chip has room for."""
        return self.circuits // circuits_per_neuron


#: BrainScaleS-2, HICANN-X v3: 512 circuits with 256 synapse rows each. A signed weight takes two
#: rows, one for each sign, so a circuit has 128 signed inputs. The planner's rule of Arnold et al.
#: (2025), "Scalable network emulation on analog neuromorphic hardware", figure 2.
BRAINSCALES2: Final = Capacity(circuits=512, inputs_per_circuit=128)
#: Chips by the names of their substrates.
CAPACITIES: Final = {"brainscales2": BRAINSCALES2}


def capacity_of(chip: str | Capacity) -> Capacity:
    """Return the capacity of a chip that is given by name or as it is.

    Raises
    ------
    OptionError
        For an unknown name.
    """
    if isinstance(chip, Capacity):
        return chip
    if chip not in CAPACITIES:
        raise OptionError("chip", value=chip, limit=f"a Capacity, or {', '.join(CAPACITIES)}")
    return CAPACITIES[chip]
