"""Measurements of the membrane's and of the synaptic inputs' time constants."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import READOUT_NOISE_V
from pyNN_brainscales_emu.measurement.bench import Array, Bench, Stored
from pyNN_brainscales_emu.measurement.decays import DecayFit, fit_decay, fit_psp
from pyNN_brainscales_emu.measurement.stimuli import SAMPLES_PER_US, Events
from pyNN_brainscales_emu.measurement.traces import thinned

#: Weakest trace that a time constant is read off, as height over noise, and largest chi squared a
#: degree of freedom (cake:pycake/calibrator.py).
SMALLEST_SNR: Final = 2.0
LARGEST_CHI2: Final = 30.0

#: When the event comes: the samples before show where the membrane rests.
_EVENT_US: Final = 2.0
#: Input strong and short enough to bring a membrane half the way to the reversal potential, and
#: the time after which nothing is left of the input but the membrane's decay.
_KICK_WEIGHT_US: Final = 10.0  # uS
_KICK_DECAYED_US: Final = 1.2
_FASTEST_SYNAPSE_DAC: Final = 1023
_DECAYS: Final = 4
_DECAY_POINTS: Final = 240
#: Length of the record over the time constant that is expected.
_DECAY_WINDOW: Final = 5.0

#: A slow membrane tells rise (synapse) and decay (membrane) of the potential apart.
_SLOW_MEMBRANE_S: Final = 6e-6
_REVERSAL_V: Final = {"V_syntcx": ("E_synx", 1.4), "V_syntci": ("E_syni", 0.2)}
_REST_V: Final = 0.8
#: Height that potentials are aimed at: small against the way to the reversal potential.
_PSP_V: Final = 0.02
_PSPS: Final = 10
_PSP_WINDOW_US: Final = 15.0
#: Until this long after the event every sample is used, later means of some.
_RISE_US: Final = 4.0


def measure_leak(bench: Bench, held: Stored) -> Array:
    """Measure I_gl: the decay of the membrane after a strong, short synaptic input."""
    bench.write({"E_l": 0.7, "E_synx": 1.4}, {"I_gl": held, "V_syntcx": _FASTEST_SYNAPSE_DAC})
    return _membrane_time(bench, bench.expected("I_gl", held))


def measure_synapse(bench: Bench, held: Stored, cell: str) -> Array:
    """Measure V_syntcx or V_syntci: fits of post-synaptic potentials on a slow membrane."""
    reversal_cell, reversal = _REVERSAL_V[cell]
    bench.write({"E_l": _REST_V, reversal_cell: reversal, "I_gl": _SLOW_MEMBRANE_S}, {cell: held})
    return _synaptic_time(bench, cell, reversal, bench.expected(cell, held))


def _membrane_time(bench: Bench, expected: float) -> Array:
    kick = Events(np.array([_EVENT_US]), _KICK_WEIGHT_US)
    begin = bench.arrival_us(_EVENT_US) + _KICK_DECAYED_US
    v = bench.record(begin + _DECAY_WINDOW * 1e6 * expected, (kick,), repetitions=_DECAYS)
    rest = v[: round(_EVENT_US * SAMPLES_PER_US)].mean(axis=0)
    tail = v[round(begin * SAMPLES_PER_US) :] - rest
    # Means of equally long blocks of an exponential are an exponential of the same time constant.
    block = max(len(tail) // _DECAY_POINTS, 1)
    tail = tail[: len(tail) // block * block].reshape(-1, block, tail.shape[1]).mean(axis=1)
    fit = fit_decay(np.arange(len(tail)) * block / SAMPLES_PER_US, tail.T.astype(np.float64))
    noise = READOUT_NOISE_V / np.sqrt(_DECAYS * block)
    return np.where(_plausible(fit, noise), 1e-6 * fit.tau, np.nan)


def _synaptic_time(bench: Bench, cell: str, reversal: float, expected: float) -> Array:
    tau_us, tau_membrane_us = 1e6 * expected, 1e6 * _SLOW_MEMBRANE_S
    weight = bench.weight_for(_PSP_V / abs(reversal - _REST_V), tau_us)
    event = Events(np.array([_EVENT_US]), weight, inhibitory=cell == "V_syntci")
    v = bench.record(_EVENT_US + _PSP_WINDOW_US, (event,), repetitions=_PSPS)
    rest = v[: round(_EVENT_US * SAMPLES_PER_US)].mean(axis=0)
    time, v_thinned = thinned(v, round((_EVENT_US + _RISE_US) * SAMPLES_PER_US))
    driven = _undo_saturation(v_thinned.T, rest[:, np.newaxis], reversal)
    since = time / SAMPLES_PER_US - bench.arrival_us(_EVENT_US)
    ones = np.ones(len(driven))
    fit = fit_psp(since, driven, tau_membrane_us * ones, tau_us * ones)
    plausible = _plausible(fit, READOUT_NOISE_V / np.sqrt(_PSPS)) & (fit.tau < fit.tau_membrane)
    return np.where(plausible, 1e-6 * fit.tau, np.nan)


def _undo_saturation(v: Array, rest: Array, reversal: float) -> Array:
    """Return the potential as it were if the driving force did not shrink as it rises.

    ``C dv/dt = g (E - v)`` turns into ``C du/dt = g (E - rest)``; the leak is not part of it.
    """
    way = reversal - rest
    return np.asarray(-way * np.log((reversal - v) / way))


def _plausible(fit: DecayFit, noise: float) -> NDArray[np.bool_]:
    strong = np.abs(fit.amplitude) >= SMALLEST_SNR * noise
    return np.asarray(strong & ((fit.rms / noise) ** 2 <= LARGEST_CHI2))
