"""Leaky integrate-and-fire neuron with conductances that its own spikes open.

One makes the spike frequency adapt (g_s), the other is a relative refractory period (g_r). Muller
et al. (2007), doi 10.1162/neco.2007.19.11.2958.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Parameter,
    Sign,
    Values,
)

_US_PER_NS = 1e-3


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    cm, _ = of.bounded_leak(p, dt_ms)
    opened: dict[str, Array] = {}
    for name, mechanism in (("s", "sfa"), ("r", "rr")):
        rate = dt_ms / p[f"tau_{mechanism}"]
        opened |= {
            f"rate_{name}": rate,
            f"decay_{name}": np.exp(-rate),
            f"gain_{name}": -_US_PER_NS * p[f"tau_{mechanism}"] / cm * np.expm1(-rate),
            f"reversal_{name}": p[f"e_rev_{mechanism}"],
            f"jump_{name}": p[f"q_{mechanism}"],
        }
    return {
        **of.membrane(p, dt_ms),
        "threshold": p["v_thresh"],
        **of.exponential_inputs(p, dt_ms),
        **of.reversals(p),
        **opened,
    }


MODEL = NeuronModel(
    name="lif_cond_exp_gsfa_grr",
    cell_types=("IF_cond_exp_gsfa_grr",),
    parameters=(
        *of.LIF_PARAMETERS,
        *of.SYNAPTIC_TIMES,
        *of.REVERSAL_POTENTIALS,
        Parameter("tau_sfa", "ms", Sign.POSITIVE),
        Parameter("e_rev_sfa", "mV"),
        Parameter("q_sfa", "nS", Sign.NOT_NEGATIVE),
        Parameter("tau_rr", "ms", Sign.POSITIVE),
        Parameter("e_rev_rr", "mV"),
        Parameter("q_rr", "nS", Sign.NOT_NEGATIVE),
    ),
    states={"v": "v", "g_s": "g_s", "g_r": "g_r", "gsyn_exc": "gsyn_exc", "gsyn_inh": "gsyn_inh"},
    inputs=Inputs.CONDUCTANCE,
    columns=columns,
    drive_per_nA=of.drive_per_nA,
    firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
)
