"""Arguments of projections and of their calls: checked before PyNN fails over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pyNN.common import Projection as CommonProjection
from pyNN.connectors import Connector
from pyNN.models import BaseSynapseType
from pyNN.space import Space

from pyNN_brainscales_emu.call_arguments import names_of
from pyNN_brainscales_emu.front_end_errors import ProjectionError, SynapseError, WrongKindError
from pyNN_brainscales_emu.standardmodels.plasticity import STDPMechanism
from pyNN_brainscales_emu.standardmodels.synapses import CheckedSynapse

#: Arguments that projections had before PyNN 0.8, and what stands for them now.
_OLD_HABITS: Final[Mapping[str, str]] = {
    "target": "It is called receptor_type since PyNN 0.8.",
    "synapse_dynamics": "Dynamics belong to the synapse type since PyNN 0.8: synapse_type=...",
    "method": "It is called connector since PyNN 0.8.",
    "rng": "Give the generator to the connector: FixedProbabilityConnector(0.1, rng=...).",
}
#: Base classes of the synapse types.
_SYNAPSE_TYPES: Final = (CheckedSynapse, STDPMechanism)
#: In which form weights and delays are handed out.
_FORMATS: Final = ("list", "array")


def check_unknown(unknown: Mapping[str, Any]) -> None:
    """Raise `WrongKindError` for an argument that projections do not have."""
    for name, value in unknown.items():
        raise WrongKindError(
            f"Projection: there is no argument {name!r}",
            value=value,
            limit="connector, synapse_type, source, receptor_type, space, label",
            remedy=_OLD_HABITS.get(name),
        )


def check_parts(connector: Any, synapse_type: Any, receptor_type: Any, space: Any) -> None:
    """Raise `WrongKindError` unless a projection can be made of these; None stands for defaults."""
    if not isinstance(connector, Connector):
        limit = "a connector, such as AllToAllConnector()"
        raise WrongKindError("Projection: connector", value=connector, limit=limit)
    for what, value, kind, limit in (
        ("synapse type", synapse_type, BaseSynapseType, "StaticSynapse(weight=...)"),
        ("receptor_type", receptor_type, str, "'excitatory', 'inhibitory' or None"),
        ("space", space, Space, "a pyNN.space.Space"),
    ):
        if value is not None and not isinstance(value, kind):
            raise WrongKindError(f"Projection: {what}", value=value, limit=limit)


def check_synapse_type(
    owner: str, synapse_type: Any, shape: tuple[int, int], *, is_ideal: bool
) -> None:
    """Raise `ProjectionError` or `SynapseError` unless a projection can have such synapses."""
    if not isinstance(synapse_type, _SYNAPSE_TYPES):
        raise ProjectionError(
            f"{owner}: a synapse type of another back end",
            value=type(synapse_type).__module__ + "." + type(synapse_type).__name__,
            limit=", ".join(kind.__name__ for kind in _SYNAPSE_TYPES),
        )
    if synapse_type.rule is not None and not is_ideal:
        raise ProjectionError(
            f"{owner}: the synapses of the wafer are static",
            value=type(synapse_type).__name__,
            limit="StaticSynapse",
            remedy="Use setup(substrate='ideal').",
        )
    native: Any = synapse_type.native_parameters  # type: ignore[union-attr]
    for name, values in native.items():
        if values.shape not in (None, shape):
            raise SynapseError(
                f"{owner}: {name} has the wrong shape",
                value=values.shape,
                limit=f"a number, or an array of shape {shape} (pre x post)",
                remedy="To give one value a synapse, call set() when they are connected.",
            )


def attribute_names(what: str, given: Any) -> list[str]:
    """Return names of attributes of synapses, of which one or several were given."""
    return names_of(f"{what}: names of attributes", given, "'weight', 'delay', or a list of them")


def check_form(what: str, form: Any, multiple_synapses: Any = "sum") -> None:
    """Raise `WrongKindError` unless attributes can be handed out in this form."""
    if not (isinstance(form, str) and form in _FORMATS):
        raise WrongKindError(f"{what}: format", value=form, limit="'list' or 'array'")
    allowed = tuple(CommonProjection.MULTI_SYNAPSE_OPERATIONS)
    if not (isinstance(multiple_synapses, str) and multiple_synapses in allowed):
        limit = ", ".join(map(repr, allowed))
        raise WrongKindError(f"{what}: multiple_synapses", value=multiple_synapses, limit=limit)
