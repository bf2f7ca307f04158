"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyNN_brainscales_emu.errors import DataError


@contextmanager
def whole_file(
    kind: str,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = True,
    make_folder: bool = False,
) -> Iterator[Path]:
    """Give the path of a new file beside the one asked for, whose place it takes when written.

    Parameters
    ----------
    kind : str
        What the file is, for messages.
    path : path
        Where the file shall be.
    overwrite : bool
        Whether a file of this name may be replaced.
    make_folder : bool
        Whether its folder is made; otherwise it must exist.

    Yields
    ------
    Path
        To write to. If writing fails, it is removed and what was at `path` stays.

    Raises
    ------
    DataError
        If the file cannot be written: its folder does not exist, it is a folder, it exists and may
        not be replaced, or the system refuses it.
    """
    target = _path(kind, path)
    try:
        if make_folder:
            with suppress(FileExistsError):  # a file is in its place, which the check tells
                target.parent.mkdir(parents=True, exist_ok=True)
        _check_place(kind, target, overwrite)
        partial = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            yield partial
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{kind} {target}: it cannot be written: {error.strerror or error}",
            remedy="Choose a path that you may write to.",
        ) from error


def _path(kind: str, path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path)
    except TypeError:
        raise DataError(f"{kind}: no path", value=path, limit="a str or pathlib.Path") from None


def _check_place(kind: str, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise DataError(f"{kind} {target}: it is a folder", remedy="Add the name of a file.")
    if target.exists() and not overwrite:
        raise DataError(
            f"{kind} {target}: the file exists", remedy="Choose another name, or overwrite=True."
        )
    if not target.parent.is_dir():
        raise DataError(
            f"{kind} {target}: its folder does not exist",
            remedy="Make the folder first, or choose another path.",
        )
