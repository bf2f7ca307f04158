"""What all files of this package have in common: they are opened, recognised and refused alike."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.whole import checked_path
from pyNN_brainscales_emu.machine_memory import memory_limit

#: What reading a damaged or foreign file may raise.
DAMAGE: Final = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    EOFError,
    AssertionError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
#: A file is read if it takes up to this share of the machine's memory.
_MEMORY_SHARE: Final = 0.5
#: No stream that is compressed by deflate is longer than this many times its compressed size
#: (RFC 1951: 258 bytes from two bits), plus what a single block may hold.
LARGEST_COMPRESSION: Final = 1032


@dataclass(frozen=True)
class FileFormat:
    """One kind of file.

    Attributes
    ----------
    kind : str
        What messages call it, e.g. ``"calibration"``.
    version : int
        The version of its layout that this package writes and reads.
    remedy : str
        Where a good file comes from, as a sentence for messages.
    """

    kind: str
    version: int
    remedy: str

    @property
    def name(self) -> str:
        """What a file says that it is."""
        return f"pyNN_brainscales_emu {self.kind}"

    @contextmanager
    def reading(self, path: str | os.PathLike[str]) -> Iterator[Path]:
        """Give the path of an existing file, and tell whatever goes wrong with it as its damage.

        Raises
        ------
        DataError
            If there is no such file, the system refuses it, or the block raises one of `DAMAGE`.
        """
        with readable_file(self.kind, path, self.remedy) as found:
            yield found

    def check_labels(self, path: str | os.PathLike[str], labels: Iterable[str]) -> None:
        """Raise unless a file can hold these texts.

        Raises
        ------
        DataError
        """
        for label in labels:
            if "\0" in label or not _is_unicode(label):
                raise DataError(
                    f"{self.kind} {os.fspath(path)}: files cannot hold this label",
                    value=label,
                    limit="a text without zero bytes and halves of surrogate pairs",
                    remedy="Label the population or projection otherwise.",
                )

    def check(self, path: str | os.PathLike[str], name: Any, version: Any) -> None:
        """Raise unless a file is of this kind and version.

        Parameters
        ----------
        path : path
        name, version : object
            As the file has them; None where it has none.

        Raises
        ------
        DataError
        """
        if not isinstance(name, str) or name != self.name:
            raise DataError(
                f"{self.kind} {os.fspath(path)}: it is no {self.kind} file",
                value=name,
                limit=f"a file with the format {self.name!r}",
                remedy=self.remedy,
            )
        self.check_version(path, version)

    def check_version(self, path: str | os.PathLike[str], version: Any) -> None:
        """Raise `DataError` unless a file has this version."""
        if type(version) is not int or version != self.version:  # True is not 1
            newer = isinstance(version, (int, float)) and version > self.version
            raise DataError(
                f"{self.kind} {os.fspath(path)}: it has another schema version",
                value=version,
                limit=self.version,
                remedy=f"{'A newer' if newer else 'An older'} version of this package wrote it. "
                f"{self.remedy}",
            )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def readable_file(kind: str, path: str | os.PathLike[str], remedy: str) -> Iterator[Path]:
    """Give the path of an existing file; see `FileFormat.reading`."""
    found = checked_path(kind, path)
    name = f"{kind} {found}"
    _check_readable(name, found, remedy)
    try:
        yield found
    except DataError:
        raise
    except DAMAGE as error:
        what = str(error).rstrip(".") or type(error).__name__
        raise DataError(f"{name}: the file is damaged ({what})", remedy=remedy) from error


def _check_readable(name: str, path: Path, remedy: str) -> None:
    try:
        if path.is_dir():
            raise DataError(f"{name}: it is a folder", remedy=remedy)
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise DataError(f"{name}: it is no regular file", remedy=remedy)
        with path.open("rb") as file:
            check_memory(name, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise DataError(f"{name}: there is no such file", remedy=remedy) from None
    except OSError as error:
        raise DataError(
            f"{name}: it cannot be read: {error.strerror or error}", remedy=remedy
        ) from error


def check_memory(name: str, n_bytes: int) -> None:
    """Raise unless something of a file can be held in memory.

    Raises
    ------
    DataError
        Before any of it is read.
    """
    memory = memory_limit()
    if memory is not None and n_bytes > _MEMORY_SHARE * memory:
        raise DataError(
            f"{name}: it is too large for this machine",
            value=f"{n_bytes:.3g} bytes",
            limit=f"{_MEMORY_SHARE * memory:.3g} bytes, half of its memory",
        )


def check_compression(name: str, n_bytes: int, stored: int, *, compressed: bool) -> None:
    """Raise unless as many bytes can be packed in those that are stored.

    Raises
    ------
    ValueError
        A file that declares more than it holds is damaged, or made to fill the memory.
    """
    factor = LARGEST_COMPRESSION if compressed else 1
    if n_bytes > factor * stored:
        raise ValueError(f"{name} declares {n_bytes:.3g} bytes and holds {stored:.3g}")
