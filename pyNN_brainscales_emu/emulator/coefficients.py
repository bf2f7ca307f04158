"""From model parameters to the coefficients of the step function.

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

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels import engine_single
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays

LANES: int = engine_single.LAYOUT["lanes"]
N_COEFFICIENTS: int = engine_single.LAYOUT["parameters"]
N_STATES: int = engine_single.LAYOUT["states"]
DRIVE: int = engine_single.LAYOUT["drive"]

#: Coefficients of an empty lane: it stays at 0 mV and never fires.
EMPTY_LANE = np.zeros(N_COEFFICIENTS)
EMPTY_LANE[engine_single.LAYOUT["threshold"]] = 1e30


def coefficients(neurons: NeuronArrays, dt_ms: float) -> NDArray[np.float64]:
    """Return the step function's coefficients, (n_neurons, N_COEFFICIENTS).

    The columns follow the enumeration in ``cython_kernels/vector_step.h``.
    """
    p = neurons.parameters
    conductance = neurons.conductance_based
    drive_per_current = dt_ms / p["cm"]  # mV/nA
    leak = dt_ms / p["tau_m"]
    exponential = p["delta_T"] > 0
    slope = np.where(exponential, p["delta_T"], 1.0)
    adaptation_rate = -np.expm1(-dt_ms / p["tau_w"])
    columns = [
        np.exp(-dt_ms / p["tau_syn_E"]),
        np.exp(-dt_ms / p["tau_syn_I"]),
        -p["tau_syn_E"] / p["cm"] * np.expm1(-dt_ms / p["tau_syn_E"]),
        -p["tau_syn_I"] / p["cm"] * np.expm1(-dt_ms / p["tau_syn_I"]),
        np.where(conductance, p["e_rev_E"], 1.0),
        np.where(conductance, p["e_rev_I"], 1.0),
        conductance.astype(float),
        leak,
        leak * p["v_rest"] + drive_per_current * p["i_offset"],
        np.where(exponential, p["v_spike"], np.minimum(p["v_thresh"], p["v_spike"])),
        p["v_reset"],
        p["tau_refrac"] / dt_ms,
        p["v_rest"],
        p["a"] * 1e-3 * adaptation_rate,  # nS * mV = pA
        adaptation_rate,
        drive_per_current,
        p["b"],
        slope,
        np.where(exponential, 1.0 / slope, 0.0),
        p["v_thresh"],
        np.where(exponential, leak, 0.0),
        *_limits(neurons, drive_per_current),
    ]
    return np.stack([np.broadcast_to(column, neurons.size) for column in columns], axis=1)


def _limits(
    neurons: NeuronArrays, drive_per_current: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return dt / C times the limit of the inputs, and the inverse of its double."""
    if neurons.input_limit is None:
        return [np.zeros(neurons.size)] * 2
    limit = neurons.input_limit * drive_per_current
    return [limit, 0.5 / limit]


def initial_state(neurons: NeuronArrays) -> NDArray[np.float64]:
    """Return the initial state, (n_neurons, N_STATES): v, refractory steps, g_exc, g_inh, w."""
    v = neurons.initial_values
    zero = np.zeros(neurons.size)
    return np.stack([v["v"], zero, v["gsyn_exc"], v["gsyn_inh"], v["w"]], axis=1)
