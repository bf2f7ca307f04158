"""HDF5 files: written whole or not at all, and read as far as they can hold what they declare.

h5py is needed (extra ``io``).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import BrainScaleSError, DataError
from pyNN_brainscales_emu.files.formats import FileFormat, check_compression, check_memory
from pyNN_brainscales_emu.files.whole import whole_file

Shape = tuple[int, ...]


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
def new_file(
    file_format: FileFormat, path: str | os.PathLike[str], *, overwrite: bool
) -> Iterator[Any]:
    """Open a file for writing; it takes its place only when everything is written.

    It is put together in memory, as HDF5 does not survive a disk that fills while it writes.

    Parameters
    ----------
    file_format : FileFormat
    path : path
    overwrite : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DataError
        If the file cannot be written (see `whole_file`), or h5py is missing.
    """
    h5py = require_h5py(file_format.kind)
    with whole_file(file_format.kind, path, overwrite=overwrite) as partial:
        with h5py.File(partial.name, "w", driver="core", backing_store=False) as file:
            file.attrs["format"] = file_format.name
            file.attrs["schema_version"] = file_format.version
            try:
                yield file
            except (ValueError, TypeError, RuntimeError) as error:
                if isinstance(error, BrainScaleSError):
                    raise
                raise DataError(
                    f"{file_format.kind} {os.fspath(path)}: HDF5 cannot hold it ({error})"
                ) from error
            file.flush()
            content = file.id.get_file_image()
        partial.write_bytes(content)


@contextmanager
def reading_file(file_format: FileFormat, path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open a file for reading; what is wrong with it is told as its damage.

    Raises
    ------
    DataError
        If there is no such file, it is of another kind or version, the block raises one of
        `DAMAGE`, or h5py is missing.
    """
    h5py = require_h5py(file_format.kind)
    with file_format.reading(path) as found, h5py.File(found, "r") as file:
        version = file.attrs.get("schema_version")
        plain = version.item() if isinstance(version, np.generic) else version
        file_format.check(found, file.attrs.get("format"), plain)
        yield file


def sub_group(group: Any, name: str) -> Any:
    """Return a group in a group; links to other files are not followed.

    Raises
    ------
    ValueError
        If there is none.
    """
    found = _own_item(group, name)
    if not isinstance(found, require_h5py("group").Group):
        raise ValueError(f"{found.name} is no group")
    return found


def integer_attribute(item: Any, name: str) -> int:
    """Return an attribute that is one whole number.

    Raises
    ------
    ValueError
        For anything else.
    """
    value = np.asarray(item.attrs[name])
    if value.shape != () or value.dtype.kind not in "iu":
        raise ValueError(f"{name} is no whole number")
    return int(value)


def text_attribute(item: Any, name: str) -> str:
    """Return an attribute that is one text.

    Raises
    ------
    ValueError
        For anything else.
    """
    value = item.attrs[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def read_table(group: Any, name: str, kinds: str, shape: Shape | None = None) -> NDArray[Any]:
    """Return a data set, after a look at what it declares.

    Parameters
    ----------
    group : h5py.Group
    name : str
        Of a data set in the group itself; links to other files are not followed.
    kinds : str
        The kinds of NumPy types (``dtype.kind``) that it may have.
    shape : tuple of int, optional
        That it must have; otherwise it must have one axis, of any length.

    Raises
    ------
    ValueError
        If there is no such data set, or it is another.
    DataError
        If it does not fit into memory.
    """
    data = _data_set(group, name)
    where = data.name
    if data.dtype.kind not in kinds:
        raise ValueError(f"{where} has the type {data.dtype}")
    if (data.shape != shape) if shape is not None else (data.ndim != 1):
        raise ValueError(f"{where} has the shape {data.shape} instead of {shape or '(n,)'}")
    n_bytes = math.prod(data.shape) * data.dtype.itemsize
    stored = data.id.get_storage_size()
    check_compression(where, n_bytes, stored, compressed=data.compression is not None)
    check_memory(f"{where} of {group.file.filename}", n_bytes)
    return np.asarray(data[()])


def read_texts(group: Any, name: str, n: int) -> list[str]:
    """Return a data set of `n` texts; see `read_table`."""
    data = _data_set(group, name)
    if data.shape != (n,) or data.dtype.kind != "O":
        raise ValueError(f"{data.name} does not hold {n} texts")
    return [str(text) for text in data.asstr()[:]]


def _own_item(group: Any, name: str) -> Any:
    if not isinstance(group.get(name, getlink=True), require_h5py("item").HardLink):
        raise ValueError(f"it is without {group.name.rstrip('/')}/{name}")
    return group[name]


def _data_set(group: Any, name: str) -> Any:
    data = _own_item(group, name)
    if not isinstance(data, require_h5py("data set").Dataset):
        raise ValueError(f"{data.name} is no data set")
    if data.external or data.is_virtual:
        raise ValueError(f"{data.name} lies in another file")
    return data
