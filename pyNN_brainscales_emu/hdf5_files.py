"""HDF5 files that are written whole or not at all. h5py is needed (extra ``io``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.whole_files import whole_file

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
        If the file cannot be written (see `whole_file`), or h5py is missing.
    """
    h5py = require_h5py(kind)
    with whole_file(kind, path, overwrite=overwrite) as partial, h5py.File(partial, "w") as file:
        yield file
