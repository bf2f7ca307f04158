"""The off-wafer links in plain Python: what `cython_kernels/links.pyx` does, written for reading.

Here a FIFO is a list of waiting pulses that empties as time passes, and an FPGA remembers every
clock it has used.
"""

import math
from collections import defaultdict, deque

from pyNN_brainscales_emu.keyed_random import Purpose, normal, uniform


class Fifo:
    """Pulses that wait for one link, by the time at which they will leave."""

    def __init__(self, depth, period_ns):
        self.depth, self.period_ns = depth, period_ns
        self.waiting = deque()
        self.last_departure = -math.inf

    def enter(self, now_ns):
        """Return when a pulse that comes now leaves onto the link, or None if it is lost."""
        while self.waiting and self.waiting[0] <= now_ns:
            self.waiting.popleft()
        if len(self.waiting) == self.depth:
            return None
        self.last_departure = max(now_ns, self.last_departure + self.period_ns)
        self.waiting.append(self.last_departure)
        return self.last_departure


def numbered_by_time(events):
    """Return (time, cell, number of the event in the cell's train) by time, then cell."""
    so_far = defaultdict(int)
    numbered = []
    for cell, time in sorted(events):
        numbered.append((time, cell, so_far[cell]))
        so_far[cell] += 1
    return sorted(numbered)


class Playback:
    """An FPGA that releases pulses, clock by clock."""

    def __init__(self, timing):
        self.timing = timing
        self.released = []  # clocks of all pulses, in order
        self.group = 0  # pulses of the present group

    def is_full(self, clock):
        return self.released.count(clock) >= self.timing.pulses_per_clock

    def joins_group(self, wanted):
        timing = self.timing
        return bool(
            self.released
            and self.group < timing.group_size
            and wanted - self.released[-1] < timing.group_gap_clocks
        )

    def release(self, due_ns):
        """Return the clock at which a pulse leaves, or None if it is dropped."""
        timing = self.timing
        wanted = math.floor(due_ns / timing.fpga_clock_ns + 0.5)
        joins = self.joins_group(wanted)
        clock = self.released[-1] if joins else wanted
        if self.released:
            clock = max(clock, self.released[-1])
        while self.is_full(clock):
            clock += 1
        if (clock - wanted) * timing.fpga_clock_ns > timing.late_drop_ns:
            return None
        self.released.append(clock)
        self.group = self.group + 1 if joins else 1
        return clock


def down(events, source_link, link_fpga, speedup, timing, seed, presentation):
    """Return ({(source, number): delivery in ms}, number dropped, number lost)."""
    ns_per_ms = 1e6 / speedup
    fifos = defaultdict(lambda: Fifo(timing.fifo_depth, timing.link_period_ns))
    fpgas = defaultdict(lambda: Playback(timing))
    delivered, dropped, lost = {}, 0, 0
    for time_ms, source, number in numbered_by_time(events):
        link = source_link[source]
        clock = fpgas[link_fpga[link]].release(time_ms * ns_per_ms - timing.send_ahead_ns)
        if clock is None:
            dropped += 1
            continue
        departure = fifos[link].enter(clock * timing.fpga_clock_ns)
        if departure is None:
            lost += 1
            continue
        z = float(normal(seed, Purpose.LINK_DOWN, (presentation << 32) | source, number))
        limit_ns = min(3 * timing.jitter_ns, timing.link_period_ns / 2)
        jitter_ns = min(limit_ns, max(-limit_ns, timing.jitter_ns * z))
        arrival_ms = (departure + timing.delay_ns + jitter_ns) / ns_per_ms
        delivered[source, number] = max(arrival_ms, time_ms)
    return delivered, dropped, lost


def up(events, neuron_link, speedup, timing, seed, presentation):
    """Return ({(neuron, number): time stamp in ms}, number lost)."""
    ns_per_ms = 1e6 / speedup
    fifos = defaultdict(lambda: Fifo(timing.fifo_depth, timing.link_up_period_ns))
    recorded, lost = {}, 0
    for time_ms, neuron, number in numbered_by_time(events):
        departure = fifos[neuron_link[neuron]].enter(time_ms * ns_per_ms)
        if departure is None:
            lost += 1
            continue
        phase = float(uniform(seed, Purpose.LINK_UP, (presentation << 32) | neuron, number))
        stamp = math.floor((departure + phase * timing.fpga_clock_ns) / timing.time_stamp_ns)
        recorded[neuron, number] = stamp * timing.time_stamp_ns / ns_per_ms
    return recorded, lost
