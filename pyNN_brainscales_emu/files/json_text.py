"""Files of JSON: one object, in which no name stands twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_object(path: Path) -> dict[str, Any]:
    """Return the object that a text holds.

    Raises
    ------
    ValueError, RecursionError
        If it is no text, no JSON, no object, or names anything twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("it is no text") from error
    content = json.loads(text, object_pairs_hook=_each_once)
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    return content


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, which must not name anything twice."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{', '.join(map(repr, twice))} stands there more than once")
    return content
