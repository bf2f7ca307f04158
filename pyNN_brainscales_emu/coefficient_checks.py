"""Coefficients of a step that the engine's numbers cannot hold, told before a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.emulator.injected_currents import DriveChanges
from pyNN_brainscales_emu.emulator.kernel_models import of_kernel, parameter_rows
from pyNN_brainscales_emu.emulator.layout import PRECISIONS
from pyNN_brainscales_emu.errors import BrainScaleSError, ParameterError, noted, raise_together
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment, NeuronGroup

_REMEDY: Final = {
    "single": "Take values nearer to 1, or setup(precision='double').",
    "double": "Take values nearer to 1.",
}


def check_coefficients(graph: BioGraph, experiment: CompiledExperiment, precision: str) -> None:
    """Raise if parameters or injected currents, each allowed by itself, overflow in a step.

    Parameters
    ----------
    graph : BioGraph
        Names the cells.
    experiment : CompiledExperiment
    precision : {'single', 'double'}

    Raises
    ------
    ParameterError
        Names the first such cell of each model, its most extreme parameter and that one's value.
    """
    errors: list[BrainScaleSError] = []
    with np.errstate(all="ignore"):  # what overflows here is found below
        for group in experiment.neurons.groups:
            with noted(errors):
                _check_group(graph, experiment, group, precision)
        if not errors:
            with noted(errors):
                _check_currents(graph, experiment, precision)
    raise_together("The neurons cannot be emulated", errors, ParameterError)


def _check_group(
    graph: BioGraph, experiment: CompiledExperiment, group: NeuronGroup, precision: str
) -> None:
    rows = parameter_rows(experiment.neurons, group, experiment.dt_ms)
    good = _fits(rows, precision)
    if good.all():
        return
    wrong = np.flatnonzero(~good.all(axis=0))
    coefficient = of_kernel(group.model)["parameters"][int(np.argmin(good[:, wrong[0]]))]
    name, value = _most_extreme({n: v[wrong[0]] for n, v in group.parameters.items()})
    cell = graph.cell_name(int(graph.neurons[group.index[wrong[0]]]))
    raise ParameterError(
        f"{cell}: {name} makes the coefficient {coefficient!r} of a step overflow "
        f"({len(wrong)} of {group.size} neurons of its model)",
        value=value,
        limit=f"coefficients within {_largest(precision):.2g} ({precision} precision)",
        remedy=_REMEDY[precision],
    )


def _check_currents(graph: BioGraph, experiment: CompiledExperiment, precision: str) -> None:
    neurons, currents = experiment.neurons, experiment.currents
    gain = neurons.drive_per_nA(experiment.dt_ms)
    total = np.bincount(currents.neuron, np.abs(currents.delta_nA), minlength=neurons.size)
    if _fits(total * gain, precision).all():  # more than flows at any time
        return
    zero = np.zeros(neurons.size)
    changes = DriveChanges.build(currents, zero, gain, np.arange(neurons.size))
    good = _fits(changes.drive, precision)
    if not good.all():
        neuron = changes.neuron[np.argmin(good)]
        raise ParameterError(
            f"{graph.cell_name(int(graph.neurons[neuron]))}: an injected current overflows in a "
            f"step of {experiment.dt_ms:g} ms: current in nA",
            value=float(changes.drive[np.argmin(good)] / gain[neuron]),
            limit=f"up to {_largest(precision) / gain[neuron]:.2g} ({precision} precision)",
            remedy=_REMEDY[precision],
        )


def _fits(values: NDArray[np.float64], precision: str) -> NDArray[np.bool_]:
    return np.isfinite(values.astype(PRECISIONS[precision].dtype))


def _largest(precision: str) -> float:
    return float(np.finfo(PRECISIONS[precision].dtype).max)


def _most_extreme(values: Mapping[str, Any]) -> tuple[str, float]:
    """Return the value that is farthest from 1 in orders of magnitude, and its name."""
    distance = {name: abs(np.log10(abs(value))) for name, value in values.items() if value}
    name = max(distance, key=lambda one: float(distance[one]))
    return name, float(values[name])
