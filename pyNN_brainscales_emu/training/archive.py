"""NumPy archives with a format line and without pickled objects."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What reading a damaged or foreign file may raise.
UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_archive(path: str | Path, expected_format: str) -> dict[str, NDArray[Any]]:
    """Return all arrays of an archive whose entry ``format`` is the expected one.

    Raises
    ------
    any of `UNREADABLE`
        If there is no such archive; the caller knows what to say about it.
    """
    # Opened here, because NumPy leaves a file that turns out to be no archive open.
    with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if str(arrays["format"]) != expected_format:
        raise ValueError(f"its format is {str(arrays['format'])!r}, not {expected_format!r}")
    return arrays
