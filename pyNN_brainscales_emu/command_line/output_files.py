"""Files that a command shall write: refused before the work, if they could not be written after."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from pyNN_brainscales_emu.errors import DataError


def check_writable(
    path: Path, *, overwrite: bool = True, module: str | None = None, extra: str | None = None
) -> None:
    """Refuse a file that could not be written.

    Parameters
    ----------
    path : Path
    overwrite : bool
        Whether it may exist.
    module, extra : str, optional
        What must be installed to write it, and the extra of this package that brings it.

    Raises
    ------
    DataError
    """
    if module is not None and importlib.util.find_spec(module) is None:
        raise DataError(
            f"{path} needs {module}, which is not installed",
            remedy=f"pip install 'pyNN-brainscales-emu[{extra}]'",
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder")
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists", remedy="Choose another file, or add --overwrite.")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"{path}: its folder does not exist or cannot be written to")
