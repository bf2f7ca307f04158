"""From the synapse type of a projection to the rule of its synapses, with checked parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.synapse_rules import RULES, SynapseRule
from pyNN_brainscales_emu.front_end_errors import SynapseError

Array = NDArray[np.float64]

_AT_LEAST_0: Final = "0 or more"
_ABOVE_0: Final = "above 0"
_SHARE: Final = "0 to 1"
_WHOLE: Final = "a whole number from 1"
_ALLOWS: Final[Mapping[str, Callable[[Array], Any]]] = {
    _AT_LEAST_0: lambda values: values >= 0,
    _ABOVE_0: lambda values: values > 0,
    _SHARE: lambda values: (values >= 0) & (values <= 1),
    _WHOLE: lambda values: (values >= 1) & (values == np.rint(values)),
}
#: What parameters of synapse types, by PyNN's names, may be.
LIMITS: Final[Mapping[str, str]] = {
    "U": _SHARE,
    "p": _SHARE,
    "n": _WHOLE,
    "tau_rec": _AT_LEAST_0,
    "tau_facil": _AT_LEAST_0,
    "tau_plus": _ABOVE_0,
    "tau_minus": _ABOVE_0,
    "tau": _ABOVE_0,
    "mu_plus": _AT_LEAST_0,
    "mu_minus": _AT_LEAST_0,
    "rho": _AT_LEAST_0,
    "dendritic_delay_fraction": _SHARE,
}


def check_parameter(projection: Any, name: str, values: Array) -> None:
    """Raise unless all values of a parameter other than weight and delay can be used.

    Raises
    ------
    SynapseError
    """
    limit = LIMITS.get(name, "finite numbers")
    good = np.isfinite(values)
    if name in LIMITS:
        good &= _ALLOWS[limit](values)
    if not good.all():
        raise SynapseError(
            f"{projection.owner}: {name} of {np.count_nonzero(~good)} of {len(values)} synapses",
            value=float(values[np.argmin(good)]),
            limit=limit,
        )


def rule_of(projection: Any) -> SynapseRule | None:
    """Return the rule by which the synapses of a projection change; None of static ones.

    Raises
    ------
    SynapseError
        If a parameter that all synapses have to share differs, and for limits of the weight in
        the wrong order.
    """
    kind = projection.synapse_type
    if kind.rule is None or len(projection) == 0:
        return None
    columns = projection.synapses.values
    make = {
        "tsodyks": _release,
        "stochastic": lambda _, column: {"p": column("p")},
        "quantal": _release,
        "pairs": _pairs,
        "vogels": _vogels,
    }[kind.rule]
    parameters = make(kind, lambda name: _short(columns[name]))
    shared = {**parameters, "dendritic_delay_fraction": _fraction(columns)}
    for name in (*RULES[kind.rule].one_value, "dendritic_delay_fraction"):
        if len(shared[name]) > 1:
            raise SynapseError(
                f"{projection.owner}: {name} differs among its synapses",
                value=f"{shared[name].min():g} to {shared[name].max():g}",
                limit="one value for all synapses of a projection",
                remedy="Make a projection for each value.",
            )
    _check_weight_limits(projection, parameters)
    return SynapseRule(kind.rule, parameters, float(shared["dendritic_delay_fraction"][0]))


def _short(column: Array) -> Array:
    """Return a column, or its one value if there is only one."""
    return np.array(column[:1]) if (column == column[0]).all() else column


def _fraction(columns: Mapping[str, Array]) -> Array:
    column = columns.get("dendritic_delay_fraction")
    return np.ones(1) if column is None else _short(column)


def _release(kind: Any, column: Callable[[str], Array]) -> dict[str, Array]:
    parameters = {name: column(name) for name in ("tau_rec", "tau_facil")}
    parameters["use"] = column("U")
    if kind.rule == "quantal":
        parameters["sites"] = column("n") if "n" in kind.default_parameters else np.ones(1)
    return parameters


def _pairs(kind: Any, column: Callable[[str], Array]) -> dict[str, Array]:
    exponents = kind.weight_dependence.exponents
    mu = ("mu_plus", "mu_minus")
    return {
        "tau_plus": column("tau_plus"),
        "tau_minus": column("tau_minus"),
        "a_plus": column("A_plus"),
        "a_minus": column("A_minus"),
        **_weight_limits(column),
        **{
            name: column(name) if exponents is None else np.array([exponents[k]])
            for k, name in enumerate(mu)
        },
    }


def _vogels(kind: Any, column: Callable[[str], Array]) -> dict[str, Array]:
    return {
        "tau": column("tau"),
        "eta": column("eta"),
        "alpha": 2.0 * column("rho") * column("tau"),
        **_weight_limits(column),
    }


def _weight_limits(column: Callable[[str], Array]) -> dict[str, Array]:
    """Return the limits as magnitudes: those of negative weights are negative too."""
    return {"w_min": np.abs(column("w_min")), "w_max": np.abs(column("w_max"))}


def _check_weight_limits(projection: Any, parameters: Mapping[str, Array]) -> None:
    if "w_max" not in parameters:
        return
    low, high = parameters["w_min"], parameters["w_max"]
    wrong = ~((high > 0) & (low <= high))
    if wrong.any():
        at = int(np.argmax(np.broadcast_to(wrong, np.broadcast_shapes(wrong.shape, low.shape))))
        raise SynapseError(
            f"{projection.owner}: w_min and w_max",
            value=(float(low[at % len(low)]), float(high[at % len(high)])),
            limit="w_max above 0, and w_min not above it (as magnitudes)",
        )
