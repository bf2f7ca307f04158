"""Routing: which events select which synapse drivers, and where each synapse sits.

An event carries a label of six bits and a row selection of five. A driver fires for an event on
its PADI bus whose row selection agrees with its own number under a mask; a synapse fires if its
label is the event's. With the mask 2^m - 1, the 32 drivers of a bus fall into 2^m groups that fire
together. A source then is a group and a label, and a synapse sits at any driver of the group whose
pair of rows is still free in a column of the target. So a network is routed when

* no group has more than 64 labels in a hemisphere, and
* no neuron has more synapses in a group than that group has pairs of rows in its columns.

Spike sources outside of the chip may use any bus and reach either hemisphere or both. Neurons on
the chip are bound to the bus of their event output, to four row selections, and to both
hemispheres. The rules are those of grenade:src/grenade/vx/network/routing and
halco:include/halco/hicann-dls/vx/{event,routing_crossbar}.h; the method is our own. Not modelled:
background generators, and the sharing of drivers by sources of different masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import (
    BUSES,
    COLUMNS,
    DRIVERS_PER_BUS,
    LABELS,
    OWN_ROW_SELECT_BITS,
    ROWS_OF_CIRCUITS,
)
from pyNN_brainscales_emu.substrates.brainscales2.mapping.placement import Placement

IntArray = NDArray[np.int64]

#: Drivers of a group, in the order in which they are tried: in the middle, rows and labels are
#: both plentiful; few drivers help many sources with few targets, many drivers the opposite.
GROUP_SIZES: Final = (8, 4, 16, 2, 32, 1)


@dataclass(frozen=True, eq=False)
class Routing:
    """Addresses of the sources and places of the synapses.

    Parameters
    ----------
    drivers_per_group : int
    bus, row_select, label : ndarray of int
        Of each source: neurons, then spike sources. -1 for a source that nobody hears.
    hemispheres : ndarray of bool, shape (n_sources, 2)
        Into which synapse arrays (top, bottom) the events of a source go.
    synapse : ndarray of int
        Number of the synapse of the network, for each pair of rows.
    circuit : ndarray of int
        At which the pair of rows acts.
    driver : ndarray of int
        In the circuit's hemisphere. Its even row is excitatory, its odd one inhibitory.
    """

    drivers_per_group: int
    bus: IntArray
    row_select: IntArray
    label: IntArray
    hemispheres: NDArray[np.bool_]
    synapse: IntArray
    circuit: IntArray
    driver: IntArray

    @property
    def row_mask(self) -> int:
        """Bits of the row selection that every driver compares."""
        return DRIVERS_PER_BUS // self.drivers_per_group - 1


@dataclass(frozen=True, eq=False)
class _Requests:
    """What is to be routed: one entry for each pair of rows, sorted by source."""

    placement: Placement
    n_sources: int
    source: IntArray
    target: IntArray
    synapse: IntArray

    @property
    def circuits(self) -> IntArray:
        return np.diff(self.placement.begin)


def route(
    placement: Placement, n_sources: int, pre: IntArray, post: IntArray, row_pairs: IntArray
) -> Routing:
    """Route all synapses, or say why not.

    Parameters
    ----------
    placement : Placement
        Of the neurons.
    n_sources : int
        Neurons and spike sources; neurons come first.
    pre, post : ndarray of int
        Source and target of each synapse.
    row_pairs : ndarray of int
        Pairs of rows that each synapse takes, from its weight.

    Returns
    -------
    Routing

    Raises
    ------
    CapacityError
        If no way was found, with what the best attempt lacked.
    """
    number = np.repeat(np.arange(len(pre)), row_pairs)
    order = number[np.argsort(pre[number], kind="stable")]
    requests = _Requests(placement, n_sources, pre[order], post[order], order)
    _check_fan_in(requests)
    failures: list[CapacityError] = []
    for drivers_per_group in GROUP_SIZES:
        try:
            return _Attempt(requests, drivers_per_group).routing()
        except CapacityError as error:
            failures.append(error)
    raise failures[0]


def _check_fan_in(requests: _Requests) -> None:
    pairs = np.bincount(requests.target, minlength=requests.placement.n_neurons)
    limit = requests.circuits * BUSES * DRIVERS_PER_BUS
    if (pairs > limit).any():
        worst = int(np.argmax(pairs - limit))
        raise CapacityError(
            f"routing: neuron {worst} of the chip needs more synapse rows than its circuits have",
            value=f"{int(pairs[worst])} pairs of rows",
            limit=f"{int(limit[worst])} on {int(requests.circuits[worst])} circuits",
            remedy="Give it more circuits (neuron_size), or smaller weights: each 63 of a weight "
            "takes a pair of rows.",
        )


class _Attempt:
    """One attempt, with groups of a given size."""

    def __init__(self, requests: _Requests, drivers_per_group: int) -> None:
        self.requests = requests
        self.drivers_per_group = drivers_per_group
        self.groups_per_bus = DRIVERS_PER_BUS // drivers_per_group
        self.n_groups = BUSES * self.groups_per_bus
        self.hemispheres = _hemispheres(requests)
        self.group = np.full(requests.n_sources, -1, np.int64)

    def routing(self) -> Routing:
        """Return the routing, or raise a CapacityError."""
        self._choose_groups()
        bus, selection = np.divmod(self.group, self.groups_per_bus)
        heard = self.group >= 0
        bus = np.where(heard, bus, -1)
        row_select = np.where(heard, self._row_selects(selection), -1)
        circuit, driver = self._places()
        return Routing(
            self.drivers_per_group,
            bus,
            row_select,
            self._labels(),
            self.hemispheres,
            self.requests.synapse,
            circuit,
            driver,
        )

    def _choose_groups(self) -> None:
        """Give each source the least filled group that has room at all its targets."""
        requests = self.requests
        n_neurons = requests.placement.n_neurons
        begin = np.searchsorted(requests.source, np.arange(requests.n_sources + 1))
        room = np.repeat(requests.circuits[:, None] * self.drivers_per_group, self.n_groups, axis=1)
        labels = np.zeros((ROWS_OF_CIRCUITS, self.n_groups), np.int64)
        degree = np.diff(begin)
        # neurons first, as they are bound to a bus; then those with most targets
        order = np.lexsort((-degree, np.arange(requests.n_sources) >= n_neurons))
        for source in order[degree[order] > 0].tolist():
            targets = requests.target[begin[source] : begin[source + 1]]
            neurons, needed = np.unique(targets, return_counts=True)
            left = room[neurons] - needed[:, None]
            used = self.hemispheres[source]
            fits = (left.min(axis=0) >= 0) & (labels[used].max(axis=0) < LABELS)
            fits &= self._reachable(source)
            if not fits.any():
                raise self._failure(source, left.min(axis=0), labels[used].max(axis=0))
            candidates = np.flatnonzero(fits)
            filled = labels[used].max(axis=0)[candidates]
            best = candidates[np.lexsort((filled, -left.min(axis=0)[candidates]))[0]]
            self.group[source] = best
            room[neurons, best] -= needed
            labels[used, best] += 1

    def _reachable(self, source: int) -> NDArray[np.bool_]:
        """Return which groups the events of a source can select."""
        placement = self.requests.placement
        if source >= placement.n_neurons:
            return np.ones(self.n_groups, bool)
        output = int(placement.output[source])
        own = np.arange(1 << OWN_ROW_SELECT_BITS)
        selections = (output << OWN_ROW_SELECT_BITS | own) & (self.groups_per_bus - 1)
        reachable = np.zeros(self.n_groups, bool)
        reachable[output % BUSES * self.groups_per_bus + selections] = True
        return reachable

    def _row_selects(self, selection: IntArray) -> IntArray:
        """Return the row selection that a source sends for the group that it shall select."""
        placement = self.requests.placement
        own_mask = (1 << OWN_ROW_SELECT_BITS) - 1
        sent = selection.copy()
        sent[: placement.n_neurons] = (
            placement.output << OWN_ROW_SELECT_BITS | selection[: placement.n_neurons] & own_mask
        )
        return sent

    def _labels(self) -> IntArray:
        """Return the labels: sources of a group are numbered, those of both hemispheres first."""
        labels = np.full(self.requests.n_sources, -1, np.int64)
        both = self.hemispheres.all(axis=1)
        for group in range(self.n_groups):
            members = self.group == group
            shared = np.flatnonzero(members & both)
            labels[shared] = np.arange(shared.size)
            for row in range(ROWS_OF_CIRCUITS):
                alone = np.flatnonzero(members & ~both & self.hemispheres[:, row])
                labels[alone] = shared.size + np.arange(alone.size)
        return labels

    def _places(self) -> tuple[IntArray, IntArray]:
        """Return circuit and driver of each pair of rows, by turns over a neuron's circuits."""
        requests = self.requests
        group = self.group[requests.source]
        key = requests.target * self.n_groups + group
        order = np.argsort(key, kind="stable")
        first = (
            np.concatenate(([True], np.diff(key[order]) != 0)) if key.size else np.zeros(0, bool)
        )
        starts = np.flatnonzero(first)
        lengths = np.diff(np.append(starts, key.size))
        turn = np.empty(key.size, np.int64)
        turn[order] = np.arange(key.size) - np.repeat(starts, lengths)
        circuits = requests.circuits[requests.target]
        which, round_ = turn % np.maximum(1, circuits), turn // np.maximum(1, circuits)
        circuit = requests.placement.circuit[requests.placement.begin[requests.target] + which]
        bus, selection = np.divmod(group, self.groups_per_bus)
        on_bus = selection + self.groups_per_bus * round_
        return circuit, BUSES * on_bus + bus

    def _failure(self, source: int, room: IntArray, labels: IntArray) -> CapacityError:
        n_neurons = self.requests.placement.n_neurons
        named = f"neuron {source}" if source < n_neurons else f"spike source {source - n_neurons}"
        lacking = "group of drivers with both rows at its targets and labels left"
        if room.max() < 0:
            lacking = "rows at its targets"
        elif labels.min() >= LABELS:
            lacking = "labels"
        return CapacityError(
            f"routing: {named} of the chip finds no {lacking}",
            value=f"{int((self.group >= 0).sum())} sources routed before it, "
            f"groups of {self.drivers_per_group} drivers",
            limit=f"{LABELS} labels a group, one synapse a column and pair of rows",
            remedy="Give the targets more circuits (neuron_size), or cut the network into more "
            "parts.",
        )


def _hemispheres(requests: _Requests) -> NDArray[np.bool_]:
    """Return into which arrays the events of each source go.

    A neuron's events cannot be kept out of one of them one by one: a node of the crossbar has one
    filter for all neurons of an output.
    """
    placement = requests.placement
    of_neuron = np.zeros((placement.n_neurons, ROWS_OF_CIRCUITS), bool)
    neuron = np.repeat(np.arange(placement.n_neurons), np.diff(placement.begin))
    of_neuron[neuron, placement.circuit // COLUMNS] = True
    reached = np.zeros((requests.n_sources, ROWS_OF_CIRCUITS), bool)
    np.logical_or.at(reached, requests.source, of_neuron[requests.target])
    reached[: placement.n_neurons] = reached[: placement.n_neurons].any(axis=1, keepdims=True)
    return reached
