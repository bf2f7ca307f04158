"""The queues of the links against a plain twin, for any events and any timing."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reference import pulse_queues

from pyNN_brainscales_emu.experiment.compiled import LinkArrays
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.links.fpga_link import DownLink, UpLink

N_CELLS = 6
LINK = np.array([0, 0, 1, 2, 2, 2], dtype=np.int32)
LINKS = LinkArrays(LINK, LINK, np.array([0, 0, 1], dtype=np.int32), 1e4, Links())

# Bursts within a few hundred ns, with ties; a far event now and then, which empties the queues
# and spoils an even filling of buckets.
TIMES_MS = st.one_of(
    st.integers(0, 40).map(lambda clocks: clocks * 0.08),
    st.floats(0.0, 10.0),
    st.sampled_from([500.0, 1e6]),
)
EVENTS = st.lists(st.tuples(st.integers(0, N_CELLS - 1), TIMES_MS), max_size=150).map(sorted)
TIMINGS = st.builds(
    Links,
    fpga_clock_ns=st.sampled_from([1.0, 8.0]),
    pulses_per_clock=st.integers(1, 3),
    group_gap_clocks=st.sampled_from([0, 1, 6, 20]),
    group_size=st.sampled_from([1, 5, 184]),
    fifo_depth=st.integers(1, 16),
    late_drop_ns=st.sampled_from([0.0, 16.0, 100.0, 1e5]),
    jitter_ns=st.sampled_from([0.0, 8.0]),
)


def columns(events):
    return (
        np.array([cell for cell, _ in events], dtype=np.int32),
        np.array([time for _, time in events], dtype=float),
    )


def numbers(cell):
    """Return the number of each event in its cell's train."""
    return [int(np.count_nonzero(cell[:i] == cell[i])) for i in range(len(cell))]


@given(EVENTS, TIMINGS)
def test_down_equals_the_twin(events, timing):
    source, time_ms = columns(events)
    expected, dropped, lost = pulse_queues.down(events, LINK, LINKS.link_fpga, 1e4, timing, 3, 7)
    source_out, time_out, counts = DownLink(replace(LINKS, timing=timing), 3, 7).deliver(
        source, time_ms
    )
    keys = [key for key in zip(source.tolist(), numbers(source), strict=True) if key in expected]
    assert source_out.tolist() == [cell for cell, _ in keys]
    np.testing.assert_allclose(time_out, [expected[key] for key in keys], rtol=1e-13)
    assert counts.l2_down_dropped_before_sim == dropped
    assert counts.l2_down_lost == lost


@given(EVENTS, TIMINGS)
def test_counts_by_link_are_those_of_their_cells(events, timing):
    cell, time_ms = columns(events)
    down, up = (
        DownLink(replace(LINKS, timing=timing), 3, 7),
        UpLink(replace(LINKS, timing=timing), 3, 7),
    )
    arrived, _, counts = down.deliver(cell, time_ms)
    recorded, _ = up.record(cell, time_ms)
    n_links = len(LINKS.link_fpga)
    sent, missing, missing_up = (
        np.bincount(LINK[cells], minlength=n_links)
        for cells in (cell, arrived, cell[np.isnan(recorded)])
    )
    np.testing.assert_array_equal(down.by_link[:, 0], sent)
    np.testing.assert_array_equal(down.by_link[:, 1:].sum(axis=1), sent - missing)
    assert down.by_link[:, 1].sum() == counts.l2_down_dropped_before_sim
    np.testing.assert_array_equal(up.by_link[:, 0], sent)
    np.testing.assert_array_equal(up.by_link[:, 2], missing_up)


@given(EVENTS, TIMINGS)
def test_up_equals_the_twin(events, timing):
    neuron, time_ms = columns(events)
    expected, lost = pulse_queues.up(events, LINK, 1e4, timing, 3, 7)
    recorded, counts = UpLink(replace(LINKS, timing=timing), 3, 7).record(neuron, time_ms)
    keys = zip(neuron.tolist(), numbers(neuron), strict=True)
    np.testing.assert_array_equal(recorded, [expected.get(key, np.nan) for key in keys])
    assert counts.l2_up_lost == lost


@given(EVENTS, st.floats(0.0, 10.0))
def test_going_on_equals_one_run(events, cut_ms):
    source, time_ms = columns(events)
    early = time_ms < cut_ms
    whole = DownLink(LINKS, 1, 0).deliver(source, time_ms)
    link = DownLink(LINKS, 1, 0)
    parts = [link.deliver(source[part], time_ms[part]) for part in (early, ~early)]
    source_out, time_out = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    order = np.lexsort([time_out, source_out])
    np.testing.assert_array_equal(source_out[order], whole[0])
    np.testing.assert_array_equal(time_out[order], whole[1])
    assert parts[0][2] + parts[1][2] == whole[2]

    whole_up, _ = UpLink(LINKS, 1, 0).record(source, time_ms)
    up = UpLink(LINKS, 1, 0)
    recorded = np.empty_like(time_ms)
    for part in (early, ~early):
        recorded[part], _ = up.record(source[part], time_ms[part])
    np.testing.assert_array_equal(recorded, whole_up)


@given(EVENTS)
def test_jitter_keeps_the_order_of_a_link(events):
    source, time_ms = columns(events)
    timing = Links(fifo_depth=1000, late_drop_ns=1e6)  # loses nothing
    _, delivered, counts = DownLink(replace(LINKS, timing=timing), 1, 0).deliver(source, time_ms)
    assert counts.l2_down_sent == len(events) == len(delivered)
    order = np.lexsort([source, time_ms])
    for link in range(3):
        on_link = order[LINK[source[order]] == link]
        assert np.all(np.diff(delivered[on_link]) > 0)
