"""Results of the mapping: frozen arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.hardware.constants import FPGAS_PER_WAFER, HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.coordinates import GbitLinkOnHICANN, HICANNOnWafer
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA
from pyNN_brainscales_emu.mapping.hardware_places import LogicalNeuron, SourceEntry, denmems_of
from pyNN_brainscales_emu.mapping.layer1_results import (
    DriverAllocation,
    Layer1Routing,
    LineTable,
    RowSettings,
    SynapsePlaces,
)
from pyNN_brainscales_emu.mapping.mapped_network import MappedNetwork
from pyNN_brainscales_emu.mapping.mapping_pictures import MappingPictures
from pyNN_brainscales_emu.mapping.merger_modes import MergerModes, merger_modes
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping.problems import counted
from pyNN_brainscales_emu.mapping.statistics import MappingStatistics


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
        HICANNs that the route passes from the sending repeater to the synapse (0: the same
        HICANN); -1 where lost. Along rows and columns for synapses without a place.
    row : (n,) int32
        Number of the synapse row (dense, through the wafer) that the synapse sits in; -1 where
        lost. See `MappingResult.row_place`.
    site : (n,) int32
        Hardware synapse: HICANN << 21 | row << 12 | column << 4 | decoder, as `places` takes it
        apart; -1 where there is none. With ``effects.routing_loss`` off, synapses are realised
        without one.
    """

    reason: NDArray[np.uint8]
    distance: NDArray[np.int16]
    row: NDArray[np.int32]
    site: NDArray[np.int32]

    @property
    def realised(self) -> NDArray[np.bool_]:
        """(n,) whether the synapse exists on the wafer."""
        realised: NDArray[np.bool_] = self.reason == LossReason.REALISED
        return realised

    @property
    def places(self) -> SynapsePlaces:
        """HICANN, row, column and decoder of every synapse."""
        return SynapsePlaces.of_sites(self.site)

    def loss_counts(self) -> dict[LossReason, int]:
        """Return how many synapses were lost for which reason (only reasons that occur)."""
        counts = np.bincount(self.reason, minlength=max(LossReason) + 1)
        return {
            reason: int(counts[reason])
            for reason in LossReason
            if reason is not LossReason.REALISED and counts[reason]
        }


def _no_neurons() -> NDArray[np.int32]:
    return np.zeros((0, len(LossReason)), dtype=np.int32)


@dataclass(frozen=True, eq=False, repr=False)
class MappingResult(MappingPictures):
    """Where the network sits on the wafer, and what is lost: the result of stage 2.

    Attributes
    ----------
    placement : Placement
    projections : tuple of ProjectionRouting
        One for each projection of the description, in its order.
    row_place : (n_rows, 2) int32
        HICANN, and row 0..447 on it, of every synapse row in use; -1 for rows without a place,
        which synapses have that are realised only because ``effects.routing_loss`` is off.
    block_merger : (384, 8) int8
        DNC merger by which the spikes of each neuron block leave; -1: none.
    lines : LineTable
    layer1 : Layer1Routing
    drivers : DriverAllocation
        For the routes of `layer1`.
    rows : RowSettings
    defects : Defects
        What was avoided; denmems that could not be calibrated are among them, and what broken
        parts take along (`wide_defects.with_consequences`).
    network : MappedNetwork
    seconds : mapping of str to float
        Time that the steps of the mapping took.
    origin : MappingOrigin
        The options that it was made with.
    neuron_synapses : (n_neurons, 5) int32
        Asked synapses onto each neuron (by local index), by their `LossReason`.
    """

    placement: Placement
    projections: tuple[ProjectionRouting, ...]
    row_place: NDArray[np.int32]
    block_merger: NDArray[np.int8]
    lines: LineTable
    layer1: Layer1Routing
    drivers: DriverAllocation
    rows: RowSettings
    defects: Defects
    network: MappedNetwork
    seconds: Mapping[str, float] = field(default_factory=dict)
    origin: MappingOrigin = field(default_factory=MappingOrigin)
    neuron_synapses: NDArray[np.int32] = field(default_factory=_no_neurons)

    # --- counts --------------------------------------------------------------------------------

    @property
    def n_rows(self) -> int:
        """Number of synapse rows in use."""
        return len(self.row_place)

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
        """Numbers of the HICANNs with neurons or stimuli, ascending."""
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

    @cached_property
    def merger_modes(self) -> MergerModes:
        """How the mergers of all HICANNs are set."""
        return merger_modes(self.block_merger, self.lines)

    @cached_property
    def stats(self) -> MappingStatistics:
        """The numbers that the original tool gives."""
        losses = self.loss_counts()
        return MappingStatistics(
            n_populations=len(self.network.populations),
            n_projections=len(self.network.projections),
            n_neurons=self.n_neurons,
            n_sources=self.n_sources,
            n_denmems=int(self.placement.neuron_size.sum()),
            n_synapses=self.n_synapses_asked,
            n_synapses_lost=self.n_synapses_lost,
            n_synapses_lost_on_layer1=losses.get(LossReason.LAYER1_ROUTE, 0),
            losses={reason.label: count for reason, count in losses.items()},
            n_hicanns=len(self.hicanns),
            n_hicanns_with_neurons=len(np.unique(self.placement.neuron_hicann)),
            n_fpgas=len(self.fpgas),
            n_lines=int(np.count_nonzero(np.bincount(self.layer1.route_line))),
            n_buses=len(self.layer1.segment_line),
            n_routes=len(self.layer1.route_line),
            n_routes_failed=len(self.layer1.failed_line),
            n_drivers=self._n_drivers,
            n_synapses_placed=sum(
                int(np.count_nonzero(routing.site >= 0)) for routing in self.projections
            ),
            seconds=dict(self.seconds),
        )

    @property
    def _n_drivers(self) -> int:
        drivers = self.drivers
        has_chain = drivers.route_first >= 0
        return int(((drivers.route_last - drivers.route_first)[has_chain] // 2 + 1).sum())

    # --- finding -------------------------------------------------------------------------------

    def find(self, what: Any) -> Any:
        """Return where something of the network sits on the wafer.

        Parameters
        ----------
        what : cell, Population, PopulationView, Assembly, Projection, or cell index

        Returns
        -------
        LogicalNeuron, SourceEntry, list of these, or SynapsePlaces
            For a projection the hardware synapses, in the order of ``get(format='list')``.

        Raises
        ------
        PlacementError
            For something that the mapped network does not have, and for a population or
            projection that is not the one at its place in it.
        NetworkError
            For a cell whose population is gone with its network.
        """
        if isinstance(what, (int, np.integer)) and not isinstance(what, bool):
            self.network.check_cells(what)
            return self._find_cell(int(what))
        if hasattr(what, "projection_number"):
            self.network.check_projection(what)
            return self.find_synapses(what.projection_number)
        if hasattr(what, "all_cells"):
            self.network.check_cells(what)
            return [self._find_cell(int(cell)) for cell in what.all_cells]
        limit = "a cell, population, projection or cell index"
        raise PlacementError("mapping.find()", value=what, limit=limit)

    def find_synapses(self, projection: int) -> SynapsePlaces:
        """Return the hardware synapses of a projection, by its number."""
        if not 0 <= projection < len(self.projections):
            raise PlacementError(
                "mapping.find(): no such projection",
                value=projection,
                limit=f"{len(self.projections)} projections of the mapped network",
            )
        return self.projections[projection].places

    def _find_cell(self, cell: int) -> LogicalNeuron | SourceEntry:
        if not 0 <= cell < self.network.n_cells:
            limit = f"{self.network.n_cells} cells of the mapped network"
            raise PlacementError("mapping.find(): no such cell", value=cell, limit=limit)
        _, number, is_source = self.network.locate(cell)
        line, address = int(self.lines.cell_line[cell]), int(self.lines.cell_address[cell])
        entry = (address, line) if line >= 0 else (None, None)
        placement = self.placement
        if is_source:
            hicann = HICANNOnWafer(int(placement.source_hicann[number]))
            channel = GbitLinkOnHICANN(int(placement.source_channel[number]))
            return SourceEntry(hicann, channel, *entry)
        denmems = denmems_of(
            int(placement.neuron_denmem[number]), int(placement.neuron_size[number])
        )
        return LogicalNeuron(HICANNOnWafer(int(placement.neuron_hicann[number])), denmems, *entry)

    # --- output --------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mapping to a file, whole or not at all; `load_mapping` reads it.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
        from pyNN_brainscales_emu.mapping.mapping_file import save_mapping

        save_mapping(self, path)

    def __repr__(self) -> str:
        return (
            f"<MappingResult: {self.n_neurons} neurons and {self.n_sources} spike sources on "
            f"{len(self.hicanns)} HICANNs of wafer {self.origin.wafer}, "
            f"{self.n_synapses_lost} of {self.n_synapses_asked} synapses lost>"
        )

    def __str__(self) -> str:
        stats = self.stats
        links = np.unique(self.placement.source_hicann)
        lines = [
            ("neurons", self.n_neurons, f"of {stats.n_denmems} denmems in all"),
            ("spike sources", self.n_sources, f"on {counted(len(links), 'link')}"),
            ("HICANNs", stats.n_hicanns, f"of {HICANNS_PER_WAFER}"),
            ("FPGAs", stats.n_fpgas, f"of {FPGAS_PER_WAFER}"),
            ("layer-1 lines", stats.n_lines, f"on {stats.n_buses} buses"),
            ("layer-1 routes", stats.n_routes, f"and {stats.n_routes_failed} failed"),
            ("synapse drivers", stats.n_drivers, ""),
            ("synapse rows", self.n_rows, ""),
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
