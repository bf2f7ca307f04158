"""Measurements of adaptation: conductance, time constant, step at a spike.

cake has no measurement of these cells; the protocols are the emulator's own. They use the current
stimulus and take the leak from the same trace, so that its trial-to-trial error does not matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import READOUT_NOISE_V
from pyNN_brainscales_emu.measurement.bench import (
    CAPACITANCE_PF,
    Array,
    Bench,
    Stored,
    Traces,
)
from pyNN_brainscales_emu.measurement.responses import StepFit, fit_after_spike, fit_step
from pyNN_brainscales_emu.measurement.stimuli import SAMPLES_PER_US, Pulse
from pyNN_brainscales_emu.measurement.time_constants import LARGEST_CHI2, SMALLEST_SNR
from pyNN_brainscales_emu.measurement.traces import spikes, thinned

_BEGIN_US: Final = 2.0
#: A fast membrane shows its own rise before adaptation sets in.
_FAST_MEMBRANE_S: Final = 1e-6
_STEP_V: Final = 0.2
_STEPS_READ: Final = 4
_STEP_WINDOW: Final = 4.0
_LONGEST_STEP_US: Final = 120.0
#: Until then every sample is used, later means of some.
_RISE_US: Final = 6.0
#: While one of conductance and time constant is measured, the other one is held here (S, s).
_HELD_CONDUCTANCE_S: Final = 2e-6
_HELD_TIME_S: Final = 15e-6

#: Resting potential under the threshold, V, and a pulse that surely crosses it, nA (the stimulus
#: circuit reaches 2.5 uA). It ends within the refractory period, which holds the membrane. The
#: reset lies half the way: its decay shows the membrane's time constant beside the current's.
_UNDER_THRESHOLD_V: Final = 0.34
_THRESHOLD_V: Final = 1.0
_SPIKE_PULSE_NA: Final = 2500.0
_SPIKE_PULSE_US: Final = 0.5
_REFRACTORY_S: Final = 1.2e-6
_SPIKE_HELD_S: Final = 20e-6
_SPIKE_WINDOW_US: Final = 40.0
_SPIKES_READ: Final = 30
#: Samples this close to the first one after the spike belong to the refractory period, which is
#: over by then.
_HELD_WITHIN_V: Final = 0.002
_LATEST_RELEASE_US: Final = 5.0
#: A fit whose time constant is off by more did not find the current's effect.
_PLAUSIBLE_RATIO: Final = 3.0

_BASE: Final = {"E_l": 0.8, "I_gl": _FAST_MEMBRANE_S}
_SPIKING: Final = {
    "E_l": _THRESHOLD_V - _UNDER_THRESHOLD_V,
    "V_t": _THRESHOLD_V,
    "V_reset": _THRESHOLD_V - 0.5 * _UNDER_THRESHOLD_V,
    "I_gl": 4e-6,
    "I_pl": _REFRACTORY_S,
    "I_radapt": _SPIKE_HELD_S,
}


def measure_conductance(bench: Bench, held: Stored) -> Array:
    """Measure I_gladapt: how much less than the leak allows a current step does in the end."""
    bench.write({**_BASE, "I_radapt": _HELD_TIME_S}, {"I_gladapt": held})
    fit = _step_response(bench, 1e6 * _HELD_TIME_S, bench.expected("I_gladapt", held))
    leak_S = 1e-6 * CAPACITANCE_PF / fit.tau_membrane  # noqa: N806  (the unit's name)
    return np.where(_clear(fit), fit.ratio * leak_S, np.nan)


def measure_time(bench: Bench, held: Stored) -> Array:
    """Measure I_radapt: how fast adaptation follows a current step."""
    bench.write({**_BASE, "I_gladapt": _HELD_CONDUCTANCE_S}, {"I_radapt": held})
    fit = _step_response(bench, 1e6 * bench.expected("I_radapt", held), _HELD_CONDUCTANCE_S)
    return np.where(_clear(fit), 1e-6 * fit.tau_w, np.nan)


def measure_step(bench: Bench, held: Stored) -> Array:
    """Measure I_fire: the course of the membrane after a single spike."""
    bench.write(_SPIKING, {"I_fire": held, "I_gladapt": 0})
    pulse = Pulse(_BEGIN_US, _BEGIN_US + _SPIKE_PULSE_US, _SPIKE_PULSE_NA)
    return _current_step(bench, bench.run(_BEGIN_US + _SPIKE_WINDOW_US, pulse=pulse))


def _step_response(bench: Bench, tau_w_us: float, conductance_S: float) -> StepFit:  # noqa: N803
    leak_uS = CAPACITANCE_PF / (1e6 * _FAST_MEMBRANE_S)  # noqa: N806
    ratio = 1e6 * conductance_S / leak_uS
    end_us = _BEGIN_US + min(_STEP_WINDOW * tau_w_us, _LONGEST_STEP_US)
    pulse = Pulse(_BEGIN_US, end_us + 1.0, 1e3 * _STEP_V * leak_uS)
    v = bench.record(end_us, pulse=pulse, repetitions=_STEPS_READ)
    begin = round(_BEGIN_US * SAMPLES_PER_US)
    away = v[begin:] - v[:begin].mean(axis=0)
    time, away = thinned(away, round(_RISE_US * SAMPLES_PER_US))
    return fit_step(time / SAMPLES_PER_US, away.T, 1e6 * _FAST_MEMBRANE_S, tau_w_us, ratio)


def _clear(fit: StepFit) -> NDArray[np.bool_]:
    noise = READOUT_NOISE_V / np.sqrt(_STEPS_READ)
    visible = np.abs(fit.amplitude) * fit.ratio / (1.0 + fit.ratio) >= SMALLEST_SNR * noise
    return np.asarray(visible & ((fit.rms / noise) ** 2 <= LARGEST_CHI2))


def _current_step(bench: Bench, analog: Traces) -> Array:
    """Return the step of the adaptation current in A, NaN where not exactly one spike fired."""
    v = bench.read(analog, _SPIKES_READ)
    fired = spikes(v)
    begin = round(_BEGIN_US * SAMPLES_PER_US)
    once = np.count_nonzero(fired, axis=0) == 1
    at_spike = np.argmax(fired, axis=0) + 1
    held = np.count_nonzero(_still_reset(v, at_spike), axis=0)
    release = np.where(once, at_spike + held, begin)
    length = len(v) - begin - round(_LATEST_RELEASE_US * SAMPLES_PER_US)
    once &= release + length <= len(v)
    rows = release + np.arange(length)[:, np.newaxis]
    after = np.take_along_axis(v, np.minimum(rows, len(v) - 1), axis=0) - v[:begin].mean(axis=0)
    time, after = thinned(after, round(_RISE_US * SAMPLES_PER_US))
    noise = READOUT_NOISE_V / np.sqrt(_SPIKES_READ)
    fit = fit_after_spike(time / SAMPLES_PER_US, after.T, 4.0, 1e6 * _SPIKE_HELD_S, noise)
    # The current decays while the membrane is held at reset.
    decayed = np.exp(held / SAMPLES_PER_US / fit.tau_w)
    off = np.abs(np.log(1e-6 * fit.tau_w / _SPIKE_HELD_S))
    good = once & (fit.tau_membrane < fit.tau_w)
    good &= (off < np.log(_PLAUSIBLE_RATIO)) & ((fit.rms / noise) ** 2 <= LARGEST_CHI2)
    return np.where(good, 1e-6 * CAPACITANCE_PF * fit.slope * decayed, np.nan)


def _still_reset(v: Traces, at_spike: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which samples after a spike lie at the reset potential without a break."""
    reset = np.take_along_axis(v, np.minimum(at_spike, len(v) - 1)[np.newaxis], axis=0)
    after = np.arange(len(v))[:, np.newaxis] >= at_spike
    left = after & (np.abs(v - reset) > _HELD_WITHIN_V)
    return np.asarray(after & (np.cumsum(left, axis=0) == 0))
