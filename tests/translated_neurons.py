"""Both halves of the translation of neurons in one call."""

from types import SimpleNamespace

from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
from pyNN_brainscales_emu.translation.neurons import realise_neurons, store_neurons


def translate_neurons(graph, mapping, options, write_number=0):
    """Stored values of the firing denmems and of all, realised values, and what was clipped."""
    stored, shared = store_neurons(graph, mapping, options)
    neurons = realise_neurons(stored, shared, graph, options, write_number)
    config = HardwareConfig(
        options.wafer, options.variation, mapping.network, 0, stored, shared, None
    )
    return SimpleNamespace(
        realised=neurons.realised,
        clipped=neurons.clipped,
        dac=config.firing_values(),
        denmems=stored.denmems,
        of_denmems=stored.cells,
    )
