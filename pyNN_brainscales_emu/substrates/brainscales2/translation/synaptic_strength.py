"""What a digital weight does to a membrane, and the digital weights of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import (
    PSP_LSB_PER_WEIGHT,
    SYNAPSE_BIAS_RANGE,
    WEIGHT_MAX,
)
from pyNN_brainscales_emu.substrates.brainscales2.translation.potentials import PotentialScaling

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SynapticStrength:
    """The strength of all synapses of a chip.

    Parameters
    ----------
    bias : int
        Of the synapses' current converters (``synapse_dac_bias``); one value a chip.
    scaling : PotentialScaling
    """

    bias: int
    scaling: PotentialScaling

    @classmethod
    def for_weights(
        cls,
        largest_nA: float,  # noqa: N803  (the unit's name)
        cm_nF: float,  # noqa: N803
        scaling: PotentialScaling,
    ) -> SynapticStrength:
        """Return the smallest bias at which a weight fits into 63 steps; the largest at most.

        Parameters
        ----------
        largest_nA : float
            Amplitude of the strongest synapse.
        cm_nF : float
            Capacitance of its neuron.
        scaling : PotentialScaling
        """
        low, high = SYNAPSE_BIAS_RANGE
        per_bias = cls(1, scaling).step_nA(np.array([cm_nF]))[0]
        needed = int(np.ceil(largest_nA / (WEIGHT_MAX * per_bias) - 1e-9))
        return cls(min(max(needed, low), high), scaling)

    def step_nA(self, cm_nF: Array) -> Array:  # noqa: N802, N803  (the units' names)
        """Return the amplitude of the synaptic current of weight 1, in nA of biology.

        A current ``I exp(-t / tau)`` lifts a membrane of the same time constant by
        ``I tau / (e C)`` at most. 1 us of hardware time is 1 ms of biological time.
        """
        lsb_per_ms = np.e * PSP_LSB_PER_WEIGHT * self.bias
        step: Array = cm_nF * lsb_per_ms / self.scaling.lsb_per_mV
        return step

    def digital(self, weight_nA: Array, cm_nF: Array) -> NDArray[np.int64]:  # noqa: N803
        """Return signed weights in digital steps; above 63 they take several synapses."""
        return np.rint(weight_nA / self.step_nA(cm_nF)).astype(np.int64)
