"""The adaptive exponential membrane, for the models that have it.

Brette and Gerstner (2005), doi 10.1152/jn.00686.2005. With delta_T = 0 the exponential term is
absent and the lower one of v_thresh and v_spike is the threshold.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Parameter,
    Sign,
    Values,
)

ADEX_PARAMETERS = (
    *of.LIF_PARAMETERS,
    Parameter("v_spike", "mV"),
    Parameter("a", "nS"),
    Parameter("b", "nA"),
    Parameter("delta_T", "mV", Sign.NOT_NEGATIVE),
    Parameter("tau_w", "ms", Sign.POSITIVE),
)
#: The exponent of 2 of an exponential term that is absent: it adds nothing to any potential.
_ABSENT = -100.0


def firing_level(p: Values) -> Array:
    """Return v_spike of neurons with an exponential term, else the lower of both levels, mV."""
    return np.where(p["delta_T"] > 0, p["v_spike"], np.fmin(p["v_thresh"], p["v_spike"]))


FIRING_LEVEL = FiringLevel(firing_level, "v_spike (v_thresh where delta_T is 0)")


def adex_membrane(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the coefficients of the membrane, of its adaptation and of its spike."""
    exponential = p["delta_T"] > 0
    slope = np.where(exponential, p["delta_T"], 1.0)
    exp_slope = np.where(exponential, 1.0 / (slope * np.log(2.0)), 0.0)
    membrane = of.membrane(p, dt_ms)
    offset = np.log2(membrane["leak"]) - p["v_thresh"] * exp_slope
    drive_per_nA = of.drive_per_nA(p, dt_ms)  # noqa: N806  (the unit's name)
    rate = -np.expm1(-dt_ms / p["tau_w"])
    gain = 1e-3 * p["a"] * rate  # nS * mV = pA
    return {
        **membrane,
        "threshold": firing_level(p),
        "exp_slope": exp_slope,
        "exp_offset": np.where(exponential, offset, _ABSENT),
        "slope": slope,
        "half_adapt_gain": 0.5 * gain,
        "adapt_rate": rate,
        "adapt_offset": -gain * p["v_rest"],
        "adapt_drive": drive_per_nA,
        "adapt_leak": 0.5 * gain * drive_per_nA,
        "adapt_jump": p["b"],
    }
