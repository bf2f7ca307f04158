"""Full scales (`Projection.set_gmax`) that no setting of a synapse row comes near to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.mapping.results import ProjectionRouting
from pyNN_brainscales_emu.translation.gmax import LEVELS_S, full_scale_limits, full_scale_range
from pyNN_brainscales_emu.translation.realised import ClippedFullScale

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def clipped_full_scale(
    asked: float,
    routing: ProjectionRouting,
    factor: Array,
    demand_S: Array,  # noqa: N803  (the unit's name)
    strength: Array,
    weight_clipped: Mask,
) -> ClippedFullScale | None:
    """Return by how much the full scale of a projection is out of reach; None if it is not.

    Parameters
    ----------
    asked : float
        uS.
    routing : ProjectionRouting
    factor : (n,) float64
        Hardware siemens of 1 uS at each synapse.
    demand_S, strength : (n,) float64
        Of each synapse's row: the full scale that is asked for by all projections in it, and
        what the row is set to.
    weight_clipped : (n,) bool
        Weights that the rows do not reach.
    """
    lowest, highest = full_scale_limits()
    outside = (asked * factor > highest) | (demand_S < lowest)
    outside &= routing.realised
    if not outside.any():
        return None
    realised = LEVELS_S[-1] * strength / factor
    error = np.where(outside, np.abs(np.log(realised / asked)), -1.0)
    worst = int(np.argmax(error))
    low, high = (limit / float(factor[worst]) for limit in full_scale_range())
    return ClippedFullScale(
        synapses=outside,
        weights=weight_clipped,
        asked=asked,
        realised=float(realised[worst]),
        low=low,
        high=high,
    )
