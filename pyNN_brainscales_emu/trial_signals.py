"""Signals that are sampled in every trial: who records what, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.description.from_pynn import STATE_VARIABLES
from pyNN_brainscales_emu.errors import ParameterError, RecordingError
from pyNN_brainscales_emu.experiment.compiled import RecordingArrays
from pyNN_brainscales_emu.front_end_errors import WrongKindError
from pyNN_brainscales_emu.memory_needs import check_trial_samples
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.parameter_values import is_finite

_WHAT = "run_trials(): record"


@dataclass(frozen=True, eq=False)
class SignalPlace:
    """Where a population's samples stand, and in which unit.

    Attributes
    ----------
    name : str
        Of the signal in `RawTrials.signals`.
    row : int
        Of the first cell.
    unit : str
    """

    name: str
    row: int
    unit: str


@dataclass(frozen=True, eq=False)
class TrialSignals:
    """Which signals of which populations are sampled.

    Attributes
    ----------
    variables : dict of Population to tuple of str
        Without spikes; in the order of creation.
    interval_steps : int
        Time steps between two samples.
    """

    variables: dict[Any, tuple[str, ...]] = field(default_factory=dict)
    interval_steps: int = 1

    @property
    def n_columns(self) -> int:
        """Number of signals, one a cell and variable."""
        return sum(population.size * len(names) for population, names in self.variables.items())

    def of(self, population: Any) -> dict[str, SignalPlace]:
        """Return where each recorded variable of a population stands."""
        places, rows = {}, dict.fromkeys(_state_names(self.variables), 0)
        for other, names in self.variables.items():
            for variable in names:
                name = STATE_VARIABLES.get(variable, variable)
                if other is population:
                    unit = population.celltype.units[variable]
                    places[variable] = SignalPlace(name, rows[name], unit)
                rows[name] += other.size
        return places

    def recording(self, graph: BioGraph) -> RecordingArrays | None:
        """Return what the emulator samples; None if nothing."""
        if not self.variables:
            return None
        cells: dict[str, list[Any]] = {name: [] for name in _state_names(self.variables)}
        for population, names in self.variables.items():
            first = int(population.first_id)
            for variable in names:
                name = STATE_VARIABLES.get(variable, variable)
                cells[name].append(graph.local_index[first : first + population.size])
        return RecordingArrays(
            signals={name: np.concatenate(ids) for name, ids in cells.items()},
            spikes=np.zeros(len(graph.neurons), dtype=bool),
            interval_steps=self.interval_steps,
        )


def trial_signals(record: Any, sampling_interval: float | None) -> TrialSignals:
    """Return the signals that a mapping of populations to variables asks for.

    Raises
    ------
    WrongKindError, RecordingError, ParameterError
        For what is no variable's name, a variable that the cells do not have, and an interval that
        is no multiple of the time step; signals through the wafer's converter.
    """
    interval_steps = _interval_steps(sampling_interval)
    if not isinstance(record, Mapping):
        return TrialSignals(interval_steps=interval_steps)
    variables = {}
    for population in simulator.state.session.populations:
        if population not in record:
            continue
        names = tuple(n for n in dict.fromkeys(variable_names(record[population])) if n != "spikes")
        for name in names:
            _check_variable(population, name)
        if names:
            variables[population] = names
    if variables and simulator.state.options.reads_channels:
        raise RecordingError(
            "run_trials(): signals of trials are not read through the converter of the wafer",
            value="readout='hardware'",
            limit="readout='virtual'",
            remedy="Use setup(readout='virtual'), or the loop of reset() and run().",
        )
    return TrialSignals(variables, interval_steps)


def variable_names(asked: Any) -> list[str]:
    """Return names of variables that stand alone or in a list."""
    names = [asked] if isinstance(asked, str) else asked
    if not (isinstance(names, Iterable) and all(isinstance(name, str) for name in list(names))):
        raise WrongKindError(
            _WHAT, value=asked, limit="names of variables, such as ['spikes', 'v']"
        )
    return list(names)


def check_trial_signals(
    signals: TrialSignals, n_steps: int, n_trials: int, options: Options
) -> None:
    """Raise if the samples do not fit into the memory."""
    if signals.variables:
        n_samples = n_steps // signals.interval_steps + 1
        check_trial_samples(signals.n_columns, n_samples, n_trials, options.precision)


def _state_names(variables: Mapping[Any, tuple[str, ...]]) -> list[str]:
    names = (name for of_population in variables.values() for name in of_population)
    return list(dict.fromkeys(STATE_VARIABLES.get(name, name) for name in names))


def _check_variable(population: Any, name: str) -> None:
    if not population.can_record(name):
        raise RecordingError(
            f"{_WHAT}: {population.label!r} has no such variable",
            value=name,
            limit=", ".join(population.celltype.recordable),
        )


def _interval_steps(interval: Any) -> int:
    if interval is None:
        return 1
    dt = simulator.state.dt
    finite = is_finite(interval)
    steps = round(float(interval) / dt) if finite else 0
    if steps < 1 or abs(float(interval) - steps * dt) > 1e-6 * dt or steps >= 2**31:
        raise ParameterError(
            "run_trials(): sampling_interval",
            value=interval,
            limit=f"a multiple of the time step of {dt:g} ms",
        )
    return steps
