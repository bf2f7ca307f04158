"""Files that a command shall write: refused before the work, if they could not be written after."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.errors import DataError, OptionError
from pyNN_brainscales_emu.files.whole import whole_file

#: Endings of the pictures that can be drawn.
PICTURES: Final = (".png", ".pdf", ".svg")


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


def check_picture(option: str, path: Path, *, overwrite: bool = True) -> None:
    """Refuse a picture that could not be drawn: its ending, and all that `check_writable` refuses.

    Raises
    ------
    OptionError, DataError
    """
    if path.suffix not in PICTURES:
        raise OptionError(option, value=str(path), limit=", ".join(PICTURES))
    check_writable(path, overwrite=overwrite, module="matplotlib", extra="plot")


def save_picture(figure: Any, path: Path) -> None:
    """Write a figure of Matplotlib, whole or not at all; the ending chooses the format."""
    with whole_file("picture", path) as partial:
        figure.savefig(partial, dpi=150, format=path.suffix.removeprefix("."))
