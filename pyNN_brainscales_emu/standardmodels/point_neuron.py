"""PyNN's ``PointNeuron``: a membrane with any number of named receptors, on the ideal substrate."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import cells

from pyNN_brainscales_emu.front_end_errors import InvalidParameterError, WrongKindError
from pyNN_brainscales_emu.neuron_models.point_neuron import MEMBRANES, RESPONSES, Composition
from pyNN_brainscales_emu.parameter_values import NamedParameters
from pyNN_brainscales_emu.standardmodels.receptors import RECEPTOR_TYPES
from pyNN_brainscales_emu.standardmodels.translations import same_names


class LIF(NamedParameters, cells.LIF):  # type: ignore[misc]
    """Leaky integrate-and-fire membrane of a `PointNeuron`."""

    translations = same_names(cells.LIF)


class AdExp(NamedParameters, cells.AdExp):  # type: ignore[misc]
    """Adaptive exponential integrate-and-fire membrane of a `PointNeuron`."""

    translations = same_names(cells.AdExp)


MEMBRANE_TYPES = (LIF, AdExp)


class PointNeuron(cells.PointNeuron):  # type: ignore[misc]
    """A membrane with any number of named receptors.

    A receptor's parameters and variables have its name before theirs: ``AMPA.tau_syn``,
    ``AMPA.gsyn``. Only on the ideal substrate: the neurons of the wafer have two synaptic inputs.

    Parameters
    ----------
    neuron : LIF or AdExp
    **post_synaptic_receptors : CurrExpPostSynapticResponse, CondExpPostSynapticResponse, ...
        By name; `Projection(receptor_type=...)` takes these names. All are conductances, or all
        are currents.

    Raises
    ------
    WrongKindError
        For anything else.
    InvalidParameterError
        For conductances beside currents.

    Notes
    -----
    ``locations`` of the receptors means nothing to a neuron that is a point.
    """

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        _check_parts(neuron, post_synaptic_receptors)
        self.neuron = neuron
        self.post_synaptic_receptors = post_synaptic_receptors
        for receptor in post_synaptic_receptors.values():
            receptor.set_parent(self)
        self.composition = Composition(
            membrane=_kind(neuron, MEMBRANES),
            receptors=tuple(
                (name, _kind(post_synaptic_receptors[name], RESPONSES))
                for name in self.receptor_types
            ),
        )
        self.parameter_space = self._space(
            self._flat(neuron.parameter_space, lambda receptor: receptor.parameter_space)
        )

    @property
    def default_parameters(self) -> dict[str, Any]:
        """Default values of all parameters, by name."""
        return self._flat(
            self.neuron.default_parameters, lambda receptor: receptor.default_parameters
        )

    @property
    def conductance_based(self) -> bool:
        """Whether synapses are conductances."""
        return all(psr.conductance_based for psr in self.post_synaptic_receptors.values())

    def get_parameter_names(self) -> list[str]:
        """Return the names of all parameters."""
        return list(self.default_parameters)

    def has_parameter(self, name: str) -> bool:
        """Return whether the neuron or one of its receptors has a parameter."""
        return name in self.default_parameters

    def get_schema(self) -> dict[str, type]:
        """Return the type of each parameter."""
        return dict.fromkeys(self.default_parameters, float)

    @property
    def native_parameters(self) -> Any:
        """The parameters; their native names are PyNN's names."""
        return self.translate(self.parameter_space)

    def translate(self, parameters: Any, copy: bool = True) -> Any:
        """Return parameters by their native names, which are the same."""
        values = dict(deepcopy(parameters).items() if copy else parameters.items())
        return ParameterSpace(values, schema=None, shape=parameters.shape)

    def reverse_translate(self, native_parameters: Any) -> Any:
        """Return native parameters by PyNN's names, which are the same."""
        return ParameterSpace(
            dict(native_parameters.items()), self.get_schema(), native_parameters.shape
        )

    def get_native_names(self, *names: str) -> list[str]:
        """Return native names, which are the same."""
        return list(names) or self.get_parameter_names()

    def simple_parameters(self) -> list[str]:
        """Return the names of the parameters: all have one native value."""
        return self.get_parameter_names()

    def scaled_parameters(self) -> list[str]:
        """Return nothing: native units are PyNN's units."""
        return []

    def computed_parameters(self) -> list[str]:
        """Return nothing."""
        return []

    def computed_parameters_include(self, parameter_names: Any) -> bool:
        """Return False: no parameter is computed from others."""
        return False

    def _flat(self, own: Any, of_receptor: Any) -> dict[str, Any]:
        """Return values of the membrane and of the receptors, by name."""
        return {
            **dict(own.items()),
            **{
                f"{name}.{parameter}": value
                for name in self.receptor_types
                for parameter, value in of_receptor(self.post_synaptic_receptors[name]).items()
                if parameter != "locations"
            },
        }

    def _space(self, values: dict[str, Any]) -> Any:
        return ParameterSpace(values, self.get_schema(), shape=None, component=type(self))


def _check_parts(neuron: Any, receptors: dict[str, Any]) -> None:
    if not isinstance(neuron, MEMBRANE_TYPES):
        raise WrongKindError(
            "PointNeuron: neuron",
            value=neuron,
            limit=", ".join(f"{membrane.__name__}(...)" for membrane in MEMBRANE_TYPES),
        )
    for name, receptor in receptors.items():
        if not isinstance(receptor, RECEPTOR_TYPES):
            raise WrongKindError(
                f"PointNeuron: receptor {name!r}",
                value=receptor,
                limit=", ".join(f"{response.__name__}(...)" for response in RECEPTOR_TYPES),
            )
    if len({receptor.conductance_based for receptor in receptors.values()}) > 1:
        raise InvalidParameterError(
            "PointNeuron: receptors are conductances and currents at once",
            value=", ".join(f"{n}={type(r).__name__}" for n, r in receptors.items()),
            limit="only the one or only the other",
        )


def _kind(part: Any, known: Any) -> str:
    """Return the model that a component is, or is derived from."""
    return next(cls.__name__ for cls in type(part).__mro__ if cls.__name__ in known)
