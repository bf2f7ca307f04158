"""What all leaky integrate-and-fire models share: membrane, threshold, reset."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyNN_brainscales_emu.neuron_models import integration as of
from pyNN_brainscales_emu.neuron_models.model import (
    Array,
    FiringLevel,
    Inputs,
    NeuronModel,
    Parameter,
    Values,
)

#: States of the inputs that a user can record.
INPUT_STATES = ("gsyn_exc", "gsyn_inh")


def lif_model(
    *,
    name: str,
    cell_types: tuple[str, ...],
    inputs: Inputs,
    input_parameters: tuple[Parameter, ...] = (),
    input_states: tuple[str, ...] = (),
    input_columns: Callable[[Values, float], Mapping[str, Array]] = lambda p, dt_ms: {},
) -> NeuronModel:
    """Return the model of a leaky integrate-and-fire neuron with some inputs.

    Parameters
    ----------
    name, cell_types, inputs
        As `NeuronModel` has them.
    input_parameters : tuple of Parameter
        Those of the synaptic inputs; those of the membrane are `integration.LIF_PARAMETERS`.
    input_states : tuple of str
        States of the inputs, which are recorded by the same names.
    input_columns : callable
        From parameters and the time step to the kernel's parameters of the inputs.
    """

    def columns(p: Values, dt_ms: float) -> dict[str, Array]:
        membrane = {**of.membrane(p, dt_ms), "threshold": p["v_thresh"]}
        return {**membrane, **input_columns(p, dt_ms)}

    return NeuronModel(
        name=name,
        cell_types=cell_types,
        parameters=of.LIF_PARAMETERS + input_parameters,
        states={state: state for state in ("v", *input_states)},
        inputs=inputs,
        columns=columns,
        drive_per_nA=of.drive_per_nA,
        firing_level=FiringLevel(lambda p: p["v_thresh"], "v_thresh"),
    )
