"""From model parameters to the coefficients of a step, for the pieces that models share.

The membrane is integrated by exponential Euler: with x = dt * g / C (g the sum of the leak and
the mean synaptic conductances of the step) and the drive D (the same sum weighted with the
reversal potentials, plus dt * I / C)::

    V(t + dt) = V + (D - x V) phi(x),    phi(x) = (1 - exp(-x)) / x

The mean over the step of an exponentially decaying conductance that starts at g is
g * tau / dt * (1 - exp(-dt / tau)); this factor, times dt / C, is the gain of the input. Where
the inputs saturate, the mean m becomes m sqrt(1 - (m / G)^2 / 4) up to m = sqrt(2) G, and G beyond,
with G the limit of the input.
"""

from __future__ import annotations

import math

import numpy as np

from pyNN_brainscales_emu.neuron_models.model import Array, Parameter, Sign, Values

#: The kernel's phi(x) is stable while the leak's part of x is no larger.
LARGEST_LEAK = 12.0

LIF_PARAMETERS = (
    Parameter("cm", "nF", Sign.POSITIVE),
    Parameter("tau_m", "ms", Sign.POSITIVE),
    Parameter("tau_refrac", "ms", Sign.NOT_NEGATIVE),
    Parameter("v_rest", "mV"),
    Parameter("v_reset", "mV"),
    Parameter("v_thresh", "mV"),
    Parameter("i_offset", "nA"),
)
SYNAPTIC_TIMES = (
    Parameter("tau_syn_E", "ms", Sign.POSITIVE),
    Parameter("tau_syn_I", "ms", Sign.POSITIVE),
)
REVERSAL_POTENTIALS = (Parameter("e_rev_E", "mV"), Parameter("e_rev_I", "mV"))
RECEPTORS = (("exc", "E"), ("inh", "I"))


def bounded_leak(p: Values, dt_ms: float) -> tuple[Array, Array]:
    """Return cm (nF) and tau_m (ms) with which a step is as good and its leak within bounds.

    A membrane with dt / tau_m above 12 is where it goes to, to exp(-12), before the step is over.
    A larger capacitance with the same leak conductance leaves it so.
    """
    tau_m = np.maximum(p["tau_m"], dt_ms / LARGEST_LEAK)
    return p["cm"] * (tau_m / p["tau_m"]), tau_m


def drive_per_nA(p: Values, dt_ms: float) -> Array:  # noqa: N802  (the unit's name)
    """Return dt / C, mV/nA."""
    return dt_ms / bounded_leak(p, dt_ms)[0]


def membrane(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the coefficients of a leaky membrane, its reset and its refractory period."""
    leak = dt_ms / bounded_leak(p, dt_ms)[1]
    return {
        "leak": leak,
        "drive": leak * p["v_rest"] + drive_per_nA(p, dt_ms) * p["i_offset"],
        "reset": p["v_reset"],
        "refractory": p["tau_refrac"] / dt_ms,
    }


def exponential_inputs(p: Values, dt_ms: float, cm: Array | None = None) -> dict[str, Array]:
    """Return gains and decays of inputs that decay exponentially; `cm` in nF, if not bounded."""
    cm = bounded_leak(p, dt_ms)[0] if cm is None else cm
    columns = {}
    for name, receptor in RECEPTORS:
        tau = p[f"tau_syn_{receptor}"]
        columns[f"gain_{name}"] = -tau / cm * np.expm1(-dt_ms / tau)
        columns[f"decay_{name}"] = np.exp(-dt_ms / tau)
    return columns


def saturating_inputs(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return gains, decays and limits of inputs that decay exponentially and may saturate."""
    return {**exponential_inputs(p, dt_ms), **limits(p, dt_ms)}


def alpha_inputs(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return gains, decays and transfers of inputs g(t) = (t / tau) exp(1 - t / tau).

    With r what an event adds to, g(t) = (g + r e t / tau) exp(-t / tau) and
    r(t) = r exp(-t / tau). The mean of the second term over a step of dt is
    r e tau / dt (1 - (1 + dt / tau) exp(-dt / tau)).
    """
    cm, _ = bounded_leak(p, dt_ms)
    columns = exponential_inputs(p, dt_ms)
    for name, receptor in RECEPTORS:
        tau = p[f"tau_syn_{receptor}"]
        part = dt_ms / tau
        columns[f"transfer_{name}"] = math.e * part
        columns[f"rise_gain_{name}"] = -math.e * tau / cm * (np.expm1(-part) + part * np.exp(-part))
    return columns


def reversals(p: Values) -> dict[str, Array]:
    """Return the reversal potentials of the inputs."""
    return {"reversal_exc": p["e_rev_E"], "reversal_inh": p["e_rev_I"]}


def limits(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return dt / C times the limit of the inputs, and the inverse of its double; 0 without."""
    if "input_limit" not in p:
        none = np.zeros_like(p["cm"])
        return {"input_limit": none, "inverse_limit": none}
    limit = p["input_limit"] * drive_per_nA(p, dt_ms)
    return {"input_limit": limit, "inverse_limit": 0.5 / limit}
