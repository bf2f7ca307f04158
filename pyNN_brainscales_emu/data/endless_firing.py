"""Neurons that fire without end, as their realised reset lies where they fire."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph

Array = NDArray[np.float64]


def firing_level(parameters: Mapping[str, Array]) -> Array:
    """Return the potential at which each neuron fires, mV, (n_neurons,).

    ``v_spike`` of a neuron with an exponential term (delta_T > 0), else ``v_thresh``, or
    ``v_spike`` where that is lower.
    """
    exponential = np.nan_to_num(parameters["delta_T"]) > 0
    lower = np.fmin(parameters["v_thresh"], parameters["v_spike"])  # models without have NaN
    return np.where(exponential, parameters["v_spike"], lower)


def endless_firing(graph: BioGraph, realised: Mapping[str, Array]) -> str | None:
    """Return how many neurons have a realised v_reset at or above the level where they fire.

    None of them was asked for: `parameter_checks.check_thresholds` refuses such parameters.

    Parameters
    ----------
    graph : BioGraph
    realised : mapping of str to (n_neurons,) float64
        In PyNN's names, mV.

    Returns
    -------
    str or None
        Count, worst neuron, and what keeps them apart; None if there is none.
    """
    overlap = realised["v_reset"] - firing_level(realised)
    count = int(np.count_nonzero(overlap >= 0))
    if not count:
        return None
    worst = int(np.argmax(overlap))
    cell = graph.neurons[worst]
    (population,) = [p for p in graph.populations if cell in p.cells]
    asked = {
        name: graph.neuron_parameter(name) for name in ("v_reset", "v_thresh", "v_spike", "delta_T")
    }
    reset, level = asked["v_reset"][worst], firing_level(asked)[worst]
    reset_now, level_now = realised["v_reset"][worst], firing_level(realised)[worst]
    name = "v_spike" if np.nan_to_num(asked["delta_T"][worst]) > 0 else "v_thresh"
    return (
        f"Once they have fired, {count} of {len(overlap)} neurons fire without end, as v_reset is "
        f"realised at or above {name}: the worst is cell {cell - population.first_cell} of "
        f"{population.label!r} (v_reset asked {reset:g}, realised {reset_now:.4g}; "
        f"{name} asked {level:g}, realised {level_now:.4g}). Ask for v_reset "
        f"and {name} more than {level - reset + reset_now - level_now:.2g} mV apart, or for a "
        "larger factor of voltage_scaling"
    )
