"""Pictures of a training: weights, accuracy, spikes; as figures 8 to 10 of Schmitt et al. (2017).

Each function draws into axes of Matplotlib that the caller has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.training.conversion import MAX_LEVEL, Levels
from pyNN_brainscales_emu.training.recorded_spikes import RecordedSpikes

#: Rows between two layers of a raster, and columns between two matrices.
_ROW_GAP, _COLUMN_GAP = 4, 2


def draw_accuracy(
    axes: Any, curves: Mapping[str, tuple[ArrayLike, ArrayLike]], *, xlabel: str = "iteration"
) -> None:
    """Draw accuracies over iterations.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : mapping of str to (iterations, accuracies)
        Accuracies from 0 to 1; NaN where none was measured. A single point becomes a dashed line.
    xlabel : str
    """
    for label, (iterations, accuracies) in curves.items():
        x, y = np.atleast_1d(iterations), 100 * np.atleast_1d(np.asarray(accuracies, float))
        measured = ~np.isnan(y)
        if len(y) == 1:
            axes.axhline(y[0], color="gray", linestyle="--", label=label)
        else:
            axes.plot(x[measured], y[measured], marker=".", label=label)
    axes.set(xlabel=xlabel, ylabel="test accuracy (%)")
    axes.set_ylim(top=101)
    axes.legend(loc="lower right")


def draw_raster(
    axes: Any, recorded: RecordedSpikes, images: Sequence[int], classes: Sequence[int]
) -> None:
    """Draw the spikes of some presentations, one layer above the other.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    recorded : RecordedSpikes
    images : sequence of int
        Which presentations, in the order to show them.
    classes : sequence of int
        The digit of each label.
    """
    base = 0
    ticks: list[tuple[float, str]] = []
    for name, layer in recorded.layers.items():
        for slot, image in enumerate(images):
            cell, time = layer.of_image(image)
            seconds = (slot * recorded.duration + time) * 1e-3
            axes.plot(seconds, base + cell, "|", markersize=3, color=f"C{len(ticks)}")
        ticks.append((base + layer.n_cells / 2, name))
        base += layer.n_cells + _ROW_GAP
    length = recorded.duration * 1e-3
    for slot, image in enumerate(images):
        shown = classes[recorded.labels[image]]
        axes.text((slot + 0.45) * length, base, shown, ha="center", va="bottom")
        axes.axvline((slot + 1) * length, color="lightgray", linewidth=0.5)
    axes.set_yticks([position for position, _ in ticks], [name for _, name in ticks])
    axes.set(xlabel="time (s)", xlim=(0, len(images) * length), ylim=(-3, base + 8))


def draw_weights(axes: Any, weights: Sequence[Levels], title: str) -> Any:
    """Draw the matrices of 4-bit weights side by side, one row for each target neuron.

    Returns
    -------
    matplotlib.image.AxesImage
        For a colour bar.
    """
    height = max(matrix.shape[1] for matrix in weights)
    columns: list[NDArray[np.float64]] = []
    for matrix in weights:
        padded = np.full((height, matrix.shape[0]), np.nan)
        padded[: matrix.shape[1]] = matrix.T
        columns += [padded, np.full((height, _COLUMN_GAP), np.nan)]
    image = axes.imshow(
        np.hstack(columns[:-1]),
        cmap="RdBu_r",
        vmin=-MAX_LEVEL,
        vmax=MAX_LEVEL,
        aspect="auto",
        interpolation="nearest",
    )
    axes.set(title=title, ylabel="to neuron", xlabel="from neuron", xticks=[], yticks=[])
    return image


def presentations_of_each_class(labels: NDArray[np.intp], each: int) -> list[int]:
    """Return the first presentations of each class, class by class."""
    chosen = [np.flatnonzero(labels == label)[:each] for label in np.unique(labels)]
    return [int(image) for image in np.concatenate(chosen)]
