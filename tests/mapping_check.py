"""A check of whole mappings, from the tables of the hardware and the network alone.

It is as plain as can be: every synapse is followed from its cell to its hardware synapse.
"""

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import STP_MODES
from pyNN_brainscales_emu.hardware.layer1 import (
    DRIVER_SIDE,
    NEIGHBOUR_DRIVER_LINES,
    OWN_DRIVER_LINES,
    SENDING_LINES,
    V_BUS,
    V_LINE_NEIGHBOUR,
)
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA, NEIGHBOURS
from pyNN_brainscales_emu.mapping.layer1_check import layer1_violations
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects

#: Level-0 blocks below the tree output that each DNC merger takes.
BLOCKS_OF_DNC = [{0}, {0, 1}, {2}, set(range(8)), {4}, {4, 5, 6, 7}, {6, 7}, {7}]


def assert_mapping_is_sound(network, result, chain_length=3):
    """Raise unless the hardware could be set up like this, and nothing is lost in silence."""
    check_cells(network, result)
    check_lines(network, result)
    check_layer1(network, result)
    check_drivers(result, chain_length)
    check_synapses(network, result)


def dead_hicanns(defects):
    return defects.hicann | defects.fpga[HICANN_FPGA]


def check_cells(network, result):
    placement, dead = result.placement, dead_hicanns(result.defects)
    taken = set()
    for hicann, denmem, size in zip(
        placement.neuron_hicann.tolist(),
        placement.neuron_denmem.tolist(),
        placement.neuron_size.tolist(),
        strict=True,
    ):
        assert not dead[hicann]
        assert denmem // 32 == (denmem + size // 2 - 1) // 32
        for column in range(denmem, denmem + size // 2):
            assert (hicann, column) not in taken
            taken.add((hicann, column))
            assert not result.defects.denmem[hicann, [column, column + 256]].any()
    assert not dead[placement.source_hicann].any()
    assert len(placement.source_hicann) == len(network.sources)


def check_lines(network, result):
    """Every line has one DNC merger that works, and every cell an address of its own on it."""
    lines, placement, defects = result.lines, result.placement, result.defects
    has_line = lines.cell_line >= 0
    pairs = np.stack([lines.cell_line, lines.cell_address])[:, has_line]
    assert len(np.unique(pairs, axis=1).T) == np.count_nonzero(has_line)
    address = lines.cell_address[has_line]
    assert np.all((address > 0) & (address < 64) & (address % 16 != 1))
    np.testing.assert_array_equal(lines.cell_address[~has_line], -1)
    assert len(set(zip(lines.hicann.tolist(), lines.merger.tolist(), strict=True))) == lines.n_lines

    users = {}
    hicanns = np.concatenate([placement.neuron_hicann, placement.source_hicann])
    cells = np.concatenate([network.neurons, network.sources])
    blocks = np.concatenate(
        [placement.neuron_denmem // 32, np.full(len(network.sources), -1, dtype=np.int32)]
    )
    channels = np.concatenate(
        [np.full(len(network.neurons), -1, dtype=np.int32), placement.source_channel]
    )
    for cell, hicann, block, channel in zip(cells, hicanns, blocks, channels, strict=True):
        line = lines.cell_line[cell]
        if line < 0:
            continue
        merger = int(lines.merger[line])
        assert lines.hicann[line] == hicann
        users.setdefault(int(line), set()).add("neurons" if block >= 0 else "sources")
        if block >= 0:
            assert block in BLOCKS_OF_DNC[merger]
            assert result.block_merger[hicann, block] == merger
        else:
            assert channel == merger
    # A line carries either neurons' spikes or stimuli.
    assert all(len(kinds) == 1 for kinds in users.values())
    used = lines.hicann, lines.merger
    assert not defects.dnc_merger[used].any()
    assert not defects.background_generator[used].any()
    assert not defects.h_repeater[lines.hicann, SENDING_LINES[7 - lines.merger]].any()


def asked_pairs(network, result):
    """Return the pairs of line and target HICANN between which there are synapses."""
    pairs = set()
    for one in network.projections:
        line = result.lines.cell_line[one.presynaptic]
        target = result.placement.neuron_hicann[network.local_index[one.postsynaptic]]
        pairs |= set(zip(line[line >= 0].tolist(), target[line >= 0].tolist(), strict=True))
    return pairs


def check_layer1(network, result):
    defects = result.defects
    pairs = np.array(sorted(asked_pairs(network, result)), dtype=np.int64).reshape(-1, 2)
    violations = layer1_violations(
        result.layer1,
        result.lines.hicann,
        result.lines.merger,
        np.searchsorted(pairs[:, 0], np.arange(result.lines.n_lines + 1)),
        pairs[:, 1],
        Layer1Defects(
            dead_hicanns(defects),
            defects.h_line,
            defects.v_line,
            defects.h_repeater,
            defects.v_repeater,
            defects.crossbar_switch,
        ),
    )
    assert violations == []


def check_drivers(result, chain_length):
    """Chains are connected, in one quadrant, of drivers that work and that nobody else has."""
    layer1, drivers, defects = result.layer1, result.drivers, result.defects
    switches = {tuple(row) for row in defects.synapse_switch.tolist()}
    taken, closed = set(), set()
    for route in range(len(layer1.route_line)):
        first, last = int(drivers.route_first[route]), int(drivers.route_last[route])
        primary = int(drivers.route_primary[route])
        if first < 0:
            assert last == primary == -1
            continue
        chain = list(range(first, last + 1, 2))
        target = int(layer1.route_target[route])
        assert primary in chain
        assert len(chain) <= min(chain_length, int(drivers.route_drivers_needed[route]))
        assert len({(line < 112, int(DRIVER_SIDE[line])) for line in chain}) == 1
        assert not defects.synapse_driver[target, chain].any()
        assert taken.isdisjoint((target, line) for line in chain)
        taken |= {(target, line) for line in chain}
        segment = layer1.route_segment[route]
        hicann, v_line = int(layer1.segment_hicann[segment]), int(layer1.segment_bus[segment])
        v_line -= V_BUS
        if hicann == target:
            assert primary in OWN_DRIVER_LINES[v_line]
        else:
            assert NEIGHBOURS[hicann, V_LINE_NEIGHBOUR[v_line]] == target
            assert primary in NEIGHBOUR_DRIVER_LINES[v_line]
        assert (hicann, v_line, primary) not in switches
        assert (hicann, v_line) not in closed
        closed.add((hicann, v_line))


def check_synapses(network, result):
    placement, lines, rows = result.placement, result.lines, result.rows
    route_of = {
        pair: number
        for number, pair in enumerate(
            zip(result.layer1.route_line.tolist(), result.layer1.route_target.tolist(), strict=True)
        )
    }
    broken = {tuple(row) for row in result.defects.synapse.tolist()}
    sites = set()
    for one, routing in zip(network.projections, result.projections, strict=True):
        places = routing.places
        neuron = network.local_index[one.postsynaptic]
        assert len(routing.reason) == one.size
        for i in range(one.size):
            if routing.reason[i]:
                assert routing.site[i] == routing.row[i] == routing.distance[i] == -1
                continue
            hicann, row, column = (int(x[i]) for x in (places.hicann, places.row, places.column))
            assert (hicann, row, column) not in sites
            sites.add((hicann, row, column))
            assert (hicann, row, column) not in broken
            assert not result.defects.synapse_row[hicann, row]
            west = placement.neuron_denmem[neuron[i]]
            assert hicann == placement.neuron_hicann[neuron[i]]
            assert west <= column < west + placement.neuron_size[neuron[i]] // 2
            # The row belongs to the chain of the line that carries the source ...
            line = int(lines.cell_line[one.presynaptic[i]])
            address = int(lines.cell_address[one.presynaptic[i]])
            route = route_of[line, hicann]
            drivers = result.drivers
            assert drivers.route_first[route] <= row // 2 <= drivers.route_last[route]
            assert (row // 2 - drivers.route_first[route]) % 2 == 0
            assert rows.route[hicann, row] == route
            # ... and hears its address, with the sign that was asked for.
            assert rows.prefix[hicann, row, column % 2] == address // 16
            assert places.decoder[i] == address % 16
            assert rows.sign[hicann, row] == (one.receptor == "inhibitory")
            # Its driver does what short-term plasticity was asked for, in both of its rows.
            assert rows.mode[hicann, row] == STP_MODES.index(one.stp_mode)
            assert rows.mode[hicann, row ^ 1] in (-1, rows.mode[hicann, row])
            assert routing.distance[i] == result.layer1.route_length[route]
            assert routing.row[i] >= 0
            assert result.row_place[routing.row[i]].tolist() == [hicann, row]
