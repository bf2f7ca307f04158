"""Handles: promises of tensors that a run fills.

A handle is a small mutable record with named fields, each a tensor or None. Two handles with the
same field names have the same type, whoever made them. The names are those of hxtorch.
"""

from __future__ import annotations

from typing import Any, Final

import torch

_types: dict[tuple[str, ...], type[Record]] = {}


class Record:
    """What all handles have in common.

    Fields are given by position, in alphabetical order, or by name; None by default.
    """

    fields: tuple[str, ...] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        if len(values) > len(self.fields):
            raise TypeError(f"{type(self).__name__} has {len(self.fields)} fields")
        unknown = set(named) - set(self.fields)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        for field in self.fields:
            setattr(self, field, None)
        for field, value in zip(self.fields, values, strict=False):
            setattr(self, field, value)
        for field, value in named.items():
            setattr(self, field, value)

    def holds(self, name: str) -> bool:
        """Whether there is a field of this name and it is filled."""
        return name in self.fields and getattr(self, name) is not None

    def clone(self, handle: Record) -> None:
        """Take over all fields of another handle.

        Raises
        ------
        AssertionError
            If its fields have other names; hxtorch raises the same.
        """
        if handle.fields != self.fields:
            raise AssertionError(f"handles with fields {self.fields} and {handle.fields}")
        for field in self.fields:
            setattr(self, field, getattr(handle, field))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or self.fields != other.fields:
            return NotImplemented
        pairs = ((getattr(self, field), getattr(other, field)) for field in self.fields)
        return all(_are_equal(one, another) for one, another in pairs)

    __hash__ = None  # type: ignore[assignment]  # its content changes

    def __repr__(self) -> str:
        content = ", ".join(f"{field}={_shown(getattr(self, field))}" for field in self.fields)
        return f"{type(self).__name__}({content})"


class Handle:
    """Make a handle: ``Handle('spikes')`` is empty, ``Handle(spikes=tensor)`` is filled."""

    def __new__(cls, *names: str, **values: Any) -> Any:
        """Return a record whose type belongs to the names of its fields."""
        if names and values and not set(names) <= set(values):
            raise TypeError("a handle is made from names or from values, not from both")
        kind = handle_type(*(values or names))
        return kind(**values)


def handle_type(*names: str) -> type[Record]:
    """Return the type of handles with these fields."""
    fields = tuple(sorted(names))
    if fields not in _types:
        _types[fields] = type("Handle_" + "_".join(fields), (Record,), {"fields": fields})
    return _types[fields]


def _are_equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    return bool(one == other)


def _shown(value: Any) -> str:
    return f"tensor{tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)


TensorHandle: Final = handle_type("tensor")
SynapseHandle: Final = handle_type("graded_spikes")
LIObservables: Final = handle_type("membrane_cadc", "current", "membrane_madc")
LIFObservables: Final = handle_type("spikes", "membrane_cadc", "current", "membrane_madc")
