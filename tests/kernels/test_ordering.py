"""Counting sort against NumPy's stable sort."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.emulator.ordering import by_cell_and_time, order_by


@pytest.mark.parametrize("key_type", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@given(st.lists(st.integers(0, 20), max_size=200), st.integers(21, 40))
def test_the_order_is_that_of_a_stable_sort(key_type, dtype, keys, n_keys):
    key = np.array(keys, dtype=key_type)
    order, start = order_by(key, n_keys, dtype)
    assert order.dtype == dtype
    assert order.tolist() == np.argsort(key, kind="stable").tolist()
    assert start.tolist() == np.searchsorted(np.sort(key), np.arange(n_keys + 1)).tolist()


def test_no_keys():
    order, start = order_by(np.zeros(0, dtype=np.int64), 0)
    assert len(order) == 0
    assert start.tolist() == [0]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=60),
    st.booleans(),
    st.sampled_from([6, 1000]),
)
def test_events_by_cell_and_time(events, in_order_of_time, n_cells):
    if in_order_of_time:
        events.sort(key=lambda event: event[1])
    cell = np.array([event[0] for event in events], dtype=np.int32)
    time = np.array([event[1] for event in events], dtype=float)
    order = by_cell_and_time(cell, time, n_cells)
    assert order.tolist() == np.lexsort((time, cell)).tolist()
