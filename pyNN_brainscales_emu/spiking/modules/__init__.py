"""Modules of a network: synapses, neurons, sources, dropout, wrappers."""

from pyNN_brainscales_emu.spiking.modules.base import (
    HXBaseExperimentModule,
    HXFunctionalModule,
    HXModule,
    Population,
    Projection,
)
from pyNN_brainscales_emu.spiking.modules.batch_dropout import BatchDropout
from pyNN_brainscales_emu.spiking.modules.input_neuron import InputNeuron
from pyNN_brainscales_emu.spiking.modules.neuron import (
    AELIF,
    LI,
    LIF,
    EventPropLIF,
    NeuronExp,
    ReadoutNeuronExp,
)
from pyNN_brainscales_emu.spiking.modules.synapse import EventPropSynapse, SparseSynapse, Synapse
from pyNN_brainscales_emu.spiking.modules.wrapper import HXModuleWrapper

__all__ = [
    "AELIF",
    "LI",
    "LIF",
    "BatchDropout",
    "EventPropLIF",
    "EventPropSynapse",
    "HXBaseExperimentModule",
    "HXFunctionalModule",
    "HXModule",
    "HXModuleWrapper",
    "InputNeuron",
    "NeuronExp",
    "Population",
    "Projection",
    "ReadoutNeuronExp",
    "SparseSynapse",
    "Synapse",
]
