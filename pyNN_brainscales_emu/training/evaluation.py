"""How well a network did on some images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.presentation import Presentation
from pyNN_brainscales_emu.training.recorded_spikes import RecordedSpikes


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


def evaluate(answer: Presentation, labels: NDArray[np.intp]) -> Evaluation:
    """Return how well an answer fits the labels."""
    return Evaluation(
        accuracy=relu_network.accuracy(answer.counts[-1], labels),
        label_rate=float(answer.rates()[-1][np.arange(len(labels)), labels].mean()),
        counts=answer.counts,
        spikes=RecordedSpikes(answer.spikes, labels) if answer.spikes is not None else None,
    )
