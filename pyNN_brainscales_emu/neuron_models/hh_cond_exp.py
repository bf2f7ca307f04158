"""Hodgkin-Huxley neuron, conductances that decay exponentially.

Traub and Miles (1991), "Neuronal Networks of the Hippocampus", with the rates as NEST, NEURON and
Brian 2 have them in PyNN. A spike is a peak of the membrane above v_offset + 30 mV, and in the
2 ms after one there is no other, both as NEST counts them.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    Inputs,
    NeuronModel,
    Parameter,
    Sign,
    Values,
)

#: How much of a step is the shortest piece in which the kernel moves the membrane.
QUARKS_PER_STEP = 16
#: Peaks this far above v_offset are spikes, mV.
LEVEL_MV = 30.0
#: After a spike, peaks are none for this long, ms.
SILENCE_MS = 2.0


def drive_per_nA(p: Values, dt_ms: float) -> Array:  # noqa: N802  (the unit's name)
    """Return what 1 nA moves the membrane in the shortest piece of a step, mV."""
    return dt_ms / QUARKS_PER_STEP / p["cm"]


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    piece_ms = dt_ms / QUARKS_PER_STEP
    per_us = piece_ms / p["cm"]
    return {
        "leak": per_us * p["g_leak"],
        "drive": per_us * (p["g_leak"] * p["e_rev_leak"] + p["i_offset"]),
        "sodium": per_us * p["gbar_Na"],
        "potassium": per_us * p["gbar_K"],
        "reversal_na": p["e_rev_Na"],
        "reversal_k": p["e_rev_K"],
        "time": np.full_like(p["cm"], piece_ms),
        "offset": p["v_offset"],
        "level": p["v_offset"] + LEVEL_MV,
        "silence": np.full_like(p["cm"], SILENCE_MS / dt_ms),
        **of.exponential_inputs(p, piece_ms, p["cm"]),
        **of.reversals(p),
    }


MODEL = NeuronModel(
    name="hh_cond_exp",
    cell_types=("HH_cond_exp",),
    parameters=(
        Parameter("gbar_Na", "uS", Sign.NOT_NEGATIVE),
        Parameter("gbar_K", "uS", Sign.NOT_NEGATIVE),
        Parameter("g_leak", "uS", Sign.NOT_NEGATIVE),
        Parameter("cm", "nF", Sign.POSITIVE),
        Parameter("v_offset", "mV"),
        Parameter("e_rev_Na", "mV"),
        Parameter("e_rev_K", "mV"),
        Parameter("e_rev_leak", "mV"),
        *of.SYNAPTIC_TIMES,
        *of.REVERSAL_POTENTIALS,
        Parameter("i_offset", "nA"),
    ),
    states={name: name for name in ("v", "m", "h", "n", "gsyn_exc", "gsyn_inh")},
    inputs=Inputs.CONDUCTANCE,
    columns=columns,
    drive_per_nA=drive_per_nA,
)
