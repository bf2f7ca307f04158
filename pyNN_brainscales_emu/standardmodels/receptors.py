"""Receptors and ion channels of composed neuron models: none is available."""

from __future__ import annotations

from pyNN.standardmodels import ion_channels, receptors

from pyNN_brainscales_emu.standardmodels.availability import unavailable

CurrExpPostSynapticResponse = unavailable(receptors.CurrExpPostSynapticResponse)
CondExpPostSynapticResponse = unavailable(receptors.CondExpPostSynapticResponse)
CondAlphaPostSynapticResponse = unavailable(receptors.CondAlphaPostSynapticResponse)
CondBetaPostSynapticResponse = unavailable(receptors.CondBetaPostSynapticResponse)
ExpPSR = CondExpPostSynapticResponse
AlphaPSR = CondAlphaPostSynapticResponse
NaChannel = unavailable(ion_channels.NaChannel)
KdrChannel = unavailable(ion_channels.KdrChannel)
PassiveLeak = unavailable(ion_channels.PassiveLeak)
PassiveLeakHH = unavailable(ion_channels.PassiveLeakHH)
