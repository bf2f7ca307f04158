"""Functions of the modules, for those who build their own."""

from pyNN_brainscales_emu.spiking.functional.event_prop import (
    EventPropLIFFunction,
    EventPropSynapseFunction,
)
from pyNN_brainscales_emu.spiking.functional.exponential_integration import (
    exp_cuba_li_integration,
    exp_cuba_lif_integration,
)
from pyNN_brainscales_emu.spiking.functional.integration import CuBaStepCode, cuba_aelif_integration
from pyNN_brainscales_emu.spiking.functional.linear import (
    linear,
    linear_exponential_clamp,
    linear_sparse,
)
from pyNN_brainscales_emu.spiking.functional.sources import batch_dropout, input_neuron
from pyNN_brainscales_emu.spiking.functional.surrogate import SuperSpike, threshold

__all__ = [
    "CuBaStepCode",
    "EventPropLIFFunction",
    "EventPropSynapseFunction",
    "SuperSpike",
    "batch_dropout",
    "cuba_aelif_integration",
    "exp_cuba_li_integration",
    "exp_cuba_lif_integration",
    "input_neuron",
    "linear",
    "linear_exponential_clamp",
    "linear_sparse",
    "threshold",
]
