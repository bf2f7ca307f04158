"""Checks of synapses, made when they are connected or changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import looked_up
from pyNN_brainscales_emu.description.from_pynn import neuron_model
from pyNN_brainscales_emu.front_end_errors import SynapseError
from pyNN_brainscales_emu.parameter_checks import LARGEST
from pyNN_brainscales_emu.projection_rules import check_parameter

#: Delays are compared with limits to this part of a time step.
TOLERANCE = 1e-6


def check_addresses(projection: Any, pre: NDArray[Any], post: NDArray[Any]) -> None:
    """Raise unless all indices lie within the two populations."""
    for side, index, size in (
        ("presynaptic", pre, projection.pre.size),
        ("postsynaptic", post, projection.post.size),
    ):
        bad = (index < 0) | (index >= size)
        if bad.any():
            raise SynapseError(
                f"{projection.owner}: {side} index",
                value=int(index[np.argmax(bad)]),
                limit=f"0 to {size - 1}",
            )


def check_values(projection: Any, name: str, values: NDArray[np.float64]) -> None:
    """Raise unless the weights or delays of all synapses can be used.

    Parameters
    ----------
    projection : Projection
    name : str
        ``'weight'`` or ``'delay'``.
    values : (n,) float64

    Raises
    ------
    SynapseError
    """
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        _fail(projection, name, values, np.isfinite(values), "finite numbers")
    if max(-low, high) > LARGEST:
        limit = f"up to {LARGEST:.2g} (single precision)"
        _fail(projection, name, values, np.abs(values) <= LARGEST, limit)
    if name == "weight":
        _check_weights(projection, values, low, high)
    elif name == "delay":
        _check_delays(projection, values, low, high)
    else:
        check_parameter(projection, name, values)


def _check_weights(projection: Any, values: NDArray[np.float64], low: float, high: float) -> None:
    unit = _weight_unit(projection.post)
    kinds = {part.celltype.conductance_based for part in _parts(projection.post)}
    if kinds == {True}:
        if low < 0:
            limit = f">= 0 {unit} (the receptor says whether a conductance excites or inhibits)"
            _fail(projection, "weight", values, values >= 0, limit)
    elif projection.receptor_type == "inhibitory":
        if True in kinds:
            _check_mixed_weights(projection, values)
        elif high > 0:
            limit = f"<= 0 {unit} for an inhibitory synapse that is no conductance"
            _fail(projection, "weight", values, values <= 0, limit)
    elif projection.receptor_type == "excitatory" and low < 0:
        limit = f">= 0 {unit} for an excitatory synapse"
        _fail(projection, "weight", values, values >= 0, limit)


def _check_mixed_weights(projection: Any, values: NDArray[np.float64]) -> None:
    """Raise unless inhibitory weights suit their targets, of which some have conductances.

    PyNN refuses to connect to such an assembly, but one can grow afterwards.
    """
    parts = _parts(projection.post)
    of_cell = [np.full(part.size, part.celltype.conductance_based) for part in parts]
    is_conductance = looked_up(np.concatenate(of_cell), projection.synapses.post)
    good = np.where(is_conductance, values >= 0, values <= 0)
    if not good.all():
        limit = "for inhibitory synapses >= 0 uS onto conductances, <= 0 onto currents and jumps"
        _fail(projection, "weight", values, good, limit)


def _parts(cells: Any) -> list[Any]:
    """Return the populations and views of an assembly, or what is none."""
    parts: list[Any] = getattr(cells, "populations", [cells])
    return parts


def _weight_unit(cells: Any) -> str:
    """Return the unit of weights onto a population, view or assembly."""
    models = [neuron_model(part.celltype) for part in _parts(cells)]
    units = {model.inputs.value for model in models if model is not None}
    return " or ".join(sorted(units))


def _check_delays(projection: Any, values: NDArray[np.float64], low: float, high: float) -> None:
    options = projection.session.options
    shortest, longest = options.min_delay, options.max_delay
    shortest = options.timestep if isinstance(shortest, str) else shortest
    longest = np.inf if isinstance(longest, str) else longest
    slack = TOLERANCE * options.timestep
    if low < shortest - slack or high > longest + slack:
        good = (values >= shortest - slack) & (values <= longest + slack)
        limit = f"{shortest:g} to {longest:g} ms (time step, min_delay and max_delay of setup())"
        _fail(projection, "delay", values, good, limit)


def _fail(
    projection: Any,
    name: str,
    values: NDArray[np.float64],
    good: NDArray[np.bool_],
    limit: str,
) -> None:
    first = int(np.argmin(good))
    synapses = projection.synapses
    raise SynapseError(
        f"{projection.owner}: {name} of the synapse from cell {synapses.pre[first]} "
        f"to cell {synapses.post[first]}",
        value=float(values[first]),
        limit=limit,
        remedy=f"{np.count_nonzero(~good)} of {len(values)} synapses.",
    )
