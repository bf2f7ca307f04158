"""Neurons that fire without end, as their realised reset lies where they fire."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph

Array = NDArray[np.float64]


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
    levels = graph.firing_level(realised)
    overlap = np.nan_to_num(realised["v_reset"] - levels, nan=-np.inf)
    count = int(np.count_nonzero(overlap >= 0))
    if not count:
        return None
    worst = int(np.argmax(overlap))
    reset, level = graph.neuron_parameter("v_reset")[worst], graph.firing_level()[worst]
    reset_now, level_now = realised["v_reset"][worst], levels[worst]
    has_exponential = np.nan_to_num(graph.neuron_parameter("delta_T")[worst]) > 0
    name = "v_spike" if has_exponential else "v_thresh"
    return (
        f"Once they have fired, {count} of {len(overlap)} neurons fire without end, as v_reset is "
        f"realised at or above {name}: the worst is {graph.cell_name(graph.neurons[worst])} "
        f"(v_reset asked {reset:g}, realised {reset_now:.4g}; "
        f"{name} asked {level:g}, realised {level_now:.4g}). Ask for v_reset "
        f"and {name} more than {level - reset + reset_now - level_now:.2g} mV apart, or for a "
        "larger factor of voltage_scaling"
    )
