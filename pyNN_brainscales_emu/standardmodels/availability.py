"""Stand-ins for the standard models that this back end does not have."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import ModelNotAvailable


def unavailable(model: type) -> Any:
    """Return a class of the model's name; making an instance raises PyNN's NotImplementedError.

    Parameters
    ----------
    model : type
        PyNN's abstract standard model.
    """
    namespace = {"__doc__": ModelNotAvailable.__doc__, "__module__": __name__}
    return type(model.__name__, (ModelNotAvailable,), namespace)
