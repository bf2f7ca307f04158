"""Measurement of the refractory period."""

from __future__ import annotations

from typing import Final

import numpy as np

from pyNN_brainscales_emu.measurement.bench import Array, Bench, Stored
from pyNN_brainscales_emu.measurement.stimuli import SAMPLES_PER_US
from pyNN_brainscales_emu.measurement.traces import (
    interspike_interval,
    refractory_period,
    reset_level,
)

_PLATEAU_SAMPLES: Final = 4
#: Small against the half volt from reset to threshold, large against the noise.
_RISE_V: Final = 0.02


def measure_refractory(bench: Bench, held: Stored) -> Array:
    """Measure I_pl: for how long a firing membrane stays at its reset potential.

    The interval between spikes less the time of the rise, both of the same trace: the difference of
    two intervals, at a long and at the shortest period, would have the trial-to-trial errors of
    rest, threshold and leak in it.
    """
    bench.write({"V_t": 1.0, "E_l": 1.6, "I_gl": 2e-6, "V_reset": 0.5}, {"I_pl": held})
    v = bench.record(100.0)
    samples = refractory_period(v, reset_level(v, _PLATEAU_SAMPLES), _RISE_V)
    plausible = (samples > 0) & (samples < interspike_interval(v))
    return np.where(plausible, 1e-6 * samples / SAMPLES_PER_US, np.nan)
