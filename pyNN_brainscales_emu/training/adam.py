"""Steps that follow the size of the gradients: Adam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.descent import check_fraction, check_rates
from pyNN_brainscales_emu.training.optimiser import Memory
from pyNN_brainscales_emu.training.relu_network import FloatArray


@dataclass(frozen=True)
class Adam:
    """Adam with decoupled weight decay.

    Kingma and Ba (2015), algorithm 1; the decay is that of Loshchilov and Hutter (2019): it does
    not pass through the means, so it is the same for weights with large and with small gradients.

    Attributes
    ----------
    learning_rate : float
    mean_decay, square_decay : float
        Part of the running means of gradients and of their squares that is kept, 0 to below 1.
    epsilon : float
        Added to the root of the mean square.
    weight_decay : float
        Part of a weight, times the learning rate, that each step takes off it.
    weight_limit : float
        Weights are clipped to plus and minus this value.
    """

    learning_rate: float = 0.001
    mean_decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    weight_limit: float = 1.0

    def __post_init__(self) -> None:
        check_rates("Adam", self.learning_rate, self.weight_decay, self.weight_limit)
        check_fraction("Adam: mean_decay", self.mean_decay)
        check_fraction("Adam: square_decay", self.square_decay)
        if not 0 < self.epsilon < np.inf:
            raise ParameterError("Adam: epsilon", value=self.epsilon, limit="a positive number")

    def start(self, weights: Sequence[FloatArray]) -> Memory:
        """Return the memory to start with: both means, and the number of steps."""
        zeros = tuple(np.zeros_like(weight) for weight in weights)
        return {"mean": zeros, "square": zeros, "steps": tuple(np.zeros(1) for _ in weights)}

    def step(
        self, weights: Sequence[FloatArray], memory: Memory, gradients: Sequence[FloatArray]
    ) -> tuple[list[FloatArray], Memory]:
        """Return the new weights and the new memory; the arguments stay as they are."""
        steps = tuple(count + 1 for count in memory["steps"])
        mean = _running(memory["mean"], gradients, self.mean_decay)
        square = _running(memory["square"], [g**2 for g in gradients], self.square_decay)
        changed = [
            self._changed(*parts) for parts in zip(weights, mean, square, steps, strict=True)
        ]
        return changed, {"mean": mean, "square": square, "steps": steps}

    def _changed(
        self, weight: FloatArray, mean: FloatArray, square: FloatArray, steps: FloatArray
    ) -> FloatArray:
        # The means start at zero, so they are too small at first.
        mean = mean / (1 - self.mean_decay**steps)
        square = square / (1 - self.square_decay**steps)
        direction = mean / (np.sqrt(square) + self.epsilon) + self.weight_decay * weight
        new = weight - self.learning_rate * direction
        return np.clip(new, -self.weight_limit, self.weight_limit)


def _running(
    means: Sequence[FloatArray], values: Sequence[FloatArray], kept: float
) -> tuple[FloatArray, ...]:
    return tuple(
        kept * mean + (1 - kept) * value for mean, value in zip(means, values, strict=True)
    )
