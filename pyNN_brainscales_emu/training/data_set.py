"""Labelled images, and what all data sets have in common: choosing classes and resizing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError

#: Classes of Schmitt et al. (2017), section III.
CLASSES = (0, 1, 4, 6, 7)
#: Rows and columns of the images that the network sees (Schmitt et al. 2017, section III).
IMAGE_SHAPE = (10, 10)
#: Largest grey value of an 8-bit image.
WHITE = 255


@dataclass(frozen=True)
class LabelledImages:
    """Images with the index of the class that each of them shows.

    Attributes
    ----------
    images : array of float, (n, rows, columns)
        Grey values from 0 (background) to 1 (ink).
    labels : array of int, (n,)
        Index into the classes of the data set, not the digit itself.
    """

    images: NDArray[np.float64]
    labels: NDArray[np.intp]

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DataError(
                "images and labels differ in number",
                value=(len(self.images), len(self.labels)),
                remedy="Give exactly one label for each image.",
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.intp] | slice) -> LabelledImages:
        """Return the images with these indices."""
        return LabelledImages(self.images[index], self.labels[index])


@dataclass(frozen=True)
class DataSet:
    """Images to train with, and others to test with.

    Attributes
    ----------
    name : str
    classes : tuple of int
        The digit that each label index stands for.
    train, test : LabelledImages
    """

    name: str
    classes: tuple[int, ...]
    train: LabelledImages
    test: LabelledImages

    def digest(self) -> str:
        """Return a checksum of the training images and labels."""
        checksum = hashlib.blake2b(digest_size=16)
        checksum.update(self.train.images.astype(np.float64).tobytes())
        checksum.update(self.train.labels.astype(np.int64).tobytes())
        return checksum.hexdigest()


def prepare(
    images: NDArray[np.uint8],
    digits: NDArray[np.integer],
    classes: Sequence[int] = CLASSES,
    shape: tuple[int, int] = IMAGE_SHAPE,
) -> LabelledImages:
    """Choose the images of some classes and bring them to the size of the network's input.

    Parameters
    ----------
    images : array of uint8, (n, rows, columns)
    digits : array of int, (n,)
        The digit that each image shows.
    classes : sequence of int
        Digits to keep; their order gives the label indices.
    shape : (rows, columns)

    Raises
    ------
    DataError
        If a class has no image.
    """
    order = {digit: index for index, digit in enumerate(classes)}
    kept = np.isin(digits, list(classes))
    labels = np.array([order[int(digit)] for digit in digits[kept]], dtype=np.intp)
    absent = [digit for digit in classes if order[digit] not in labels]
    if absent:
        raise DataError(
            "data set: classes without a single image",
            value=absent,
            limit=sorted({int(digit) for digit in digits}),
            remedy="Choose among the classes that the data set has.",
        )
    return LabelledImages(resize(images[kept], shape) / WHITE, labels)


def resize(images: NDArray[np.uint8], shape: tuple[int, int] = IMAGE_SHAPE) -> NDArray[np.float64]:
    """Resize 8-bit grey images by Pillow's bicubic filter, which smooths when it shrinks.

    Parameters
    ----------
    images : array of uint8, (n, rows, columns)
    shape : (rows, columns)

    Returns
    -------
    array of float, (n,) + shape
        Grey values 0 to 255, rounded as Pillow does.

    Raises
    ------
    DataError
        If the images are no stack of 8-bit images, or Pillow is not installed.
    """
    if images.ndim != 3 or images.dtype != np.uint8:
        raise DataError(
            "resize(): not a stack of 8-bit grey images",
            value=(images.shape, str(images.dtype)),
            limit="shape (n, rows, columns), dtype uint8",
        )
    try:
        from PIL import Image  # optional dependency: only data sets need it
    except ImportError:
        raise missing_package("Pillow") from None
    rows, columns = shape
    resized = np.empty((len(images), rows, columns))
    for target, image in zip(resized, images, strict=True):
        picture = Image.fromarray(image).resize((columns, rows), Image.Resampling.BICUBIC)
        target[...] = np.asarray(picture)
    return resized


def missing_package(name: str) -> DataError:
    """Return the error for an optional package that is not installed."""
    return DataError(
        f"the package {name} is not installed, and the data sets need it",
        remedy="Install it with: pip install 'pyNN-brainscales-emu[data]'",
    )
