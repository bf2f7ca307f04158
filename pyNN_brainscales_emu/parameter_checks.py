"""Checks of parameter values, made when they are set: each error names object, value and limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.front_end_errors import InvalidParameterError
from pyNN_brainscales_emu.neuron_models.model import NeuronModel, Series, Sign

#: What the parameters of spike sources may be; those of neurons are the models' matter.
_OF_SOURCES = {
    "rate": Sign.NOT_NEGATIVE,
    "start": Sign.ANY,
    "duration": Sign.NOT_NEGATIVE,
    "alpha": Sign.POSITIVE,
    "beta": Sign.POSITIVE,
}
_MS_PER_S = 1000.0
#: The engine computes in single precision. What spike sources have stays in double precision.
LARGEST = float(np.finfo(np.float32).max)


def check_numbers(
    owner: str, name: str, values: NDArray[np.float64], model: NeuronModel | None = None
) -> None:
    """Raise unless all values of a parameter are finite, not too large, and of the right sign.

    Parameters
    ----------
    owner : str
        What the message calls the object, e.g. ``"Population 'inputs'"``.
    name : str
        PyNN's name of the parameter.
    values : (n,) float64
    model : NeuronModel, optional
        Of neurons; it says which numbers the parameter may be.

    Raises
    ------
    InvalidParameterError
    """
    _require(np.isfinite(values), owner, name, values, "finite numbers")
    if name not in _OF_SOURCES:
        limit = f"up to {LARGEST:.2g} (single precision)"
        _require(np.abs(values) <= LARGEST, owner, name, values, limit)
    own = {} if model is None else {p.name: p.sign for p in model.parameters}
    sign = own.get(name) or _OF_SOURCES.get(name, Sign.ANY)
    _require(sign.allows(values), owner, name, values, sign.value)


def check_lists(owner: str, series: Series, lists: Sequence[NDArray[np.float64]]) -> None:
    """Raise unless the lists of a parameter, one a cell, can be terms of the model's sum.

    Raises
    ------
    InvalidParameterError
    """
    sizes = np.array([np.size(values) for values in lists])
    limit = f"a list of up to {series.length} numbers"
    good = sizes <= series.length
    _require(good, owner, series.name, sizes.astype(np.float64), limit)
    numbers = np.concatenate(lists) if len(lists) else np.zeros(0)
    cells = np.repeat(np.arange(len(lists)), sizes)
    _require(np.isfinite(numbers), owner, series.name, numbers, "finite numbers", cells)
    _require(series.sign.allows(numbers), owner, series.name, numbers, series.sign.value, cells)


def check_terms(owner: str, model: NeuronModel, columns: Mapping[str, NDArray[Any]]) -> None:
    """Raise unless the lists of each of the model's sums have the same number of terms.

    Raises
    ------
    InvalidParameterError
    """
    for first, second in combinations(model.series, 2):
        if first.sum != second.sum:
            continue
        pairs = zip(columns[first.name], columns[second.name], strict=True)
        for cell, (values, others) in enumerate(pairs):
            if np.size(values.value) != np.size(others.value):
                raise InvalidParameterError(
                    f"{owner}: {first.name} and {second.name} of cell {cell} differ in length",
                    value=(np.size(values.value), np.size(others.value)),
                    limit="one number for each term in both",
                )


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


def check_tables(owner: str, name: str, tables: Sequence[NDArray[np.float64]]) -> None:
    """Raise unless tables of a source that changes in time are lists of possible numbers.

    Parameters
    ----------
    owner : str
    name : {'a', 'b', 'tbins'}
    tables : sequence over cells of (k,) float64

    Raises
    ------
    InvalidParameterError
    """
    for cell, table in enumerate(tables):
        good = table.ndim == 1 and len(table) > 0 and bool(np.all(np.isfinite(table)))
        if good:
            good = bool(np.all(np.diff(table) > 0) if name == "tbins" else np.all(table > 0))
        if not good:
            raise InvalidParameterError(
                f"{owner}: parameter {name} of cell {cell}",
                value=np.asarray(table).tolist(),
                limit="ascending times in ms" if name == "tbins" else "numbers > 0",
            )


def check_process(owner: str, parameters: Mapping[str, NDArray[Any]]) -> None:
    """Raise if parameters of a spike source with a memory do not go together.

    Raises
    ------
    InvalidParameterError
        If a dead time leaves no room for the rate, or tables of a cell differ in length.
    """
    if "tau_refrac" in parameters:
        dead, rate = parameters["tau_refrac"], parameters["rate"]
        _require(dead >= 0, owner, "tau_refrac", dead, ">= 0")
        bad = np.flatnonzero(dead * rate > _MS_PER_S)
        if bad.size:
            raise InvalidParameterError(
                f"{owner}: parameter rate of cell {bad[0]}",
                value=float(rate[bad[0]]),
                limit=f"up to 1 / tau_refrac, {_MS_PER_S / dead[bad[0]]:g} Hz",
            )
    if "tbins" in parameters:
        tables = (parameters[name] for name in ("a", "b", "tbins"))
        for cell, (a, b, bins) in enumerate(zip(*tables, strict=True)):
            lengths = tuple(len(table.value) for table in (a, b, bins))
            if len(set(lengths)) > 1:
                raise InvalidParameterError(
                    f"{owner}: lengths of a, b and tbins of cell {cell}",
                    value=lengths,
                    limit="three equal ones",
                )


def check_thresholds(
    owner: str, cell_type: str, model: NeuronModel, parameters: Mapping[str, NDArray[np.float64]]
) -> None:
    """Raise if a neuron would fire for ever, because the reset lies at or above the spike's level.

    Where a neuron fires is its model's matter; models without such a level are not checked.

    Raises
    ------
    InvalidParameterError
    """
    firing = model.firing_level
    if firing is None:
        return
    reset, level, name = parameters[firing.reset], firing.of(parameters), firing.name
    bad = np.flatnonzero(reset >= level)
    if bad.size:
        first = bad[0]
        raise InvalidParameterError(
            f"{owner} ({cell_type}): {firing.reset} of cell {first} is not below {name}",
            value=float(reset[first]),
            limit=f"{firing.reset} < {level[first]:g} mV",
            remedy=f"{bad.size} of {reset.size} cells: set() {firing.reset} below "
            f"{name.split()[0]}.",
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
