"""Events kept by advance, shown since a step, and forgotten cell by cell."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.emulator.event_store import EventStore

N_CELLS = 5
ADVANCES = st.lists(
    st.lists(st.integers(0, N_CELLS - 1), max_size=6).map(lambda c: np.array(c, dtype=np.int32)),
    max_size=8,
)


def stored(advances):
    """Each advance takes ten steps; the time of an event tells its advance and number."""
    store = EventStore()
    for number, cells in enumerate(advances):
        store.append(10 * (number + 1), cells, 100.0 * number + np.arange(len(cells)))
    return store


@given(ADVANCES, st.integers(0, 9))
def test_events_are_shown_by_the_end_of_their_advance(advances, n_before):
    end, cell, (time,) = stored(advances).after(10 * n_before)
    shown = advances[n_before:]
    assert cell.tolist() == [c for cells in shown for c in cells]
    assert (end == 10 * (time // 100 + 1)).all()
    assert (end > 10 * n_before).all()


@given(ADVANCES, st.sets(st.integers(0, N_CELLS - 1)), st.integers(0, 8), st.integers(0, 8))
def test_forgetting_takes_the_events_of_some_cells_in_a_window(advances, cells, begin, end):
    store, gone = stored(advances), np.zeros(N_CELLS, dtype=bool)
    gone[list(cells)] = True
    before_end, before_cell, (before_time,) = store.after()
    store.forget(gone, 10 * begin, 10 * end)
    kept = ~(gone[before_cell] & (before_end > 10 * begin) & (before_end <= 10 * end))
    after_end, after_cell, (after_time,) = store.after()
    np.testing.assert_array_equal(after_cell, before_cell[kept])
    np.testing.assert_array_equal(after_time, before_time[kept])
    np.testing.assert_array_equal(after_end, before_end[kept])
    assert all(len(part) for part in store.cells)
    assert store.nbytes == 12 * len(after_cell)  # int32 and float64


def test_several_times_stand_side_by_side():
    store = EventStore(n_times=2)
    assert store.after()[2].shape == (2, 0)
    store.append(3, np.array([1, 0], dtype=np.int32), np.array([0.1, 0.2]), np.array([0.3, 0.4]))
    assert store.after()[2].tolist() == [[0.1, 0.2], [0.3, 0.4]]


@given(ADVANCES, st.integers(0, 8))
def test_advances_that_did_not_end_are_dropped(advances, n_ended):
    store, ended = stored(advances), stored(advances[:n_ended])
    store.drop_after(10 * n_ended)
    np.testing.assert_array_equal(store.after()[2], ended.after()[2])
    assert (store.ends, store.nbytes) == (ended.ends, ended.nbytes)
