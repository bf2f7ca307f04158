"""What a digitised membrane trace says: levels, peaks, intervals and plateaus.

All functions take traces of many denmems at once, (n_samples, n_denmems), and return one number a
denmem, NaN where the trace does not show what is looked for. Potentials are in V; durations are
in samples.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Traces = NDArray[np.floating[Any]]

#: Fall from one sample to the next that is taken for a spike's reset, V; a hundred times the noise
#: and far above what synaptic input could do.
RESET_DROP_V: Final = 0.08
#: Spikes that a trace must show, or nothing is said about it.
FEWEST_SPIKES: Final = 3
#: Samples over which the slope in front of a spike is taken.
_SLOPE_SAMPLES: Final = 8


def rest_level(v: Traces) -> Array:
    """Return the mean of each trace, V."""
    return np.asarray(v.mean(axis=0, dtype=np.float64))


def spikes(v: Traces) -> NDArray[np.bool_]:
    """Return where the next sample lies behind a reset, (n_samples - 1, n_denmems) bool."""
    return np.asarray(v[:-1] - v[1:] > RESET_DROP_V)


def peak_level(v: Traces) -> Array:
    """Return the mean potential at which each membrane fires, V.

    The last sample before a reset, and half the mean rise of a sample on top: the membrane
    reaches its threshold somewhere between two samples.
    """
    fired = spikes(v)
    fired[:_SLOPE_SAMPLES] = False
    before = np.roll(v[:-1], _SLOPE_SAMPLES, axis=0)
    rise = _mean_where(fired, v[:-1] - before) / _SLOPE_SAMPLES
    return _mean_where(fired, v[:-1]) + 0.5 * rise


def reset_level(v: Traces, plateau_samples: int) -> Array:
    """Return the mean of the first `plateau_samples` samples after each reset, V.

    The refractory period must be longer than that.
    """
    return _mean_where(after_reset(v, plateau_samples), v[1:])


def after_reset(v: Traces, plateau_samples: int) -> NDArray[np.bool_]:
    """Return which samples of ``v[1:]`` are among the first so many after a reset."""
    fired = spikes(v)
    behind = fired.copy()
    for delay in range(1, plateau_samples):
        behind[delay:] |= fired[:-delay]
    return behind


def interspike_interval(v: Traces) -> Array:
    """Return the mean interval between the resets of each trace, in samples."""
    fired = spikes(v)
    count = np.count_nonzero(fired, axis=0)
    first = np.argmax(fired, axis=0)
    last = len(fired) - 1 - np.argmax(fired[::-1], axis=0)
    interval = (last - first) / np.maximum(count - 1, 1)
    return np.where(count >= FEWEST_SPIKES, interval, np.nan)


def refractory_period(v: Traces, reset: Array, rise_V: float) -> Array:  # noqa: N803
    """Return for how long each membrane stays at its reset potential after a spike, in samples.

    Parameters
    ----------
    v : (n_samples, n_denmems) array
        Traces of membranes that fire all the time.
    reset : (n_denmems,) float64
        Their reset potentials, V.
    rise_V : float
        Small against the way from reset to threshold, large against the noise.

    Notes
    -----
    A cycle spends ``T(r)`` below ``reset + r``: the refractory period and the rise by r, which
    is linear for a small r. So the period is ``2 T(r) - T(2 r)``.
    """
    fired = spikes(v)
    count = np.count_nonzero(fired, axis=0)
    first = np.argmax(fired, axis=0)
    last = len(fired) - 1 - np.argmax(fired[::-1], axis=0)
    sample = np.arange(len(fired))[:, np.newaxis]
    inside = (sample >= first) & (sample < last)
    height = v[1:] - reset.astype(v.dtype)
    below_once = np.count_nonzero(inside & (height < rise_V), axis=0)
    below_twice = np.count_nonzero(inside & (height < 2 * rise_V), axis=0)
    period = (2.0 * below_once - below_twice) / np.maximum(count - 1, 1)
    return np.where(count >= FEWEST_SPIKES, period, np.nan)


def thinned(v: Traces, n_first: int, block: int = 8) -> tuple[Array, Array]:
    """Return traces with fewer samples: all of the first ones, then means of blocks.

    Returns
    -------
    time : (n_left,) float64
        In samples; of a block its middle.
    v : (n_left, n_denmems) float64
    """
    n_blocks = max(len(v) - n_first, 0) // block
    late = v[n_first : n_first + n_blocks * block].reshape(n_blocks, block, -1).mean(axis=1)
    middle = n_first + block * np.arange(n_blocks) + (block - 1) / 2
    time = np.concatenate([np.arange(min(n_first, len(v))), middle])
    return time, np.concatenate([v[:n_first], late]).astype(np.float64)


def _mean_where(chosen: NDArray[np.bool_], values: Traces) -> Array:
    count = np.count_nonzero(chosen, axis=0)
    total = np.sum(values, axis=0, where=chosen, dtype=np.float64)
    return np.where(count >= FEWEST_SPIKES, total / np.maximum(count, 1), np.nan)
