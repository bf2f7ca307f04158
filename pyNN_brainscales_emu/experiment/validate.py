"""Checks of a compiled experiment: shapes, ranges, no NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment, NeuronGroup


def validate(experiment: CompiledExperiment) -> None:
    """Refuse an experiment that the engine could not run to a meaningful end.

    Raises
    ------
    ParameterError
        Names the array, the first offending entry and the limit.
    """
    neurons = experiment.neurons
    for group in neurons.groups:
        _validate_group(group)
    if neurons.input_limit is not None:
        limit = neurons.input_limit
        good = np.isfinite(limit) & (limit > 0)
        _require("limit of the synaptic inputs (uS)", limit, good, "> 0")
    synapses = experiment.synapses
    _require("weight", synapses.weight, np.isfinite(synapses.weight), "finite numbers")
    shortest = experiment.dt_ms * (1 - 1e-6)
    delays = synapses.delay_ms
    _require("delay (ms)", delays, delays >= shortest, f"at least the time step {experiment.dt_ms}")
    _require_range("synapse source", synapses.source, experiment.stimuli.size + neurons.size)
    _require_range("synapse target", synapses.target, neurons.size)
    rates = experiment.stimuli.rate_hz
    _require("rate (Hz)", rates, np.isfinite(rates) & (rates >= 0), ">= 0")
    times = experiment.stimuli.times_ms
    _require("spike time (ms)", times, np.isfinite(times), "finite numbers")
    ascending = np.ones(len(times), dtype=bool)
    ascending[1:] = times[1:] >= times[:-1]
    first_of_source = experiment.stimuli.offsets[:-1]
    ascending[first_of_source[first_of_source < len(times)]] = True
    _require("spike time (ms)", times, ascending, "ascending within a source")


def _validate_group(group: NeuronGroup) -> None:
    """Refuse parameters that the model has not or lacks, and values that they cannot have."""
    model = group.model
    given, known = set(group.parameters), set(model.parameter_names)
    if given != known:
        raise ParameterError(
            f"neuron model {model.name}: parameters",
            value=", ".join(sorted(given ^ known)),
            limit=", ".join(model.parameter_names),
            remedy="Each of the model's parameters is needed, and no other.",
        )
    for parameter in model.parameters:
        what, values = f"neuron parameter {parameter.name}", group.parameters[parameter.name]
        _require(what, values, np.isfinite(values), "finite numbers")
        _require(what, values, parameter.sign.allows(values), parameter.sign.value)
    for name, values in group.initial_values.items():
        _require(f"initial value of {name}", values, np.isfinite(values), "finite numbers")


def _require(what: str, values: NDArray[Any], good: NDArray[np.bool_], limit: str) -> None:
    if not good.all():
        first = int(np.argmin(good))
        raise ParameterError(
            f"{what} of entry {first} ({np.count_nonzero(~good)} of {len(good)} entries)",
            value=float(values[first]),
            limit=limit,
        )


def _require_range(what: str, values: NDArray[np.int32], end: int) -> None:
    _require(what, values, (values >= 0) & (values < end), f"0 to {end - 1}")
