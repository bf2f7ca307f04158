"""MNIST from the four idx files, plain or gzipped, in a folder of the user."""

from __future__ import annotations

import gzip
import math
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import check_memory, readable_file
from pyNN_brainscales_emu.training.data_set import CLASSES, DataSet, LabelledImages, prepare

#: Environment variable that names the folder with data sets.
DATA_VARIABLE = "PYNN_BRAINSCALES_EMU_DATA"
#: Magic numbers of the idx format (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"):
#: 0x08 for unsigned bytes, then the number of dimensions.
_IMAGE_MAGIC, _LABEL_MAGIC = 0x0803, 0x0801
_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_REMEDY = (
    "MNIST is four files: "
    + ", ".join(f"{name}.gz" for names in _FILES.values() for name in names)
    + " (unpacked ones do as well). Get them, for instance, from "
    "https://ossci-datasets.s3.amazonaws.com/mnist/ or https://storage.googleapis.com/cvdf-datasets"
    f"/mnist/ and name their folder by the argument or by the variable {DATA_VARIABLE}."
)


def load_mnist(folder: str | Path | None = None, classes: Sequence[int] = CLASSES) -> DataSet:
    """Return MNIST, resized to 10 x 10, with its own split into training and test images.

    With the default classes these are the 30 690 and 5 083 images of Schmitt et al. (2017).

    Parameters
    ----------
    folder : path, optional
        Folder with the four files; otherwise the environment variable
        ``PYNN_BRAINSCALES_EMU_DATA`` names it, or the folder that has it as ``mnist``.
    classes : sequence of int
        Digits to keep.

    Raises
    ------
    DataError
        If the folder or a file is missing, or a file is damaged or of another kind; the message
        says where was looked and what is needed.
    """
    folder = find_folder(folder)
    train, test = (_load_part(folder, part, classes) for part in ("train", "test"))
    return DataSet("mnist", tuple(classes), train, test)


def find_folder(folder: str | Path | None = None) -> Path:
    """Return the folder that has the MNIST files; see `load_mnist`."""
    given = folder or os.environ.get(DATA_VARIABLE)
    if not given:
        raise DataError("MNIST: no folder was named", remedy=_REMEDY)
    candidates = [Path(given).expanduser(), Path(given).expanduser() / "mnist"]
    for candidate in candidates:
        if any(_find_file(candidate, name) for name in _FILES["train"]):
            return candidate
    state = "has none of the files" if candidates[0].is_dir() else "does not exist"
    looked = " and ".join(str(candidate) for candidate in candidates)
    raise DataError(f"MNIST: the folder {state}; looked in {looked}", remedy=_REMEDY)


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """Return the array of one idx file of unsigned bytes, plain or gzipped.

    Parameters
    ----------
    path : Path
    magic : int
        Magic number that the file must start with; its last byte is the number of dimensions.

    Raises
    ------
    DataError
        If the file cannot be read, has another magic number or another length than it says.
    """
    n_dimensions = magic & 0xFF
    n_header = 4 + 4 * n_dimensions
    with readable_file("MNIST", path, _REMEDY) as found, _unpacked(found) as stream:
        header = stream.read(n_header)
        if len(header) < n_header:
            raise _damaged(
                path, "shorter than its header", len(header), f"{n_header} bytes or more"
            )
        number, *shape = struct.unpack(f">{1 + n_dimensions}I", header)
        if number != magic:
            raise _damaged(
                path, "not the idx file that its name says (magic number)", number, magic
            )
        expected = math.prod(shape)
        check_memory(f"MNIST {path}", expected)
        content = stream.read(expected + 1)  # what is too long is not unpacked to its end
        if len(content) != expected:
            raise _damaged(path, "truncated or too long", len(content), f"{expected} bytes")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _load_part(folder: Path, part: str, classes: Sequence[int]) -> LabelledImages:
    paths = [_find_file(folder, name) for name in _FILES[part]]
    missing = [name for name, path in zip(_FILES[part], paths, strict=True) if path is None]
    image_path, label_path = paths
    if image_path is None or label_path is None:
        raise DataError(f"MNIST: files are missing in {folder}", value=missing, remedy=_REMEDY)
    images = read_idx(image_path, _IMAGE_MAGIC)
    digits = read_idx(label_path, _LABEL_MAGIC)
    if len(images) != len(digits):
        raise DataError(
            f"MNIST: {image_path} and {label_path} do not belong together",
            value=(len(images), len(digits)),
            remedy=_REMEDY,
        )
    return prepare(images, digits, classes)


def _find_file(folder: Path, name: str) -> Path | None:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    return None


def _unpacked(path: Path) -> IO[bytes] | gzip.GzipFile:
    if path.suffix == ".gz":
        return gzip.GzipFile(path)
    return path.open("rb")


def _damaged(path: Path, what: str, value: object, limit: object) -> DataError:
    return DataError(f"MNIST: {path} is {what}", value=value, limit=limit, remedy=_REMEDY)
