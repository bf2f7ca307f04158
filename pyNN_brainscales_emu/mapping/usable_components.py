"""What broken components mean for each step of the mapping.

* A HICANN whose FPGA is broken is lost like one that is broken itself.
* A column of denmems is lost with either of its two, as neurons have both.
* A DNC merger brings events onto layer 1 only if its sending repeater, the H line of that and the
  background generator of its number work: repeaters lock on the background events
  (marocco:marocco/placement/InputPlacement.cpp). The H line ends at a repeater of the eastern
  neighbour, so a HICANN to the west of a dead one cannot send at all.
* A neuron block is mute if broken mergers leave it no DNC merger with addresses for all neurons.
* A synapse driver is lost with both of its rows; a broken row takes its synapses along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    COLUMNS_PER_NEURON_BLOCK,
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    NEURON_SIZE_DEFAULT,
    ROWS_PER_DRIVER,
    SYNAPSE_COLUMNS,
    SYNAPSE_ROWS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.hardware.layer1 import MERGER_LINES, SENDING_LINES, V_LINES
from pyNN_brainscales_emu.mapping.driver_assignment import DriverDefects
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects, unusable_buses
from pyNN_brainscales_emu.mapping.merger_routing import (
    MergerDefects,
    mute_blocks,
    source_inputs,
)


@dataclass(frozen=True, eq=False)
class UsableComponents:
    """Defects as the steps of the mapping take them.

    Attributes
    ----------
    broken_columns : (384, 256) bool
        Columns of denmems that no neuron can use.
    mute_blocks : (384, 8) bool
        Neuron blocks of which not all events get onto layer 1 when they are full.
    n_source_addresses : int
        Addresses for spike sources on a wafer without neurons.
    mergers : MergerDefects
    layer1 : Layer1Defects
    drivers : DriverDefects
    broken_synapses : (384, 448, 256) bool or None
        None if all synapses work.
    """

    broken_columns: NDArray[np.bool_]
    mute_blocks: NDArray[np.bool_]
    n_source_addresses: int
    mergers: MergerDefects
    layer1: Layer1Defects
    drivers: DriverDefects
    broken_synapses: NDArray[np.bool_] | None

    @property
    def idle_columns(self) -> NDArray[np.bool_]:
        """(384, 256) columns that get no neurons unless by hand."""
        mute = np.repeat(self.mute_blocks, COLUMNS_PER_NEURON_BLOCK, axis=1)
        return np.asarray(self.broken_columns | mute)


def usable_components(defects: Defects, neuron_size: int = NEURON_SIZE_DEFAULT) -> UsableComponents:
    """Return what the defects leave.

    Parameters
    ----------
    defects : Defects
    neuron_size : int
        Denmems of most neurons: what a full neuron block sends.
    """
    neurons_per_block = DENMEM_ROWS * COLUMNS_PER_NEURON_BLOCK // neuron_size
    layer1 = Layer1Defects(
        hicann=defects.dead_hicanns,
        h_line=defects.h_line,
        v_line=defects.v_line,
        h_repeater=defects.h_repeater,
        v_repeater=defects.v_repeater,
        crossbar_switches=defects.crossbar_switch,
    )
    mergers = MergerDefects(
        mergers=defects.merger,
        dnc_mergers=(
            defects.dnc_merger
            | defects.background_generator
            | unusable_buses(layer1)[:, MERGER_LINES]
        ),
        sending_repeaters=defects.h_repeater[:, SENDING_LINES],
    )
    denmem = defects.denmem.reshape(HICANNS_PER_WAFER, DENMEM_ROWS, DENMEM_COLUMNS)
    return UsableComponents(
        broken_columns=denmem.any(axis=1) | defects.dead_hicanns[:, np.newaxis],
        mute_blocks=mute_blocks(mergers, neurons_per_block),
        n_source_addresses=ADDRESSES_PER_LINE * int(np.count_nonzero(source_inputs(mergers))),
        mergers=mergers,
        layer1=layer1,
        drivers=DriverDefects(_broken_drivers(defects), _broken_switches(defects)),
        broken_synapses=_broken_synapses(defects),
    )


def _broken_drivers(defects: Defects) -> NDArray[np.bool_]:
    rows = defects.synapse_row.reshape(HICANNS_PER_WAFER, DRIVERS_PER_HICANN, ROWS_PER_DRIVER)
    broken: NDArray[np.bool_] = defects.synapse_driver | rows.all(axis=2)
    return broken | defects.dead_hicanns[:, np.newaxis]


def _broken_switches(defects: Defects) -> NDArray[np.bool_] | None:
    if not len(defects.synapse_switch):
        return None
    broken = np.zeros((HICANNS_PER_WAFER, V_LINES, DRIVERS_PER_HICANN), dtype=bool)
    broken[tuple(defects.synapse_switch.T)] = True
    return broken


def _broken_synapses(defects: Defects) -> NDArray[np.bool_] | None:
    if not (len(defects.synapse) or defects.synapse_row.any()):
        return None
    shape = (HICANNS_PER_WAFER, SYNAPSE_ROWS_PER_HICANN, SYNAPSE_COLUMNS)
    broken = np.zeros(shape, dtype=bool)
    broken[defects.synapse_row] = True
    broken[tuple(defects.synapse.T)] = True
    return broken


#: A wafer on which everything works.
ALL_USABLE: Final = usable_components(Defects())
