"""Leaky integrate-and-fire neuron, conductances that decay exponentially."""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.lif import INPUT_STATES, lif_model
from pyNN_brainscales_emu.neuron_models.model import Array, Inputs, Values


def input_columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters of the inputs."""
    return {**of.saturating_inputs(p, dt_ms), **of.reversals(p)}


MODEL = lif_model(
    name="lif_cond_exp",
    cell_types=("IF_cond_exp",),
    inputs=Inputs.CONDUCTANCE,
    input_parameters=of.SYNAPTIC_TIMES + of.REVERSAL_POTENTIALS,
    input_states=INPUT_STATES,
    input_columns=input_columns,
)
