"""Costs of weights as such: regularisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.relu_network import FloatArray


class Penalty(Protocol):
    """A cost that depends on the weights only."""

    def value(self, weights: Sequence[FloatArray]) -> float:
        """Return the cost."""

    def gradients(self, weights: Sequence[FloatArray]) -> list[FloatArray]:
        """Return its derivative with respect to each weight."""


@dataclass(frozen=True)
class SquaredWeights:
    """Half the sum of the squared weights times a factor: keeps weights small.

    It is the same as the `weight_decay` of `Descent`.
    """

    factor: float

    def __post_init__(self) -> None:
        _check(self)

    def value(self, weights: Sequence[FloatArray]) -> float:
        """Return the cost."""
        return 0.5 * self.factor * sum(float(np.sum(weight**2)) for weight in weights)

    def gradients(self, weights: Sequence[FloatArray]) -> list[FloatArray]:
        """Return its derivative with respect to each weight."""
        return [self.factor * weight for weight in weights]


@dataclass(frozen=True)
class AbsoluteWeights:
    """Sum of the absolute weights times a factor: makes weights zero, and saves synapses."""

    factor: float

    def __post_init__(self) -> None:
        _check(self)

    def value(self, weights: Sequence[FloatArray]) -> float:
        """Return the cost."""
        return self.factor * sum(float(np.sum(np.abs(weight))) for weight in weights)

    def gradients(self, weights: Sequence[FloatArray]) -> list[FloatArray]:
        """Return its derivative with respect to each weight."""
        return [self.factor * np.sign(weight) for weight in weights]


def _check(penalty: SquaredWeights | AbsoluteWeights) -> None:
    if not 0 <= penalty.factor < math.inf:
        raise ParameterError(
            f"{type(penalty).__name__}: factor", value=penalty.factor, limit="a number from 0 on"
        )
