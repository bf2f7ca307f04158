"""The links between FPGAs and HICANNs: delay, jitter, throughput and loss of pulses.

All times and depths are those of `Links`, which the experiment brings along.

Down, to the wafer. The pulses of an FPGA are released `pulses_per_clock` a clock, on the clock's
grid, each `send_ahead_ns` before its time (rounded to the nearest clock). One that is due less than
`group_gap_clocks` after the release of the pulse before belongs to the same group of playback and
takes the next free place, which may be early. A pulse that would leave more than `late_drop_ns`
late is dropped before the run. On the link of its HICANN a pulse occupies `link_period_ns`; up to
`fifo_depth` pulses wait for it, one that meets a full FIFO is lost. `delay_ns` after it has left
the FIFO the pulse is on the wafer, give or take the jitter. What is left of delay and send-ahead
shifts the whole stimulus. Jitter never reorders a link's pulses: `Links` sees to that.

Up, from the wafer. Spikes wait for their HICANN's link in the same way, or are lost, and get their
time stamp when they leave the FIFO: after the wait for the next FPGA clock (random, uniform over a
clock), the tick of the `time_stamp_ns` grid. A time stamp holds no transmission delay: the way to
the FPGA comes after it. A spike lost here still reached its targets. That time stamps wrap, at 15
bits after 131 us, is not seen: the host counts the wraps.

Not modelled: packets of two pulses, the trace's limit of 250 M events/s an FPGA (eight links of
56 ns cannot reach it), errors of transmission, and losses at other buffers than the FIFO.

References
----------
Vogginger et al. (2026), arXiv 2603.24854: limits, delay and jitter as measured.
marocco:marocco/placement/internal/InputPlacement.h: one pulse each 56 ns.
hicann-system: addPlaybackPulse: groups. halbe:ESS/halbe_to_ess.cpp: what playback drops.
ess:global_src/systemc/sim_def.h: FIFO.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts
from pyNN_brainscales_emu.links.events import TrialEvents
from pyNN_brainscales_emu.links.queues import LinkQueues

_NS_PER_MS = 1e6


class LinkTable(Protocol):
    """Which link carries the events of which cell: `experiment.compiled.LinkArrays`."""

    @property
    def source_link(self) -> NDArray[np.int32]:
        """(n_sources,) link of each source."""

    @property
    def neuron_link(self) -> NDArray[np.int32]:
        """(n_neurons,) link of each neuron."""

    @property
    def link_fpga(self) -> NDArray[np.int32]:
        """(n_links,) FPGA of each link."""

    @property
    def speedup(self) -> float:
        """Biological time over hardware time."""

    @property
    def timing(self) -> Links:
        """Times, depths and rules of the links."""


class DownLink:
    """The way of one presentation's stimulus to the wafer.

    Parameters
    ----------
    links : LinkArrays
    seed, presentation : int
        Keys of the jitter.
    """

    def __init__(self, links: LinkTable, seed: int, presentation: int) -> None:
        self._queues = _down(links, seed)
        self._presentation = presentation
        self._state = self._queues.empty_state()

    @property
    def by_link(self) -> NDArray[np.int64]:
        """(n_links, 3) events of each link so far: all, dropped before the run, lost."""
        counts: NDArray[np.int64] = self._state.by_link[0]
        return counts

    def deliver(
        self, source: NDArray[np.int32], time_ms: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], PulseCounts]:
        """Send events, none of them earlier than those sent before.

        Parameters
        ----------
        source : (n,) int32
            Local index of the source.
        time_ms : (n,) float64
            Asked biological time; events ordered by (source, time).

        Returns
        -------
        source : (m,) int32
        time_ms : (m,) float64
            When the event is on the wafer, in the order of the input; events that arrive after
            the end of the run are there too.
        counts : PulseCounts
            Of these events.
        """
        out_ms, counts = self._queues.go_on(self._state, self._presentation, source, time_ms)
        arrived = ~np.isnan(out_ms)
        return source[arrived], out_ms[arrived], _down_counts(len(source), counts)

    def arrivals(
        self, source: NDArray[np.int32], time_ms: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Send events as `deliver`; return when each is on the wafer, NaN for those lost."""
        return self._queues.go_on(self._state, self._presentation, source, time_ms)[0]


class UpLink:
    """The way of one presentation's recorded spikes from the wafer; parameters as `DownLink`."""

    def __init__(self, links: LinkTable, seed: int, presentation: int) -> None:
        self._queues = _up(links, seed)
        self._presentation = presentation
        self._state = self._queues.empty_state()

    @property
    def by_link(self) -> NDArray[np.int64]:
        """(n_links, 3) spikes of each link so far: all, 0, lost."""
        counts: NDArray[np.int64] = self._state.by_link[0]
        return counts

    def record(
        self, neuron: NDArray[np.int32], time_ms: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], PulseCounts]:
        """Record spikes, none of them earlier than those recorded before.

        Parameters
        ----------
        neuron : (n,) int32
            Local index of the neuron.
        time_ms : (n,) float64
            Biological time of the spike; ascending for each neuron.

        Returns
        -------
        recorded_time_ms : (n,) float64
            Time stamp as biological time, in the order of the input; NaN where lost.
        counts : PulseCounts
            Of these spikes.
        """
        out_ms, counts = self._queues.go_on(self._state, self._presentation, neuron, time_ms)
        return out_ms, _up_counts(len(neuron), counts)


def deliver_trials(
    links: LinkTable,
    seed: int,
    first_presentation: int,
    events: TrialEvents,
    n_threads: int = 1,
    link_counts: LinkCounts | None = None,
) -> tuple[TrialEvents, PulseCounts]:
    """Send the stimuli of many presentations: equal to the bit to one `DownLink` for each.

    Trial k is presentation ``first_presentation + k``. Counts by link are added to `link_counts`.
    See `DownLink.deliver`.
    """
    out_ms, counts, by_link = _down(links, seed).run_trials(
        first_presentation, events.offsets, events.source, events.time_ms, n_threads
    )
    if link_counts is not None:
        link_counts.down[:] += by_link
    totals = _down_counts(len(out_ms), counts)
    if not counts.any():
        return TrialEvents(events.offsets, events.source, out_ms), totals
    arrived = ~np.isnan(out_ms)
    lost_before = np.concatenate([[0], np.cumsum(counts.sum(axis=1))])
    delivered = TrialEvents(events.offsets - lost_before, events.source[arrived], out_ms[arrived])
    return delivered, totals


def record_trials(
    links: LinkTable,
    seed: int,
    first_presentation: int,
    trial_offsets: NDArray[np.int64],
    neuron: NDArray[np.int32],
    time_ms: NDArray[np.float64],
    n_threads: int = 1,
    link_counts: LinkCounts | None = None,
) -> tuple[NDArray[np.float64], PulseCounts]:
    """Record the spikes of many presentations: equal to the bit to one `UpLink` for each.

    Spikes of trial k stand from ``trial_offsets[k]`` to ``trial_offsets[k + 1]``; trial k is
    presentation ``first_presentation + k``. Counts by link are added to `link_counts`. See
    `UpLink.record`.
    """
    out_ms, counts, by_link = _up(links, seed).run_trials(
        first_presentation, trial_offsets, neuron, time_ms, n_threads
    )
    if link_counts is not None:
        link_counts.up[:] += by_link
    return out_ms, _up_counts(len(out_ms), counts)


def _down(links: LinkTable, seed: int) -> LinkQueues:
    return LinkQueues(False, links.source_link, links.link_fpga, _kernel_timing(links), seed)


def _up(links: LinkTable, seed: int) -> LinkQueues:
    return LinkQueues(True, links.neuron_link, links.link_fpga, _kernel_timing(links), seed)


def _kernel_timing(links: LinkTable) -> dict[str, Any]:
    ns_per_ms = _NS_PER_MS / links.speedup
    return asdict(links.timing) | {
        "largest_jitter_ns": links.timing.largest_jitter_ns,
        "ns_per_ms": ns_per_ms,
    }


def _down_counts(n_asked: int, counts: NDArray[np.int64]) -> PulseCounts:
    dropped, lost = (int(count) for count in counts.sum(axis=0))
    return PulseCounts(
        l2_down_before_sim=n_asked,
        l2_down_dropped_before_sim=dropped,
        l2_down_sent=n_asked - dropped,
        l2_down_lost=lost,
    )


def _up_counts(n_spikes: int, counts: NDArray[np.int64]) -> PulseCounts:
    return PulseCounts(l2_up_sent=n_spikes, l2_up_lost=int(counts[:, 1].sum()))
