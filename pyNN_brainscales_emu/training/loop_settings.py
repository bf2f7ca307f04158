"""Settings of a training in the loop, and the functions that may be given to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.checkpoint import TrainingState
from pyNN_brainscales_emu.training.descent import Descent
from pyNN_brainscales_emu.training.encoding import TOTAL_RATE
from pyNN_brainscales_emu.training.losses import Loss, SquaredError
from pyNN_brainscales_emu.training.optimiser import Optimiser
from pyNN_brainscales_emu.training.penalties import Penalty
from pyNN_brainscales_emu.training.presentation import Presentation

#: Called after each iteration; a true value ends the training.
Callback = Callable[[TrainingState], object]
#: Images or other features, (n, ...), to rates of the sources in Hz, (n, n_sources).
Encoder = Callable[[NDArray[np.float64]], NDArray[np.float64]]
#: A number for the answer to a batch, whose labels are the second argument.
Metric = Callable[[Presentation, NDArray[np.intp]], float]


@dataclass(frozen=True)
class LoopSettings:
    """Settings of the training in the loop; the defaults are those of Schmitt et al. (2017).

    Attributes
    ----------
    batch_size : int
        Images of one iteration; the whole training set if it has no more.
    label_rate : float
        Rate of a label unit that counts as 1, in Hz.
    total_rate : float
        Sum of the rates of an image's pixels, in Hz.
    optimiser : Optimiser
        How gradients change weights: `Descent`, `Adam`, or one of your own.
    loss : Loss
        Of the label rates divided by `label_rate`: `SquaredError`, `CrossEntropy`, or your own.
    penalties : tuple of Penalty
        Costs of the weights as such, besides the decay that belongs to the optimiser.
    silent_labels_learn : bool
        Pass the error on to label units that are silent as well, so that a unit that the
        variation of the hardware has silenced can come back. The published rule is False.
    straight_through : bool
        Take the error back through the rounded weights, which the hardware has, and let the float
        weights take the change. The published rule is False: back through the float weights.
    """

    batch_size: int = 1200
    label_rate: float = 30.0
    total_rate: float = TOTAL_RATE
    optimiser: Optimiser = field(default_factory=Descent)
    loss: Loss = field(default_factory=SquaredError)
    penalties: tuple[Penalty, ...] = ()
    silent_labels_learn: bool = False
    straight_through: bool = False

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ParameterError(
                "LoopSettings: batch_size", value=self.batch_size, limit="1 or more"
            )
        for name in ("label_rate", "total_rate"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ParameterError(
                    f"LoopSettings: {name}", value=value, limit="a positive number of Hz"
                )
