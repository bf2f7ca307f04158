"""Leaky integrate-and-fire neuron, currents of the shape of an alpha function."""

from __future__ import annotations

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Values,
)


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    return {
        **of.membrane(p, dt_ms),
        "threshold": p["v_thresh"],
        **of.alpha_inputs(p, dt_ms),
    }


MODEL = NeuronModel(
    name="lif_curr_alpha",
    cell_types=("IF_curr_alpha",),
    parameters=of.LIF_PARAMETERS + of.SYNAPTIC_TIMES,
    states={"v": "v", "gsyn_exc": "gsyn_exc", "gsyn_inh": "gsyn_inh"},
    inputs=Inputs.CURRENT,
    columns=columns,
    drive_per_nA=of.drive_per_nA,
    firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
)
