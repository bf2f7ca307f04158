"""Leaky integrate-and-fire neuron, currents of the shape of an alpha function."""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.lif import INPUT_STATES, lif_model
from pyNN_brainscales_emu.neuron_models.model import Inputs

MODEL = lif_model(
    name="lif_curr_alpha",
    cell_types=("IF_curr_alpha",),
    inputs=Inputs.CURRENT,
    input_parameters=of.SYNAPTIC_TIMES,
    input_states=INPUT_STATES,
    input_columns=of.alpha_inputs,
)
