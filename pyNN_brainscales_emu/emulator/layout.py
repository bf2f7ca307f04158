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
from pyNN_brainscales_emu.emulator.kernel_models import LANES, model_number
from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays, SynapseArrays

#: Delays are told apart to this fraction of a step.
DELAY_RESOLUTION = 1e-6
#: No block is longer, so that the spikes and traces of a block stay in the cache.
LONGEST_BLOCK = 32
#: One counting sort by (row, delay) is faster than one by each while its counts are few.
_KEYS_PER_SYNAPSE = 4
_CODES = 256
_LARGEST_CODED_PLACE = 2**24


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
    order : (n,) int64
        Which synapse of the experiment sits where.
    segment_start, segment_delay, synapse_start
        As `SynapseTable` has them.
    place : (n,) uint32
        Place of the target.
    n_sources : int
    """

    order: NDArray[np.int64]
    segment_start: NDArray[np.int64]
    segment_delay: NDArray[np.float64]
    synapse_start: NDArray[np.int64]
    place: NDArray[np.uint32]
    n_sources: int

    @classmethod
    def build(
        cls,
        source: NDArray[np.int64],
        place: NDArray[np.int64],
        delay_steps: NDArray[np.float64],
        thread: NDArray[np.int64],
        n_sources: int,
        n_threads: int,
    ) -> SynapseLayout:
        """Sort the synapses; `source` in engine numbers, all arrays (n,)."""
        delays, delay_id = _distinct(delay_steps)
        row = thread * n_sources + source
        n_rows = n_threads * n_sources
        order, first = _by_row_and_delay(row, delay_id, n_rows, len(delays))
        begins = order[first]
        return cls(
            order=order,
            segment_start=np.searchsorted(row[begins], np.arange(n_rows + 1)),
            segment_delay=delays[delay_id[begins]],
            synapse_start=np.append(first, len(order)),
            place=place[order].astype(np.uint32),
            n_sources=n_sources,
        )

    def table(self, weight: NDArray[np.float64], precision: Precision) -> Any:
        """Return the kernel's `SynapseTable` for these weights (in the experiment's order).

        Synapses of weight 0 are left out.
        """
        weights = weight.astype(precision.dtype)[self.order]
        place, synapse_start = self.place, self.synapse_start
        acting = weights != 0
        if not acting.all():
            synapse_start = np.append(0, np.cumsum(acting))[synapse_start]
            place, weights = place[acting], weights[acting]
        target, weights, coded = _encode(place, weights)
        return precision.kernel.SynapseTable(
            self.segment_start,
            self.segment_delay,
            synapse_start,
            target,
            weights,
            coded,
            self.n_sources,
        )


def _by_row_and_delay(
    row: NDArray[np.int64], delay: NDArray[np.int64], n_rows: int, n_delays: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a stable order by row, then delay, and where each used pair of them begins in it.

    Memory grows with the number of synapses, rows and delays, never with rows times delays: delays
    drawn from a distribution are all different.
    """
    if n_rows * n_delays <= _KEYS_PER_SYNAPSE * len(row) + n_rows:
        order, start = order_by(row * n_delays + delay, n_rows * n_delays)
        return order, start[:-1][np.diff(start) > 0]
    by_delay, _ = order_by(delay, n_delays)
    by_row, _ = order_by(row[by_delay], n_rows)
    order = by_delay[by_row]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(row[order]) != 0) | (np.diff(delay[order]) != 0)
    return order, np.flatnonzero(is_first)


def _distinct(delay_steps: NDArray[np.float64]) -> tuple[NDArray[np.float64], Any]:
    if len(delay_steps) == 0:
        return np.ones(1), np.zeros(0, dtype=np.int64)
    keys = np.rint(delay_steps / DELAY_RESOLUTION).astype(np.int64)
    if keys.min() == keys.max():
        distinct, number = keys[:1], np.zeros(len(keys), dtype=np.int64)
    else:
        distinct, number = np.unique(keys, return_inverse=True)
    return distinct.astype(np.float64) * DELAY_RESOLUTION, number


def _encode(place: NDArray[np.uint32], weight: Any) -> tuple[Any, Any, bool]:
    # Few distinct weights fit into the upper byte of the target's place: half the memory.
    if len(place) == 0 or place.max() >= _LARGEST_CODED_PLACE:
        return place, weight, False
    if len(np.unique(weight[: 4 * _CODES])) > _CODES:
        return place, weight, False
    distinct = np.unique(weight)
    if len(distinct) > _CODES:
        return place, weight, False
    code = np.searchsorted(distinct, weight)
    table = np.zeros(_CODES, dtype=weight.dtype)
    table[: len(distinct)] = distinct
    return place | (code.astype(np.uint32) << np.uint32(24)), table, True


def engine_sources(synapses: SynapseArrays, n_spike_sources: int, layout: NeuronLayout) -> Any:
    """Return the synapses' sources with the neurons in engine numbers, (n,) int64."""
    renumbered = np.concatenate([np.arange(n_spike_sources), n_spike_sources + layout.engine])
    return renumbered[synapses.source]


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
