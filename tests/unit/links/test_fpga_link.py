"""The off-wafer links: published limits, delay, jitter, time stamps, loss."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import LinkArrays
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts
from pyNN_brainscales_emu.links.events import TrialEvents
from pyNN_brainscales_emu.links.fpga_link import (
    DownLink,
    UpLink,
    deliver_trials,
    record_trials,
)

N_CELLS = 64
LINK_LIMIT_HZ = 1e5 / 56  # 1 786 Hz of biological time: one pulse each 56 ns at 1e4
FPGA_LIMIT_HZ = 1e5 / 8
NS = 0.01  # a nanosecond of hardware time in biological ms at 1e4


def links_of(n_links=1, speedup=1e4, n_cells=N_CELLS, timing=Links()):  # noqa: B008
    """Return cells spread evenly over links of one FPGA."""
    link = (np.arange(n_cells) % n_links).astype(np.int32)
    return LinkArrays(link, link, np.zeros(n_links, dtype=np.int32), speedup, timing)


def by_cell(cell, time_ms):
    order = np.lexsort([time_ms, cell])
    return cell[order].astype(np.int32), time_ms[order]


def regular(rate_hz, duration_ms=1000.0, offset_ms=0.0):
    """Return evenly spaced events, the cells taking turns."""
    time_ms = np.arange(offset_ms, duration_ms, 1e3 / rate_hz)
    return by_cell(np.arange(len(time_ms)) % N_CELLS, time_ms)


def poisson(rng, rate_hz, duration_ms=1000.0):
    """Return Poisson events of all cells together."""
    time_ms = rng.uniform(0, duration_ms, rng.poisson(rate_hz * duration_ms / 1e3))
    return by_cell(rng.integers(N_CELLS, size=len(time_ms)), time_ms)


def sent_down(events, n_links=1, timing=Links(), speedup=1e4):  # noqa: B008
    return DownLink(links_of(n_links, speedup, timing=timing), 5, 0).deliver(*events)


# --- throughput and loss ---------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [100.0, 900.0, 1700.0, LINK_LIMIT_HZ])
def test_regular_trains_pass_up_to_the_limit_of_a_link(rate_hz):
    events = regular(rate_hz)
    assert len(sent_down(events)[0]) == len(events[0])


@pytest.mark.parametrize("rate_hz", [1900.0, 2500.0, 3000.0])
def test_a_link_saturates_at_one_pulse_each_56_ns(rate_hz):
    _, delivered, counts = sent_down(regular(rate_hz))
    fifo = Links().fifo_depth
    assert LINK_LIMIT_HZ - 1 <= len(delivered) <= LINK_LIMIT_HZ + fifo + 1
    middle = np.count_nonzero((delivered > 200) & (delivered < 800))
    assert middle == pytest.approx(0.6 * LINK_LIMIT_HZ, abs=2)
    assert counts.l2_down_dropped_before_sim == 0


def test_a_slower_machine_passes_less_hardware_time_less():
    events = regular(3000.0)
    assert len(sent_down(events, speedup=1e3)[0]) == len(events[0])


def test_no_poisson_event_is_lost_well_below_the_limit(rng):
    events = poisson(rng, 0.4 * LINK_LIMIT_HZ, 5000.0)
    assert len(sent_down(events)[0]) == len(events[0])


def test_poisson_loss_sets_in_smoothly_and_follows_the_limit(rng):
    loss = {}
    for rate_hz in (0.9, 1.0, 1.1, 2.0, 4.0):
        events = poisson(rng, rate_hz * LINK_LIMIT_HZ, 20_000.0)
        counts = sent_down(events)[2]
        loss[rate_hz] = counts.l2_down_lost / counts.l2_down_sent
    assert 0 < loss[0.9] < loss[1.0] < loss[1.1] < loss[2.0]
    assert loss[1.0] < 0.05
    # Far above the limit only what the link takes gets through: 1 - limit / rate.
    for rate_hz in (2.0, 4.0):
        n_events = rate_hz * LINK_LIMIT_HZ * 20.0
        tolerance = 4 / (rate_hz * np.sqrt(n_events)) + 17 / n_events
        assert loss[rate_hz] == pytest.approx(1 - 1 / rate_hz, abs=tolerance)


def test_an_fpga_releases_one_pulse_a_clock(rng):
    events = poisson(rng, 2 * FPGA_LIMIT_HZ)
    _, _, counts = sent_down(events, n_links=32)  # 780 Hz a link: no loss there
    assert counts.l2_down_lost == 0
    assert counts.l2_down_sent == pytest.approx(FPGA_LIMIT_HZ, abs=15)
    assert counts.l2_down_dropped_before_sim == len(events[0]) - counts.l2_down_sent


def test_eight_hicanns_meet_the_limit_of_their_fpga_before_their_own():
    # Regular trains: all pass below 1.56 kHz on each of eight links, fewer above.
    below, above = regular(8 * 1550.0), regular(8 * 1600.0)
    assert len(sent_down(below, n_links=8)[0]) == len(below[0])
    counts = sent_down(above, n_links=8)[2]
    assert counts.l2_down_dropped_before_sim == pytest.approx(len(above[0]) - FPGA_LIMIT_HZ, abs=15)
    assert counts.l2_down_lost == 0


def test_of_simultaneous_pulses_thirteen_leave_in_time():
    # Clock 12 is 96 ns late, clock 13 would be 104 ns late.
    burst = (np.arange(N_CELLS, dtype=np.int32), np.full(N_CELLS, 10.0))
    source, time_ms, counts = sent_down(burst, n_links=N_CELLS, timing=Links(jitter_ns=0.0))
    assert source.tolist() == list(range(13))
    np.testing.assert_allclose(time_ms, 10.0 + (30 + 8 * np.arange(13)) * NS)
    assert counts == PulseCounts(
        l2_down_before_sim=64, l2_down_dropped_before_sim=51, l2_down_sent=13
    )


def test_a_full_fifo_loses_pulses():
    # One pulse each ns: the first leaves at once, 16 wait, the rest is lost until at 56 ns the
    # second leaves and makes room for the pulse that comes then.
    timing = Links(fpga_clock_ns=1.0, late_drop_ns=1e3, jitter_ns=0.0)
    burst = (np.arange(N_CELLS, dtype=np.int32), np.full(N_CELLS, 10.0))
    source, time_ms, counts = sent_down(burst, timing=timing)
    assert source.tolist() == [*range(17), 56]
    np.testing.assert_allclose(time_ms, 10.0 + (30 + 56 * np.arange(18)) * NS)
    assert counts.l2_down_lost == 46


def test_counts_add_up(rng):
    events = poisson(rng, 3 * FPGA_LIMIT_HZ)
    source, _, counts = sent_down(events, n_links=4)
    assert counts.l2_down_dropped_before_sim > 0
    assert counts.l2_down_lost > 0
    assert counts.l2_down_before_sim == len(events[0])
    assert counts.l2_down_sent + counts.l2_down_dropped_before_sim == len(events[0])
    assert len(source) == counts.l2_down_sent - counts.l2_down_lost
    doubled = counts + counts
    assert doubled.l2_down_lost == 2 * counts.l2_down_lost
    assert doubled.l1_neuron_sent == 0


# --- delay, jitter, time stamps --------------------------------------------------------------


def test_the_delay_exceeds_the_send_ahead_by_30_ns(rng):
    events = poisson(rng, 100.0, 100_000.0)
    alone = Links(group_gap_clocks=0)
    _, delivered, counts = sent_down(events, n_links=N_CELLS, timing=alone)
    assert counts.l2_down_lost == counts.l2_down_dropped_before_sim == 0
    shift_ms = delivered - events[1]
    sd_ms = np.sqrt(8.0**2 + 8.0**2 / 12) * NS  # jitter and the grid of the clock
    # A pulse now and then waits for a clock or a link, which adds less than 0.05 ns on average.
    assert shift_ms.mean() == pytest.approx(30 * NS, abs=4 * sd_ms / np.sqrt(len(shift_ms)) + 5e-4)
    raised = sent_down(
        events, n_links=N_CELLS, timing=replace(alone, send_ahead_ns=496.0, delay_ns=560)
    )
    np.testing.assert_allclose(raised[1] - delivered, (560 - 496 - 30) * NS, atol=1e-9)


def test_jitter_is_normal_with_8_ns():
    time_ms = np.arange(1, 20_001) * 1.2  # on the grid of 8 ns, far apart
    source = np.zeros(20_000, dtype=np.int32)
    _, delivered, _ = sent_down((source, time_ms))
    jitter = (delivered - time_ms) / NS - 30
    clipped_variance = (1 - 2 * norm.sf(3) - 6 * norm.pdf(3)) + 18 * norm.sf(3)
    assert np.abs(jitter).max() == pytest.approx(24.0)
    assert jitter.std() == pytest.approx(8 * np.sqrt(clipped_variance), rel=4 / np.sqrt(40_000))
    share_within_sd = np.mean(np.abs(jitter) < 8)
    assert share_within_sd == pytest.approx(0.6827, abs=4 * np.sqrt(0.6827 * 0.3173 / 20_000))


def test_without_jitter_release_is_on_the_clock(rng):
    events = poisson(rng, 50.0)
    _, delivered, _ = sent_down(events, timing=Links(jitter_ns=0.0))
    clocks = (delivered / NS - 30) / 8
    np.testing.assert_allclose(clocks, np.round(clocks), atol=1e-6)
    assert np.abs(delivered - 30 * NS - events[1]).max() < 60 * NS


def test_time_stamps_lie_on_their_grid_and_hold_no_delay(rng):
    neuron, time_ms = poisson(rng, 100.0, 50_000.0)
    recorded, counts = UpLink(links_of(N_CELLS), 1, 0).record(neuron, time_ms)
    ticks = recorded / NS / 4
    np.testing.assert_allclose(ticks, np.round(ticks), atol=1e-5)
    late_ns = (recorded - time_ms) / NS
    # Uniform over 8 ns, then down to the tick of 4 ns: 2 ns late on average.
    alone = late_ns < 8
    assert alone.mean() > 0.999
    assert late_ns.min() > -4
    sd = np.sqrt((8**2 + 4**2) / 12)
    assert late_ns[alone].mean() == pytest.approx(2.0, abs=4 * sd / np.sqrt(len(late_ns)))
    assert late_ns[alone].std() == pytest.approx(sd, rel=0.03)
    assert counts == PulseCounts(l2_up_sent=len(neuron))


def test_recording_saturates_as_the_way_down():
    neuron, time_ms = regular(3000.0)
    recorded, counts = UpLink(links_of(), 1, 0).record(neuron, time_ms)
    assert len(recorded) == counts.l2_up_sent == 3000
    assert np.count_nonzero(np.isnan(recorded)) == counts.l2_up_lost
    assert 3000 - counts.l2_up_lost == pytest.approx(LINK_LIMIT_HZ, abs=18)
    # Behind a full FIFO a spike is stamped 15 to 16 periods of 56 ns late.
    late_ns = (recorded - time_ms)[time_ms > 500.0] / NS
    assert 15 * 56 - 4 < np.nanmin(late_ns) < np.nanmax(late_ns) < 16 * 56 + 8


def test_a_spike_at_the_start_is_not_stamped_before_it():
    recorded, _ = UpLink(links_of(), 1, 0).record(np.zeros(1, np.int32), np.zeros(1))
    assert 0 <= recorded[0] <= 4 * NS


# --- other machines --------------------------------------------------------------------------


def test_two_pulses_a_clock_double_what_an_fpga_releases(rng):
    events = poisson(rng, 4 * FPGA_LIMIT_HZ)
    counts = sent_down(events, n_links=N_CELLS, timing=Links(pulses_per_clock=2))[2]
    assert counts.l2_down_sent == pytest.approx(2 * FPGA_LIMIT_HZ, abs=30)


def test_a_link_twice_as_fast_carries_twice_as_much():
    timing = Links(link_period_ns=28.0)
    _, delivered, _ = sent_down(regular(5000.0), timing=timing)
    assert len(delivered) == pytest.approx(2 * LINK_LIMIT_HZ, abs=18)


def test_ideal_links_pass_everything_at_once(rng):
    ideal = Links.preset("ideal")
    events = poisson(rng, 10 * FPGA_LIMIT_HZ, 100.0)
    source, time_ms, counts = sent_down(events, timing=ideal)
    np.testing.assert_array_equal(source, events[0])
    np.testing.assert_allclose(time_ms, events[1], rtol=1e-13)
    assert counts == PulseCounts(l2_down_before_sim=len(source), l2_down_sent=len(source))
    recorded, counts = UpLink(links_of(timing=ideal), 1, 0).record(*events)
    np.testing.assert_allclose(recorded, events[1], rtol=1e-13)
    assert counts == PulseCounts(l2_up_sent=len(source))


def test_playback_releases_a_group_back_to_back():
    # Due at clocks 0, 5, 10, 20 of a link each: the second belongs to the group of the first and
    # leaves at clock 1; the third is due nine clocks after that, and begins a group.
    timing = Links(jitter_ns=0.0, delay_ns=1000.0)
    time_ms = 10.0 + np.array([0, 5, 10, 20]) * 0.08
    events = np.arange(4, dtype=np.int32), time_ms
    _, grouped, _ = sent_down(events, n_links=4, timing=timing)
    np.testing.assert_allclose((grouped - 10.0) / NS - 800, [0, 8, 80, 160], atol=1e-6)
    _, alone, _ = sent_down(events, n_links=4, timing=replace(timing, group_gap_clocks=0))
    np.testing.assert_allclose(alone - time_ms, 800 * NS)


def test_no_pulse_arrives_before_its_time(rng):
    events = poisson(rng, 1000.0)
    timing = Links(send_ahead_ns=230.0)
    assert (sent_down(events, timing=timing)[1] >= events[1]).all()


# --- many presentations ----------------------------------------------------------------------


def many_trials(rng, n_trials=30):
    parts = [poisson(rng, rate, 50.0) for rate in rng.uniform(0, 20_000.0, n_trials)]
    offsets = np.concatenate([[0], np.cumsum([len(source) for source, _ in parts])])
    return TrialEvents(offsets, *(np.concatenate(column) for column in zip(*parts, strict=True)))


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_trials_are_single_presentations(rng, n_threads):
    events, links = many_trials(rng), links_of(4)
    by_link, total_by_link = LinkCounts.none(4), LinkCounts.none(4)
    delivered, down = deliver_trials(links, 9, 70, events, n_threads, by_link)
    recorded, up = record_trials(
        links, 9, 70, events.offsets, events.source, events.time_ms, n_threads, by_link
    )
    total = PulseCounts()
    for trial in range(events.n_trials):
        part = slice(events.offsets[trial], events.offsets[trial + 1])
        down_link, up_link = (kind(links, 9, 70 + trial) for kind in (DownLink, UpLink))
        source, time_ms, counts = down_link.deliver(*events.trial(trial))
        np.testing.assert_array_equal(delivered.trial(trial)[0], source)
        np.testing.assert_array_equal(delivered.trial(trial)[1], time_ms)
        stamps, counts_up = up_link.record(*events.trial(trial))
        total_by_link.down[:] += down_link.by_link
        total_by_link.up[:] += up_link.by_link
        np.testing.assert_array_equal(recorded[part], stamps)
        total = total + counts + counts_up
    assert total == down + up == by_link.of(np.arange(4))
    np.testing.assert_array_equal(by_link.down, total_by_link.down)
    np.testing.assert_array_equal(by_link.up, total_by_link.up)
    assert down.l2_down_lost > 0
    assert delivered.offsets[-1] == len(delivered.source)


def test_presentations_have_jitter_of_their_own():
    time_ms, source = np.array([10.0]), np.zeros(1, dtype=np.int32)
    delivered = {
        float(DownLink(links_of(), seed, presentation).deliver(source, time_ms)[1][0])
        for seed in (1, 2)
        for presentation in (0, 1)
    }
    assert len(delivered) == 4


def test_no_events_are_no_trouble():
    none = np.zeros(0, dtype=np.int32), np.zeros(0)
    assert sent_down(none)[2] == PulseCounts()
    empty = TrialEvents(np.zeros(4, dtype=np.int64), *none)
    delivered, counts = deliver_trials(links_of(), 1, 0, empty, 2)
    assert delivered.offsets.tolist() == [0, 0, 0, 0]
    assert counts == PulseCounts()


# --- bad input -------------------------------------------------------------------------------


def test_a_source_without_a_link_is_refused():
    with pytest.raises(ParameterError, match="spike sources: local index"):
        sent_down((np.array([64], dtype=np.int32), np.zeros(1)))
