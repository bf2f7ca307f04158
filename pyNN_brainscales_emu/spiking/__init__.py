"""Spiking networks in PyTorch with the names of hxtorch; needs the extra ``torch``.

At present the differentiable model (``Experiment(mock=True)``) runs; the emulated chip does not.
"""

from pyNN_brainscales_emu.spiking import datasets, functional, morphology, transforms
from pyNN_brainscales_emu.spiking.compatibility.install import install_as_hxtorch
from pyNN_brainscales_emu.spiking.execution_instance import ExecutionInstance
from pyNN_brainscales_emu.spiking.experiment import ExecutionInfo, Experiment, run
from pyNN_brainscales_emu.spiking.handles import (
    Handle,
    LIFObservables,
    LIObservables,
    SynapseHandle,
    TensorHandle,
)
from pyNN_brainscales_emu.spiking.modules import (
    AELIF,
    LI,
    LIF,
    BatchDropout,
    EventPropLIF,
    EventPropSynapse,
    HXBaseExperimentModule,
    HXModule,
    HXModuleWrapper,
    InputNeuron,
    NeuronExp,
    ReadoutNeuronExp,
    SparseSynapse,
    Synapse,
)
from pyNN_brainscales_emu.spiking.observables import AnalogObservable
from pyNN_brainscales_emu.spiking.parameters import (
    HXParameter,
    HXTransformedModelParameter,
    MixedHXModelParameter,
    ModelParameter,
)

__all__ = [
    "AELIF",
    "LI",
    "LIF",
    "AnalogObservable",
    "BatchDropout",
    "EventPropLIF",
    "EventPropSynapse",
    "ExecutionInfo",
    "ExecutionInstance",
    "Experiment",
    "HXBaseExperimentModule",
    "HXModule",
    "HXModuleWrapper",
    "HXParameter",
    "HXTransformedModelParameter",
    "Handle",
    "InputNeuron",
    "LIFObservables",
    "LIObservables",
    "MixedHXModelParameter",
    "ModelParameter",
    "NeuronExp",
    "ReadoutNeuronExp",
    "SparseSynapse",
    "Synapse",
    "SynapseHandle",
    "TensorHandle",
    "datasets",
    "functional",
    "install_as_hxtorch",
    "morphology",
    "run",
    "transforms",
]
