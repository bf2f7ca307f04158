"""Errors that are at once errors of this package and of PyNN, so that scripts may catch either."""

from __future__ import annotations

from pyNN import errors as pynn_errors

from pyNN_brainscales_emu.errors import BrainScaleSError, NetworkError, ParameterError


class InvalidParameterError(
    ParameterError,
    pynn_errors.InvalidParameterValueError,  # type: ignore[misc]
):
    """A parameter of cells or of a current source has a value that it cannot have."""


class DimensionsError(
    InvalidParameterError,
    pynn_errors.InvalidDimensionsError,  # type: ignore[misc]
):
    """Values of a parameter are too many, too few, or have the wrong shape."""


class SynapseError(ParameterError, pynn_errors.ConnectionError):  # type: ignore[misc]
    """A synapse has a weight, delay or address that it cannot have."""


class ProjectionError(NetworkError, pynn_errors.ConnectionError):  # type: ignore[misc]
    """A projection cannot be built as asked."""


class CellIndexError(NetworkError, IndexError):
    """A population has no such cell."""


class LabelError(NetworkError, KeyError):
    """An assembly has no population, or its population no annotation, of a name."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show it in quotation marks


class WrongKindError(NetworkError, TypeError):
    """An object stands where one of another kind is needed, e.g. no cell type, or no neurons."""


class CellAttributeError(NetworkError, AttributeError):
    """A single cell was asked for what populations and views do."""


class CallbackError(ParameterError):
    """A callback of `run` returns no time to come, or ends the presentation that is running."""


class SubstrateError(BrainScaleSError, RuntimeError):
    """The chosen substrate does not have what was asked for."""
