"""Translations of models whose native names and units are PyNN's."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations


def same_names(model: Any) -> Any:
    """Return the translations of a model whose native names are PyNN's names."""
    return build_translations(*((name, name) for name in model.default_parameters))
