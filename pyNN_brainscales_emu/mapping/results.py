"""Results of the mapping: frozen arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import FPGAS_PER_WAFER, HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA


class LossReason(IntEnum):
    """Why a synapse could not be realised."""

    REALISED = 0
    LAYER1_ROUTE = 1
    DRIVER = 2
    ADDRESS = 3
    FAN_IN = 4

    @property
    def label(self) -> str:
        """What the reason is called in texts."""
        return _LABELS[self]


_LABELS = {
    LossReason.REALISED: "realised",
    LossReason.LAYER1_ROUTE: "no layer-1 route",
    LossReason.DRIVER: "no synapse driver",
    LossReason.ADDRESS: "no decoder address",
    LossReason.FAN_IN: "neuron's fan-in",
}


@dataclass(frozen=True, eq=False)
class Placement:
    """Which denmems a neuron is made of, and where a source's events enter the wafer.

    Attributes
    ----------
    neuron_hicann : (n_neurons,) int32
        HICANN number (`HICANNOnWafer` enum), by the neuron's local index.
    neuron_denmem : (n_neurons,) int32
        Number of the top-left (firing) denmem on its HICANN, 0..511 (`NeuronOnHICANN` enum).
    neuron_size : (n_neurons,) int32
        Denmems of the neuron: even; half of them in each row of the HICANN.
    source_hicann : (n_sources,) int32
        HICANN whose link carries the source's events.
    source_channel : (n_sources,) int32
        Gbit link channel 0..7 on that HICANN.
    """

    neuron_hicann: NDArray[np.int32]
    neuron_denmem: NDArray[np.int32]
    neuron_size: NDArray[np.int32]
    source_hicann: NDArray[np.int32]
    source_channel: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ProjectionRouting:
    """What became of the synapses of one projection.

    Attributes
    ----------
    reason : (n,) uint8
        `LossReason` of each asked synapse; 0 is realised.
    distance : (n,) int16
        HICANNs from the source's HICANN to the target's (0: the same HICANN), along rows and
        columns of the wafer.
    row : (n,) int64
        Number of the synapse row (wafer-wide, dense) that the synapse sits in; -1 where lost.
        Synapses of a row share source cell, target HICANN, receptor and gmax.
    """

    reason: NDArray[np.uint8]
    distance: NDArray[np.int16]
    row: NDArray[np.int64]

    @property
    def realised(self) -> NDArray[np.bool_]:
        """(n,) whether the synapse exists on the wafer."""
        realised: NDArray[np.bool_] = self.reason == LossReason.REALISED
        return realised


@dataclass(frozen=True, eq=False)
class MappingResult:
    """Where the network sits on the wafer, and what is lost: the result of stage 2.

    Attributes
    ----------
    placement : Placement
    projections : tuple of ProjectionRouting
        One for each projection of the description, in its order.
    n_rows : int
        Number of synapse rows in use.
    """

    placement: Placement
    projections: tuple[ProjectionRouting, ...]
    n_rows: int

    @property
    def n_synapses_asked(self) -> int:
        """Number of synapses of the description."""
        return sum(len(routing.reason) for routing in self.projections)

    @property
    def n_synapses_lost(self) -> int:
        """Number of synapses that could not be realised."""
        return sum(int(np.count_nonzero(routing.reason)) for routing in self.projections)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return len(self.placement.neuron_hicann)

    @property
    def n_sources(self) -> int:
        """Number of spike sources."""
        return len(self.placement.source_hicann)

    @property
    def fpgas(self) -> NDArray[np.int32]:
        """Numbers of the FPGAs in use, ascending."""
        return np.unique(HICANN_FPGA[self.hicanns])

    @property
    def hicanns(self) -> NDArray[np.int32]:
        """Numbers of the HICANNs in use, ascending."""
        placement = self.placement
        return np.unique(np.concatenate([placement.neuron_hicann, placement.source_hicann]))

    def loss_counts(self) -> dict[LossReason, int]:
        """Return how many synapses were lost for which reason (only reasons that occur)."""
        counts = np.zeros(max(LossReason) + 1, dtype=np.int64)
        for routing in self.projections:
            counts += np.bincount(routing.reason, minlength=len(counts))
        return {
            reason: int(counts[reason])
            for reason in LossReason
            if reason is not LossReason.REALISED and counts[reason]
        }

    def __str__(self) -> str:
        denmems = int(self.placement.neuron_size.sum())
        links = np.unique(self.placement.source_hicann)
        lines = [
            ("neurons", self.n_neurons, f"of {denmems} denmems in all"),
            ("spike sources", self.n_sources, f"on {len(links)} links"),
            ("HICANNs", len(self.hicanns), f"of {HICANNS_PER_WAFER}"),
            ("FPGAs", len(self.fpgas), f"of {FPGAS_PER_WAFER}"),
            ("synapse rows", self.n_rows, "(source, HICANN, receptor, gmax)"),
            ("synapses asked", self.n_synapses_asked, ""),
            ("synapses lost", self.n_synapses_lost, self._share(self.n_synapses_lost)),
        ]
        lines += [
            (f"  {reason.label}", count, self._share(count))
            for reason, count in self.loss_counts().items()
        ]
        return "\n".join(f"{name:<20} {n:>9}  {note}".rstrip() for name, n, note in lines)

    def _share(self, count: int) -> str:
        return f"{count / self.n_synapses_asked:.2%}" if self.n_synapses_asked else ""
