"""What label activations are worth: losses and their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyNN_brainscales_emu.training.relu_network import FloatArray


class Loss(Protocol):
    """Says how far label activations are from the wanted ones."""

    def value(self, outputs: FloatArray, wanted: FloatArray) -> float:
        """Return the loss, mean over images.

        Parameters
        ----------
        outputs, wanted : array, (n_images, n_classes)
            Activations; 1 is what the label of the class shown should reach.
        """

    def gradient(self, outputs: FloatArray, wanted: FloatArray) -> FloatArray:
        """Return the derivative of the loss with respect to the outputs."""


@dataclass(frozen=True)
class SquaredError:
    """Squared error, mean over labels and images (Schmitt et al. 2017, eq. 2)."""

    def value(self, outputs: FloatArray, wanted: FloatArray) -> float:
        """Return the loss; see `Loss`."""
        return float(np.mean((outputs - wanted) ** 2))

    def gradient(self, outputs: FloatArray, wanted: FloatArray) -> FloatArray:
        """Return the derivative of the loss; see `Loss`."""
        return np.asarray(2.0 * (outputs - wanted) / outputs.size)


@dataclass(frozen=True)
class CrossEntropy:
    """Cross entropy of the normalised exponentials of the outputs, mean over images.

    Attributes
    ----------
    sharpness : float
        Factor of the outputs in the exponent. Label activations lie near 0 and 1 only; with a
        factor of 1 the loss could not become small.
    """

    sharpness: float = 5.0

    def value(self, outputs: FloatArray, wanted: FloatArray) -> float:
        """Return the loss; see `Loss`."""
        scaled = self.sharpness * outputs
        largest = scaled.max(axis=1, keepdims=True)
        total = np.log(np.exp(scaled - largest).sum(axis=1, keepdims=True)) + largest
        return float(np.mean(np.sum(wanted * (total - scaled), axis=1)))

    def gradient(self, outputs: FloatArray, wanted: FloatArray) -> FloatArray:
        """Return the derivative of the loss; see `Loss`."""
        scaled = self.sharpness * outputs
        share = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        return np.asarray(self.sharpness * (share - wanted) / len(outputs))
