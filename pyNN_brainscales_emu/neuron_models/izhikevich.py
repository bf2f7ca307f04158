"""Izhikevich neuron (2003, doi 10.1109/TNN.2003.820440), with synapses that move the membrane.

A current of 1 nA counts as 1000 mV/ms, as PyNN has it for NEST and Brian 2.

An event between two grid points moves the membrane in parts, at both of them. As the model is
quadratic, that is an error of the order of the step; events on the grid have none.
"""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Parameter,
    Values,
)

#: dv/dt = 0.04 v**2 + 5 v + 140 - u + I, in mV and ms.
QUADRATIC, LINEAR, CONSTANT = 0.04, 5.0, 140.0
#: Where a spike is registered, mV.
PEAK_MV = 30.0
#: What the model's current is in mV/ms for one of 1 nA.
MV_PER_MS_PER_NA = 1000.0
#: Runge-Kutta of fourth order is stable while a perturbation decays by no more than 2.78 times
#: itself, linearly, in a step. Beyond, inhibition would make spikes: the membrane stays above.
_STABLE = 2.5


def firing_level(p: Values) -> Array:
    """Return the peak of each neuron, mV."""
    return np.full_like(p["c"], PEAK_MV)


def drive_per_nA(p: Values, dt_ms: float) -> Array:  # noqa: N802  (the unit's name)
    """Return what 1 nA moves the membrane in a step, mV."""
    return np.full_like(p["c"], dt_ms * MV_PER_MS_PER_NA)


def columns(p: Values, dt_ms: float) -> dict[str, Array]:
    """Return the kernel's parameters."""
    one = np.ones_like(p["c"])
    return {
        "quadratic": QUADRATIC * dt_ms * one,
        "linear": LINEAR * dt_ms * one,
        "drive": CONSTANT * dt_ms + drive_per_nA(p, dt_ms) * p["i_offset"],
        "step": dt_ms * one,
        "rate": p["a"] * dt_ms,
        "b": p["b"],
        "lowest": -(_STABLE / dt_ms + LINEAR) / (2 * QUADRATIC) * one,
        "peak": firing_level(p),
        "reset": p["c"],
        "jump": p["d"],
    }


MODEL = NeuronModel(
    name="izhikevich",
    cell_types=("Izhikevich",),
    parameters=(
        Parameter("a", "1/ms"),
        Parameter("b", "1/ms"),
        Parameter("c", "mV"),
        Parameter("d", "mV/ms"),
        Parameter("i_offset", "nA"),
    ),
    states={"v": "v", "u": "u"},
    inputs=Inputs.VOLTAGE,
    columns=columns,
    drive_per_nA=drive_per_nA,
    firing_level=FiringLevel(firing_level, f"the peak of {PEAK_MV:g} mV", reset="c"),
)
