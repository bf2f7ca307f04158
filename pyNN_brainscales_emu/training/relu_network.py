"""The model of the network in the host computer: rectified linear units without biases.

It has two uses: it is trained in software first, and afterwards its gradient, taken at the rates
that the hardware showed, drives the training in the loop (Schmitt et al. 2017, section III).
Weights are a list of matrices, one (n_pre, n_post) for each pair of layers; activations are a list
of arrays (n_images, n_units), one for each layer, the input included.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError

FloatArray = NDArray[np.float64]

#: Units of each layer: pixels, two hidden layers, labels (Schmitt et al. 2017, section III).
LAYERS = (100, 15, 15, 5)
#: Truncated normal numbers are drawn again beyond this many standard deviations.
_TRUNCATION = 2.0


def initial_weights(
    generator: np.random.Generator, layers: Sequence[int] = LAYERS
) -> list[FloatArray]:
    """Draw weights from a truncated normal distribution of deviation 1 / sqrt(n_pre)."""
    return [
        _truncated_normal(generator, (n_pre, n_post)) / np.sqrt(n_pre)
        for n_pre, n_post in pairwise(layers)
    ]


def forward(
    weights: Sequence[FloatArray], inputs: FloatArray, *, linear_labels: bool = False
) -> list[FloatArray]:
    """Return the activations of all layers.

    Parameters
    ----------
    weights : sequence of arrays, (n_pre, n_post)
    inputs : array, (n_images, n_inputs)
    linear_labels : bool
        Leave the label layer unrectified.
    """
    activations = [inputs]
    for index, weight in enumerate(weights):
        potential = activations[-1] @ weight
        is_label = index == len(weights) - 1
        activations.append(potential if is_label and linear_labels else np.maximum(potential, 0.0))
    return activations


def targets(labels: NDArray[np.intp], n_classes: int) -> FloatArray:
    """Return the wanted label activations: 1 for the class shown, 0 for the others."""
    wanted = np.zeros((len(labels), n_classes))
    wanted[np.arange(len(labels)), labels] = 1.0
    return wanted


def backpropagate(
    weights: Sequence[FloatArray],
    activations: Sequence[FloatArray],
    gradient: FloatArray,
) -> list[FloatArray]:
    """Return the derivative of the error with respect to each weight.

    Parameters
    ----------
    weights : sequence of arrays, (n_pre, n_post)
    activations : sequence of arrays, (n_images, n_units)
        Of each layer: computed, or recorded from hardware. A unit passes the error on where it is
        above 0.
    gradient : array, (n_images, n_classes)
        Derivative with respect to the potential of the label units.
    """
    result = []
    for index in reversed(range(len(weights))):
        result.append(activations[index].T @ gradient)
        if index:
            gradient = (gradient @ weights[index].T) * (activations[index] > 0)
    return result[::-1]


def predict(outputs: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the most active label of each image; the lower index where several are equal."""
    return np.asarray(np.argmax(outputs, axis=1))


def accuracy(
    outputs: NDArray[np.floating] | NDArray[np.integer], labels: NDArray[np.intp]
) -> float:
    """Return the fraction of images whose label is predicted."""
    return float(np.mean(predict(outputs) == labels))


def check_weights(weights: Sequence[NDArray[Any]], layers: Sequence[int] = LAYERS) -> None:
    """Raise `ParameterError` unless the weights are numbers and fit the layers."""
    wanted = list(pairwise(layers))
    shapes = [np.shape(weight) for weight in weights]
    if shapes != wanted:
        raise ParameterError("weights have the wrong shapes", value=shapes, limit=wanted)
    for index, weight in enumerate(weights):
        if not np.isfinite(weight).all():
            raise ParameterError(
                f"weights of layer {index + 1} are not all numbers",
                value=int(np.sum(~np.isfinite(weight))),
                limit="no NaN and no infinity",
            )


def _truncated_normal(generator: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    numbers = generator.standard_normal(shape)
    while (beyond := np.abs(numbers) > _TRUNCATION).any():
        numbers[beyond] = generator.standard_normal(int(beyond.sum()))
    return numbers
