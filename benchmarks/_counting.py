"""Estimates of synapse loss that only count: addresses, synapse drivers, vertical lines.

`driver_loss` is meant like the theory of Vogginger & Mayr (2026): every line of a random recurrent
network has targets on every HICANN and needs a driver there, of which there are 224, reachable
without restriction. `route_loss` and `switch_loss` are exact without defects.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    COLUMNS_PER_NEURON_BLOCK,
    DRIVER_CHAIN_LENGTH,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.layer1 import MERGER_LINES, V_BUS, V_LINES
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y

#: Usable addresses with the same two upper bits, which is what a half row listens to; 14 once.
ADDRESSES_PER_PREFIX = 15
HALF_ROWS_PER_DRIVER = 4
#: Networks that layer 1 falls apart into, and vertical lines of a HICANN in each.
N_NETWORKS = 32
V_LINES_PER_NETWORK = 8
#: Drivers of a HICANN that four of these networks share.
DRIVERS_PER_FOUR = 28


def neurons_per_line(neuron_size: int) -> int:
    """Return how many neurons of a HICANN a line carries if each HICANN has one line."""
    in_block = COLUMNS_PER_NEURON_BLOCK // (neuron_size // 2)
    return min(ADDRESSES_PER_LINE, NEURON_BLOCKS_PER_HICANN * in_block)


def driver_loss(n_neurons: int, probability: float, neuron_size: int) -> float:
    """Return the share of synapses that find no driver, if any driver could serve any line.

    Lines carry as many neurons of one sign as they can, and each has the drivers that its
    synapses need on a HICANN. If there are fewer, every line gets one, then those that need it a
    second one, and so on; beyond 224 lines the others get none.
    """
    n_sources = neurons_per_line(neuron_size)
    n_lines = int(np.ceil(n_neurons / n_sources))
    needs, served = _driver_needs(n_sources, probability, neuron_size)
    if n_lines >= DRIVERS_PER_HICANN:
        return 1 - DRIVERS_PER_HICANN / n_lines * float(served[1])
    left, loss = DRIVERS_PER_HICANN - n_lines, 1 - float(served[1])
    for n_drivers in range(2, DRIVER_CHAIN_LENGTH + 1):
        wanted = n_lines * needs[n_drivers]
        share = min(1.0, left / wanted) if wanted else 1.0
        loss -= share * float(served[n_drivers] - served[n_drivers - 1])
        left -= share * wanted
    return max(0.0, loss)


def _driver_needs(
    n_sources: int, probability: float, neuron_size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, by number of drivers, how many lines need so many, and the synapses they serve."""
    n_prefixes = -(-n_sources // ADDRESSES_PER_PREFIX)
    columns = neuron_size // 4  # of either parity in one array
    inputs = binom(-(-n_sources // n_prefixes), probability)
    numbers = np.arange(ADDRESSES_PER_PREFIX + 1)
    half_rows = np.arange(ADDRESSES_PER_PREFIX + 1)
    # Half rows of a prefix: the most that one of the HICANN's neurons needs.
    at_most = inputs.cdf(columns * half_rows) ** n_sources
    need = np.diff(at_most, prepend=0.0)
    total = np.ones(1)
    for _ in range(n_prefixes):
        total = np.convolve(total, need)
    drivers = np.arange(DRIVER_CHAIN_LENGTH + 1)
    needs = np.array([total[HALF_ROWS_PER_DRIVER * (k - 1) + 1 :].sum() for k in drivers[1:]])
    room = columns * HALF_ROWS_PER_DRIVER * drivers / n_prefixes
    taken = np.minimum(numbers, room[:, np.newaxis])
    served = (inputs.pmf(numbers) * taken).sum(axis=1) / inputs.mean()
    return np.concatenate([[1.0], needs]), served


def route_loss(result: Any) -> float:
    """Return the least share of pairs of line and target HICANN that no routing could connect.

    The shift of lines from HICANN to HICANN and the pattern of the crossbar keep a line in one of
    32 networks, numbered (h div 2 - x - 2 y) mod 32, and on each HICANN eight vertical lines
    belong to it.
    """
    lines, routing = result.lines, result.layer1
    place = HICANN_X[lines.hicann] + 2 * HICANN_Y[lines.hicann]
    network = (MERGER_LINES[lines.merger] // 2 - place) % N_NETWORKS
    line = np.concatenate([routing.route_line, routing.failed_line])
    target = np.concatenate([routing.route_target, routing.failed_target])
    wanted = np.zeros((HICANNS_PER_WAFER, N_NETWORKS), dtype=int)
    np.add.at(wanted, (target, network[line]), 1)
    excess = np.maximum(wanted - V_LINES_PER_NETWORK, 0).sum()
    return float(excess / max(1, len(line)))


def switch_loss(result: Any) -> float:
    """Return the least share of routes that can have no driver, as synapse switches are.

    Four of the networks have their 16 vertical lines on either side of a HICANN on the same 14
    drivers, 28 in all.
    """
    routing = result.layer1
    v_line = routing.segment_bus[routing.route_segment] - V_BUS
    on_left = v_line < V_LINES // 2
    four = np.where(on_left, 7 - v_line % 32 // 4, v_line % 32 // 4)
    wanted = np.zeros((HICANNS_PER_WAFER, 8), dtype=int)
    np.add.at(wanted, (routing.route_target, four), 1)
    excess = np.maximum(wanted - DRIVERS_PER_FOUR, 0).sum()
    return float(excess / max(1, len(routing.route_line) + len(routing.failed_line)))
