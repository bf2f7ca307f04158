"""Errors of the package: one base class; each message names object, value, limit and remedy."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

#: Stands for a value that is not told, as `None` may be the offending value itself.
_NOT_TOLD: Any = object()
#: So many characters of a value are shown.
_LONGEST_VALUE = 200
#: So many errors are told in one message; the others are counted.
_MOST_LINES = 50


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


@contextmanager
def noted(errors: list[BrainScaleSError]) -> Iterator[None]:
    """Put an error of this package into a list instead of raising it."""
    try:
        yield
    except BrainScaleSError as error:
        errors.append(error)


def raise_together(
    what: str, errors: Sequence[BrainScaleSError], kind: type[BrainScaleSError]
) -> None:
    """Raise errors in one message, if there are any.

    Parameters
    ----------
    what : str
        What cannot be done for these reasons.
    errors : sequence of BrainScaleSError
        A single one is raised as it is.
    kind : type
        Of the error that has a line for each of several.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        more = len(errors) - _MOST_LINES
        lines = "".join(f"\n- {error}" for error in errors[:_MOST_LINES]).removesuffix(".")
        lines += f"\n- and {more} more" if more > 0 else ""
        raise kind(f"{what} for {len(errors)} reasons:{lines}")


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


class RunError(BrainScaleSError, RuntimeError):
    """A run cannot go on."""


class RecordingError(BrainScaleSError, RuntimeError):
    """Recorded data were asked for that do not exist."""


class DataError(BrainScaleSError, ValueError):
    """A data set or a file of this package is missing, damaged or of another version."""


class TrainingError(BrainScaleSError, RuntimeError):
    """A training run cannot go on, or cannot be resumed from this checkpoint."""


class ThreadError(BrainScaleSError, RuntimeError):
    """Two threads of Python use the network of this process at the same time."""


class LossWarning(UserWarning):
    """Something asked for was lost, clipped or dropped; the message has the counts."""


class MachineWarning(UserWarning):
    """The machine has less than was asked for; the results are the same, but later."""


def warn_of_loss(message: str) -> None:
    """Issue a `LossWarning` that points at the line of the user's script."""
    _warn(LossWarning(message))


def warn_of_machine(message: str) -> None:
    """Issue a `MachineWarning` that points at the line of the user's script."""
    _warn(MachineWarning(message))


def _warn(warning: Warning) -> None:
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(warning, stacklevel=level + 1)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in ("pyNN_brainscales_emu", "pyNN", "functools")
