"""All neuron models, found in the modules of this package."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from pyNN_brainscales_emu import neuron_models
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.neuron_models.model import NeuronModel

#: Modules of the package that are no models.
_SHARED = ("adex_membrane", "integration", "lif", "model", "point_neuron", "registry")


def _found() -> dict[str, NeuronModel]:
    models = {}
    for module in iter_modules(neuron_models.__path__):
        if module.name not in _SHARED:
            model = import_module(f"{neuron_models.__name__}.{module.name}").MODEL
            models[model.name] = model
    return models


#: By name.
MODELS: Final = MappingProxyType(_found())
#: By PyNN's cell type.
MODEL_OF: Final = MappingProxyType(
    {cell_type: model for model in MODELS.values() for cell_type in model.cell_types}
)


def model_of(cell_type: str) -> NeuronModel:
    """Return the model of a cell type of PyNN.

    Raises
    ------
    ParameterError
        If no model is that cell type.
    """
    if cell_type not in MODEL_OF:
        raise ParameterError(
            f"cell type {cell_type}: the engine has no model of it",
            value=cell_type,
            limit=", ".join(sorted(MODEL_OF)),
        )
    return MODEL_OF[cell_type]
