"""Synapses that change, in the engine's order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.synapse_rules import RULES
from pyNN_brainscales_emu.emulator.kernel_models import LANES
from pyNN_brainscales_emu.emulator.layout import (
    LONGEST_BLOCK,
    NeuronLayout,
    Precision,
    SynapseLayout,
    engine_sources,
    input_places,
)
from pyNN_brainscales_emu.emulator.unit_tables import UnitTables
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment, PlasticArrays
from pyNN_brainscales_emu.keyed_random import Purpose, seed_of


def block_limit(experiment: CompiledExperiment) -> int:
    """Return the longest block in which synapses with axonal delays see what they have to.

    Their events are transmitted at the last end of a block before the step in which they arrive.
    What a neuron does after that comes too late, so a block is not longer than twice the dendritic
    delay less that step. Of shorter dendritic delays, spikes in the step of the arrival come after
    it.
    """
    limits = [
        2.0 * p.rule.dendritic_fraction * float(p.synapses.delay_ms.min()) / experiment.dt_ms - 1.0
        for p in experiment.plastic
        if p.rule.dendritic_fraction < 0.5
    ]
    return max(1, int(min(limits) + 1e-6)) if limits else LONGEST_BLOCK


class PlasticSynapses:
    """The synapses of one projection with a rule.

    Parameters
    ----------
    arrays : PlasticArrays
    layout : NeuronLayout
    tables : UnitTables
    unit_slice : (n_slices + 1,) int64
    n_spike_sources : int
    dt_ms : float
    precision : Precision
    """

    def __init__(
        self,
        arrays: PlasticArrays,
        layout: NeuronLayout,
        tables: UnitTables,
        unit_slice: NDArray[np.int64],
        n_spike_sources: int,
        dt_ms: float,
        precision: Precision,
    ) -> None:
        self.arrays = arrays
        self._dt_ms = dt_ms
        synapses = arrays.synapses
        target = layout.engine[synapses.target]
        unit = layout.unit[target]
        first_input = tables.input_start[layout.unit] + layout.lane  # by engine number
        ordered = SynapseLayout.build(
            source=engine_sources(synapses, n_spike_sources, layout),
            place=input_places(synapses, first_input[layout.engine].astype(np.uint32), LANES),
            delay_steps=synapses.delay_ms / dt_ms,
            thread=np.searchsorted(unit_slice, unit, side="right") - 1,
            n_sources=n_spike_sources + len(layout.local),
            n_threads=len(unit_slice) - 1,
        )
        self._order = np.asarray(ordered.order)
        self.kernel: Any = precision.kernel.PlasticTable(
            arrays.rule.name,
            segment_start=np.ascontiguousarray(ordered.segment_start, dtype=np.int64),
            segment_delay=ordered.segment_delay,
            synapse_start=np.ascontiguousarray(ordered.synapse_start, dtype=np.int64),
            place=ordered.place,
            target=target[self._order].astype(np.int32),
            number=arrays.first_number + self._order.astype(np.int64),
            parameters=self._parameters(arrays),
            early=1.0 - 2.0 * arrays.rule.dendritic_fraction,
            sign=arrays.sign,
            first_neuron=np.searchsorted(layout.unit, unit_slice).astype(np.int64),
            n_sources=n_spike_sources + len(layout.local),
            purpose=int(Purpose.SYNAPTIC_RELEASE),
        )

    def restart(self, seed: int, presentation: int) -> None:
        """Go back to the weights as asked for, before any spike."""
        sites = self.arrays.rule.parameters.get("sites", np.ones(1))
        n = len(self._order)
        variables = [
            self._ordered(np.broadcast_to(sites if np.isnan(first) else np.full(1, first), (n,)))
            for first in RULES[self.arrays.rule.name].variables.values()
        ]
        self.kernel.restart(
            self._magnitudes(self.arrays),
            variables,
            seed_of(seed, Purpose.SYNAPTIC_RELEASE, presentation),
        )

    def change(self, arrays: PlasticArrays, step: int) -> None:
        """Take over weights and parameters at a step, as far as they are others."""
        before, self.arrays = self.arrays, arrays
        if arrays.synapses.weight is not before.synapses.weight:
            self.kernel.set_weights(self._magnitudes(arrays), float(step))
        if arrays.rule is not before.rule:
            self.kernel.set_parameters(self._parameters(arrays))

    def weights(self, step: float) -> NDArray[np.float64]:
        """Return what the weights have become, (n,) float64 in the order of the projection."""
        return self._unordered(self.arrays.sign * self.kernel.weights(step))

    def _magnitudes(self, arrays: PlasticArrays) -> NDArray[np.float64]:
        return self._ordered(arrays.sign * arrays.synapses.weight)

    def _parameters(self, arrays: PlasticArrays) -> list[NDArray[np.float64]]:
        model = RULES[arrays.rule.name]
        columns = []
        for name in model.parameters:
            values = arrays.rule.parameters[name]
            if name in model.times:
                values = values / self._dt_ms
            columns.append(values if len(values) == 1 else self._ordered(values))
        return columns

    def _ordered(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ascontiguousarray(values[self._order])

    def _unordered(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.empty_like(values)
        result[self._order] = values
        return result
