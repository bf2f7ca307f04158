"""NumPy archives (npz): their arrays are checked by their headers before they are read.

What an archive declares is believed only as far as it can hold it: an entry of a few bytes that
declares terabytes is damage, entries that nobody asks for are never unpacked, and pickled objects
are refused.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.files.formats import FileFormat, check_compression, check_memory

#: How an entry may be packed: as it is, or by deflate.
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENDING: Final = ".npy"
_HEADERS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
#: No array of these files has an axis as long as this.
_LONGEST_AXIS: Final = 2**31
Shape = tuple[int, ...]


class Archive:
    """A NumPy archive that is open for reading.

    Parameters
    ----------
    name : str
        What messages call it.
    archive : zipfile.ZipFile
    size : int
        Of the file, in bytes.
    compressed : bool
        Whether entries may be compressed; otherwise they are as long as what they declare.
    """

    def __init__(
        self, name: str, archive: zipfile.ZipFile, size: int, *, compressed: bool = False
    ) -> None:
        self._name = name
        self._packings = _PACKINGS if compressed else _PACKINGS[:1]
        self._archive = archive
        self._unpacked = 0
        entries = archive.infolist()
        self._entries = {entry.filename.removesuffix(_ENDING): entry for entry in entries}
        if len(self._entries) < len(entries):
            raise ValueError("an entry stands there more than once")
        if sum(entry.compress_size for entry in entries) > size:
            raise ValueError("its entries are larger than the file")

    @property
    def names(self) -> frozenset[str]:
        """Names of the entries."""
        return frozenset(self._entries)

    def form(self, name: str) -> tuple[Shape, np.dtype[Any]]:
        """Return shape and type of an entry, as its header declares them.

        Raises
        ------
        ValueError
            If there is no such entry, if it is no array, or cannot hold what it declares.
        """
        with self._open(name) as stream:
            return self._checked_header(name, stream)

    def array(self, name: str, kinds: str, shape: Shape | None = None) -> NDArray[Any]:
        """Return an entry.

        Parameters
        ----------
        name : str
        kinds : str
            The kinds of NumPy types (``dtype.kind``) that it may have.
        shape : tuple of int, optional
            That it must have; otherwise it may have any.

        Raises
        ------
        ValueError
            If there is no such entry, or it is another array.
        DataError
            If it does not fit into memory.
        """
        found, dtype = self.form(name)
        if dtype.kind not in kinds:
            raise ValueError(f"{name} has the type {dtype}")
        if shape is not None and found != shape:
            raise ValueError(f"{name} has the shape {found} instead of {shape}")
        self._unpacked += self._entries[name].file_size
        check_memory(self._name, self._unpacked)
        with self._open(name) as stream:
            values = np.lib.format.read_array(stream, allow_pickle=False)
            if stream.read(1):  # which also compares the checksum
                raise ValueError(f"{name} is longer than it declares")
        return np.asarray(values)

    def text(self, name: str) -> str:
        """Return an entry that is one text."""
        return str(self.array(name, "U", ()))

    def integer(self, name: str) -> int:
        """Return an entry that is one whole number."""
        return int(self.array(name, "iu", ()))

    def number(self, name: str) -> float:
        """Return an entry that is one number."""
        return float(self.array(name, "iuf", ()))

    def _open(self, name: str) -> IO[bytes]:
        if name not in self._entries:
            raise ValueError(f"it is without {name}")
        entry = self._entries[name]
        if entry.compress_type not in self._packings:
            raise ValueError(f"{name} is compressed, as in no file of this kind")
        packed = entry.compress_type != zipfile.ZIP_STORED
        check_compression(name, entry.file_size, entry.compress_size, compressed=packed)
        return self._archive.open(entry)

    def _checked_header(self, name: str, stream: IO[bytes]) -> tuple[Shape, np.dtype[Any]]:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise ValueError(f"{name} has an unknown header")
        shape, _, dtype = _HEADERS[version](stream)
        if dtype.hasobject:
            raise ValueError(f"{name} holds objects, which are not read")
        if not all(0 <= length < _LONGEST_AXIS for length in shape):
            raise ValueError(f"{name} has the shape {shape}")
        declared = stream.tell() + math.prod(shape) * dtype.itemsize
        if declared != self._entries[name].file_size:
            raise ValueError(f"{name} is longer or shorter than it declares")
        return shape, dtype


@contextmanager
def reading_archive(
    file_format: FileFormat, path: str | os.PathLike[str], *, compressed: bool = False
) -> Iterator[Archive]:
    """Open an archive for reading; what is wrong with it is told as its damage.

    Parameters
    ----------
    file_format : FileFormat
    path : path
    compressed : bool
        Whether files of this kind are compressed.

    Raises
    ------
    DataError
        If there is no such archive, or the block raises one of `DAMAGE`.
    """
    with file_format.reading(path) as found, _unpacked(found) as archive:
        size = found.stat().st_size
        yield Archive(f"{file_format.kind} {found}", archive, size, compressed=compressed)


def check_format(file_format: FileFormat, path: Any, archive: Archive) -> None:
    """Raise `DataError` unless an archive is of a kind and version, told by two entries."""
    name = archive.text("format") if "format" in archive.names else None
    is_named = name == file_format.name
    version = archive.array("schema_version", "iuf", ()).item() if is_named else None
    file_format.check(path, name, version)


def check_format_line(file_format: FileFormat, path: Any, archive: Archive) -> None:
    """Raise `DataError` unless an archive is of a kind and version, told by one line of text."""
    line = archive.text("format") if "format" in archive.names else ""
    name, _, version = line.rpartition(" ")
    file_format.check(path, name or line, int(version) if version.isdecimal() else version)


@contextmanager
def _unpacked(path: Path) -> Iterator[zipfile.ZipFile]:
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no NumPy archive")
    with zipfile.ZipFile(path) as archive:
        yield archive
