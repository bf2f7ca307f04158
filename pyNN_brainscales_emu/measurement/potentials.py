"""Measurements of the potentials: reset, threshold, reversal potentials, rest.

Protocols after cake (cake:pycake/calibrator.py, cake:config/v4_params.py): each potential is set to
some values and read off the membrane where it shows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from pyNN_brainscales_emu.measurement.bench import Array, Bench, Stored
from pyNN_brainscales_emu.measurement.stimuli import Events
from pyNN_brainscales_emu.measurement.traces import peak_level, reset_level, rest_level

#: How far the leak is set above the threshold to make a membrane fire, V: more than both are off
#: before they are calibrated.
_OVERDRIVE_V: Final = 0.6
#: A membrane this slow rises by about a step of the converter from sample to sample.
_SLOW_MEMBRANE_S: Final = 8e-6
#: Refractory period of about 1.7 us, whose first 0.2 us show the reset potential.
_LONG_REFRACTORY_DAC: Final = 10
_PLATEAU_SAMPLES: Final = 20
#: Events this close together, and this strong, hold a membrane at the reversal potential: their
#: mean conductance of 30 uS is some hundred times that of the leak.
_HOLD_INTERVAL_US: Final = 0.1
_HOLD_WEIGHT_US: Final = 10.0  # uS


def measure_reset(bench: Bench, held: Stored) -> Array:
    """Measure V_reset: the potential after the spikes of a membrane that fires all the time."""
    bench.write(
        {"V_t": 1.0, "E_l": 1.0 + _OVERDRIVE_V, "I_gl": 1e-6},
        {"V_reset": held, "I_pl": _LONG_REFRACTORY_DAC},
    )
    return reset_level(bench.record(50.0), _PLATEAU_SAMPLES)


def measure_threshold(bench: Bench, held: Stored) -> Array:
    """Measure V_t: the peaks of a membrane that fires all the time, and rises slowly."""
    expected = bench.expected("V_t", held)
    bench.write(
        {"E_l": expected + _OVERDRIVE_V, "I_gl": _SLOW_MEMBRANE_S, "V_reset": expected - 0.2},
        {"V_t": held},
    )
    return peak_level(bench.record(100.0))


def measure_reversal(bench: Bench, held: Stored, cell: str) -> Array:
    """Measure E_syni or E_synx: the level at which strong input holds the membrane."""
    bench.write({"E_l": bench.expected(cell, held), "I_gl": 2e-5}, {cell: held})
    times = np.arange(1.0, 30.0, _HOLD_INTERVAL_US)
    events = Events(times, _HOLD_WEIGHT_US, inhibitory=cell == "E_syni")
    return rest_level(bench.record(30.0, (events,), from_us=10.0))


def measure_rest(bench: Bench, held: Stored) -> Array:
    """Measure E_l: the level of a membrane that nothing drives."""
    bench.write({"I_gl": 1e-6}, {"E_l": held})
    return rest_level(bench.record(10.0))
