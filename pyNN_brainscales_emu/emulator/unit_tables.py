"""Parameters and states of all units, as the network kernel has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.kernel_models import (
    LANES,
    drive_row,
    initial_rows,
    n_inputs,
    n_receptors,
    parameter_names,
    parameter_rows,
    refractory_row,
    state_names,
    state_row,
)
from pyNN_brainscales_emu.emulator.layout import NeuronLayout, Precision, aligned
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays, NeuronGroup


class UnitTables:
    """Flat tables, model by model; a unit begins where `parameter_start` and the others say.

    Attributes
    ----------
    parameters, state : (n,) real
        ``parameters`` has two tables of each unit: (n_parameters, LANES), and one of a single
        column for units whose lanes are alike, which then stay in the cache.
    receptors : (n_units,) int32
        Receptors of each neuron of a unit, where the kernel's model has any number of them.
    parameter_start, state_start, input_start : (n_units,) int64
    shared : (n_units,) uint8
        Whether ``parameter_start`` is that of the single column.
    neuron : (n_units, LANES) int32
        Engine number of the neuron in each lane; -1 for an empty lane.
    number : (n_units, LANES) int32
        Its local index.
    slot_size : int
        Inputs of all lanes.
    drive : (n_neurons,) float64
        The kernel's drive without injected currents, by local index.
    """

    def __init__(self, neurons: NeuronArrays, layout: NeuronLayout, precision: Precision) -> None:
        self._layout = layout
        n_units = layout.n_units
        models = [group.model for group in neurons.groups]
        units = [-(-group.size // LANES) for group in neurons.groups]
        sizes = np.repeat([len(parameter_names(model)) for model in models], units).astype(np.int64)
        n_states = np.repeat([len(state_names(model)) for model in models], units).astype(np.int64)
        inputs = np.repeat([n_inputs(model) for model in models], units).astype(np.int64)
        self.receptors = np.repeat([n_receptors(model) for model in models], units).astype(np.int32)
        self._full_start = _starts(sizes * LANES)
        self._column_start = self._full_start[-1] + _starts(sizes)
        self.state_start = _starts(n_states * LANES)
        self.input_start = _starts(inputs * LANES)
        self.slot_size = int(self.input_start[-1])
        self.parameters = aligned((int(self._column_start[-1]),), precision.dtype)
        self.state = aligned((int(self.state_start[-1]),), precision.dtype)
        self.parameter_start = self._full_start[:-1].copy()
        self.shared = np.zeros(n_units, dtype=np.uint8)
        self.neuron = np.full((n_units, LANES), -1, dtype=np.int32)
        self.neuron[layout.unit, layout.lane] = np.arange(len(layout.local))
        self.number = np.full((n_units, LANES), -1, dtype=np.int32)
        self.number[layout.unit, layout.lane] = layout.local
        self.drive = np.zeros(neurons.size)

    def put_parameters(self, neurons: NeuronArrays, dt_ms: float) -> None:
        """Write the parameters; empty lanes get those of the last neuron of their unit."""
        for group, units in self._groups(neurons):
            rows = parameter_rows(neurons, group, dt_ms)
            self.drive[group.index] = rows[drive_row(group.model)]
            block = self._block(self.parameters, self._full_start, units)
            block[:] = _in_lanes(rows)
            columns = self._block(self.parameters, self._column_start, units)
            columns[:] = block.reshape(len(block), -1, LANES)[:, :, 0]
            alike = (block.reshape(len(block), -1, LANES) == columns[:, :, np.newaxis]).all((1, 2))
            self.shared[units] = alike

    def put_drives(
        self, neurons: NeuronArrays, drive: NDArray[np.float64], injected: NDArray[np.int64]
    ) -> None:
        """Write the present drives, (n_neurons,); units of `injected` neurons have tables of lanes.

        Call it after `put_parameters`.
        """
        layout = self._layout
        first = self._full_start[layout.unit[layout.engine]]
        row = np.zeros(neurons.size, dtype=np.int64)
        for group in neurons.groups:
            row[group.index] = drive_row(group.model)
        self.parameters[first + row * LANES + layout.lane[layout.engine]] = drive
        self.shared[layout.unit[layout.engine[injected]]] = 0
        start = np.where(self.shared, self._column_start[:-1], self._full_start[:-1])
        self.parameter_start[:] = start

    def put_state(self, neurons: NeuronArrays) -> None:
        """Write the initial state."""
        for group, units in self._groups(neurons):
            block = self._block(self.state, self.state_start, units)
            block[:] = _in_lanes(initial_rows(group))

    def variable(self, neurons: NeuronArrays, name: str) -> NDArray[Any]:
        """Return the present value of a recordable variable, (n_neurons,); NaN without it."""
        result = np.full(neurons.size, np.nan, dtype=self.state.dtype)
        for group, units in self._groups(neurons):
            if name in group.model.states:
                block = self._block(self.state, self.state_start, units)
                rows = block.reshape(len(block), -1, LANES)[:, state_row(group.model, name)]
                result[group.index] = rows.ravel()[: group.size]
        return result

    def set_variable(self, neurons: NeuronArrays, name: str, values: NDArray[np.float64]) -> None:
        """Write the value of a recordable variable, (n_neurons,), where a model has it."""
        for group, units in self._groups(neurons):
            if name in group.model.states:
                block = self._block(self.state, self.state_start, units)
                rows = block.reshape(len(block), -1, LANES)[:, state_row(group.model, name)]
                rows[...] = _in_lanes(values[np.newaxis, group.index]).reshape(rows.shape)

    def refractory(self, neurons: NeuronArrays) -> NDArray[np.bool_]:
        """Return which neurons hold their membrane at the reset now, (n_neurons,)."""
        result = np.zeros(neurons.size, dtype=bool)
        for group, units in self._groups(neurons):
            row = refractory_row(group.model)
            if row is not None:
                block = self._block(self.state, self.state_start, units)
                rows = block.reshape(len(block), -1, LANES)[:, row]
                result[group.index] = rows.ravel()[: group.size] > 0
        return result

    def broken(self) -> NDArray[np.int64]:
        """Return the local indices of neurons of which a state is not a finite number."""
        lanes = np.zeros(self.neuron.shape, dtype=bool)
        for unit in range(len(lanes)):
            first, last = self.state_start[unit : unit + 2]
            lanes[unit] = ~np.isfinite(self.state[first:last].reshape(-1, LANES)).all(axis=0)
        number = self.neuron[lanes]
        return np.sort(self._layout.local[number[number >= 0]])

    def _groups(self, neurons: NeuronArrays) -> Iterator[tuple[NeuronGroup, slice]]:
        """Yield each group with its units."""
        unit = 0
        for group in neurons.groups:
            n_units = -(-group.size // LANES)
            yield group, slice(unit, unit + n_units)
            unit += n_units

    @staticmethod
    def _block(table: NDArray[Any], start: NDArray[np.int64], units: slice) -> NDArray[Any]:
        """Return the part of a table that belongs to some units of one model, (n_units, size)."""
        n_units = units.stop - units.start
        return table[start[units.start] : start[units.stop]].reshape(n_units, -1)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])


def _in_lanes(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_rows, n) as (n_units, n_rows * LANES); the last column fills the last unit."""
    n_rows, n = rows.shape
    n_units = -(-n // LANES)
    filled = np.pad(rows, ((0, 0), (0, n_units * LANES - n)), mode="edge" if n else "constant")
    return filled.reshape(n_rows, n_units, LANES).transpose(1, 0, 2).reshape(n_units, -1)
