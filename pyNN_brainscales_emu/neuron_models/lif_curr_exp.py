"""Leaky integrate-and-fire neuron, currents that decay exponentially."""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.lif import INPUT_STATES, lif_model
from pyNN_brainscales_emu.neuron_models.model import Inputs

MODEL = lif_model(
    name="lif_curr_exp",
    cell_types=("IF_curr_exp",),
    inputs=Inputs.CURRENT,
    input_parameters=of.SYNAPTIC_TIMES,
    input_states=INPUT_STATES,
    input_columns=of.saturating_inputs,
)
