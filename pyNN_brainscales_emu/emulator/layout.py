"""How neurons and synapses are laid out for the kernels.

The engine numbers neurons by model, so that a unit of lanes holds one model only.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels import engine_double, engine_single
from pyNN_brainscales_emu.array_pieces import index_type, is_constant, looked_up, pieces
from pyNN_brainscales_emu.emulator.kernel_models import LANES, model_number
from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.emulator.weight_codes import encode
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays, SynapseArrays

#: Delays are told apart to this fraction of a step.
DELAY_RESOLUTION = 1e-6
#: No block is longer, so that the spikes and traces of a block stay in the cache.
LONGEST_BLOCK = 32
#: One counting sort by (row, delay) is faster than one by each while its counts are few.
_KEYS_PER_SYNAPSE = 4


@dataclass(frozen=True)
class Precision:
    """The engine's floating type and the kernel module that is compiled for it."""

    name: str
    dtype: type[np.floating[Any]]
    kernel: ModuleType


PRECISIONS = {
    "single": Precision("single", np.float32, engine_single),
    "double": Precision("double", np.float64, engine_double),
}


@dataclass(frozen=True, eq=False)
class NeuronLayout:
    """Places of the neurons.

    Attributes
    ----------
    local : (n,) int64
        Local index by engine number.
    engine : (n,) int64
        Engine number by local index.
    unit, lane : (n,) int64
        By engine number.
    unit_model : (n_units,) uint8
        The kernel's number of the model of each unit.
    """

    local: NDArray[np.int64]
    engine: NDArray[np.int64]
    unit: NDArray[np.int64]
    lane: NDArray[np.int64]
    unit_model: NDArray[np.uint8]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.unit_model)

    @classmethod
    def build(cls, neurons: NeuronArrays) -> NeuronLayout:
        """Put the neurons of each model into units of lanes."""
        empty = np.zeros(0, dtype=np.int64)
        sizes = [group.size for group in neurons.groups]
        n_units = [-(-size // LANES) for size in sizes]
        first_unit = np.cumsum([0, *n_units])
        local = np.concatenate([empty, *(group.index for group in neurons.groups)])
        engine = np.empty_like(local)
        engine[local] = np.arange(len(local))
        number = np.concatenate([empty, *(np.arange(size) for size in sizes)])
        unit = np.repeat(first_unit[:-1], sizes) + number // LANES
        models = [model_number(group.model) for group in neurons.groups]
        unit_model = np.repeat(np.array(models, dtype=np.uint8), n_units)
        return cls(local, engine, unit, number % LANES, unit_model)


@dataclass(frozen=True, eq=False)
class SynapseLayout:
    """Synapses sorted by (slice, source, delay).

    Attributes
    ----------
    order : (n,) int32, or int64 beyond 2**31 - 1 synapses
        Which synapse of the experiment sits where.
    segment_start, segment_delay, synapse_start
        As `SynapseTable` has them.
    place : (n,) uint32
        Place of the target.
    n_sources : int
    """

    order: NDArray[np.signedinteger[Any]]
    segment_start: NDArray[np.int64]
    segment_delay: NDArray[np.float64]
    synapse_start: NDArray[np.int64]
    place: NDArray[np.uint32]
    n_sources: int

    @classmethod
    def build(
        cls,
        source: NDArray[np.integer[Any]],
        place: NDArray[np.integer[Any]],
        delay_steps: NDArray[np.float64],
        thread: NDArray[np.integer[Any]],
        n_sources: int,
        n_threads: int,
    ) -> SynapseLayout:
        """Sort the synapses; `source` in engine numbers, all arrays (n,)."""
        delays, delay_number = _distinct(delay_steps)
        keys = _SortKeys(source, thread, delay_number, n_sources, n_threads, len(delays))
        order, first = keys.order()
        begins = order[first]
        return cls(
            order=order,
            segment_start=np.searchsorted(keys.row(begins), np.arange(keys.n_rows + 1)),
            segment_delay=delays[delay_number[begins]],
            synapse_start=np.append(first, len(order)),
            place=looked_up(place, order).astype(np.uint32, copy=False),
            n_sources=n_sources,
        )

    def table(self, weight: NDArray[np.float64], precision: Precision) -> Any:
        """Return the kernel's `SynapseTable` for these weights (in the experiment's order).

        Synapses of weight 0 are left out.
        """
        weights = np.empty(len(self.order), dtype=precision.dtype)
        for piece in pieces(len(weights)):
            weights[piece] = weight[self.order[piece]]
        place, synapse_start = self.place, self.synapse_start
        acting = weights != 0
        if not acting.all():
            synapse_start = np.append(0, np.cumsum(acting))[synapse_start]
            place, weights = place[acting], weights[acting]
        target, weights, coded = encode(place, weights)
        return precision.kernel.SynapseTable(
            self.segment_start,
            self.segment_delay,
            synapse_start,
            target,
            weights,
            coded,
            self.n_sources,
        )


@dataclass(frozen=True, eq=False)
class _SortKeys:
    """What synapses are sorted by: the row of the table, which is slice and source, and the delay.

    Attributes
    ----------
    source, thread, delay : (n,) int
        Of each synapse: number of its source, of its slice, and of its delay.
    n_sources, n_threads, n_delays : int
    """

    source: NDArray[np.integer[Any]]
    thread: NDArray[np.integer[Any]]
    delay: NDArray[np.int32]
    n_sources: int
    n_threads: int
    n_delays: int

    @property
    def n_rows(self) -> int:
        """Number of rows of the table."""
        return self.n_threads * self.n_sources

    def row(self, entries: slice | NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the rows of some synapses."""
        return self.thread[entries].astype(np.int64) * self.n_sources + self.source[entries]

    def order(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return a stable order by row, then delay, and where each used pair of them begins in it.

        Memory grows with the number of synapses, rows and delays, never with rows times delays:
        delays drawn from a distribution are all different.
        """
        n = len(self.source)
        number = index_type(n)
        if self.n_rows * self.n_delays <= _KEYS_PER_SYNAPSE * n + self.n_rows:
            order, start = order_by(self._row_and_delay(), self.n_rows * self.n_delays, number)
            return order, start[:-1][np.diff(start) > 0]
        by_delay, _ = order_by(self.delay, self.n_delays, number)
        by_row, _ = order_by(self._rows(by_delay), self.n_rows, number)
        order = looked_up(by_delay, by_row)
        return order, np.flatnonzero(self._is_first(order))

    def _row_and_delay(self) -> NDArray[Any]:
        keys = np.empty(len(self.source), dtype=index_type(self.n_rows * self.n_delays))
        for piece in pieces(len(keys)):
            keys[piece] = self.row(piece) * self.n_delays + self.delay[piece]
        return keys

    def _rows(self, entries: NDArray[np.integer[Any]]) -> NDArray[Any]:
        rows = np.empty(len(entries), dtype=index_type(self.n_rows))
        for piece in pieces(len(entries)):
            rows[piece] = self.row(entries[piece])
        return rows

    def _is_first(self, order: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Return which sorted synapses have another row or delay than the one before."""
        is_first = np.ones(len(order), dtype=bool)
        for piece in pieces(len(order)):
            entries = order[max(piece.start - 1, 0) : piece.stop]
            differs = (np.diff(self.row(entries)) != 0) | (np.diff(self.delay[entries]) != 0)
            is_first[piece.stop - len(differs) : piece.stop] = differs
        return is_first


def _distinct(
    delay_steps: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the delays that differ, ascending, and which of them each synapse has."""
    n = len(delay_steps)
    found = [_different(_delay_keys(delay_steps[piece])) for piece in pieces(n)]
    keys = _different(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    delays = keys.astype(np.float64) * DELAY_RESOLUTION if n else np.ones(1)
    if len(keys) <= 1:
        return delays, np.broadcast_to(np.int32(0), n)
    number = np.empty(n, dtype=np.int32)
    for piece in pieces(n):
        # Ascending numbers are found fast, however many there are.
        ascending, which = np.unique(_delay_keys(delay_steps[piece]), return_inverse=True)
        number[piece] = np.searchsorted(keys, ascending)[which]
    return delays, number


def _delay_keys(delay_steps: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(delay_steps / DELAY_RESOLUTION).astype(np.int64)


def _different(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys that differ, ascending; `numpy.unique` takes several times as long."""
    if is_constant(keys):
        return keys[:1]
    ascending = np.sort(keys)
    is_new = np.append(True, np.diff(ascending) > 0)
    different: NDArray[np.int64] = ascending[is_new]
    return different


def engine_sources(synapses: SynapseArrays, n_spike_sources: int, layout: NeuronLayout) -> Any:
    """Return the synapses' sources with the neurons in engine numbers, (n,) int32."""
    renumbered = np.concatenate([np.arange(n_spike_sources), n_spike_sources + layout.engine])
    return looked_up(renumbered.astype(np.int32), synapses.source)


def input_places(
    synapses: SynapseArrays, first_input: NDArray[np.uint32], input_step: int
) -> NDArray[np.uint32]:
    """Return the places of the inputs that the synapses act on, (n,).

    Parameters
    ----------
    synapses : SynapseArrays
    first_input : (n_neurons,) uint32
        Place of a neuron's first input, by its local index.
    input_step : int
        How far behind it the next one lies.
    """
    places = looked_up(first_input, synapses.target)
    for piece in pieces(len(places)):
        places[piece] += synapses.receptor[piece] * np.uint32(input_step)
    return places


def block_steps(delay_steps: NDArray[np.float64]) -> int:
    """Return the number of steps that all spikes need at least: the length of a block."""
    if len(delay_steps) == 0:
        return LONGEST_BLOCK
    shortest = int(delay_steps.min() + DELAY_RESOLUTION)
    return max(1, min(shortest, LONGEST_BLOCK))


def slots(delay_steps: NDArray[np.float64], steps: int) -> int:
    """Return the number of slots of the ring for these delays and this block length."""
    longest = int(delay_steps.max() + 1) if len(delay_steps) else 1
    # Events are delivered when their block is over. A spike may lie up to half a step behind its
    # step, and an event is split over two slots.
    return max(longest, steps) + 4


def aligned(shape: tuple[int, ...], dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """Return an array of zeros that starts on a cache line."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, dtype=np.uint8)
    first = -memory.ctypes.data % 64
    return memory[first : first + size].view(dtype).reshape(shape)
