"""Cutting a network into parts that one chip runs one after the other.

Populations that hear each other in a circle stay whole. The others are cut into balanced slices,
as few as the circuits of the chip and the rate of events on the link allow. Slices are then packed
into parts, first fit in topological order, so that a part hears only itself and earlier parts.
Deterministic; the time grows with the number of synapses (sorted once).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pyNN_brainscales_emu.errors import BrainScaleSError, CapacityError, raise_together
from pyNN_brainscales_emu.partition.capacity import Capacity
from pyNN_brainscales_emu.partition.cut_graph import CutGraph, IntArray

#: Whether a substrate can place and route these neurons on one chip.
Check = Callable[[IntArray], bool]


@dataclass(frozen=True, eq=False)
class Cut:
    """Which part each neuron belongs to.

    Parameters
    ----------
    part : ndarray of int
        Of each neuron, from 0, in an order in which the parts can run.
    circuits : ndarray of int
        That each neuron takes.
    """

    part: IntArray
    circuits: IntArray

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return int(self.part.max()) + 1 if self.part.size else 0


def cut_automatically(
    graph: CutGraph,
    capacity: Capacity,
    *,
    most_events_per_ms: float = np.inf,
    check: Check | None = None,
) -> Cut:
    """Cut a network into as few parts as one chip needs.

    Parameters
    ----------
    graph : CutGraph
    capacity : Capacity
        Of one chip.
    most_events_per_ms : float
        Expected events into a chip in a biological millisecond. Slices become smaller until they
        keep it, or until that no longer helps: all targets of one source hear the same events.
    check : callable, optional
        Whether the neurons of a part (their numbers) can be placed and routed. A slice that cannot
        is halved.

    Returns
    -------
    Cut

    Raises
    ------
    CapacityError
        With every component and neuron that is larger than the chip.
    """
    circuits = _circuits(graph, capacity)
    slices = _slices(graph, capacity, circuits, most_events_per_ms)
    packing = _Packing(graph, capacity, circuits, most_events_per_ms, check)
    for neurons, may_be_cut in slices:
        packing.add(neurons, may_be_cut)
    return Cut(packing.part, circuits)


def _circuits(graph: CutGraph, capacity: Capacity) -> IntArray:
    """Return the circuits of each neuron: within a population alike, so that its shapes are."""
    circuits = np.ones(graph.n_neurons, np.int64)
    errors: list[BrainScaleSError] = []
    for label, start, end in zip(graph.labels, graph.first[:-1], graph.first[1:], strict=True):
        fan_in = int(graph.fan_in[start:end].max(initial=0))
        circuits[start:end] = capacity.circuits_for(fan_in)
        if fan_in > capacity.most_inputs:
            errors.append(
                CapacityError(
                    f"population {label}: a neuron has more inputs than the chip",
                    value=fan_in,
                    limit=f"{capacity.most_inputs} signed inputs",
                )
            )
    raise_together("the network cannot be cut into parts", errors, CapacityError)
    return circuits


def _slices(
    graph: CutGraph, capacity: Capacity, circuits: IntArray, most_events_per_ms: float
) -> list[tuple[IntArray, bool]]:
    """Return the neurons that stay together, in topological order, and if they may be cut again."""
    slices: list[tuple[IntArray, bool]] = []
    errors: list[BrainScaleSError] = []
    for component in graph.components:
        neurons = np.concatenate([np.arange(graph.first[p], graph.first[p + 1]) for p in component])
        needed = int(circuits[neurons].sum())
        if len(component) == 1 and component[0] not in graph.hears_itself:
            balanced = _balanced(graph, capacity, circuits, neurons, most_events_per_ms)
            slices += [(part, True) for part in balanced]
        elif needed <= capacity.circuits:
            slices.append((neurons, False))
        else:
            errors.append(
                CapacityError(
                    f"{graph.label_of(component)}: its neurons hear each other, so they must run "
                    "together, and they take more circuits than the chip has",
                    value=needed,
                    limit=capacity.circuits,
                    remedy="Make it smaller, give its neurons fewer inputs, or run it on the host.",
                )
            )
    raise_together("the network cannot be cut into parts", errors, CapacityError)
    return slices


def _balanced(
    graph: CutGraph,
    capacity: Capacity,
    circuits: IntArray,
    neurons: IntArray,
    most_events_per_ms: float,
) -> list[IntArray]:
    """Cut a population into as few balanced slices as circuits and events allow."""
    if neurons.size == 0:
        return []
    per_chip = capacity.neurons_of(int(circuits[neurons[0]]))
    n_slices = -(-neurons.size // per_chip)
    ordered = _neighbours_together(graph, neurons, n_slices)
    while True:
        slices = np.array_split(ordered, n_slices)
        loads = [_events_per_ms(graph, part) for part in slices]
        if max(loads) <= most_events_per_ms or n_slices == neurons.size:
            return slices
        finer = min(neurons.size, 2 * n_slices)
        gained = max(_events_per_ms(graph, part) for part in np.array_split(ordered, finer))
        if gained >= max(loads):  # every neuron hears the same sources: finer parts do not help
            return slices
        n_slices = min(neurons.size, n_slices + max(1, n_slices // 8))


def _neighbours_together(graph: CutGraph, neurons: IntArray, n_slices: int) -> IntArray:
    """Order neurons so that slices share sources: as they stand, or by the middle of their inputs.

    Images stand in the order of their pixels, so the mean number of a neuron's sources tells where
    its receptive field lies. The order that replays fewer events wins.
    """
    if n_slices == 1:
        return neurons
    begin, pre = graph.by_target
    first, last = begin[neurons[0]], begin[neurons[-1] + 1]
    sums = np.concatenate(([0.0], np.cumsum(pre[first:last], dtype=np.float64)))
    counts = np.maximum(1, graph.fan_in[neurons])
    middle = (sums[begin[neurons + 1] - first] - sums[begin[neurons] - first]) / counts
    by_middle = neurons[np.argsort(middle, kind="stable")]

    def n_replayed(order: IntArray) -> int:
        return sum(graph.sources_of(part).size for part in np.array_split(order, n_slices))

    return by_middle if n_replayed(by_middle) < n_replayed(neurons) else neurons


def _events_per_ms(graph: CutGraph, neurons: IntArray) -> float:
    """Return the expected events of all that some neurons hear from outside of themselves."""
    if graph.rates_per_ms is None:
        return 0.0
    sources = graph.sources_of(neurons)
    return float(graph.rates_per_ms[np.setdiff1d(sources, neurons, assume_unique=True)].sum())


@dataclass(eq=False)
class _Packing:
    """Parts as they fill, in the order in which they will run."""

    graph: CutGraph
    capacity: Capacity
    circuits: IntArray
    most_events_per_ms: float
    check: Check | None
    part: IntArray = field(init=False)
    members: list[IntArray] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    #: Parts that have room for at least one circuit, in order.
    open: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.part = np.full(self.graph.n_neurons, -1, np.int64)

    def add(self, neurons: IntArray, may_be_cut: bool) -> None:
        """Put neurons into the first part that has room and runs after all that they hear."""
        needed = int(self.circuits[neurons].sum())
        earliest = self._earliest(neurons)
        for number in self.open:
            if number >= earliest and self.free[number] >= needed and self._fits(number, neurons):
                self._put(number, neurons, needed)
                return
        if self.check is not None and not self.check(neurons):
            if not may_be_cut or neurons.size == 1:
                populations = np.unique(self.graph.population[neurons]).tolist()
                raise CapacityError(
                    f"{self.graph.label_of(populations)}: the chip cannot route neurons that must "
                    "run together",
                    value=f"{neurons.size} neurons",
                    remedy="Give its neurons fewer inputs, or run it on the host.",
                )
            for half in np.array_split(neurons, 2):
                self.add(half, may_be_cut)
            return
        self.members.append(np.zeros(0, np.int64))
        self.free.append(self.capacity.circuits)
        self.open.append(len(self.free) - 1)
        self._put(len(self.free) - 1, neurons, needed)

    def _earliest(self, neurons: IntArray) -> int:
        sources = self.graph.sources_of(neurons)
        heard = sources[sources < self.graph.n_neurons]
        return int(self.part[heard].max(initial=0))

    def _fits(self, number: int, neurons: IntArray) -> bool:
        together = np.concatenate((self.members[number], neurons))
        alone = max(
            _events_per_ms(self.graph, self.members[number]), _events_per_ms(self.graph, neurons)
        )
        load = _events_per_ms(self.graph, together)
        if load > max(alone, self.most_events_per_ms):
            return False
        return self.check is None or self.check(together)

    def _put(self, number: int, neurons: IntArray, needed: int) -> None:
        self.part[neurons] = number
        self.members[number] = np.concatenate((self.members[number], neurons))
        self.free[number] -= needed
        if self.free[number] == 0:
            self.open.remove(number)
