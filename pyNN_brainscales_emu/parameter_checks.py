"""Checks of parameter values, made when they are set: each error names object, value and limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.front_end_errors import InvalidParameterError

POSITIVE = frozenset({"cm", "tau_m", "tau_syn_E", "tau_syn_I", "tau_w"})
NOT_NEGATIVE = frozenset({"tau_refrac", "delta_T", "rate", "duration"})
#: The engine computes in single precision. What spike sources have stays in double precision.
LARGEST = float(np.finfo(np.float32).max)
OF_SOURCES = frozenset({"rate", "start", "duration"})


def check_numbers(owner: str, name: str, values: NDArray[np.float64]) -> None:
    """Raise unless all values of a parameter are finite, not too large, and of the right sign.

    Parameters
    ----------
    owner : str
        What the message calls the object, e.g. ``"Population 'inputs'"``.
    name : str
        PyNN's name of the parameter.
    values : (n,) float64

    Raises
    ------
    InvalidParameterError
    """
    _require(np.isfinite(values), owner, name, values, "finite numbers")
    if name not in OF_SOURCES:
        limit = f"up to {LARGEST:.2g} (single precision)"
        _require(np.abs(values) <= LARGEST, owner, name, values, limit)
    if name in POSITIVE:
        _require(values > 0, owner, name, values, "> 0")
    elif name in NOT_NEGATIVE:
        _require(values >= 0, owner, name, values, ">= 0")


def check_spike_times(owner: str, trains: Sequence[NDArray[np.float64]]) -> None:
    """Raise unless every spike train is a list of finite, not negative, sorted numbers.

    Parameters
    ----------
    owner : str
    trains : sequence over cells of (k,) float64
        Spike times in ms.

    Raises
    ------
    InvalidParameterError
    """
    for cell, train in enumerate(trains):
        if train.ndim != 1:
            raise InvalidParameterError(
                f"{owner}: parameter spike_times of cell {cell}",
                value=train.tolist(),
                limit="a list of numbers",
            )
    sizes = np.fromiter((train.size for train in trains), dtype=np.int64, count=len(trains))
    if not sizes.sum():
        return
    times = np.concatenate(trains)
    cells = np.repeat(np.arange(len(trains)), sizes)
    _require(np.isfinite(times), owner, "spike_times", times, "finite numbers", cells)
    _require(times >= 0, owner, "spike_times", times, ">= 0", cells)
    ascending = np.append(True, (np.diff(times) >= 0) | (np.diff(cells) > 0))
    _require(
        ascending, owner, "spike_times", times, "ascending times", cells, "Sort them: numpy.sort()."
    )


def check_thresholds(
    owner: str, cell_type: str, parameters: Mapping[str, NDArray[np.float64]]
) -> None:
    """Raise if a neuron would fire for ever, because the reset lies at or above the spike's level.

    The level is ``v_thresh``, for a neuron with an exponential term (delta_T > 0) ``v_spike``.

    Raises
    ------
    InvalidParameterError
    """
    reset, level, name = parameters["v_reset"], parameters["v_thresh"], "v_thresh"
    if "v_spike" in parameters:
        name = "v_spike (v_thresh where delta_T is 0)"
        level = np.where(parameters["delta_T"] > 0, parameters["v_spike"], level)
    bad = np.flatnonzero(reset >= level)
    if bad.size:
        first = bad[0]
        raise InvalidParameterError(
            f"{owner} ({cell_type}): v_reset of cell {first} is not below {name}",
            value=float(reset[first]),
            limit=f"v_reset < {level[first]:g} mV",
            remedy=f"{bad.size} of {reset.size} cells: set() v_reset below {name.split()[0]}.",
        )


def _require(
    good: NDArray[np.bool_],
    owner: str,
    name: str,
    values: NDArray[np.float64],
    limit: str,
    cell: NDArray[np.int64] | None = None,
    remedy: str | None = None,
) -> None:
    if good.all():
        return
    first = int(np.argmin(good))
    index = first if cell is None else int(cell[first])
    raise InvalidParameterError(
        f"{owner}: parameter {name} of cell {index}",
        value=float(values[first]),
        limit=limit,
        remedy=remedy,
    )
