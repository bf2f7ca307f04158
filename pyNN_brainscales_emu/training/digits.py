"""The handwritten digits that scikit-learn ships: real data without a download."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.training.data_set import (
    CLASSES,
    WHITE,
    DataSet,
    missing_package,
    prepare,
)

#: Largest grey value of scikit-learn's 8 x 8 digits (sklearn.datasets.load_digits).
_DARKEST = 16


def load_digits(
    classes: Sequence[int] = CLASSES, *, test_fraction: float = 1 / 3, seed: int = 0
) -> DataSet:
    """Return scikit-learn's digits, resized to 10 x 10, with a fixed split into train and test.

    The 8 x 8 images of 17 grey levels are stretched to 8 bits first and then resized just as
    the MNIST images are. The split is stratified: each class gives the same fraction.

    Parameters
    ----------
    classes : sequence of int
        Digits to keep.
    test_fraction : float
        Part of each class that is kept for testing.
    seed : int
        Of the split. The default is the split that all figures of the documentation use.

    Raises
    ------
    DataError
        If scikit-learn or Pillow is not installed, or nothing is left for one of the parts.
    """
    try:
        from sklearn.datasets import load_digits as load  # optional dependency
    except ImportError:
        raise missing_package("scikit-learn") from None
    bunch = load()
    images = np.rint(bunch.images * (WHITE / _DARKEST)).astype(np.uint8)
    everything = prepare(images, bunch.target, classes)
    train, test = stratified_split(everything.labels, test_fraction, seed)
    return DataSet("digits", tuple(classes), everything.take(train), everything.take(test))


def stratified_split(
    labels: NDArray[np.intp], test_fraction: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the sorted indices of the training and of the test part.

    Raises
    ------
    DataError
        If a class would have no image in one of the parts.
    """
    if not 0 < test_fraction < 1:
        raise DataError(
            "stratified_split(): test_fraction", value=test_fraction, limit="between 0 and 1"
        )
    generator = np.random.default_rng(seed)
    test = []
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        n_test = round(test_fraction * len(members))
        if not 0 < n_test < len(members):
            raise DataError(
                f"stratified_split(): class {label} has too few images for two parts",
                value=len(members),
                remedy="Choose another test_fraction.",
            )
        test.append(members[:n_test])
    chosen = np.sort(np.concatenate(test))
    return np.setdiff1d(np.arange(len(labels)), chosen), chosen
