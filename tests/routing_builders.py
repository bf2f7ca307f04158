"""Placements, lines and routes by hand, for tests of synapse routing."""

import numpy as np

from pyNN_brainscales_emu.mapping.driver_assignment import NO_DRIVER_DEFECTS, allocate_drivers
from pyNN_brainscales_emu.mapping.driver_requirement import driver_need, route_table
from pyNN_brainscales_emu.mapping.layer1_results import Layer1Routing, LineTable
from pyNN_brainscales_emu.mapping.neuron_columns import neuron_columns
from pyNN_brainscales_emu.mapping.results import Placement
from pyNN_brainscales_emu.mapping.synapse_places import place_all
from pyNN_brainscales_emu.mapping.synapse_rows import row_settings, share_half_rows
from pyNN_brainscales_emu.mapping.synapse_table import synapses_by_target

NONE = np.zeros(0, dtype=np.int32)


def int32(values):
    return np.asarray(values, dtype=np.int32)


def placed(hicann, denmem, size, source_hicann=NONE, source_channel=NONE):
    hicann, denmem, size = np.broadcast_arrays(hicann, denmem, size)
    return Placement(
        int32(hicann), int32(denmem), int32(size), int32(source_hicann), int32(source_channel)
    )


def side_by_side(hicann, sizes):
    """Neurons of these sizes in neighbouring columns of one HICANN."""
    width = np.asarray(sizes) // 2
    return placed(hicann, np.cumsum(width) - width, sizes)


def line_table(cell_line, cell_address, n_lines=None):
    n_lines = int(np.max(cell_line, initial=-1)) + 1 if n_lines is None else n_lines
    number = np.arange(n_lines)
    return LineTable(int32(number // 8), int32(number % 8), int32(cell_line), int32(cell_address))


def layer1(lines, targets, v_lines, switch_hicanns=None):
    """Routes that arrive on V lines of their targets, or of the HICANNs given."""
    switch_hicanns = targets if switch_hicanns is None else switch_hicanns
    n = len(lines)
    return Layer1Routing(
        int32(lines),
        int32(switch_hicanns),
        int32(np.asarray(v_lines, dtype=np.int64) + 64),
        int32(np.full(n, -1)),
        int32(lines),
        int32(targets),
        int32(np.arange(n)),
        int32(np.zeros(n)),
        NONE,
        NONE,
    )


class RoutedNetwork:
    """A network with lines and routes, taken through all stages of synapse routing."""

    def __init__(
        self,
        network,
        placement,
        lines,
        routing,
        chain_length=3,
        defects=NO_DRIVER_DEFECTS,
        synapse_defects=None,
    ):
        self.placement, self.lines, self.routing = placement, lines, routing
        self.synapses = synapses_by_target(network)
        self.columns = neuron_columns(placement)
        self.routes = route_table(routing.route_line, routing.route_target, lines.n_lines)
        self.need = driver_need(self.synapses, self.columns, lines, self.routes)
        self.drivers = allocate_drivers(routing, self.need, chain_length, defects)
        self.half_rows = share_half_rows(self.need, self.drivers)
        self.settings = row_settings(self.half_rows, self.drivers, routing.route_target)
        self.placed = place_all(
            self.synapses,
            self.columns,
            lines,
            self.routes,
            self.drivers,
            self.half_rows,
            defects=synapse_defects,
        )
