"""Reading the reports that ``sim.report().save(path)`` writes."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass
from types import GenericAlias, NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from pyNN_brainscales_emu.data.report import SCHEMA_VERSION, Report
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.json_text import read_object

FORMAT: Final = FileFormat(
    kind="report",
    version=SCHEMA_VERSION,
    remedy="Run the network and save its report with sim.report().save(path).",
)


def load_report(path: str | os.PathLike[str]) -> Report:
    """Read a report.

    Raises
    ------
    DataError
        If the file is missing, damaged, no report, or one of another version.
    """
    with FORMAT.reading(path) as found:
        content = read_object(found)
        if "schema_version" not in content:
            raise DataError(f"{FORMAT.kind} {found}: it is no report file", remedy=FORMAT.remedy)
        FORMAT.check_version(found, content.pop("schema_version"))
        report = _built(Report, content, "the report")
    assert isinstance(report, Report)
    return report


def _built(kind: Any, value: Any, where: str) -> Any:
    """Return a plain value as what its declared type says; raise unless it is just that."""
    if is_dataclass(kind):
        return _record(kind, value, where)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:  # all there are: something or None
        (some,) = (part for part in parts if part is not NoneType)
        return None if value is None else _built(some, value, where)
    if origin is tuple:
        _require(value, list, where)
        return tuple(_built(parts[0], part, f"{where}, entry {i}") for i, part in enumerate(value))
    if origin is dict:
        _require(value, dict, where)
        return {name: _built(parts[1], part, f"{where}, {name}") for name, part in value.items()}
    if isinstance(kind, type) and not isinstance(kind, GenericAlias):
        _require(value, kind, where)
    return value


def _record(kind: Any, value: Any, where: str) -> Any:
    _require(value, dict, where)
    types = get_type_hints(kind)
    expected = {field.name for field in fields(kind)}
    if set(value) != expected:
        odd = ", ".join(sorted(set(value) ^ expected))
        raise ValueError(f"{where} has more or fewer entries than expected ({odd})")
    return kind(**{name: _built(types[name], value[name], f"{where}, {name}") for name in value})


def _require(value: Any, kind: type, where: str) -> None:
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{where} is {type(value).__name__}, not {kind.__name__}")
