"""Leaky integrate-and-fire neuron whose synapses move the membrane at once.

What arrives during the refractory period has no effect, as in NEST's ``iaf_psc_delta``.
"""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models.lif import lif_model
from pyNN_brainscales_emu.neuron_models.model import Inputs

MODEL = lif_model(name="lif_curr_delta", cell_types=("IF_curr_delta",), inputs=Inputs.VOLTAGE)
