"""Counting sort against NumPy's stable sort."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.emulator.ordering import order_by


@given(st.lists(st.integers(0, 20), max_size=200), st.integers(21, 40))
def test_the_order_is_that_of_a_stable_sort(keys, n_keys):
    key = np.array(keys, dtype=np.int64)
    order, start = order_by(key, n_keys)
    assert order.tolist() == np.argsort(key, kind="stable").tolist()
    assert start.tolist() == np.searchsorted(np.sort(key), np.arange(n_keys + 1)).tolist()


def test_no_keys():
    order, start = order_by(np.zeros(0, dtype=np.int64), 0)
    assert len(order) == 0
    assert start.tolist() == [0]
