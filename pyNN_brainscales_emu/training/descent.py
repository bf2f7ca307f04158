"""Gradient descent with momentum, weight decay and clipping, without hidden state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.optimiser import Memory
from pyNN_brainscales_emu.training.relu_network import FloatArray


@dataclass(frozen=True)
class Descent:
    """Descent along the gradient (Schmitt et al. 2017, section III-A).

    Attributes
    ----------
    learning_rate : float
    momentum : float
        Part of the last change that is repeated, 0 to below 1.
    weight_decay : float
        The factor lambda of the weights' squares in the cost.
    weight_limit : float
        Weights are clipped to plus and minus this value.
    """

    learning_rate: float = 0.05
    momentum: float = 0.0
    weight_decay: float = 0.001
    weight_limit: float = 1.0

    def __post_init__(self) -> None:
        check_rates("Descent", self.learning_rate, self.weight_decay, self.weight_limit)
        check_fraction("Descent: momentum", self.momentum)

    def start(self, weights: Sequence[FloatArray]) -> Memory:
        """Return the memory to start with: the weights are at rest."""
        return {"velocity": tuple(np.zeros_like(weight) for weight in weights)}

    def step(
        self, weights: Sequence[FloatArray], memory: Memory, gradients: Sequence[FloatArray]
    ) -> tuple[list[FloatArray], Memory]:
        """Return the new weights and their velocity; the arguments stay as they are."""
        velocity = tuple(
            self.momentum * speed - self.learning_rate * (gradient + self.weight_decay * weight)
            for weight, speed, gradient in zip(weights, memory["velocity"], gradients, strict=True)
        )
        changed = [
            np.clip(weight + speed, -self.weight_limit, self.weight_limit)
            for weight, speed in zip(weights, velocity, strict=True)
        ]
        return changed, {"velocity": velocity}


def check_rates(owner: str, learning_rate: float, decay: float, limit: float) -> None:
    """Raise `ParameterError` unless rate and limit are positive and the decay is not negative."""
    for name, value in (("learning_rate", learning_rate), ("weight_limit", limit)):
        if not 0 < value < math.inf:
            raise ParameterError(f"{owner}: {name}", value=value, limit="a positive number")
    if not 0 <= decay < math.inf:
        raise ParameterError(f"{owner}: weight_decay", value=decay, limit="a number from 0 on")


def check_fraction(name: str, value: float) -> None:
    """Raise `ParameterError` unless a value lies between 0 and below 1."""
    if not 0 <= value < 1:
        raise ParameterError(name, value=value, limit="0 to below 1")
