"""Training of the ReLU model in software, before the hardware comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError, TrainingError
from pyNN_brainscales_emu.progress import each
from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.data_set import LabelledImages
from pyNN_brainscales_emu.training.descent import Descent
from pyNN_brainscales_emu.training.losses import Loss, SquaredError
from pyNN_brainscales_emu.training.optimiser import Optimiser
from pyNN_brainscales_emu.training.penalties import Penalty, SquaredWeights
from pyNN_brainscales_emu.training.quantiser import Quantiser
from pyNN_brainscales_emu.training.relu_network import LAYERS, FloatArray

Callback = Callable[[int, list[FloatArray]], None]


@dataclass(frozen=True)
class SoftwareSettings:
    """Settings of the software training; the defaults are those of Schmitt et al. (2017).

    Attributes
    ----------
    steps, batch_size : int
    optimiser : Optimiser
    loss : Loss
    penalties : tuple of Penalty
    quantiser : Quantiser, optional
        Train with weights rounded by it: the error goes back through them, and float weights take
        the change (straight through). None: train float weights.
    layers : tuple of int
    attempts : int
        How often to start again when a label unit answers to no training image.
    """

    steps: int = 15_000
    batch_size: int = 100
    optimiser: Optimiser = field(default_factory=lambda: Descent(momentum=0.9))
    loss: Loss = field(default_factory=SquaredError)
    penalties: tuple[Penalty, ...] = ()
    quantiser: Quantiser | None = None
    layers: tuple[int, ...] = LAYERS
    attempts: int = 3

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "attempts"):
            if getattr(self, name) < 1:
                raise ParameterError(
                    f"SoftwareSettings: {name}", value=getattr(self, name), limit="1 or more"
                )


@dataclass(frozen=True)
class SoftwareModel:
    """A trained ReLU model.

    Attributes
    ----------
    weights : tuple of arrays, (n_pre, n_post)
    costs : array, (steps,)
        Cost of each batch.
    attempts : int
        Number of initialisations that were needed.
    """

    weights: tuple[FloatArray, ...]
    costs: FloatArray
    attempts: int

    def accuracy(self, images: LabelledImages) -> float:
        """Return the fraction of images that the model classifies correctly."""
        return model_accuracy(self.weights, images)


def train_software_model(
    images: LabelledImages,
    settings: SoftwareSettings | None = None,
    *,
    seed: int | Sequence[int] = 0,
    callback: Callback | None = None,
    progress: bool = True,
) -> SoftwareModel:
    """Train the ReLU model by gradient descent on grey values.

    The label layer is linear while it is trained. With rectified labels about a third of the
    initialisations end with a label unit that is 0 for all images and so learns no more.

    Parameters
    ----------
    images : LabelledImages
    settings : SoftwareSettings, optional
    seed : int or sequence of int
        Of initial weights and batches.
    callback : function of (int, list of arrays), optional
        Called after each step with the number of steps done and the weights; anew from 1 when an
        initialisation is given up.
    progress : bool
        Show how far it is: a bar on a terminal, a line every few seconds elsewhere.

    Raises
    ------
    DataError, ParameterError
        If images, labels and layers do not fit together.
    TrainingError
        If a label unit stays dead in each attempt.
    """
    settings = settings or SoftwareSettings()
    inputs = _inputs(images, settings.layers)
    wanted = relu_network.targets(images.labels, settings.layers[-1])
    generator = np.random.default_rng(seed)
    dead: list[int] = []
    for attempt in range(1, settings.attempts + 1):
        weights, costs = _descend(inputs, wanted, settings, generator, callback, progress)
        dead = dead_labels(weights, inputs)
        if not dead:
            return SoftwareModel(tuple(weights), costs, attempt)
    raise TrainingError(
        "software training: label units that are 0 for every training image",
        value=dead,
        remedy="Take more steps, a smaller learning rate or another seed.",
    )


def dead_labels(weights: Sequence[FloatArray], inputs: FloatArray) -> list[int]:
    """Return the label units that are 0 for every image."""
    outputs = relu_network.forward(weights, inputs)[-1]
    return [int(unit) for unit in np.flatnonzero(~(outputs > 0).any(axis=0))]


def model_accuracy(weights: Sequence[FloatArray], images: LabelledImages) -> float:
    """Return the fraction of images that a ReLU model with these weights classifies correctly."""
    inputs = images.images.reshape(len(images), -1)
    return relu_network.accuracy(relu_network.forward(weights, inputs)[-1], images.labels)


def _descend(
    inputs: FloatArray,
    wanted: FloatArray,
    settings: SoftwareSettings,
    generator: np.random.Generator,
    callback: Callback | None,
    progress: bool,
) -> tuple[list[FloatArray], FloatArray]:
    weights = relu_network.initial_weights(generator, settings.layers)
    if settings.quantiser is not None:
        weights = settings.quantiser.clipped(weights)
    memory = settings.optimiser.start(weights)
    costs = np.empty(settings.steps)
    for step in each(range(settings.steps), "software training", "steps", shown=progress):
        batch = generator.integers(len(inputs), size=settings.batch_size)
        costs[step], gradients = _gradients(weights, inputs[batch], wanted[batch], settings)
        weights, memory = settings.optimiser.step(weights, memory, gradients)
        if settings.quantiser is not None:
            weights = settings.quantiser.clipped(weights)
        if not np.isfinite(costs[step]):
            raise TrainingError(
                f"software training: the cost of step {step + 1} is no number",
                value=costs[step],
                remedy="Take a smaller learning rate.",
            )
        if callback is not None:
            callback(step + 1, weights)
    return weights, costs


def _gradients(
    weights: Sequence[FloatArray],
    inputs: FloatArray,
    wanted: FloatArray,
    settings: SoftwareSettings,
) -> tuple[float, list[FloatArray]]:
    """Return the cost of a batch and its derivative with respect to each weight."""
    used = weights if settings.quantiser is None else settings.quantiser.rounded(weights)
    activations = relu_network.forward(used, inputs, linear_labels=True)
    cost = settings.loss.value(activations[-1], wanted)
    error = settings.loss.gradient(activations[-1], wanted)
    gradients = relu_network.backpropagate(used, activations, error)
    for penalty in settings.penalties:
        cost += penalty.value(weights)
        gradients = [
            gradient + more
            for gradient, more in zip(gradients, penalty.gradients(weights), strict=True)
        ]
    if isinstance(settings.optimiser, Descent):
        cost += SquaredWeights(settings.optimiser.weight_decay).value(weights)
    return cost, gradients


def _inputs(images: LabelledImages, layers: Sequence[int]) -> NDArray[np.float64]:
    if len(images) == 0:
        raise ParameterError("software training: no images", value=0, limit="1 or more")
    inputs = images.images.reshape(len(images), -1)
    if inputs.shape[1] != layers[0]:
        raise ParameterError(
            "software training: images do not fit the input layer",
            value=f"{inputs.shape[1]} pixels",
            limit=f"{layers[0]} units",
        )
    if not np.isfinite(inputs).all():
        raise ParameterError("software training: grey values that are not numbers", value="NaN")
    if images.labels.min() < 0 or images.labels.max() >= layers[-1]:
        raise ParameterError(
            "software training: labels out of range",
            value=(int(images.labels.min()), int(images.labels.max())),
            limit=f"0 to {layers[-1] - 1}",
        )
    return inputs
