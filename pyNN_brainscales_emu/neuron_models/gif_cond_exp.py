"""Generalised integrate-and-fire neuron, conductances that decay exponentially.

Mensi et al. (2012), doi 10.1152/jn.00408.2011, and Pozzorini et al. (2015),
doi 10.1371/journal.pcbi.1004275. Spikes are drawn from the intensity
lambda0 exp((v - v_t) / delta_v). Each spike adds to the terms of the current i_eta, which decay
with tau_eta, and to those of the threshold v_t, which decay with tau_gamma.

i_eta and v_t follow from the spikes since the beginning: they have no initial values.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    Inputs,
    NeuronModel,
    Parameter,
    Series,
    Sign,
    Values,
)

#: Terms that the kernel has for the current, and for the threshold.
TERMS = 8
_MS_PER_S = 1e3
#: Exponents of 2 below which there is no intensity.
_NEVER = -100.0


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    per_nA = of.drive_per_nA(p, dt_ms)  # noqa: N806  (the unit's name)
    slope = 1.0 / (p["delta_v"] * np.log(2.0))
    expected = np.maximum(p["lambda0"] * dt_ms / _MS_PER_S, 2.0**_NEVER)
    result = {
        **of.membrane(p, dt_ms),
        "threshold": p["v_t_star"],
        "exp_slope": np.where(p["lambda0"] > 0, slope, 0.0),
        "exp_offset": np.log2(expected),
        **of.exponential_inputs(p, dt_ms),
        **of.reversals(p),
    }
    for term in range(TERMS):
        for name in ("eta", "gamma"):
            rate = dt_ms / p[f"tau_{name}_{term}"]
            result[f"rate_{name}_{term}"] = rate
            result[f"decay_{name}_{term}"] = np.exp(-rate)
            result[f"jump_{name}_{term}"] = p[f"a_{name}_{term}"]
        rate = result[f"rate_eta_{term}"]
        result[f"gain_eta_{term}"] = -per_nA * np.expm1(-rate) / rate
    return result


def derived(p: Values) -> dict[str, Array]:
    """Return the threshold before the first spike."""
    return {"v_t": p["v_t_star"], "i_eta": np.zeros_like(p["v_t_star"])}


SERIES = tuple(
    Series(f"{name}_{of_sum}", unit, sign, filler, TERMS, of_sum)
    for name, of_sum, unit, sign, filler in (
        ("tau", "eta", "ms", Sign.POSITIVE, 1.0),
        ("tau", "gamma", "ms", Sign.POSITIVE, 1.0),
        ("a", "eta", "nA", Sign.ANY, 0.0),
        ("a", "gamma", "mV", Sign.ANY, 0.0),
    )
)

MODEL = NeuronModel(
    name="gif_cond_exp",
    cell_types=("GIF_cond_exp",),
    parameters=(
        *(p for p in of.LIF_PARAMETERS if p.name != "v_thresh"),
        *of.SYNAPTIC_TIMES,
        *of.REVERSAL_POTENTIALS,
        Parameter("delta_v", "mV", Sign.POSITIVE),
        Parameter("v_t_star", "mV"),
        Parameter("lambda0", "Hz", Sign.NOT_NEGATIVE),
        *(parameter for series in SERIES for parameter in series.parameters),
    ),
    series=SERIES,
    states={name: name for name in ("v", "gsyn_exc", "gsyn_inh", "i_eta", "v_t")},
    inputs=Inputs.CONDUCTANCE,
    columns=columns,
    drive_per_nA=of.drive_per_nA,
    derived=derived,
)
