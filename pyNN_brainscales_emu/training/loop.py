"""Training with the hardware in the loop (Schmitt et al. 2017, section III-C).

The hardware computes the forward pass: the rates of all layers are recorded while a batch of
images is presented. The host computes the rest: the error of the label rates goes back through the
ReLU model with the recorded rates as activations, and changes float weights that the host keeps;
rounded to 4 bits they are written to the hardware for the next iteration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.progress import Progress
from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.checkpoint import (
    HISTORY,
    TrainingState,
    generator_from,
    keep_former,
    load_fitting,
    save_checkpoint,
)
from pyNN_brainscales_emu.training.conversion import MAX_LEVEL, Levels, quantise_all
from pyNN_brainscales_emu.training.data_set import DataSet, LabelledImages
from pyNN_brainscales_emu.training.descent import Descent, at_rest
from pyNN_brainscales_emu.training.encoding import TOTAL_RATE, poisson_rates
from pyNN_brainscales_emu.training.identity import describe_run
from pyNN_brainscales_emu.training.presentation import Presentation
from pyNN_brainscales_emu.training.recorded_spikes import RecordedSpikes
from pyNN_brainscales_emu.training.relu_network import FloatArray
from pyNN_brainscales_emu.training.spiking_network import SpikingNetwork

logger = logging.getLogger(__name__)

#: Purposes of random numbers, so that measuring an accuracy never changes the training.
_BATCHES, _EVALUATION = 1, 2


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
    descent : Descent
    silent_labels_learn : bool
        Pass the error on to label units that are silent as well, so that a unit that the
        variation of the hardware has silenced can come back. The published rule is False.
    """

    batch_size: int = 1200
    label_rate: float = 30.0
    total_rate: float = TOTAL_RATE
    descent: Descent = field(default_factory=Descent)
    silent_labels_learn: bool = False

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


@dataclass(frozen=True)
class Evaluation:
    """How well the network did on some images.

    Attributes
    ----------
    accuracy : float
        Fraction of images whose label unit fired most.
    label_rate : float
        Mean rate of the label unit of the class shown, in Hz.
    counts : tuple of arrays of int, (n_images, n_cells)
        Spikes of each layer.
    spikes : RecordedSpikes or None
        The spikes themselves, if they were asked for.
    """

    accuracy: float
    label_rate: float
    counts: tuple[NDArray[np.int64], ...]
    spikes: RecordedSpikes | None = None


Callback = Callable[[TrainingState], None]


class InTheLoopTrainer:
    """Trains the weights of a spiking network with that network in the loop.

    Parameters
    ----------
    network : SpikingNetwork
    data : DataSet
    weights : sequence of arrays, (n_pre, n_post)
        To start from, -1 to 1: those of the software model.
    settings : LoopSettings, optional
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
        network: SpikingNetwork,
        data: DataSet,
        weights: Sequence[FloatArray],
        settings: LoopSettings | None = None,
        *,
        seed: int = 0,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings or LoopSettings()
        self.network = network
        self.data = data
        self._seed = seed
        self._check(weights)
        self._rates = poisson_rates(data.train.images, self.settings.total_rate)
        self._wanted = relu_network.targets(data.train.labels, network.sizes[-1])
        self._identity = describe_run(network, data, self.settings, seed, context or {})
        self.state = _first_state(weights, seed)

    @property
    def levels(self) -> list[Levels]:
        """The signed 4-bit weights of the present state."""
        return quantise_all(self.state.weights)

    def run(
        self,
        iterations: int,
        *,
        checkpoint: str | Path | None = None,
        evaluate_every: int = 1,
        evaluate_with: LabelledImages | None = None,
        callback: Callback | None = None,
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
        callback : function of TrainingState, optional
            Called after each iteration.
        progress : bool
            Show how far it is: a bar on a terminal, a line every few seconds elsewhere.
        """
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
                if callback is not None:
                    callback(state)
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
        self.state = load_fitting(checkpoint, self._identity)
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
        self.network.set_weights(quantise_all(old.weights))
        answer = self.network.present(self._rates[batch], generator, progress=False)
        weights, velocity = self._learn(answer, self._wanted[batch])
        entry = self._entry(answer, batch, weights)
        return TrainingState(
            iteration=old.iteration + 1,
            weights=tuple(weights),
            velocity=tuple(velocity),
            generator=generator.bit_generator.state,
            history={name: np.append(old.history[name], entry[name]) for name in HISTORY},
        )

    def _draw_batch(self, generator: np.random.Generator) -> NDArray[np.intp]:
        n_images = len(self._rates)
        if self.settings.batch_size >= n_images:
            return np.arange(n_images)
        return generator.choice(n_images, self.settings.batch_size, replace=False)

    def _learn(
        self, answer: Presentation, wanted: FloatArray
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        rates = answer.rates()
        scale = self.settings.label_rate
        error = relu_network.label_gradient(
            rates[-1] / scale,
            wanted,
            scale=scale,
            silent_labels_learn=self.settings.silent_labels_learn,
        )
        gradients = relu_network.backpropagate(self.state.weights, rates, error)
        return self.settings.descent.step(self.state.weights, self.state.velocity, gradients)

    def _entry(
        self, answer: Presentation, batch: NDArray[np.intp], weights: Sequence[FloatArray]
    ) -> dict[str, float]:
        old, decay = self.state.weights, self.settings.descent.weight_decay
        outputs = answer.rates()[-1] / self.settings.label_rate
        changes = [np.abs(new - before).ravel() for new, before in zip(weights, old, strict=True)]
        return {
            "cost": relu_network.cost(outputs, self._wanted[batch], old, decay),
            "batch_accuracy": relu_network.accuracy(
                answer.counts[-1], self.data.train.labels[batch]
            ),
            "test_accuracy": np.nan,
            "weight_change": MAX_LEVEL * float(np.mean(np.concatenate(changes))),
        }

    def _with_test_accuracy(self, state: TrainingState, images: LabelledImages) -> TrainingState:
        evaluation = self._evaluate(state, images, keep_spikes=False, progress=False)
        measured = state.history["test_accuracy"].copy()
        measured[-1] = evaluation.accuracy
        return replace(state, history={**state.history, "test_accuracy": measured})

    def _evaluate(
        self, state: TrainingState, images: LabelledImages, keep_spikes: bool, progress: bool
    ) -> Evaluation:
        generator = np.random.default_rng([self._seed, _EVALUATION, state.iteration])
        self.network.set_weights(quantise_all(state.weights))
        rates = poisson_rates(images.images, self.settings.total_rate)
        answer = self.network.present(rates, generator, keep_spikes=keep_spikes, progress=progress)
        labels = images.labels
        return Evaluation(
            accuracy=relu_network.accuracy(answer.counts[-1], labels),
            label_rate=float(answer.rates()[-1][np.arange(len(labels)), labels].mean()),
            counts=answer.counts,
            spikes=RecordedSpikes(answer.spikes, labels) if answer.spikes is not None else None,
        )

    def _check(self, weights: Sequence[FloatArray]) -> None:
        sizes = self.network.sizes
        relu_network.check_weights(weights, sizes)
        quantise_all(weights)
        if len(self.data.classes) != sizes[-1]:
            raise ParameterError(
                f"the classes of the data set {self.data.name!r} do not fit the label layer",
                value=len(self.data.classes),
                limit=f"{sizes[-1]} label units",
            )


def check_checkpoint(
    path: str | Path,
    network: SpikingNetwork,
    data: DataSet,
    settings: LoopSettings | None = None,
    *,
    seed: int = 0,
    context: Mapping[str, Any] | None = None,
) -> TrainingState:
    """Return the state in a checkpoint if a trainer made with these arguments could resume it.

    It needs no weights to start from, so it can be asked before the training in software.

    Parameters
    ----------
    path : path
    network, data, settings, seed, context
        As for `InTheLoopTrainer`.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    TrainingError
        If it belongs to a run with other settings.
    """
    identity = describe_run(network, data, settings or LoopSettings(), seed, context or {})
    return load_fitting(path, identity)


def _first_state(weights: Sequence[FloatArray], seed: int) -> TrainingState:
    start = tuple(np.array(weight, dtype=np.float64) for weight in weights)
    return TrainingState(
        iteration=0,
        weights=start,
        velocity=tuple(at_rest(start)),
        generator=np.random.default_rng([seed, _BATCHES]).bit_generator.state,
        history={name: np.empty(0) for name in HISTORY},
    )


def _keep_former(checkpoint: str | Path) -> None:
    kept = keep_former(checkpoint)
    if kept is not None:
        logger.warning(
            "The checkpoint %s of a former training is kept as %s", checkpoint, kept.name
        )


def _summary(state: TrainingState) -> dict[str, str]:
    last = {name: values[-1] for name, values in state.history.items()}
    shown = {"batch": last["batch_accuracy"], "test": last["test_accuracy"]}
    return {name: f"{value:.1%}" for name, value in shown.items() if not np.isnan(value)}
