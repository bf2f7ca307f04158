"""When a training ends before its last iteration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.checkpoint import TrainingState


@dataclass(frozen=True)
class EarlyStopping:
    """Ends a training that does not get better any more; a callback of the trainer.

    It looks at the history only, so a training that was resumed ends where it would have ended
    without the interruption.

    Attributes
    ----------
    column : str
        Of the history.
    patience : int
        Measurements without an improvement that are borne.
    smallest : float
        What counts as an improvement on the best value so far.
    larger_is_better : bool
    """

    column: str = "test_accuracy"
    patience: int = 5
    smallest: float = 0.0
    larger_is_better: bool = True

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ParameterError("EarlyStopping: patience", value=self.patience, limit="1 or more")

    def __call__(self, state: TrainingState) -> bool:
        """Return whether the training has to end.

        Raises
        ------
        ParameterError
            If the history has no such column.
        """
        if self.column not in state.history:
            raise ParameterError(
                "EarlyStopping: column", value=self.column, limit=", ".join(state.history)
            )
        values = state.history[self.column]
        values = values[~np.isnan(values)] * (1 if self.larger_is_better else -1)
        best, since = -np.inf, 0
        for value in values.tolist():
            is_better = value > best + self.smallest
            best, since = (value, 0) if is_better else (best, since + 1)
        return since >= self.patience
