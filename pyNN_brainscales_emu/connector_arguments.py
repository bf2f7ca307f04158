"""Arguments of connectors: checked when a connector is made, so that messages can name them."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from pyNN import common
from pyNN.core import IndexBasedExpression
from pyNN.random import AbstractRNG, RandomDistribution

from pyNN_brainscales_emu.front_end_errors import (
    InvalidParameterError,
    ProjectionError,
    WrongKindError,
)

#: Arguments that connectors had before PyNN 0.8, and what stands for them now.
_OLD_HABITS: Final[Mapping[str, str]] = {
    "weights": "Weights belong to the synapse type: StaticSynapse(weight=...).",
    "delays": "Delays belong to the synapse type: StaticSynapse(delay=...).",
    "weight": "Weights belong to the synapse type: StaticSynapse(weight=...).",
    "delay": "Delays belong to the synapse type: StaticSynapse(delay=...).",
    "space": "The space belongs to the projection: Projection(..., space=...).",
    "receptor_type": "The receptor belongs to the projection: Projection(..., receptor_type=...).",
    "verbose": "Use callback=, which is told the share of what is done.",
}


class CheckedArguments:
    """Mixin of connectors: their constructors refuse what is of a wrong kind, and name it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        bound = bound_arguments(name, super().__init__, args, kwargs, _OLD_HABITS)
        for argument, value in bound.arguments.items():
            if argument in _CHECKS:
                bound.arguments[argument] = _CHECKS[argument](f"{name}: {argument}", value)
        try:
            super().__init__(*bound.args, **bound.kwargs)
        except AssertionError as error:  # PyNN's word for a distribution of negative numbers
            raise InvalidParameterError(
                f"{name}: {error or 'an argument that cannot be'}", value=dict(bound.arguments)
            ) from error

    def _standard_connect(
        self, projection: Any, columns: Callable[..., Any], distance_map: Any = None
    ) -> None:
        """Connect as PyNN does; of a single presynaptic cell its columns are no arrays."""

        def as_arrays(*mask: Any) -> Any:
            return (c if c is True else np.atleast_1d(c) for c in columns(*mask))

        super()._standard_connect(projection, as_arrays, distance_map)  # type: ignore[misc]

    def _get_connection_map_no_mutual_connections(self, projection: Any) -> Any:
        try:
            return super()._get_connection_map_no_mutual_connections(projection)  # type: ignore[misc]
        except NotImplementedError:
            raise ProjectionError(
                f"{projection.owner}: allow_self_connections",
                value="NoMutual",
                limit="True or False, unless a whole population connects to itself",
            ) from None


def bound_arguments(
    name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    habits: Mapping[str, str],
) -> inspect.BoundArguments:
    """Return arguments by their names.

    Parameters
    ----------
    name : str
        What messages call the function.
    function : callable
    args, kwargs
        What it is called with.
    habits : mapping of str to str
        Remedies by the name of arguments that it does not have.

    Raises
    ------
    WrongKindError
        If it does not take these arguments.
    """
    signature = inspect.signature(function)
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        known = [n for n in signature.parameters if n not in ("self", "args", "kwargs")]
        remedies = [habits[n] for n in kwargs if n in habits and n not in known]
        raise WrongKindError(
            f"{name}: {error}", limit=", ".join(known), remedy=" ".join(remedies) or None
        ) from None


def _flag(what: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise WrongKindError(what, value=value, limit="True or False")
    return bool(value)


def _self_connections(what: str, value: Any) -> bool | str:
    if isinstance(value, str) and value == "NoMutual":
        return value
    if not isinstance(value, bool | np.bool_):
        raise WrongKindError(what, value=value, limit="True, False or 'NoMutual'")
    return bool(value)


def _number(what: str, value: Any) -> Any:
    return value if isinstance(value, RandomDistribution) else whole_number(what, value)


def whole_number(what: str, value: Any, limit: str = "a whole number, >= 0") -> int:
    """Return a number of cells as a plain integer.

    Raises
    ------
    InvalidParameterError
        For anything else, and for less than 0.
    """
    try:
        number = -1 if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:  # arrays with more than one element have __index__ as well
        number = -1
    if number < 0:
        raise InvalidParameterError(what, value=value, limit=limit)
    return number


def check_generator(what: str, value: Any) -> Any:
    """Return a generator of PyNN, or None.

    Raises
    ------
    WrongKindError
    """
    if value is not None and not isinstance(value, AbstractRNG):
        raise WrongKindError(
            what,
            value=value,
            limit="a generator of PyNN, or None",
            remedy="Use NumpyRNG(seed=...).",
        )
    return value


def _callback(what: str, value: Any) -> Any:
    if value is not None and not callable(value):
        raise WrongKindError(what, value=value, limit="a function of the share done, or None")
    return value


def _index_expression(what: str, value: Any) -> Any:
    if not (isinstance(value, IndexBasedExpression) and callable(value)):
        raise WrongKindError(
            what,
            value=value,
            limit="an instance of a class that is derived from pyNN.core.IndexBasedExpression",
            remedy="Give that class a method __call__(self, i, j) with the probability.",
        )
    return value


def _function(what: str, value: Any) -> Any:
    if not callable(value) or isinstance(value, type):
        raise WrongKindError(what, value=value, limit="a function of the displacements")
    return value


def _projection(what: str, value: Any) -> Any:
    if not isinstance(value, common.Projection):
        raise WrongKindError(what, value=value, limit="a Projection")
    return value


_CHECKS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "allow_self_connections": _self_connections,
    "with_replacement": _flag,
    "distributed": _flag,
    "n": _number,
    "rng": check_generator,
    "callback": _callback,
    "index_expression": _index_expression,
    "disp_function": _function,
    "reference_projection": _projection,
}
