"""Conversion of the quantities that floating gates set, between biology and hardware."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import CAPACITANCE_BIG_F
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.translation.cell_targets import Quantity

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Units:
    """Conversion of one quantity for some neurons.

    Conductances and currents are those of one denmem: a logical neuron's denmems share them as
    they share its capacitance, so the neuron's size cancels.
    """

    scaling: Scaling
    quantity: Quantity
    cm: Array
    capacitance: Array | float = CAPACITANCE_BIG_F  # of one denmem, F

    def to_hw(self, value: Array) -> Array:
        """Return hardware values (V, s, S, A) for biological ones."""
        match self.quantity:
            case Quantity.POTENTIAL:
                return self.scaling.voltage_to_hw(value)
            case Quantity.DIFFERENCE:
                return self.scaling.voltage_difference_to_hw(value)
            case Quantity.TIME:
                return self.scaling.time_to_hw(value)
            case Quantity.CONDUCTANCE_NS:
                return self.scaling.conductance_to_hw(1e-3 * value, self.cm, self.capacitance)
            case Quantity.CURRENT:
                return self.scaling.current_to_hw(value, self.cm, self.capacitance)

    def to_bio(self, value: Array) -> Array:
        """Return biological values for hardware ones."""
        match self.quantity:
            case Quantity.POTENTIAL:
                return self.scaling.voltage_to_bio(value)
            case Quantity.DIFFERENCE:
                return self.scaling.voltage_difference_to_bio(value)
            case Quantity.TIME:
                return self.scaling.time_to_bio(value)
            case Quantity.CONDUCTANCE_NS:
                return 1e3 * self.scaling.conductance_to_bio(value, self.cm, self.capacitance)
            case Quantity.CURRENT:
                return self.scaling.current_to_bio(value, self.cm, self.capacitance)
