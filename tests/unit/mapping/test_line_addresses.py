import numpy as np
import pytest
from graph_builders import graph, neurons, poisson
from hypothesis import given
from hypothesis import strategies as st
from routing_builders import placed

from pyNN_brainscales_emu.mapping.line_addresses import (
    ADDRESSES,
    AddressOrder,
    assign_addresses,
    assign_lines,
    neurons_per_block,
)
from pyNN_brainscales_emu.mapping.merger_routing import MergerStrategy, route_mergers

RESERVED = {0, 1, 17, 33, 49}


@pytest.mark.parametrize("order", AddressOrder)
def test_59_addresses_are_usable(order):
    assert sorted(ADDRESSES[order]) == sorted(set(range(64)) - RESERVED)


def test_the_order_of_addresses():
    assert ADDRESSES[AddressOrder.HIGH_FIRST][:3].tolist() == [63, 62, 61]
    assert ADDRESSES[AddressOrder.LOW_FIRST][:3].tolist() == [2, 3, 4]
    assert ADDRESSES[AddressOrder.ALTERNATE][:4].tolist() == [2, 63, 3, 62]


def test_high_addresses_fill_one_prefix_after_the_other():
    prefix = ADDRESSES[AddressOrder.HIGH_FIRST] >> 4
    assert np.bincount(prefix).tolist() == [14, 15, 15, 15]
    assert np.all(np.diff(prefix) <= 0)


def test_the_60th_cell_of_a_line_has_no_address():
    address = assign_addresses(np.zeros(61, dtype=np.int64), np.arange(61)[::-1])
    assert np.flatnonzero(address < 0).tolist() == [0, 1]


def test_no_cells():
    assert len(assign_addresses(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))) == 0


@given(st.lists(st.integers(-1, 3), max_size=300), st.sampled_from(AddressOrder))
def test_addresses_of_a_line_differ(line, order):
    line = np.array(line, dtype=np.int64)
    address = assign_addresses(line, np.arange(len(line)), order)
    assert np.all(address[line < 0] == -1)
    for number in range(4):
        given_out = address[line == number]
        on_line = min(len(given_out), 59)
        assert given_out[:on_line].tolist() == ADDRESSES[order][:on_line].tolist()
        assert np.all(given_out[on_line:] == -1)


def test_neurons_and_stimuli_share_a_hicann():
    network = graph([neurons(4), poisson([1.0] * 62, 4)])
    # neurons in blocks 0 (two) and 7, and on another HICANN; stimuli on channel 2, one on 0
    placement = placed([5, 5, 5, 9], [6, 2, 224, 0], 4, [5] * 62, [2] * 61 + [0])
    mergers = route_mergers(neurons_per_block(placement), MergerStrategy.ONE_TO_ONE)
    lines = assign_lines(network, placement, mergers)
    assert list(zip(lines.hicann, lines.merger, strict=True)) == [(5, 0), (5, 2), (5, 7), (9, 0)]
    assert lines.cell_line[:4].tolist() == [0, 0, 2, 3]
    assert lines.cell_address[:4].tolist() == [62, 63, 63, 63]  # by column
    assert lines.cell_line[4:].tolist() == [1] * 59 + [-1, -1, -1]
    assert lines.cell_address[4:63].tolist() == ADDRESSES[AddressOrder.HIGH_FIRST].tolist()
    assert np.all(lines.cell_address[63:] == -1)


def test_counts_of_blocks():
    placement = placed([0, 0, 0, 383], [0, 31, 32, 255], 2)
    count = neurons_per_block(placement)
    assert count[0, :2].tolist() == [2, 1]
    assert count[383, 7] == 1
    assert count.sum() == 4
