"""Both halves of the translation of weights in one call."""

from pyNN_brainscales_emu.translation.synapses import realise_synapses, store_synapses


def translate_synapses(graph, mapping, options, previous=None):
    """Realised weights of all projections; `previous` as in `realise_synapses`."""
    stored = store_synapses(graph, mapping, options)
    return realise_synapses(stored, graph, mapping, options, previous=previous)
