"""Leaky integrate-and-fire neuron whose synapses move the membrane at once.

What arrives during the refractory period has no effect, as in NEST's ``iaf_psc_delta``.
"""

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
    return {**of.membrane(p, dt_ms), "threshold": p["v_thresh"]}


MODEL = NeuronModel(
    name="lif_curr_delta",
    cell_types=("IF_curr_delta",),
    parameters=of.LIF_PARAMETERS,
    states={"v": "v"},
    inputs=Inputs.VOLTAGE,
    columns=columns,
    drive_per_nA=of.drive_per_nA,
    firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
)
