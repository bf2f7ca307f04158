"""Neurons composed of a membrane and any number of named receptors: PyNN's ``PointNeuron``.

A membrane and receptors are a model like any other; `compose` makes it. Its parameters are those
of the membrane, and ``NAME.tau_syn`` and the like for each receptor.

All responses are one linear system of two states, gsyn and what it rises by (see
``cython_kernels/receptors.h``)::

    d gsyn / dt = -gsyn / tau_decay + c rise,    d rise / dt = -rise / tau_rise

An exponential response has no rise. A beta function is c times the difference of both exponentials,
with the c that makes its peak the weight; an alpha function is that of equal time constants,
(t / tau) exp(1 - t / tau).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.adex_membrane import (
    ADEX_PARAMETERS,
    FIRING_LEVEL,
    adex_membrane,
)
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Parameter,
    Sign,
    Values,
)

#: PyNN's cell type.
CELL_TYPE: Final = "PointNeuron"
#: Time constants closer than this, relative to each other, are set apart by as much.
_CLOSEST = 1e-6
#: dt / C times a conductance counts up to this: the others' share is then rounded away.
_LARGEST_CONDUCTANCE = 1e6
_LARGEST_CURRENT = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Membrane:
    """A membrane that receptors can be put on.

    Attributes
    ----------
    step : str
        The kernel's name of its step.
    parameters : tuple of Parameter
    variables : tuple of str
        Recordable.
    columns : callable
        As of `NeuronModel`, for the kernel's parameters that are not a receptor's.
    firing_level : FiringLevel
    """

    step: str
    parameters: tuple[Parameter, ...]
    variables: tuple[str, ...]
    columns: Callable[[Values, float], dict[str, Array]]
    firing_level: FiringLevel


@dataclass(frozen=True)
class Response:
    """A post-synaptic response.

    Attributes
    ----------
    parameters : tuple of Parameter
    variable : str
        Recordable, of a receptor.
    inputs : Inputs
    columns : callable
        From the receptor's parameters, the time step (ms) and dt / C (mV/nA) to the kernel's
        parameters of one receptor.
    """

    parameters: tuple[Parameter, ...]
    variable: str
    inputs: Inputs
    columns: Callable[[Values, float, Array], dict[str, Array]]


@dataclass(frozen=True)
class Composition:
    """Which membrane, and which receptors on it.

    Attributes
    ----------
    membrane : str
        Key of `MEMBRANES`.
    receptors : tuple of (str, str)
        Name of each receptor and key of `RESPONSES`, by name.
    """

    membrane: str
    receptors: tuple[tuple[str, str], ...]


def _lif_membrane(p: Values, dt_ms: float) -> dict[str, Array]:
    return {**of.membrane(p, dt_ms), "threshold": p["v_thresh"]}


def _mean_of_decay(dt_ms: float, tau: Array) -> Array:
    """Return the mean of exp(-t / tau) over a step."""
    return -np.expm1(-dt_ms / tau) * tau / dt_ms


def _decay(dt_ms: float, tau: Array, mv_per_na: Array) -> dict[str, Array]:
    """Return the coefficients of a response that decays exponentially."""
    one, none = np.ones_like(tau), np.zeros_like(tau)
    return {
        "kick_gsyn": one,
        "kick_rise": none,
        "decay_gsyn": np.exp(-dt_ms / tau),
        "decay_rise": none,
        "transfer": none,
        "gain": mv_per_na * _mean_of_decay(dt_ms, tau),
        "rise_gain": none,
    }


def _rise_and_decay(
    dt_ms: float,
    tau_rise: Array,
    tau_decay: Array,
    mv_per_na: Array,
) -> dict[str, Array]:
    """Return the coefficients of a beta function, whose peak is the weight."""
    too_close = np.abs(tau_decay - tau_rise) < _CLOSEST * tau_rise
    decay = np.where(too_close, tau_rise * (1 + _CLOSEST), tau_decay)
    peak_ms = tau_rise * decay / (decay - tau_rise) * np.log(decay / tau_rise)
    scale = 1 / (np.exp(-peak_ms / decay) - np.exp(-peak_ms / tau_rise))
    mean_decay, mean_rise = (_mean_of_decay(dt_ms, tau) for tau in (decay, tau_rise))
    return {
        "kick_gsyn": np.zeros_like(decay),
        "kick_rise": np.ones_like(decay),
        "decay_gsyn": np.exp(-dt_ms / decay),
        "decay_rise": np.exp(-dt_ms / tau_rise),
        "transfer": scale * (np.exp(-dt_ms / decay) - np.exp(-dt_ms / tau_rise)),
        "gain": mv_per_na * mean_decay,
        "rise_gain": mv_per_na * scale * (mean_decay - mean_rise),
    }


def _alpha(dt_ms: float, tau: Array, mv_per_na: Array) -> dict[str, Array]:
    """Return the coefficients of an alpha function, whose peak is the weight."""
    part = dt_ms / tau
    decay = np.exp(-part)
    return {
        "kick_gsyn": np.zeros_like(tau),
        "kick_rise": np.ones_like(tau),
        "decay_gsyn": decay,
        "decay_rise": decay,
        "transfer": math.e * part * decay,
        "gain": mv_per_na * _mean_of_decay(dt_ms, tau),
        "rise_gain": -mv_per_na * math.e / part * (np.expm1(-part) + part * decay),
    }


def _current(tau: Array) -> dict[str, Array]:
    return {
        "pull": np.zeros_like(tau),
        "reversal": np.ones_like(tau),
        "largest": np.full_like(tau, _LARGEST_CURRENT),
    }


def _conductance(reversal: Array) -> dict[str, Array]:
    return {
        "pull": np.ones_like(reversal),
        "reversal": reversal,
        "largest": np.full_like(reversal, _LARGEST_CONDUCTANCE),
    }


_REVERSAL = Parameter("e_syn", "mV")
_TAU_SYN = Parameter("tau_syn", "ms", Sign.POSITIVE)

MEMBRANES: Final = {
    "LIF": Membrane(
        step="lif_receptors",
        parameters=of.LIF_PARAMETERS,
        variables=("v",),
        columns=_lif_membrane,
        firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
    ),
    "AdExp": Membrane(
        step="adex_receptors",
        parameters=ADEX_PARAMETERS,
        variables=("v", "w"),
        columns=adex_membrane,
        firing_level=FIRING_LEVEL,
    ),
}
RESPONSES: Final = {
    "CurrExpPostSynapticResponse": Response(
        (_TAU_SYN,),
        "isyn",
        Inputs.CURRENT,
        lambda p, dt, mv_per_na: {**_decay(dt, p["tau_syn"], mv_per_na), **_current(p["tau_syn"])},
    ),
    "CondExpPostSynapticResponse": Response(
        (_REVERSAL, _TAU_SYN),
        "gsyn",
        Inputs.CONDUCTANCE,
        lambda p, dt, mv_per_na: {
            **_decay(dt, p["tau_syn"], mv_per_na),
            **_conductance(p["e_syn"]),
        },
    ),
    "CondAlphaPostSynapticResponse": Response(
        (_REVERSAL, _TAU_SYN),
        "gsyn",
        Inputs.CONDUCTANCE,
        lambda p, dt, mv_per_na: {
            **_alpha(dt, p["tau_syn"], mv_per_na),
            **_conductance(p["e_syn"]),
        },
    ),
    "CondBetaPostSynapticResponse": Response(
        (
            _REVERSAL,
            Parameter("tau_rise", "ms", Sign.POSITIVE),
            Parameter("tau_decay", "ms", Sign.POSITIVE),
        ),
        "gsyn",
        Inputs.CONDUCTANCE,
        lambda p, dt, mv_per_na: {
            **_rise_and_decay(dt, p["tau_rise"], p["tau_decay"], mv_per_na),
            **_conductance(p["e_syn"]),
        },
    ),
}


@cache
def compose(composition: Composition) -> NeuronModel:
    """Return the model of a composition, always the same one."""
    membrane = MEMBRANES[composition.membrane]
    responses = {name: RESPONSES[kind] for name, kind in composition.receptors}

    def columns(p: Values, dt_ms: float) -> dict[str, Array]:
        result = membrane.columns(p, dt_ms)
        per_nA = of.drive_per_nA(p, dt_ms)  # noqa: N806  (the unit's name)
        for name, response in responses.items():
            own = {q.name: p[f"{name}.{q.name}"] for q in response.parameters}
            for column, values in response.columns(own, dt_ms, per_nA).items():
                result[f"{name}.{column}"] = values
        return result

    inputs = {response.inputs for response in responses.values()} or {Inputs.CONDUCTANCE}
    return NeuronModel(
        name=f"{CELL_TYPE}({composition.membrane}; "
        + ", ".join(f"{name}={kind}" for name, kind in composition.receptors)
        + ")",
        step=membrane.step,
        cell_types=(),
        parameters=(
            *membrane.parameters,
            *(
                Parameter(f"{name}.{q.name}", q.unit, q.sign)
                for name, response in responses.items()
                for q in response.parameters
            ),
        ),
        states={
            **{name: name for name in membrane.variables},
            **{f"{name}.{r.variable}": f"{name}.gsyn" for name, r in responses.items()},
        },
        inputs=min(inputs, key=lambda kind: kind is not Inputs.CONDUCTANCE),
        columns=columns,
        drive_per_nA=of.drive_per_nA,
        firing_level=membrane.firing_level,
        receptors=tuple(responses),
    )
