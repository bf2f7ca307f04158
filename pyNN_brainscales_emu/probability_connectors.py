"""Connectors whose probability depends on the pair of cells: PyNN's, with checked arguments."""

from __future__ import annotations

from typing import Any, Final

from pyNN import connectors

from pyNN_brainscales_emu.connector_arguments import CheckedArguments
from pyNN_brainscales_emu.front_end_errors import InvalidParameterError, WrongKindError

#: What tells the probability of a pair by its distance.
_OF_D: Final = "an expression of the distance d, such as 'exp(-d/100)', or a function; >= 0"


class DistanceDependentProbabilityConnector(
    CheckedArguments,
    connectors.DistanceDependentProbabilityConnector,  # type: ignore[misc]
):
    """Each pair of cells with a probability of their distance; arguments as PyNN's connector.

    Raises
    ------
    InvalidParameterError
        For an expression that gives no probabilities.
    """

    def __init__(self, d_expression: Any, *args: Any, **kwargs: Any) -> None:
        given = d_expression
        is_function = callable(given) and not isinstance(given, type)
        if not (isinstance(given, str) or is_function):
            raise WrongKindError(f"{type(self).__name__}: d_expression", value=given, limit=_OF_D)
        try:
            super().__init__("0" if is_function else given, *args, **kwargs)
        except WrongKindError:
            raise
        except Exception as error:  # whatever the expression raises
            raise InvalidParameterError(
                f"{type(self).__name__}: d_expression ({type(error).__name__}: {error})",
                value=given,
                limit=_OF_D,
            ) from error
        if is_function:  # which PyNN takes, and fails to call
            self.d_expression = self.distance_function = given


class IndexBasedProbabilityConnector(
    CheckedArguments,
    connectors.IndexBasedProbabilityConnector,  # type: ignore[misc]
):
    """Each pair of cells with a probability of their indices; arguments as PyNN's connector."""


class DisplacementDependentProbabilityConnector(
    CheckedArguments,
    connectors.DisplacementDependentProbabilityConnector,  # type: ignore[misc]
):
    """Each pair of cells with a probability of their displacement; arguments as PyNN's."""
