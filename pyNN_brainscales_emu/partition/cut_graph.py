"""A network as the partitioner sees it: neurons in populations, inputs, and who hears whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph

from pyNN_brainscales_emu.errors import NetworkError

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CutGraph:
    """Who hears whom in a network that is to be cut.

    Neurons are numbered over all populations, in their order; inputs (spike sources) follow.

    Parameters
    ----------
    labels : tuple of str
        Of the populations of neurons.
    sizes : tuple of int
        Neurons of each population.
    n_inputs : int
        Spike sources. They take no circuits.
    pre, post : ndarray of int
        Numbers of the source (neuron or input) and of the target (neuron) of each synapse.
    rates_per_ms : ndarray of float, optional
        Expected spikes of each neuron and input in a biological millisecond; none by default.

    Raises
    ------
    NetworkError
        If the arrays do not fit together.
    """

    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    n_inputs: int
    pre: IntArray
    post: IntArray
    rates_per_ms: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.sizes):
            raise NetworkError(
                "graph to cut: labels and sizes differ in number",
                value=(len(self.labels), len(self.sizes)),
            )
        if self.pre.shape != self.post.shape or self.pre.ndim != 1:
            raise NetworkError(
                "graph to cut: pre and post differ in shape",
                value=(self.pre.shape, self.post.shape),
            )
        for name, numbers, end in (
            ("pre", self.pre, self.n_neurons + self.n_inputs),
            ("post", self.post, self.n_neurons),
        ):
            if numbers.size and not (0 <= int(numbers.min()) and int(numbers.max()) < end):
                raise NetworkError(
                    f"graph to cut: {name}",
                    value=(int(numbers.min()), int(numbers.max())),
                    limit=f"0 to {end - 1}",
                )
        if self.rates_per_ms is not None and self.rates_per_ms.shape != (
            self.n_neurons + self.n_inputs,
        ):
            raise NetworkError(
                "graph to cut: rates_per_ms",
                value=self.rates_per_ms.shape,
                limit=f"one for each of {self.n_neurons + self.n_inputs} neurons and inputs",
            )

    @property
    def n_neurons(self) -> int:
        """Neurons of all populations."""
        return sum(self.sizes)

    @cached_property
    def first(self) -> IntArray:
        """First neuron of each population, and the number of neurons at the end."""
        return np.concatenate(([0], np.cumsum(self.sizes, dtype=np.int64)))

    @cached_property
    def population(self) -> IntArray:
        """Population of each neuron."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def fan_in(self) -> IntArray:
        """Synapses onto each neuron."""
        return np.bincount(self.post, minlength=self.n_neurons)

    @cached_property
    def by_target(self) -> tuple[IntArray, IntArray]:
        """Sources sorted by target: where each neuron's begin (one more at the end), and who."""
        order = np.argsort(self.post, kind="stable")
        begin = np.concatenate(([0], np.cumsum(self.fan_in)))
        return begin, self.pre[order]

    def sources_of(self, neurons: IntArray) -> IntArray:
        """Return the distinct neurons and inputs that some neurons hear, sorted."""
        begin, pre = self.by_target
        counts = begin[neurons + 1] - begin[neurons]
        offsets = np.repeat(begin[neurons] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        return np.unique(pre[offsets + np.arange(counts.sum())])

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Populations that hear each other in a circle stand together; in topological order.

        A component of one population may be cut unless the population hears itself.
        """
        of_neurons = self.pre < self.n_neurons
        edges = np.unique(
            self.population[self.pre[of_neurons]] * len(self.sizes)
            + self.population[self.post[of_neurons]]
        )
        source, target = np.divmod(edges, max(1, len(self.sizes)))
        n_components, component = _strong_components(source, target, len(self.sizes))
        outer = component[source] != component[target]
        level = _levels(component[source[outer]], component[target[outer]], n_components)
        members: list[list[int]] = [[] for _ in range(n_components)]
        for number, owner in enumerate(component):
            members[owner].append(number)
        order = sorted(range(n_components), key=lambda c: (level[c], members[c][0]))
        return tuple(tuple(members[c]) for c in order)

    @cached_property
    def hears_itself(self) -> frozenset[int]:
        """Populations with synapses among their own neurons."""
        of_neurons = self.pre < self.n_neurons
        source = self.population[self.pre[of_neurons]]
        return frozenset(
            int(n) for n in np.unique(source[source == self.population[self.post[of_neurons]]])
        )

    def label_of(self, populations: Sequence[int]) -> str:
        """Return the labels of some populations, for messages."""
        return ", ".join(self.labels[number] for number in populations)


def _strong_components(source: IntArray, target: IntArray, n: int) -> tuple[int, IntArray]:
    if n == 0:
        return 0, np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(source)), (source, target)), shape=(n, n)).tocsr()
    count, labels = csgraph.connected_components(graph, directed=True, connection="strong")
    return int(count), labels.astype(np.int64)


def _levels(source: IntArray, target: IntArray, n: int) -> list[int]:
    """Return the length of the longest way to each vertex of a graph without circles."""
    successors: list[list[int]] = [[] for _ in range(n)]
    open_inputs = [0] * n
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        successors[a].append(b)
        open_inputs[b] += 1
    level = [0] * n
    ready = [vertex for vertex in range(n) if open_inputs[vertex] == 0]
    while ready:
        vertex = ready.pop()
        for successor in successors[vertex]:
            level[successor] = max(level[successor], level[vertex] + 1)
            open_inputs[successor] -= 1
            if open_inputs[successor] == 0:
                ready.append(successor)
    return level
