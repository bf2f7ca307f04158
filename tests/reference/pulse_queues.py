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


def down(events, source_link, link_fpga, speedup, timing, seed, presentation):
    """Return ({(source, number): delivery in ms}, number dropped, number lost)."""
    ns_per_ms = 1e6 / speedup
    fifos = defaultdict(lambda: Fifo(timing.fifo_depth, timing.link_period_ns))
    used_clocks = defaultdict(set)
    delivered, dropped, lost = {}, 0, 0
    for time_ms, source, number in numbered_by_time(events):
        link = source_link[source]
        release_ns = time_ms * ns_per_ms - timing.send_ahead_ns
        wanted = clock = math.floor(release_ns / timing.fpga_clock_ns + 0.5)
        used = used_clocks[link_fpga[link]]
        while clock in used:
            clock += 1
        if (clock - wanted) * timing.fpga_clock_ns > timing.late_drop_ns:
            dropped += 1
            continue
        used.add(clock)
        departure = fifos[link].enter(clock * timing.fpga_clock_ns)
        if departure is None:
            lost += 1
            continue
        z = float(normal(seed, Purpose.LINK_DOWN, (presentation << 32) | source, number))
        jitter_ns = timing.jitter_ns * min(3.0, max(-3.0, z))
        delivered[source, number] = (departure + timing.delay_ns + jitter_ns) / ns_per_ms
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
