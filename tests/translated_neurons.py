"""Both halves of the translation of neurons in one call."""

from types import SimpleNamespace

from pyNN_brainscales_emu.translation.neurons import realise_neurons, store_neurons


def translate_neurons(graph, mapping, options, write_number=0):
    """Stored values of the firing denmems and of all, realised values, and what was clipped."""
    stored, shared = store_neurons(graph, mapping, options)
    neurons = realise_neurons(stored, shared, graph, options, write_number)
    denmems, firing = stored.denmems, stored.denmems.firing_only()
    dac = {cell: denmems.of_firing(values) for cell, values in stored.cells.items()}
    dac["V_reset"] = shared.of_denmems("V_reset", firing.hicann, firing.denmem)
    return SimpleNamespace(
        realised=neurons.realised,
        clipped=neurons.clipped,
        dac=dac,
        denmems=denmems,
        of_denmems=stored.cells,
    )
