"""Results as a table: columns of equal length that go to CSV or JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.whole import whole_file


@dataclass(frozen=True)
class Table:
    """Named columns, one entry a row; NaN or None where nothing was measured.

    Attributes
    ----------
    columns : mapping of str to list
    """

    columns: Mapping[str, Sequence[Any]]

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError("table: columns of different length", value=lengths)
        columns = {name: list(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Table:
        """Return the table of some rows; a row may lack columns that others have."""
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        return cls({name: [row.get(name) for row in rows] for name in names})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column as an array.

        Raises
        ------
        DataError
            If there is no column of this name.
        """
        if name not in self.columns:
            raise DataError("table: no such column", value=name, limit=", ".join(self.columns))
        return np.asarray(self.columns[name])

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows."""
        names = list(self.columns)
        return [
            dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)
        ]

    def quartiles(self, name: str) -> tuple[float, float, float]:
        """Return the lower quartile, the median and the upper quartile of what was measured.

        Raises
        ------
        DataError
            If the column has no number.
        """
        values = np.array([np.nan if value is None else value for value in self[name]], dtype=float)
        measured = values[~np.isnan(values)]
        if not len(measured):
            raise DataError(f"table: column {name!r} has no number")
        low, median, high = np.percentile(measured, (25, 50, 75))
        return float(low), float(median), float(high)

    def to_csv(self, path: str | Path) -> Path:
        """Write comma-separated values with a line of names, whole or not at all.

        What was not measured is empty. Numbers are written so that reading gives the same ones.
        """
        with (
            whole_file("table", path, make_folder=True) as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(self.columns)
            writer.writerows(["" if _is_missing(v) else v for v in row.values()] for row in self)
        return Path(path)

    def to_json(self, path: str | Path) -> Path:
        """Write a list of objects, one a row, whole or not at all; null: not measured."""
        rows = [
            {name: None if _is_missing(value) else plain(value) for name, value in row.items()}
            for row in self
        ]
        with whole_file("table", path, make_folder=True) as partial:
            partial.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        return Path(path)

    def __iter__(self) -> Any:
        return iter(self.rows())

    def __str__(self) -> str:
        cells = [[*self.columns], *([_shown(value) for value in row.values()] for row in self)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
            for line in cells
        )


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NumPy's numbers and arrays become Python's.

    Raises
    ------
    TypeError
        If JSON cannot hold it.
    """
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {_name(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no plain value")


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the name {key!r} is no text")
    return key


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def _shown(value: Any) -> str:
    if _is_missing(value):
        return "-"
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
