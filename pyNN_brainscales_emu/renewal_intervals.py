"""Spike trains of renewal processes from uniform random numbers, all cells at once.

A process begins at a source's start: its first spike comes one whole interval later. Each cell
takes its numbers one after the other, so a train does not depend on how far it is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Returns numbers in (0, 1) by (cell, number of the draw); both may be arrays.
Draw = Callable[[NDArray[np.int64], NDArray[np.int64]], Floats]
#: Returns intervals in ms, (size, n), from numbers in (0, 1) of that shape.
Intervals = Callable[[Mapping[str, Any], Floats], Floats]

_MS_PER_S = 1000.0
_FIRST_DRAWS = 64
_LONGEST = 1e200  # ms; stands for never and can still be added up
_SMALLEST = np.finfo(np.float64).tiny


def refractory_intervals(parameters: Mapping[str, Any], uniform: Floats) -> Floats:
    """Return a dead time and an exponential rest, whose mean makes up the rate."""
    with np.errstate(divide="ignore"):
        mean = _MS_PER_S / parameters["rate"]
    dead = parameters["tau_refrac"]
    rest = np.minimum(mean - dead, _LONGEST)
    return np.asarray(dead[:, None] - rest[:, None] * np.log(uniform))


def gamma_intervals(parameters: Mapping[str, Any], uniform: Floats) -> Floats:
    """Return intervals of a gamma distribution of shape alpha and rate beta in Hz."""
    from scipy.special import gammaincinv  # slow to import

    scale = _MS_PER_S / parameters["beta"]
    return np.asarray(gammaincinv(parameters["alpha"][:, None], uniform) * scale[:, None])


def renewal_times(
    intervals: Intervals, parameters: Mapping[str, Any], begin: Floats, end: Floats, draw: Draw
) -> tuple[NDArray[np.int64], Floats]:
    """Return the spikes of renewal processes.

    Parameters
    ----------
    intervals : callable
    parameters : mapping of str to (size,) float64
    begin, end : (size,) float64
        In ms; there are no spikes from the end on.
    draw : callable

    Returns
    -------
    counts : (size,) int64
    times_ms : (n,) float64
        Cell by cell, ascending.
    """
    n_draws = _FIRST_DRAWS
    cells = np.arange(len(begin))[:, None]
    while True:
        steps = intervals(parameters, draw(cells, np.arange(n_draws)[None, :]))
        times = np.cumsum(np.concatenate([begin[:, None], steps], axis=1), axis=1)[:, 1:]
        if np.all(times[:, -1] >= end):
            break
        n_draws *= 2
    is_within = times < end[:, None]
    return is_within.sum(axis=1), times[is_within]


def inhomogeneous_gamma_times(
    parameters: Mapping[str, Any], begin: Floats, end: Floats, draw: Draw
) -> tuple[NDArray[np.int64], Floats]:
    """Return the spikes of gamma processes whose parameters change from bin to bin.

    The hazard at an age x since the last spike is that of a gamma distribution with the shape a
    and scale b of the present bin, as by thinning in Muller et al. (2007), doi
    10.1162/neco.2007.19.11.2958. Here the hazard added up is inverted, bin by bin, which has the
    same distribution and throws no number away. Before the first bin nothing is emitted.

    Parameters
    ----------
    parameters : mapping
        ``a``, ``b`` (s) and ``tbins`` (ms): arrays over cells of PyNN `Sequence`.
    begin, end, draw
        As for `renewal_times`.

    Returns
    -------
    counts : (size,) int64
    times_ms : (n,) float64
    """
    from scipy.special import gammaincc, gammainccinv  # slow to import

    shape, scale, bins = (_table(parameters[name]) for name in ("a", "b", "tbins"))
    scale = scale * _MS_PER_S
    bins = np.append(bins, np.full((len(bins), 1), np.inf), axis=1)
    now = np.maximum(begin, bins[:, 0])
    bin_of = np.sum(bins <= now[:, None], axis=1) - 1
    age, n_draws = np.zeros(len(now)), np.zeros(len(now), dtype=np.int64)
    hazard_left = -np.log(draw(np.arange(len(now)), n_draws))
    spikes: list[tuple[NDArray[np.int64], Floats]] = []
    while len(cell := np.flatnonzero(now < end)):
        a, b = shape[cell, bin_of[cell]], scale[cell, bin_of[cell]]
        bin_end = np.minimum(bins[cell, bin_of[cell] + 1], end[cell])
        survived = np.maximum(gammaincc(a, age[cell] / b), _SMALLEST)
        age_at_spike = b * gammainccinv(a, survived * np.exp(-hazard_left[cell]))
        wait, span = np.maximum(age_at_spike - age[cell], 0.0), bin_end - now[cell]
        fires = wait < span
        now[cell] = np.where(fires, now[cell] + wait, bin_end)
        firing, waiting = cell[fires], cell[~fires]
        spikes.append((firing, now[firing]))
        age[firing] = 0.0
        n_draws[firing] += 1
        hazard_left[firing] = -np.log(draw(firing, n_draws[firing]))
        age[waiting] += span[~fires]
        later = np.maximum(gammaincc(a[~fires], age[waiting] / b[~fires]), _SMALLEST)
        hazard_left[waiting] -= np.log(survived[~fires] / later)
        bin_of[waiting] += 1
    cells = np.concatenate([np.zeros(0, np.int64), *(cell for cell, _ in spikes)])
    times = np.concatenate([np.zeros(0), *(time for _, time in spikes)])
    return np.bincount(cells, minlength=len(now)), times[np.argsort(cells, kind="stable")]


def _table(values: NDArray[Any]) -> Floats:
    """Return rows of numbers of different lengths as one array; short ones repeat the last."""
    rows = [np.asarray(value.value, dtype=np.float64) for value in values]
    longest = max(len(row) for row in rows)
    return np.array([np.pad(row, (0, longest - len(row)), mode="edge") for row in rows])
