"""Places of neurons and synapses in the engine's arrays."""

import tracemalloc
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from experiment_builders import neurons, synapses
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu import array_pieces
from pyNN_brainscales_emu.emulator.kernel_models import LANES, model_number
from pyNN_brainscales_emu.emulator.layout import (
    LONGEST_BLOCK,
    PRECISIONS,
    NeuronLayout,
    SynapseLayout,
    aligned,
    block_steps,
    engine_sources,
    input_places,
    slots,
)


@given(st.lists(st.booleans(), max_size=200))
def test_units_hold_one_model_and_every_neuron_has_its_own_lane(adex):
    made = neurons(len(adex), adex=np.array(adex, dtype=bool))
    layout = NeuronLayout.build(made)
    assert (layout.local[layout.engine] == np.arange(len(adex))).all()
    for group in made.groups:
        of_group = layout.unit_model[layout.unit[layout.engine[group.index]]]
        assert (of_group == model_number(group.model)).all()
    assert len(set(zip(layout.unit, layout.lane, strict=True))) == len(adex)
    assert ((layout.lane >= 0) & (layout.lane < LANES)).all()
    n_adex = sum(adex)
    assert layout.n_units == -(-n_adex // LANES) + -(-(len(adex) - n_adex) // LANES)


def test_neurons_are_numbered_by_model_in_their_order():
    layout = NeuronLayout.build(neurons(5, adex=[True, False, True, False, False]))
    assert layout.local.tolist() == [1, 3, 4, 0, 2]
    assert layout.engine.tolist() == [3, 0, 4, 1, 2]
    assert layout.unit.tolist() == [0, 0, 0, 1, 1]
    assert layout.lane.tolist() == [0, 1, 2, 0, 1]


def test_sources_of_synapses_get_engine_numbers_behind_the_spike_sources():
    layout = NeuronLayout.build(neurons(3, adex=[True, False, False]))
    table = synapses([0, 1, 2, 3, 4], [0] * 5)
    assert engine_sources(table, 2, layout).tolist() == [0, 1, 4, 2, 3]


def test_places_of_inputs_follow_the_receptor():
    table = synapses([0, 1, 2], [1, 0, 1], inhibitory=[False, True, True])
    places = input_places(table, np.array([5, 90], dtype=np.uint32), input_step=16)
    assert places.tolist() == [90, 21, 106]


def sorted_synapses(source, place, delay_steps, thread, n_sources, n_threads=1):
    arrays = (np.array(a) for a in (source, place, delay_steps, thread))
    return SynapseLayout.build(*arrays, n_sources=n_sources, n_threads=n_threads)


def test_synapses_stand_by_thread_source_and_delay():
    layout = sorted_synapses(
        source=[2, 0, 2, 2, 0], place=[10, 11, 12, 13, 14],
        delay_steps=[10.0, 7.5, 7.5, 10.0, 7.5], thread=[0, 0, 0, 0, 1], n_sources=3, n_threads=2,
    )  # fmt: skip
    assert layout.order.tolist() == [1, 2, 0, 3, 4]
    assert layout.place.tolist() == [11, 12, 10, 13, 14]
    assert layout.segment_start.tolist() == [0, 1, 1, 3, 4, 4, 4]
    assert layout.segment_delay.tolist() == pytest.approx([7.5, 7.5, 10.0, 7.5])
    assert layout.synapse_start.tolist() == [0, 1, 2, 4, 5]


def test_delays_that_differ_by_rounding_share_a_segment():
    layout = sorted_synapses([0, 0, 0], [0, 1, 2], [0.3 / 0.1, 3.0, 3.1], [0, 0, 0], 1)
    assert layout.segment_start.tolist() == [0, 2]
    assert layout.segment_delay.tolist() == pytest.approx([3.0, 3.1])


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.booleans()), max_size=80),
    st.sampled_from([5, 500]),
    st.sampled_from([1, 7, array_pieces.PIECE]),
)
def test_the_order_is_the_same_for_few_delays_and_for_many(entries, n_sources, piece):
    # 60 delays on 1000 rows are sorted in two passes, on 10 rows with enough synapses in one.
    source, delay, thread = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    with patch.object(array_pieces, "PIECE", piece):
        layout = sorted_synapses(source, np.arange(len(source)), delay + 1.0, thread, n_sources, 2)
    row = thread * n_sources + source
    expected = np.lexsort((delay, row))
    assert layout.order.tolist() == expected.tolist()
    bounds = layout.segment_start
    assert bounds[-1] == len(layout.segment_delay) == len(set(zip(row, delay, strict=True)))
    per_segment = np.diff(layout.synapse_start)
    rows = np.repeat(np.repeat(np.arange(2 * n_sources), np.diff(bounds)), per_segment)
    assert rows.tolist() == row[expected].tolist()
    delays = np.repeat(layout.segment_delay, per_segment)
    np.testing.assert_allclose(delays, delay[expected] + 1.0)


def test_memory_for_delays_that_all_differ_grows_with_the_synapses_only():
    n, n_sources = 20_000, 10_000
    source = np.arange(n) % n_sources
    delay = np.random.default_rng(3).permutation(n) / n + 1.0
    tracemalloc.start()
    try:
        layout = sorted_synapses(source, np.arange(n), delay, np.zeros(n, dtype=int), n_sources)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(layout.segment_delay) == n
    assert peak < 200 * (n + n_sources)  # rows times delays are 1600 MB


def test_no_synapses():
    empty = np.zeros(0, dtype=np.int64)
    layout = SynapseLayout.build(empty, empty, np.zeros(0), empty, n_sources=4, n_threads=2)
    assert layout.segment_start.tolist() == [0] * 9
    layout.table(np.zeros(0), PRECISIONS["single"])


@pytest.mark.parametrize(
    ("delays", "steps"),
    [([], LONGEST_BLOCK), ([1.0], 1), ([12.4, 7.9], 7), ([6.9999999], 7), ([500.0], LONGEST_BLOCK),
     ([1 - 1e-9], 1)],
)  # fmt: skip
def test_a_block_is_no_longer_than_the_shortest_delay(delays, steps):
    assert block_steps(np.array(delays)) == steps


def test_the_ring_holds_what_is_under_way_when_a_block_is_over():
    # A spike half a step behind the block goes into the slots 11 and 12 of those to come.
    assert slots(np.array([3.0, 10.5]), 3) >= 13
    assert slots(np.zeros(0), 32) >= 32


def test_aligned_arrays_start_on_a_cache_line():
    for shape in [(3, 5), (1,), (0, 4)]:
        array = aligned(shape, np.float32)
        assert array.shape == shape
        assert not array.any()
        assert array.ctypes.data % 64 == 0 or array.size == 0


def test_a_table_leaves_out_weights_of_zero_but_keeps_the_structure():
    layout = sorted_synapses([0, 0, 1], [5, 6, 7], [1.0, 1.0, 1.0], [0, 0, 0], 2)
    again = replace(layout)
    for weights in ([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [3.0, 1.0, 2.0]):
        again.table(np.array(weights), PRECISIONS["double"])
    assert again.place.tolist() == [5, 6, 7]
