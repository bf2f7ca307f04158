"""Sources of input spikes."""

from __future__ import annotations

from typing import Any

from pyNN_brainscales_emu.spiking import functional
from pyNN_brainscales_emu.spiking.handles import LIFObservables
from pyNN_brainscales_emu.spiking.modules.base import Population


class InputNeuron(Population):
    """Spike sources; made automatically where synapses take spikes from outside."""

    output_type = LIFObservables

    def forward_func(self, input: Any, hw_data: Any = None) -> Any:
        """Return the spikes that went in, or those that the chip looped back."""
        return LIFObservables(spikes=functional.input_neuron(input.spikes, hw_data=hw_data))
