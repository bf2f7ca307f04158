"""Adaptive exponential integrate-and-fire neuron, conductances shaped as alpha functions."""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.adex_membrane import (
    ADEX_PARAMETERS,
    FIRING_LEVEL,
    adex_membrane,
)
from pyNN_brainscales_emu.neuron_models.model import Array, Inputs, NeuronModel, Values


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    return {**adex_membrane(p, dt_ms), **of.alpha_inputs(p, dt_ms), **of.reversals(p)}


MODEL = NeuronModel(
    name="adex_cond_alpha",
    cell_types=("EIF_cond_alpha_isfa_ista",),
    parameters=ADEX_PARAMETERS + of.SYNAPTIC_TIMES + of.REVERSAL_POTENTIALS,
    states={"v": "v", "w": "w", "gsyn_exc": "gsyn_exc", "gsyn_inh": "gsyn_inh"},
    inputs=Inputs.CONDUCTANCE,
    columns=columns,
    drive_per_nA=of.drive_per_nA,
    firing_level=FIRING_LEVEL,
)
