"""What users give as values of parameters: made plain, or refused with a message that names it.

PyNN takes any value and fails later, without a name; so every value passes here first.
"""

from __future__ import annotations

import math
from collections import abc
from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
from lazyarray import VectorizedIterable, larray
from numpy.typing import NDArray
from pyNN import errors
from pyNN.parameters import ArrayParameter, LazyArray, Sequence
from pyNN.random import RandomDistribution

from pyNN_brainscales_emu.errors import BrainScaleSError
from pyNN_brainscales_emu.front_end_errors import (
    DimensionsError,
    InvalidParameterError,
    WrongKindError,
)

NUMBERS = "a number, an array with one number a cell, a RandomDistribution, or a function"
SERIES = "a list of numbers for all cells, or a list of such lists, one a cell"
TRAINS = "spike times in ms: a list of numbers for all cells, or a list of such lists, one a cell"
#: What PyNN draws or computes values from, besides functions.
COMPUTED = (RandomDistribution, VectorizedIterable, larray, Iterator)


class NamedParameters:
    """Mixin of models: their constructors refuse impossible values and name the parameter."""

    default_parameters: Mapping[str, Any]

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        model = type(self)
        refuse_unnamed(model.__name__, model.default_parameters, unnamed)
        super().__init__(**plain_values(model.__name__, model.default_parameters, parameters))


def refuse_unnamed(model: str, known: Mapping[str, Any], given: tuple[Any, ...]) -> None:
    """Raise for values of parameters without their names.

    Parameters
    ----------
    model : str
    known : mapping
        The model's parameters, in their order.
    given : tuple

    Raises
    ------
    WrongKindError
    """
    if given:
        example = f"{model}({next(iter(known))}=...)"
        raise WrongKindError(
            f"{model}: parameters are given by name",
            value=given[0],
            limit=", ".join(known),
            remedy=f"Write {model}(**parameters)."
            if isinstance(given[0], Mapping)
            else f"Write {example}.",
        )


def is_finite(value: Any) -> bool:
    """Return whether something is a real number that a float can hold."""
    try:
        return isinstance(value, Real) and math.isfinite(float(value))
    except OverflowError:
        return False


def plain_values(
    owner: str, defaults: Mapping[str, Any], given: Mapping[str, Any], size: int | None = None
) -> dict[str, Any]:
    """Return values of parameters as PyNN takes them.

    Parameters
    ----------
    owner : str
        What messages call the object, e.g. ``"Population 'inputs'"``.
    defaults : mapping
        The model's default parameters; they say which parameters are spike trains. Names that
        are not among them are left to PyNN.
    given : mapping
    size : int, optional
        Number of cells, if it is known.

    Raises
    ------
    InvalidParameterError
        For something that is no value of a parameter.
    DimensionsError
        For a wrong number of values.
    """
    values = dict(given)
    for name, value in given.items():
        if name in defaults:
            if isinstance(defaults[name], ArrayParameter):
                limit = TRAINS if name == "spike_times" else SERIES
                values[name] = plain_trains(owner, f"parameter {name}", value, limit)
            else:
                values[name] = plain_number(owner, f"parameter {name}", value)
            if size is not None:
                check_length(owner, f"parameter {name}", values[name], size)
    return values


def plain_number(owner: str, what: str, value: Any, limit: str = NUMBERS, n_axes: int = 1) -> Any:
    """Return a number, an array of floats, or anything that PyNN draws or computes numbers from.

    Parameters
    ----------
    owner, what : str
        What messages call the object and the parameter.
    value : object
    limit : str
        What is allowed.
    n_axes : int
        Number of dimensions that an array may have.
    """
    if isinstance(value, str):
        _check_expression(owner, what, value, limit)
    elif not (isinstance(value, Real) or _is_computed(value)):
        if not _is_array_like(value):
            raise InvalidParameterError(f"{owner}: {what}", value=value, limit=limit)
        return _plain_array(owner, what, value, limit, n_axes)
    return value


def _check_expression(owner: str, what: str, value: str, limit: str) -> None:
    try:
        LazyArray(value)
    except errors.InvalidParameterValueError as error:
        raise InvalidParameterError(f"{owner}: {what}", value=value, limit=limit) from error


def _plain_array(owner: str, what: str, value: Any, limit: str, n_axes: int) -> Any:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{owner}: {what}", value=value, limit=limit) from None
    if array.ndim > n_axes:
        raise DimensionsError(
            f"{owner}: {what} has the wrong shape", value=array.shape, limit=limit
        )
    return array if array.ndim else float(array)


def plain_trains(owner: str, what: str, value: Any, limit: str = TRAINS) -> Any:
    """Return one list of numbers for all cells, a list of them, or what PyNN computes them from.

    Such a list is a spike train, or has one number for each term of a sum.
    """
    if isinstance(value, (ArrayParameter, *COMPUTED)):
        return value
    if callable(value):
        return _train_function(owner, what, value)
    if not _is_array_like(value) or getattr(value, "ndim", 1) == 0:
        raise InvalidParameterError(f"{owner}: {what}", value=value, limit=limit)
    if any(_is_train(part) for part in value):
        return [_train(owner, f"{what} of cell {i}", part) for i, part in enumerate(value)]
    return _train(owner, what, value)


def _train_function(owner: str, what: str, function: Callable[[Any], Any]) -> Any:
    """Return a function of cell indices whose values are spike trains, as PyNN wants it.

    The given one may return a PyNN `Sequence`, a list, an array or a number for each cell. It is
    called with one index after the other; one that takes arrays only is called with all.
    """

    def trains(index: Any) -> Any:
        if np.ndim(index) == 0:
            return train_of(index, function(index))
        try:
            values = [function(cell) for cell in np.asarray(index).tolist()]
        except TypeError:
            values = function(index)
        return [train_of(cell, value) for cell, value in zip(index, values, strict=True)]

    def train_of(cell: Any, value: Any) -> Any:
        if isinstance(value, ArrayParameter):
            return value  # checked with all others, when the population is known
        times = [value] if isinstance(value, Real) else value
        return _train(owner, f"{what} of cell {cell}", times)

    return trains


def _train(owner: str, what: str, value: Any) -> Any:
    try:
        times = np.asarray(getattr(value, "value", value), dtype=np.float64)
    except (TypeError, ValueError):
        times = np.zeros(())
    if times.ndim != 1:
        raise InvalidParameterError(f"{owner}: {what}", value=value, limit="a list of numbers")
    return value if isinstance(value, ArrayParameter) else Sequence(times)


def _is_train(value: Any) -> bool:
    return hasattr(value, "__len__") or isinstance(value, ArrayParameter)


def as_array(value: Any) -> Any:
    """Return an array of another library as one of NumPy, and anything else as it is."""
    if isinstance(value, np.ndarray) or not hasattr(value, "__array__"):
        return value
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # it lies on another device, for example
        return value


def _is_array_like(value: Any) -> bool:
    if isinstance(value, (str, bytes)):
        return False
    return isinstance(value, abc.Sequence) or hasattr(value, "__array__")


def _is_computed(value: Any) -> bool:
    return (callable(value) and not isinstance(value, type)) or isinstance(value, COMPUTED)


def evaluated(owner: str, what: str, value: Any) -> Any:
    """Return the numbers that a PyNN `LazyArray` stands for; see `evaluate`."""
    try:
        return value.evaluate(simplify=False)
    except BrainScaleSError:
        raise
    except Exception as error:  # whatever the function raises
        raise _not_computed(owner, what, error) from error


def evaluate(owner: str, space: Any, *, simplify: bool = False) -> None:
    """Evaluate a PyNN `ParameterSpace` in place.

    Raises
    ------
    InvalidParameterError
        If a function that a user gave cannot be evaluated, or gives no numbers.
    """
    try:
        space.evaluate(simplify=simplify)
    except BrainScaleSError:
        raise
    except Exception as error:  # whatever the function raises
        pending = [name for name, value in space.items() if isinstance(value, larray)]
        raise _not_computed(owner, f"parameter {', '.join(pending[:1])}", error) from error


def _not_computed(owner: str, what: str, error: Exception) -> InvalidParameterError:
    return InvalidParameterError(
        f"{owner}: {what} cannot be computed ({type(error).__name__}: {error})".rstrip("."),
        limit="a function of the index of the cell, or of an array of them",
    )


def check_length(owner: str, what: str, value: Any, size: int) -> None:
    """Raise if values are given one by one, and their number is not that of the cells.

    Raises
    ------
    DimensionsError
        Names the number of values and of cells.
    """
    shape = value.shape if isinstance(value, (larray, np.ndarray)) else None
    if isinstance(value, list):
        shape = (len(value),)
    if shape is not None and shape != (size,):
        raise DimensionsError(
            f"{owner}: number of values of {what}",
            value=shape[0] if len(shape) == 1 else shape,
            limit=f"one number for all, or an array of {size}",
        )


def column(value: Any, size: int) -> NDArray[Any]:
    """Return evaluated parameter values as a column of its own: float64, or of lists."""
    first = value[0] if isinstance(value, np.ndarray) and value.shape else value
    result = np.empty(size, dtype=object if isinstance(first, ArrayParameter) else np.float64)
    result[:] = value
    return result
