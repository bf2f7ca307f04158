"""HDF5 files that are written whole or not at all. h5py is needed (extra ``io``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyNN_brainscales_emu.errors import DataError

#: What reading a damaged file raises.
DAMAGE = (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)


def require_h5py(kind: str) -> Any:
    """Return h5py.

    Parameters
    ----------
    kind : str
        What the files are, for the message.

    Raises
    ------
    DataError
        If it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise DataError(
            f"files of {kind}s need h5py, which is not installed",
            remedy="pip install 'pyNN-brainscales-emu[io]'",
        ) from None
    return h5py


@contextmanager
def new_file(kind: str, path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[Any]:
    """Open a file for writing; it takes its place only when everything is written.

    Parameters
    ----------
    kind : str
        What the file is, for messages.
    path : path
    overwrite : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DataError
        If the file exists and may not be replaced, its folder does not, or h5py is missing.
    """
    h5py, target = require_h5py(kind), Path(path)
    if target.exists() and not overwrite:
        raise DataError(
            f"{kind} {target}: the file exists", remedy="Choose another name, or overwrite=True."
        )
    if not target.parent.is_dir():
        raise DataError(f"{kind} {target}: its folder does not exist")
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with h5py.File(partial, "w") as file:
            yield file
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
