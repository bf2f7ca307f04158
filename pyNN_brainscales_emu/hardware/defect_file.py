"""Files of defects.

The format is JSON: an object with ``format`` (``"pyNN_brainscales_emu defects"``),
``schema_version`` (1) and ``defects``, an object that names for each class of `Defects` the broken
components. A component is a list of numbers in the order of the mask's indices (a single number
for HICANNs, FPGAs and links), so ``{"hicann": [12], "denmem": [[5, 17], [5, 18]]}`` breaks a
HICANN and two denmems. Classes that are not named have no defects.
"""

from __future__ import annotations

import difflib
import json
import os
from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.errors import DataError, OptionError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.json_text import read_object
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.hardware.defects import (
    CLASSES,
    LISTS,
    MASKS,
    Defects,
    as_list,
    from_lists,
)

FORMAT: Final = FileFormat(
    kind="defects",
    version=1,
    remedy="The format is described in pyNN_brainscales_emu.hardware.defect_file.",
)
_ENTRIES: Final = ("format", "schema_version", "defects")
_ALL: Final = ", ".join(CLASSES)


def save_defects(defects: Defects, path: str | os.PathLike[str]) -> None:
    """Write defects, whole or not at all.

    Raises
    ------
    DataError
        If the file cannot be written, or for something that is no `Defects`.
    """
    if not isinstance(defects, Defects):
        raise DataError("save_defects(): defects", value=defects, limit="sim.Defects(...)")
    content = {
        "format": FORMAT.name,
        "schema_version": FORMAT.version,
        "defects": {
            name: rows.tolist() if rows.shape[1] > 1 else rows[:, 0].tolist()
            for name in CLASSES
            if len(rows := as_list(name, defects))
        },
    }
    with whole_file(FORMAT.kind, path) as partial:
        partial.write_text(json.dumps(content) + "\n", encoding="utf-8")


def load_defects(path: str | os.PathLike[str]) -> Defects:
    """Read defects.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another kind or version, or names classes or
        components that do not exist: all of them are told.
    """
    content = _content(path)
    lists: dict[str, Any] = {}
    problems = [f"unknown entry {name!r}" for name in content if name not in _ENTRIES]
    for name, rows in content["defects"].items():
        try:
            lists[name] = _rows(name, rows)
            from_lists({name: lists[name]})
        except (OptionError, ValueError, TypeError, OverflowError) as error:
            problems.append(str(error).removeprefix("Defects: ").removesuffix("."))
    if problems:
        raise DataError(
            f"{FORMAT.kind} {os.fspath(path)}: {'; '.join(problems)}", remedy=FORMAT.remedy
        )
    return from_lists(lists)


def _content(path: str | os.PathLike[str]) -> dict[str, Any]:
    with FORMAT.reading(path) as found:
        content = read_object(found)
        FORMAT.check(found, content.get("format"), content.get("schema_version"))
        if not isinstance(content.get("defects"), dict):
            raise ValueError("'defects' is no object")
    return content


def _rows(name: str, rows: Any) -> np.ndarray[Any, Any]:
    """Return the coordinates of a class; every number must be an integer."""
    if name not in CLASSES:
        nearest = difflib.get_close_matches(name, CLASSES, n=1)
        meant = f", did you mean {nearest[0]!r}?" if nearest else f", not one of {_ALL}"
        raise ValueError(f"unknown class {name!r}{meant}")
    try:
        array = np.array(rows)
    except ValueError:
        raise ValueError(f"{name} has entries of different lengths") from None
    if not array.size:
        return array
    if array.dtype.kind not in "iu" or _has_bool(rows):
        raise ValueError(f"{name} has entries that are no integers")
    length = len(MASKS.get(name) or LISTS[name])
    entry = array.shape[1:] or (1,)
    if entry != (length,) or array.ndim != (1 if length == 1 else 2):
        form = "single numbers" if length == 1 else f"lists of {length} numbers"
        raise ValueError(f"{name} has entries of another form than {form}")
    return array


def _has_bool(rows: Any) -> bool:
    """Return whether `true` or `false` is among the numbers, which NumPy takes for 1 and 0."""
    return bool in set(map(type, np.array(rows, dtype=object).flat))
