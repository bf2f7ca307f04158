"""Parameters, initial states and probes of all neurons, as the trial kernel has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.kernel_models import (
    drive_row,
    initial_rows,
    model_number,
    n_inputs,
    n_receptors,
    parameter_rows,
    state_row,
)
from pyNN_brainscales_emu.emulator.layout import NeuronLayout
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays, RecordingArrays


@dataclass(frozen=True, eq=False)
class TrialTables:
    """Flat tables by engine number: neurons model by model.

    Attributes
    ----------
    model : (n_neurons,) uint8
    receptors : (n_neurons,) int32
    parameters, initial_state : (n,) real
    parameter_start, state_start : (n_neurons + 1,) int64
    drive : (n_neurons,) float64
        The kernel's drive without injected currents.
    """

    model: NDArray[np.uint8]
    receptors: NDArray[np.int32]
    parameters: NDArray[Any]
    parameter_start: NDArray[np.int64]
    initial_state: NDArray[Any]
    state_start: NDArray[np.int64]
    drive: NDArray[np.float64]

    @classmethod
    def build(
        cls, neurons: NeuronArrays, dt_ms: float, dtype: type[np.floating[Any]]
    ) -> TrialTables:
        """Lay out the neurons of each group behind those of the group before."""
        none = np.zeros(0)
        rows = [parameter_rows(neurons, group, dt_ms) for group in neurons.groups]
        states = [initial_rows(group) for group in neurons.groups]
        groups = list(zip(neurons.groups, rows, strict=True))
        return cls(
            model=_by_neuron(neurons, [model_number(g.model) for g in neurons.groups], np.uint8),
            receptors=_by_neuron(neurons, [n_receptors(g.model) for g in neurons.groups], np.int32),
            parameters=np.concatenate([none, *(r.T.ravel() for r in rows)]).astype(dtype),
            parameter_start=_starts(neurons, [len(r) for r in rows]),
            initial_state=np.concatenate([none, *(s.T.ravel() for s in states)]).astype(dtype),
            state_start=_starts(neurons, [len(s) for s in states]),
            drive=np.concatenate([none, *(r[drive_row(g.model)] for g, r in groups)]),
        )


def input_starts(neurons: NeuronArrays) -> NDArray[np.int64]:
    """Return the number of each neuron's first input, by engine number, and that of all inputs."""
    return _starts(neurons, [n_inputs(group.model) for group in neurons.groups])


@dataclass(frozen=True, eq=False)
class TrialProbes:
    """Which signals are sampled in every trial.

    Attributes
    ----------
    table : (n_columns, 2) int32
        State and column, by neuron.
    start : (n_neurons + 1,) int64
        Entries of each neuron, by engine number.
    interval_steps : int
    columns : dict of str to slice
        Columns of each variable.
    """

    table: NDArray[np.int32]
    start: NDArray[np.int64]
    interval_steps: int
    columns: dict[str, slice]

    @classmethod
    def build(
        cls, recording: RecordingArrays | None, neurons: NeuronArrays, layout: NeuronLayout
    ) -> TrialProbes:
        """Lay out the probes of a recording; None: nothing is sampled."""
        signals = {} if recording is None else recording.signals
        engine, state, columns, at = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], {}, 0
        for name, ids in signals.items():
            rows = np.zeros(neurons.size, dtype=np.int64)
            for group in neurons.groups:
                if name in group.model.states:
                    rows[group.index] = state_row(group.model, name)
            engine.append(layout.engine[ids])
            state.append(rows[ids])
            columns[name] = slice(at, at + len(ids))
            at += len(ids)
        of_engine = np.concatenate(engine)
        order = np.argsort(of_engine, kind="stable")
        table = np.stack([np.concatenate(state)[order], order], axis=1).astype(np.int32)
        start = np.searchsorted(of_engine[order], np.arange(neurons.size + 1)).astype(np.int64)
        return cls(table, start, 1 if recording is None else recording.interval_steps, columns)

    def room(self, n_steps: int, n_trials: int, dtype: type[np.floating[Any]]) -> NDArray[Any]:
        """Return the array that the kernel fills, (n_columns, n_samples, n_trials)."""
        n_samples = n_steps // self.interval_steps + 1 if len(self.table) else 0
        return np.empty((len(self.table), n_samples, n_trials), dtype=dtype)

    def by_variable(self, samples: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the samples of each variable, (n_neurons recorded, n_samples, n_trials)."""
        return {name: samples[columns] for name, columns in self.columns.items()}


def _by_neuron(neurons: NeuronArrays, values: list[int], dtype: Any) -> NDArray[Any]:
    return np.repeat(np.array(values, dtype=dtype), [group.size for group in neurons.groups])


def _starts(neurons: NeuronArrays, sizes: list[int]) -> NDArray[np.int64]:
    """Return where the entries of each neuron begin, and the end; `sizes` by group."""
    return np.concatenate(
        [np.zeros(1, dtype=np.int64), np.cumsum(_by_neuron(neurons, sizes, np.int64))]
    )
