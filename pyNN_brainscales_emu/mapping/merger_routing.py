"""Which DNC merger, and so which layer-1 line, carries the spikes of each neuron block.

The eight neuron blocks of a HICANN feed a tree of mergers (`hardware.merger_tree`) that can join
neighbouring blocks. Fewer lines leave more of layer 1 to others and more channels to stimuli, but
a line has only so many addresses, and what it needs on a target HICANN must fit into one chain of
synapse drivers. The search follows marocco:marocco/placement/MergerTreeRouter.cpp: some DNC
mergers are tried in turn, the most joining ones first, and each takes as many blocks beside its
own as can be; empty blocks at the outer ends are left to stimuli.

A block is joined only where this cuts off no other block, which the original does not check.
Where defects break the direct way out of a block, it joins any DNC merger that it still reaches,
and no other blocks of the HICANN are joined.

Not modelled: the order in which mergers serve their inputs. Their modes follow from the blocks that
leave by each DNC merger, see `merger_modes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    HICANNS_PER_WAFER,
    MERGERS_PER_TREE,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.merger_tree import (
    DIRECT_PATHS,
    DNC_MERGER_BLOCKS,
    DNC_MERGERS,
    MERGER_PATHS,
)

#: DNC mergers in the order in which they are tried (marocco:marocco/placement/
#: MergerTreeRouter.cpp); some again, after others have taken their part.
_ORDER: Final = (5, 3, 6, 3, 5, 3, 1, 3, *range(DNC_MERGERS))
#: So many of these are tried even where their own block has no neurons.
_N_UNCONDITIONAL: Final = 2
#: The DNC merger that can join all blocks.
_JOINS_ALL: Final = 3
#: Outer blocks, which are left out of a group when they are empty.
_WEST_BLOCKS: Final = range(3)
_EAST_BLOCKS: Final = range(NEURON_BLOCKS_PER_HICANN - 1, 3, -1)
_FREE: Final = -1
_DEFECT: Final = -2


class MergerStrategy(Enum):
    """How blocks are joined (marocco:marocco/placement/parameters/MergerRouting.h)."""

    #: As few lines as hold the addresses and as chains of drivers can serve: the default.
    MINIMIZE_AS_POSSIBLE = "minimize_as_possible"
    #: As few lines as hold the addresses.
    MINIMIZE_NUMBER_OF_SENDING_REPEATERS = "minimize_number_of_sending_repeaters"
    #: Every block has a line of its own.
    ONE_TO_ONE = "one_to_one"


class JoinLimit(Protocol):
    """A limit to joining besides the addresses."""

    def __call__(self, hicann: NDArray[np.int64], group: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (k,) whether the blocks `group` (k, 8) of each HICANN may share a line."""


@dataclass(frozen=True, eq=False)
class MergerDefects:
    """What cannot be used; None: everything can.

    Attributes
    ----------
    mergers : (384, 15) bool or None
        Mergers of the tree: eight of level 0, four of level 1, two of level 2, one of level 3.
    dnc_mergers : (384, 8) bool or None
    sending_repeaters : (384, 8) bool or None
        By their own numbers: sending repeater i is fed by DNC merger 7 - i.
    """

    mergers: NDArray[np.bool_] | None = None
    dnc_mergers: NDArray[np.bool_] | None = None
    sending_repeaters: NDArray[np.bool_] | None = None

    def unusable_dnc_mergers(self) -> NDArray[np.bool_]:
        """Return (384, 8) which DNC mergers cannot bring events onto layer 1."""
        unusable = np.zeros((HICANNS_PER_WAFER, DNC_MERGERS), dtype=bool)
        if self.dnc_mergers is not None:
            unusable |= self.dnc_mergers
        if self.sending_repeaters is not None:
            unusable |= self.sending_repeaters[:, ::-1]
        return unusable


NO_MERGER_DEFECTS = MergerDefects()


@dataclass(frozen=True, eq=False)
class MergerRouting:
    """How the merger trees are set.

    Attributes
    ----------
    block_merger : (384, 8) int8
        DNC merger that a neuron block's spikes leave by; -1 where there is no way. Blocks without
        neurons have one if they lie within a joined group, or -1.
    input_mergers : (384, 8) bool
        DNC mergers that are free for stimuli: neither they nor the mergers between them and the
        background generator of their own number are in use or defect.
    """

    block_merger: NDArray[np.int8]
    input_mergers: NDArray[np.bool_]


def route_mergers(
    n_neurons: NDArray[np.int64],
    strategy: MergerStrategy = MergerStrategy.MINIMIZE_AS_POSSIBLE,
    limit: JoinLimit | None = None,
    defects: MergerDefects = NO_MERGER_DEFECTS,
) -> MergerRouting:
    """Find the DNC merger of every neuron block.

    Parameters
    ----------
    n_neurons : (384, 8) int64
        Neurons of each block.
    strategy : MergerStrategy
    limit : JoinLimit, optional
        Asked before blocks are joined, with `MINIMIZE_AS_POSSIBLE` only; see
        `merger_limit.DriverChainLimit`. Without it that strategy is the same as
        `MINIMIZE_NUMBER_OF_SENDING_REPEATERS`.
    defects : MergerDefects
    """
    trees = _Trees(n_neurons, defects)
    if strategy is not MergerStrategy.ONE_TO_ONE:
        asked = limit if strategy is MergerStrategy.MINIMIZE_AS_POSSIBLE else None
        trees.join(_JOINS_ALL, asked, only_all=True)
        for number, dnc_merger in enumerate(_ORDER):
            trees.join(dnc_merger, asked, needs_own_block=number >= _N_UNCONDITIONAL)
    trees.route_directly()
    trees.route_around_defects()
    return MergerRouting(trees.block_merger, trees.free_inputs())


def source_inputs(defects: MergerDefects) -> NDArray[np.bool_]:
    """Return (384, 8) the DNC mergers that take stimuli on a wafer without neurons."""
    nobody = np.zeros((HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN), dtype=np.int64)
    return _Trees(nobody, defects).free_inputs()


def mute_blocks(defects: MergerDefects, neurons_per_block: int) -> NDArray[np.bool_]:
    """Return (384, 8) the neuron blocks that find no way onto layer 1 for all of their neurons.

    Parameters
    ----------
    defects : MergerDefects
    neurons_per_block : int
        Neurons of a full block; all blocks are full.
    """
    full = np.full((HICANNS_PER_WAFER, NEURON_BLOCKS_PER_HICANN), neurons_per_block, np.int64)
    trees = _Trees(full, defects)
    trees.route_directly()
    trees.route_around_defects(whole=True)
    mute: NDArray[np.bool_] = trees.block_merger < 0
    return mute


class _Trees:
    """The merger trees of all HICANNs as they fill up."""

    def __init__(self, n_neurons: NDArray[np.int64], defects: MergerDefects) -> None:
        self._n_neurons = n_neurons
        self._pending = n_neurons > 0
        self._dnc_usable = ~defects.unusable_dnc_mergers()
        #: DNC merger that each merger of the tree works for, or `_FREE`, or `_DEFECT`.
        self._owner = np.full((len(n_neurons), MERGERS_PER_TREE), _FREE, dtype=np.int8)
        if defects.mergers is not None:
            self._owner[defects.mergers] = _DEFECT
        #: Joining could cut off blocks that need another way than their direct one.
        self._may_join = np.all(~self._pending | self._direct_ways(), axis=1)
        self._refused: dict[int, NDArray[np.bool_]] = {}
        self.block_merger = np.full(n_neurons.shape, -1, dtype=np.int8)

    def join(
        self,
        dnc_merger: int,
        limit: JoinLimit | None,
        *,
        only_all: bool = False,
        needs_own_block: bool = False,
    ) -> None:
        """Let a DNC merger take the blocks that it can, on every HICANN."""
        group = self._adjacent(dnc_merger) & self._may_join[:, np.newaxis]
        if only_all:
            group &= group.all(axis=1, keepdims=True)
        if needs_own_block:
            group &= self._pending[:, [dnc_merger]]
        self._leave_empty_ends(group)
        self._leave_what_cuts_off(group, dnc_merger)
        group &= (group & self._pending).any(axis=1, keepdims=True)
        if limit is not None:
            self._leave_refused(group, dnc_merger, limit)
        self._take(group, dnc_merger)

    def route_directly(self) -> None:
        """Let the remaining blocks out by the DNC merger of their own number."""
        for block in range(NEURON_BLOCKS_PER_HICANN):
            group = np.zeros_like(self._pending)
            group[:, block] = self._pending[:, block] & self._reachable(block)[:, block]
            self._take(group, block)

    def route_around_defects(self, *, whole: bool = False) -> None:
        """Join blocks without a direct way out to what they reach, one after the other.

        Parameters
        ----------
        whole : bool
            Only where all of their neurons get an address.
        """
        for hicann, block in np.argwhere(self._pending).tolist():
            for dnc_merger in np.flatnonzero(DNC_MERGER_BLOCKS[:, block]).tolist():
                room = self._room_to_join(hicann, block, dnc_merger)
                if room >= (self._n_neurons[hicann, block] if whole else 1):
                    group = np.zeros_like(self._pending)
                    group[hicann, block] = True
                    self._take(group, dnc_merger)
                    break

    def free_inputs(self) -> NDArray[np.bool_]:
        """Return (384, 8) which DNC mergers can take stimuli."""
        free = np.zeros_like(self._pending)
        for dnc_merger in range(DNC_MERGERS):
            in_use = (self.block_merger == dnc_merger).any(axis=1)
            free[:, dnc_merger] = self._reachable(dnc_merger)[:, dnc_merger] & ~in_use
        return free

    def _reachable(self, dnc_merger: int) -> NDArray[np.bool_]:
        """Return (384, 8) which blocks a DNC merger reaches through unused mergers."""
        blocked = (self._owner != _FREE) @ MERGER_PATHS[dnc_merger].T
        reachable: NDArray[np.bool_] = DNC_MERGER_BLOCKS[dnc_merger] & ~blocked
        return reachable & self._dnc_usable[:, [dnc_merger]]

    def _adjacent(self, dnc_merger: int) -> NDArray[np.bool_]:
        """Return (384, 8) the block of a DNC merger and those beside it, first westwards."""
        reachable = self._reachable(dnc_merger)
        group = np.zeros_like(reachable)
        group[:, dnc_merger] = reachable[:, dnc_merger]
        total = np.where(group[:, dnc_merger], self._n_neurons[:, dnc_merger], 0)
        westwards = range(dnc_merger - 1, -1, -1)
        eastwards = range(dnc_merger + 1, NEURON_BLOCKS_PER_HICANN)
        for blocks in (westwards, eastwards):
            goes_on = group[:, dnc_merger].copy()
            for block in blocks:
                goes_on &= reachable[:, block]
                goes_on &= total + self._n_neurons[:, block] <= ADDRESSES_PER_LINE
                group[:, block] = goes_on
                total += np.where(goes_on, self._n_neurons[:, block], 0)
        return group

    def _leave_empty_ends(self, group: NDArray[np.bool_]) -> None:
        for blocks in (_WEST_BLOCKS, _EAST_BLOCKS):
            at_end = np.ones(len(group), dtype=bool)
            for block in blocks:
                at_end &= ~group[:, block] | (self._n_neurons[:, block] == 0)
                group[:, block] &= ~at_end

    def _leave_what_cuts_off(self, group: NDArray[np.bool_], dnc_merger: int) -> None:
        """Drop outer blocks until every other block with neurons keeps its direct way out."""
        for block in (*range(NEURON_BLOCKS_PER_HICANN - 1, dnc_merger, -1), *range(dnc_merger)):
            used = group @ MERGER_PATHS[dnc_merger]
            cut_off = ((used @ DIRECT_PATHS.T) & self._pending & ~group).any(axis=1)
            group[cut_off, block] = False

    def _leave_refused(self, group: NDArray[np.bool_], dnc_merger: int, limit: JoinLimit) -> None:
        """Drop groups of several blocks that the limit forbids."""
        known = self._refused.setdefault(dnc_merger, np.zeros_like(group))
        several = np.count_nonzero(group & self._pending, axis=1) > 1
        asked = np.flatnonzero(several & (known != group).any(axis=1))
        refused = several & (known == group).all(axis=1)
        if len(asked):
            refused[asked] = ~limit(asked, group[asked])
        known[refused] = group[refused]
        group[refused] = False

    def _direct_ways(self) -> NDArray[np.bool_]:
        """Return (384, 8) which blocks reach the DNC merger of their own number."""
        ways = [self._reachable(block)[:, block] for block in range(NEURON_BLOCKS_PER_HICANN)]
        return np.stack(ways, axis=1)

    def _room_to_join(self, hicann: int, block: int, dnc_merger: int) -> int:
        """Return the addresses that a DNC merger has for a block; 0 if it does not reach it.

        It is reached through mergers that are free or work for it.
        """
        owner = self._owner[hicann, MERGER_PATHS[dnc_merger, block]]
        joined = self.block_merger[hicann] == dnc_merger
        n_addresses = ADDRESSES_PER_LINE - int(self._n_neurons[hicann, joined].sum())
        passable = np.isin(owner, (_FREE, dnc_merger)).all()
        return n_addresses if passable and self._dnc_usable[hicann, dnc_merger] else 0

    def _take(self, group: NDArray[np.bool_], dnc_merger: int) -> None:
        self._owner[group @ MERGER_PATHS[dnc_merger]] = dnc_merger
        self._pending &= ~group
        self.block_merger[group] = dnc_merger
