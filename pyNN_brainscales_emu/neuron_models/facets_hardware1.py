"""The neuron of the FACETS hardware, stage 1: a LIF neuron of which three values are fixed.

PyNN's documentation of ``IF_facets_hardware1`` has them, as its back ends for NEST and NEURON use
them.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models import lif_cond_exp
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Parameter,
    Sign,
    Values,
)

CM_NF, TAU_REFRAC_MS, E_REV_E_MV = 0.2, 1.0, 0.0
_US_PER_NS = 1e-3


def as_lif(p: Values) -> dict[str, Array]:
    """Return the parameters as those of an IF_cond_exp neuron."""
    one = np.ones_like(p["g_leak"])
    own = {name: values for name, values in p.items() if name != "g_leak"}
    return {
        **own,
        "cm": CM_NF * one,
        "tau_m": CM_NF / (_US_PER_NS * p["g_leak"]),
        "tau_refrac": TAU_REFRAC_MS * one,
        "e_rev_E": E_REV_E_MV * one,
        "i_offset": 0.0 * one,
    }


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    return dict(lif_cond_exp.MODEL.columns(as_lif(p), dt_ms))


def drive_per_nA(p: Values, dt_ms: float) -> Array:  # noqa: N802  (the unit's name)
    """Return dt / C, mV/nA."""
    return of.drive_per_nA(as_lif(p), dt_ms)


MODEL = NeuronModel(
    name="facets_hardware1",
    step="lif_cond_exp",
    cell_types=("IF_facets_hardware1",),
    parameters=(
        Parameter("g_leak", "nS", Sign.POSITIVE),
        *of.SYNAPTIC_TIMES,
        Parameter("e_rev_I", "mV"),
        Parameter("v_reset", "mV"),
        Parameter("v_rest", "mV"),
        Parameter("v_thresh", "mV"),
    ),
    states={"v": "v", "gsyn_exc": "gsyn_exc", "gsyn_inh": "gsyn_inh"},
    inputs=Inputs.CONDUCTANCE,
    columns=columns,
    drive_per_nA=drive_per_nA,
    firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
)
