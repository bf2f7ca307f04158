"""Gradient descent with momentum, weight decay and clipping, without hidden state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.relu_network import FloatArray


@dataclass(frozen=True)
class Descent:
    """The rule by which gradients change weights (Schmitt et al. 2017, section III-A).

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
        for name, allowed, low, high in (
            ("learning_rate", "a positive number", 0.0, math.inf),
            ("weight_limit", "a positive number", 0.0, math.inf),
        ):
            _check(name, getattr(self, name), low < getattr(self, name) < high, allowed)
        _check("momentum", self.momentum, 0 <= self.momentum < 1, "0 to below 1")
        decay = self.weight_decay
        _check("weight_decay", decay, 0 <= decay < math.inf, "a number from 0 on")

    def step(
        self,
        weights: Sequence[FloatArray],
        velocity: Sequence[FloatArray],
        gradients: Sequence[FloatArray],
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the new weights and the new velocity; the arguments stay as they are."""
        new_velocity = [
            self.momentum * speed - self.learning_rate * (gradient + self.weight_decay * weight)
            for weight, speed, gradient in zip(weights, velocity, gradients, strict=True)
        ]
        new_weights = [
            np.clip(weight + speed, -self.weight_limit, self.weight_limit)
            for weight, speed in zip(weights, new_velocity, strict=True)
        ]
        return new_weights, new_velocity


def at_rest(weights: Sequence[FloatArray]) -> list[FloatArray]:
    """Return the velocity to start with: zero."""
    return [np.zeros_like(weight) for weight in weights]


def _check(name: str, value: float, is_good: bool, allowed: str) -> None:
    if not is_good:
        raise ParameterError(f"Descent: {name}", value=value, limit=allowed)
