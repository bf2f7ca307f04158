"""Training with the hardware in the loop (Schmitt et al. 2017, section III-C).

The hardware computes the forward pass: the rates of all layers are recorded while a batch of
images is presented. The host computes the rest: the error of the label rates goes back through the
ReLU model with the recorded rates as activations, and changes float weights that the host keeps;
rounded to 4 bits they are written to the hardware for the next iteration.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError, ParameterError, TrainingError
from pyNN_brainscales_emu.progress import Progress
from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.checkpoint import (
    HISTORY,
    TrainingState,
    generator_from,
    keep_former,
    save_checkpoint,
)
from pyNN_brainscales_emu.training.conversion import Levels
from pyNN_brainscales_emu.training.data_set import DataSet, LabelledImages
from pyNN_brainscales_emu.training.descent import Descent
from pyNN_brainscales_emu.training.encoding import poisson_rates
from pyNN_brainscales_emu.training.evaluation import Evaluation, evaluate
from pyNN_brainscales_emu.training.loop_settings import (
    Callback,
    Encoder,
    LoopSettings,
    Metric,
)
from pyNN_brainscales_emu.training.optimiser import Memory, Optimiser
from pyNN_brainscales_emu.training.penalties import SquaredWeights
from pyNN_brainscales_emu.training.presentation import Presentation
from pyNN_brainscales_emu.training.relu_network import FloatArray
from pyNN_brainscales_emu.training.resuming import identity_of, resumable
from pyNN_brainscales_emu.training.trainable import TrainableNetwork

logger = logging.getLogger(__name__)

#: Purposes of random numbers, so that measuring an accuracy never changes the training.
_BATCHES, _EVALUATION = 1, 2


class InTheLoopTrainer:
    """Trains the weights of a spiking network with that network in the loop.

    Parameters
    ----------
    network : TrainableNetwork
        A `SpikingNetwork`, or one of your own.
    data : DataSet
    weights : sequence of arrays, (n_pre, n_post)
        To start from, within the scales of the network's quantiser: those of the software model.
    settings : LoopSettings, optional
    encoder : function, optional
        Makes rates of images; by default `poisson_rates` with the total rate of the settings.
    metrics : mapping of str to function, optional
        Further columns of the history: each gets the `Presentation` of the batch and its labels.
    seed : int
        Of batches and spike trains.
    context : mapping, optional
        What else identifies the run, such as the wafer: a checkpoint of a run with another
        context is refused. Anything that JSON can hold.

    Attributes
    ----------
    state : TrainingState
        Weights, history and random state after the last complete iteration.
    """

    def __init__(
        self,
        network: TrainableNetwork,
        data: DataSet,
        weights: Sequence[FloatArray],
        settings: LoopSettings | None = None,
        *,
        encoder: Encoder | None = None,
        metrics: Mapping[str, Metric] | None = None,
        seed: int = 0,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings or LoopSettings()
        self.network = network
        self.data = data
        self._seed = seed
        self._encoder = encoder
        self._metrics = dict(metrics or {})
        self._columns = (*HISTORY, *self._metrics)
        self._check(weights)
        self._rates = self._encoded(data.train.images)
        self._wanted = relu_network.targets(data.train.labels, network.sizes[-1])
        self._identity = identity_of(network, data, self.settings, encoder, metrics, seed, context)
        self.state = self._first_state(weights)

    @property
    def levels(self) -> list[Levels]:
        """The signed 4-bit weights of the present state."""
        return self.network.quantiser.levels(self.state.weights)

    def run(
        self,
        iterations: int,
        *,
        checkpoint: str | Path | None = None,
        evaluate_every: int = 1,
        evaluate_with: LabelledImages | None = None,
        callback: Callback | Sequence[Callback] = (),
        progress: bool = True,
    ) -> TrainingState:
        """Train until this number of iterations is done, counted from the very first one.

        An interruption loses the iteration in flight and nothing else: `state` and checkpoint
        are those of the last complete one, and `run` (after `resume`) goes on from there.

        Parameters
        ----------
        iterations : int
        checkpoint : path, optional
            File to write after each iteration. A training that starts anew keeps the file of a
            former one as ``<name>.bak``, and says so.
        evaluate_every : int
            Measure the accuracy on the test images after each so many iterations; 0: never.
        evaluate_with : LabelledImages, optional
            The images to measure it with; by default all test images.
        callback : function of TrainingState, or sequence of them
            Called after each iteration; when one returns a true value the training ends, as
            `EarlyStopping` does.
        progress : bool
            Show how far it is: a bar on a terminal, a line every few seconds elsewhere.

        Raises
        ------
        TrainingError
            If the cost or a weight is no number any more. State and checkpoint are those of the
            iteration before.
        DataError
            If the checkpoint cannot be written. State and checkpoint are those of the iteration
            before.
        """
        callbacks = (callback,) if callable(callback) else tuple(callback)
        start = self.state.iteration
        if checkpoint is not None and start == 0 < iterations:
            _keep_former(checkpoint)
        with Progress(
            max(iterations, start), "in the loop", "iterations", start=start, shown=progress
        ) as bar:
            while self.state.iteration < iterations:
                state = self._next_state()
                if evaluate_every and state.iteration % evaluate_every == 0:
                    state = self._with_test_accuracy(state, evaluate_with or self.data.test)
                if checkpoint is not None:
                    save_checkpoint(checkpoint, state, self._identity)
                self.state = state
                bar.advance(**_summary(state))
                if any([call(state) for call in callbacks]):  # each of them is called
                    break
        return self.state

    def resume(self, checkpoint: str | Path) -> TrainingState:
        """Go on from a checkpoint of the same run: the result is the same to the bit.

        Raises
        ------
        DataError
            If the file is missing or damaged.
        TrainingError
            If it belongs to a run with other settings. The trainer stays as it was.
        """
        self.state = resumable(checkpoint, self._identity, self.network, self.settings)
        return self.state

    def evaluate(
        self,
        images: LabelledImages | None = None,
        *,
        keep_spikes: bool = False,
        progress: bool = True,
    ) -> Evaluation:
        """Present images, by default those for testing, with the present weights."""
        chosen = images or self.data.test
        return self._evaluate(self.state, chosen, keep_spikes, progress)

    def _next_state(self) -> TrainingState:
        """Return the state one iteration on; nothing of the trainer changes meanwhile."""
        old = self.state
        generator = generator_from(old.generator)
        batch = self._draw_batch(generator)
        self.network.set_weights(self.network.quantiser.levels(old.weights))
        answer = self.network.present(self._rates[batch], generator, progress=False)
        weights, memory = self._learn(answer, self._wanted[batch])
        entry = self._entry(answer, batch, weights)
        _check_finite(old.iteration + 1, entry["cost"], weights)
        return TrainingState(
            iteration=old.iteration + 1,
            weights=tuple(weights),
            memory=memory,
            generator=generator.bit_generator.state,
            history={name: np.append(old.history[name], entry[name]) for name in self._columns},
        )

    def _draw_batch(self, generator: np.random.Generator) -> NDArray[np.intp]:
        n_images = len(self._rates)
        if self.settings.batch_size >= n_images:
            return np.arange(n_images)
        return generator.choice(n_images, self.settings.batch_size, replace=False)

    def _learn(self, answer: Presentation, wanted: FloatArray) -> tuple[list[FloatArray], Memory]:
        settings, weights = self.settings, self.state.weights
        rates = answer.rates()
        error = settings.loss.gradient(rates[-1] / settings.label_rate, wanted)
        error = error / settings.label_rate
        if not settings.silent_labels_learn:
            error = error * (rates[-1] > 0)
        quantiser = self.network.quantiser
        through = quantiser.rounded(weights) if settings.straight_through else weights
        gradients = relu_network.backpropagate(through, rates, error)
        for penalty in settings.penalties:
            gradients = [
                gradient + more
                for gradient, more in zip(gradients, penalty.gradients(weights), strict=True)
            ]
        changed, memory = settings.optimiser.step(weights, self.state.memory, gradients)
        return quantiser.clipped(changed), memory

    def _entry(
        self, answer: Presentation, batch: NDArray[np.intp], weights: Sequence[FloatArray]
    ) -> dict[str, float]:
        settings, old = self.settings, self.state.weights
        labels = self.data.train.labels[batch]
        outputs = answer.rates()[-1] / settings.label_rate
        penalties = [*settings.penalties, SquaredWeights(_decay(settings.optimiser))]
        cost = settings.loss.value(outputs, self._wanted[batch])
        return {
            "cost": cost + sum(penalty.value(old) for penalty in penalties),
            "batch_accuracy": relu_network.accuracy(answer.counts[-1], labels),
            "test_accuracy": np.nan,
            "weight_change": self._mean_change(old, weights),
            **{name: float(metric(answer, labels)) for name, metric in self._metrics.items()},
        }

    def _mean_change(self, old: Sequence[FloatArray], new: Sequence[FloatArray]) -> float:
        """Return the mean absolute change of the float weights, in steps."""
        steps = self.network.quantiser.steps(len(old))
        changes = [
            np.abs(after - before).ravel() / step
            for after, before, step in zip(new, old, steps, strict=True)
        ]
        return float(np.mean(np.concatenate(changes)))

    def _with_test_accuracy(self, state: TrainingState, images: LabelledImages) -> TrainingState:
        evaluation = self._evaluate(state, images, keep_spikes=False, progress=False)
        measured = state.history["test_accuracy"].copy()
        measured[-1] = evaluation.accuracy
        return replace(state, history={**state.history, "test_accuracy": measured})

    def _evaluate(
        self, state: TrainingState, images: LabelledImages, keep_spikes: bool, progress: bool
    ) -> Evaluation:
        generator = np.random.default_rng([self._seed, _EVALUATION, state.iteration])
        self.network.set_weights(self.network.quantiser.levels(state.weights))
        rates = self._encoded(images.images)
        answer = self.network.present(rates, generator, keep_spikes=keep_spikes, progress=progress)
        return evaluate(answer, images.labels)

    def _first_state(self, weights: Sequence[FloatArray]) -> TrainingState:
        start = tuple(np.array(weight, dtype=np.float64) for weight in weights)
        return TrainingState(
            iteration=0,
            weights=start,
            memory=self.settings.optimiser.start(start),
            generator=np.random.default_rng([self._seed, _BATCHES]).bit_generator.state,
            history={name: np.empty(0) for name in self._columns},
        )

    def _encoded(self, images: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._encoder is None:
            return poisson_rates(images, self.settings.total_rate)
        rates = np.asarray(self._encoder(images), dtype=np.float64)
        expected = (len(images), self.network.sizes[0])
        if rates.shape != expected or not (np.isfinite(rates).all() and (rates >= 0).all()):
            raise ParameterError(
                "the encoder's rates",
                value=f"shape {rates.shape}, from {rates.min():g} to {rates.max():g}",
                limit=f"shape {expected}, Hz from 0 on",
            )
        return rates

    def _check(self, weights: Sequence[FloatArray]) -> None:
        sizes, n_classes = self.network.sizes, len(self.data.classes)
        relu_network.check_weights(weights, sizes)
        self.network.quantiser.levels(weights)
        if n_classes != sizes[-1]:
            raise ParameterError(
                f"the classes of the data set {self.data.name!r} do not fit the label layer",
                value=n_classes,
                limit=f"{sizes[-1]} label units",
            )
        for part, images in (("train", self.data.train), ("test", self.data.test)):
            _check_labels(f"data set {self.data.name!r}, {part}", images.labels, n_classes)
        taken = set(self._metrics) & set(HISTORY)
        if taken:
            raise ParameterError(
                "metrics with names that the history has already",
                value=sorted(taken),
                remedy="Choose other names.",
            )


def _keep_former(checkpoint: str | Path) -> None:
    kept = keep_former(checkpoint)
    if kept is not None:
        logger.warning(
            "The checkpoint %s of a former training is kept as %s", checkpoint, kept.name
        )


def _check_finite(iteration: int, cost: float, weights: Sequence[FloatArray]) -> None:
    if not (np.isfinite(cost) and all(np.isfinite(weight).all() for weight in weights)):
        raise TrainingError(
            f"iteration {iteration} in the loop: the cost or a weight is no number any more",
            value=cost,
            remedy="Take a smaller learning rate; the state before this iteration is kept.",
        )


def _check_labels(owner: str, labels: NDArray[np.intp], n_classes: int) -> None:
    if len(labels) and not (labels.min() >= 0 and labels.max() < n_classes):
        raise DataError(
            f"{owner}: labels out of range",
            value=(int(labels.min()), int(labels.max())),
            limit=f"0 to {n_classes - 1}",
        )


def _decay(optimiser: Optimiser) -> float:
    """Return the factor of the squared weights that an optimiser adds to the cost itself."""
    return float(optimiser.weight_decay) if isinstance(optimiser, Descent) else 0.0


def _summary(state: TrainingState) -> dict[str, str]:
    last = {name: values[-1] for name, values in state.history.items()}
    shown = {"batch": last["batch_accuracy"], "test": last["test_accuracy"]}
    return {name: f"{value:.1%}" for name, value in shown.items() if not np.isnan(value)}
