"""Errors of the package: one base class; each message names object, value, limit and remedy."""

from __future__ import annotations

import sys
import warnings
from typing import Any

#: Stands for a value that is not told, as `None` may be the offending value itself.
_NOT_TOLD: Any = object()
#: So many characters of a value are shown.
_LONGEST_VALUE = 200


class BrainScaleSError(Exception):
    """Base class of every error that this package raises on its own account.

    Parameters
    ----------
    what : str
        The object and what is wrong with it, as one sentence without a full stop.
    value : object, optional
        The offending value; None is shown as well.
    limit : object, optional
        What would have been allowed.
    remedy : str, optional
        What the user can do about it.
    """

    def __init__(
        self, what: str, *, value: Any = _NOT_TOLD, limit: Any = None, remedy: str | None = None
    ) -> None:
        self.what = what
        self.value = None if value is _NOT_TOLD else value
        self.limit = limit
        self.remedy = remedy
        parts = [what]
        if value is not _NOT_TOLD:
            parts.append(f"got {_shown(value)}")
        if limit is not None:
            parts.append(f"allowed: {limit}")
        message = "; ".join(parts) + "."
        if remedy is not None:
            message += f" {remedy}"
        super().__init__(message)


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else shown[: _LONGEST_VALUE - 1] + "…"


class OptionError(BrainScaleSError, ValueError):
    """An option of `setup()` is unknown or has a value that it cannot have."""


class ParameterError(BrainScaleSError, ValueError):
    """A model parameter, weight, delay, rate or spike time cannot be used."""


class NetworkError(BrainScaleSError, ValueError):
    """A population or projection cannot be built as asked."""


class CapacityError(BrainScaleSError, RuntimeError):
    """The network does not fit on the substrate; all reasons are in one message."""


class PlacementError(BrainScaleSError, ValueError):
    """A placement by hand cannot be kept."""


class ParameterRangeError(BrainScaleSError, ValueError):
    """The circuits cannot be set to parameters or weights, or not as they were meant to act.

    With `on_loss='raise'` only.
    """


class RecordingError(BrainScaleSError, RuntimeError):
    """Recorded data were asked for that do not exist."""


class DataError(BrainScaleSError, ValueError):
    """A data set or a file of this package is missing, damaged or of another version."""


class TrainingError(BrainScaleSError, RuntimeError):
    """A training run cannot go on, or cannot be resumed from this checkpoint."""


class LossWarning(UserWarning):
    """Something asked for was lost, clipped or dropped; the message has the counts."""


def warn_of_loss(message: str) -> None:
    """Issue a `LossWarning` that points at the line of the user's script."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(LossWarning(message), stacklevel=level + 1)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in ("pyNN_brainscales_emu", "pyNN", "functools")
