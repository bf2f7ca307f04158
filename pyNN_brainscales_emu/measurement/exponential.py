"""Measurements of the exponential term: slope and threshold.

cake has no measurement of these cells; the protocol is the emulator's own. The membrane fires all
the time, and its upswings into the spikes are read: where the exponential term rules, the
potential depends on the time that is left by nothing but the slope, the threshold and the leak.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import READOUT_NOISE_V
from pyNN_brainscales_emu.measurement.bench import Array, Bench, Stored, Traces
from pyNN_brainscales_emu.measurement.responses import UpswingFit, fit_upswing
from pyNN_brainscales_emu.measurement.stimuli import SAMPLES_PER_US
from pyNN_brainscales_emu.measurement.time_constants import LARGEST_CHI2
from pyNN_brainscales_emu.measurement.traces import spikes

#: The leak pulls to this far above the exponential threshold, beyond where the spike is detected.
_DRIVE_V: Final = 0.2
_DETECTION_V: Final = 0.15
_THRESHOLD_V: Final = 0.9
#: Slope while the threshold is measured: a small one, as an error of the leak by a factor f shifts
#: the threshold by the slope times ln f.
_SLOPE_V: Final = 0.003
_MEMBRANE_S: Final = 1.5e-5
_DURATION_US: Final = 80.0
#: Part of the upswing that is fitted, and how often it is read.
_UPSWING_SAMPLES: Final = 60
_READ: Final = 60


def measure_slope(bench: Bench, held: Stored) -> Array:
    """Measure I_rexp: the slope of the potential over the logarithm of the time that is left."""
    bench.write(_firing(_THRESHOLD_V), {"I_rexp": held})
    return _upswing(bench, bench.expected("I_rexp", held)).delta_T


def measure_threshold(bench: Bench, held: Stored) -> Array:
    """Measure V_exp: where the upswing would have begun."""
    bench.write(_firing(bench.expected("V_exp", held)), {"V_exp": held})
    fit = _upswing(bench, _SLOPE_V)
    tau_us = 1e6 * bench.set_to("I_gl", _MEMBRANE_S)
    return np.asarray(fit.level - fit.delta_T * np.log(tau_us))


def _firing(threshold: float) -> dict[str, float]:
    return {
        "V_exp": threshold,
        "E_l": threshold + _DRIVE_V,
        "V_t": threshold + _DETECTION_V,
        "V_reset": threshold - _DETECTION_V,
        "I_gl": _MEMBRANE_S,
        "I_rexp": _SLOPE_V,
    }


def _upswing(bench: Bench, delta_T: float) -> UpswingFit:  # noqa: N803
    """Fit the last upswing of each membrane; NaN where there was none."""
    analog = bench.run(_DURATION_US)
    last, fired = _last_spike(bench.read(analog))
    rows = last - np.arange(_UPSWING_SAMPLES - 1, -1, -1)[:, np.newaxis]
    v = bench.read(np.take_along_axis(analog, rows, axis=0), _READ)
    before = np.arange(_UPSWING_SAMPLES - 1, -1, -1) / SAMPLES_PER_US
    fit = fit_upswing(before, v.T.astype(np.float64), delta_T, 1.0 / SAMPLES_PER_US)
    noise = READOUT_NOISE_V / np.sqrt(_READ)
    good = fired & ((fit.rms / noise) ** 2 <= LARGEST_CHI2)
    return UpswingFit(
        np.where(good, fit.delta_T, np.nan), np.where(good, fit.level, np.nan), fit.rms
    )


def _last_spike(v: Traces) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the last sample before the last reset, and where there is one."""
    fired = spikes(v)
    fired[:_UPSWING_SAMPLES] = False
    last = len(fired) - 1 - np.argmax(fired[::-1], axis=0)
    return last, np.asarray(fired.any(axis=0))
