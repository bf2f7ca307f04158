"""Receptors of composed neurons; PyNN's ion channels are not available."""

from __future__ import annotations

from pyNN.standardmodels import ion_channels, receptors

from pyNN_brainscales_emu.parameter_values import NamedParameters
from pyNN_brainscales_emu.standardmodels.availability import unavailable
from pyNN_brainscales_emu.standardmodels.translations import same_names


class CurrExpPostSynapticResponse(NamedParameters, receptors.CurrExpPostSynapticResponse):  # type: ignore[misc]
    """Synaptic current that decays exponentially."""

    translations = same_names(receptors.CurrExpPostSynapticResponse)
    recordable = ("isyn",)


class CondExpPostSynapticResponse(NamedParameters, receptors.CondExpPostSynapticResponse):  # type: ignore[misc]
    """Synaptic conductance that decays exponentially."""

    translations = same_names(receptors.CondExpPostSynapticResponse)
    recordable = ("gsyn",)


class CondAlphaPostSynapticResponse(NamedParameters, receptors.CondAlphaPostSynapticResponse):  # type: ignore[misc]
    """Synaptic conductance (t / tau) exp(1 - t / tau), whose peak is the weight."""

    translations = same_names(receptors.CondAlphaPostSynapticResponse)
    recordable = ("gsyn",)


class CondBetaPostSynapticResponse(NamedParameters, receptors.CondBetaPostSynapticResponse):  # type: ignore[misc]
    """Synaptic conductance exp(-t / tau_decay) - exp(-t / tau_rise), whose peak is the weight."""

    translations = same_names(receptors.CondBetaPostSynapticResponse)
    recordable = ("gsyn",)


RECEPTOR_TYPES = (
    CurrExpPostSynapticResponse,
    CondExpPostSynapticResponse,
    CondAlphaPostSynapticResponse,
    CondBetaPostSynapticResponse,
)

ExpPSR = CondExpPostSynapticResponse
AlphaPSR = CondAlphaPostSynapticResponse
BetaPSR = CondBetaPostSynapticResponse

NaChannel = unavailable(ion_channels.NaChannel)
KdrChannel = unavailable(ion_channels.KdrChannel)
PassiveLeak = unavailable(ion_channels.PassiveLeak)
PassiveLeakHH = unavailable(ion_channels.PassiveLeakHH)
