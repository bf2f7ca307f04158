"""Columns of synapses: the order in which they are kept."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.synapse_columns import SynapseCollector


def collected(shape, pieces):
    pieces = list(pieces)
    collector = SynapseCollector()
    for pre, post, values in pieces:
        collector.append(pre, post, values)
    return collector.join(shape, tuple(sorted({name for _, _, v in pieces for name in v})))


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    by_post=st.booleans(),
)
def test_synapses_are_ordered_by_pair_and_then_as_given(seed, shape, sizes, by_post):
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    pre, post = rng.integers(0, shape[0], n), rng.integers(0, shape[1], n)
    if by_post:
        post.sort()
    number = np.arange(n, dtype=float)
    ends = np.cumsum(sizes)[:-1]
    pieces = zip(
        *(np.split(column, ends) for column in (pre, post)),
        [{"weight": part, "delay": 1.5} for part in np.split(number, ends)],
        strict=True,
    )
    columns = collected(shape, pieces)
    expected = sorted(zip(pre.tolist(), post.tolist(), number.tolist(), strict=True))
    found = zip(columns.pre, columns.post, columns.values["weight"], strict=True)
    assert [tuple(one) for one in found] == expected
    assert columns.values["delay"].tolist() == [1.5] * n


@pytest.mark.parametrize("pre", [[2, -1, 0], [2, 9, 0]])
def test_indices_out_of_range_are_left_to_the_check_of_addresses(pre):
    columns = collected((3, 3), [(np.array(pre), np.array([0, 1, 2]), {"weight": 1.0})])
    assert sorted(columns.pre.tolist()) == sorted(pre)


def test_indices_beyond_32_bits_stay_what_they_are():
    columns = collected((3, 3), [(np.array([0, 2**40]), np.array([1, 1]), {"weight": 1.0})])
    assert columns.pre.tolist() == [0, 2**40]


def test_a_number_for_all_synapses_takes_the_memory_of_one():
    tracemalloc.start()
    try:
        index = np.zeros(100_000, dtype=np.int32)
        columns = collected((1, 1), [(index, index, {"weight": 0.5, "delay": 1.5})])
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 8 * len(index) + 10_000
    assert columns.values["delay"].tolist() == [1.5] * len(index)


def test_numbers_that_differ_between_pieces_go_with_their_synapses():
    columns = collected(
        (4, 1),
        [
            (np.array([3, 1]), np.array([0, 0]), {"weight": 1.0}),
            (np.array([2, 0]), np.array([0, 0]), {"weight": 2.0}),
        ],
    )
    np.testing.assert_array_equal(columns.values["weight"], [2.0, 1.0, 2.0, 1.0])
