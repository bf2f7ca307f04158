"""The neuron models as the kernels export them: numbers, and rows by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.engine_single import LAYOUT
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays, NeuronGroup
from pyNN_brainscales_emu.neuron_models.model import NeuronModel

LANES: int = LAYOUT["lanes"]


def of_kernel(model: NeuronModel) -> Mapping[str, Any]:
    """Return what the kernel exports of a model: number, parameters, states, inputs, saturates.

    Raises
    ------
    ParameterError
        If the kernel was built without the model.
    """
    known: Mapping[str, Mapping[str, Any]] = LAYOUT["models"]
    name = model.kernel_name
    if name not in known:
        raise ParameterError(
            "neuron model: the kernel was built without it",
            value=name,
            limit=", ".join(sorted(known)),
            remedy=f"Add cython_kernels/models/{name}.h and install again.",
        )
    return known[name]


def model_number(model: NeuronModel) -> int:
    """Return the kernel's number of a model."""
    return int(of_kernel(model)["number"])


def n_receptors(model: NeuronModel) -> int:
    """Return how many receptors a model has behind its own tables; 0 if its inputs are its own."""
    return len(model.receptors) if of_kernel(model)["receptors"] else 0


def n_inputs(model: NeuronModel) -> int:
    """Return the number of a model's inputs."""
    return int(of_kernel(model)["inputs"]) + n_receptors(model)


def parameter_names(model: NeuronModel) -> tuple[str, ...]:
    """Return the kernel's parameters of a model; those of a receptor are ``NAME.PARAMETER``."""
    return _with_receptors(model, "parameters")


def state_names(model: NeuronModel) -> tuple[str, ...]:
    """Return the kernel's states of a model; those of a receptor are ``NAME.STATE``."""
    return _with_receptors(model, "states")


def _with_receptors(model: NeuronModel, rows: str) -> tuple[str, ...]:
    behind = model.receptors[: n_receptors(model)]
    return (
        *of_kernel(model)[rows],
        *(f"{receptor}.{name}" for receptor in behind for name in LAYOUT[f"receptor_{rows}"]),
    )


def drive_row(model: NeuronModel) -> int:
    """Return the row of the parameter that injected currents change."""
    return int(of_kernel(model)["parameters"].index("drive"))


def state_row(model: NeuronModel, variable: str) -> int:
    """Return the row of a recordable variable among the states."""
    return state_names(model).index(model.states[variable])


def refractory_row(model: NeuronModel) -> int | None:
    """Return the row of the steps that are left of the refractory period; None without one."""
    states = of_kernel(model)["states"]
    return int(states.index("refractory")) if "refractory" in states else None


def parameter_rows(neurons: NeuronArrays, group: NeuronGroup, dt_ms: float) -> NDArray[np.float64]:
    """Return the kernel's parameters of a group, (n_parameters, n) in its order."""
    columns = neurons.columns(group, dt_ms)
    names = parameter_names(group.model)
    if set(columns) != set(names):
        raise ParameterError(
            f"neuron model {group.model.name}: columns of the kernel",
            value=", ".join(sorted(set(columns) ^ set(names))),
            limit=", ".join(names),
            remedy="The columns of the model's module and the PARAMETERS of its header differ.",
        )
    return np.stack([np.broadcast_to(columns[name], group.size) for name in names])


def initial_rows(group: NeuronGroup) -> NDArray[np.float64]:
    """Return the initial states of a group, (n_states, n); 0 for those without a variable."""
    rows = np.zeros((len(state_names(group.model)), group.size))
    given = dict(group.initial_values)
    if group.model.derived is not None:
        given |= group.model.derived(group.parameters)
    for variable, values in given.items():
        rows[state_row(group.model, variable)] = values
    return rows
