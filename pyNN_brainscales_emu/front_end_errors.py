"""Errors that are at once errors of this package and of PyNN, so that scripts may catch either."""

from __future__ import annotations

from pyNN import errors as pynn_errors

from pyNN_brainscales_emu.errors import BrainScaleSError, NetworkError, ParameterError


class InvalidParameterError(
    ParameterError,
    pynn_errors.InvalidParameterValueError,  # type: ignore[misc]
):
    """A parameter of cells or of a current source has a value that it cannot have."""


class SynapseError(ParameterError, pynn_errors.ConnectionError):  # type: ignore[misc]
    """A synapse has a weight, delay or address that it cannot have."""


class ProjectionError(NetworkError, pynn_errors.ConnectionError):  # type: ignore[misc]
    """A projection cannot be built as asked."""


class SubstrateError(BrainScaleSError, RuntimeError):
    """The chosen substrate does not have what was asked for."""
