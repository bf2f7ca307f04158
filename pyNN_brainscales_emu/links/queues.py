"""The queues of one direction of the links: their state, and events passed through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels import links as kernel
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.keyed_random import Purpose


@dataclass(frozen=True, eq=False)
class QueueState:
    """What the queues remember, once for each of `n_slots` that work at the same time.

    Attributes
    ----------
    free_place : (n_slots, n_fpgas) int64
        Next place of an FPGA for a pulse; a clock has ``pulses_per_clock`` places.
    grouped : (n_slots, n_fpgas) int64
        Pulses of the present group of playback.
    departures : (n_slots, n_links, fifo_depth) float64
        Ring of the last times in ns at which pulses left the FIFO of a link.
    accepted : (n_slots, n_links) int64
        Pulses that entered the FIFO.
    number : (n_slots, n_cells) uint32
        Events of each cell so far, lost ones included: the key of their random numbers.
    by_link : (n_slots, n_links, 3) int64
        Events of each link so far: all, dropped before the run, lost.
    """

    free_place: NDArray[np.int64]
    grouped: NDArray[np.int64]
    departures: NDArray[np.float64]
    accepted: NDArray[np.int64]
    number: NDArray[np.uint32]
    by_link: NDArray[np.int64]

    @classmethod
    def empty(
        cls, n_slots: int, n_cells: int, link_fpga: NDArray[np.int32], fifo_depth: int
    ) -> QueueState:
        """Return the state before the first event."""
        n_links = len(link_fpga)
        n_fpgas = int(link_fpga.max(initial=0)) + 1
        return cls(
            free_place=np.full((n_slots, n_fpgas), -(2**60), dtype=np.int64),
            grouped=np.zeros((n_slots, n_fpgas), dtype=np.int64),
            departures=np.full((n_slots, n_links, fifo_depth), -np.inf),
            accepted=np.zeros((n_slots, n_links), dtype=np.int64),
            number=np.zeros((n_slots, n_cells), dtype=np.uint32),
            by_link=np.zeros((n_slots, n_links, 3), dtype=np.int64),
        )


class LinkQueues:
    """One direction of all links.

    Parameters
    ----------
    up : bool
        From the wafer (recording) or to it (stimulus).
    cell_link : (n_cells,) int32
        Link of each neuron (up) or source (down).
    link_fpga : (n_links,) int32
        FPGA of each link.
    timing : mapping
        The fields of `Links`, ``largest_jitter_ns`` and ``ns_per_ms``.
    seed : int
    """

    def __init__(
        self,
        up: bool,
        cell_link: NDArray[np.int32],
        link_fpga: NDArray[np.int32],
        timing: Mapping[str, Any],
        seed: int,
    ) -> None:
        self._up = up
        self._cell_link = np.ascontiguousarray(cell_link, dtype=np.int32)
        self._link_fpga = np.ascontiguousarray(link_fpga, dtype=np.int32)
        self._timing = dict(timing)
        self._seed = seed

    def empty_state(self, n_slots: int = 1) -> QueueState:
        """Return the state before the first event, once for each slot."""
        n_cells, depth = len(self._cell_link), self._timing["fifo_depth"]
        return QueueState.empty(n_slots, n_cells, self._link_fpga, depth)

    def go_on(
        self,
        state: QueueState,
        presentation: int,
        cell: NDArray[np.int32],
        time_ms: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Pass further events of one presentation; `state` is carried on.

        Returns
        -------
        out_ms : (n,) float64
            Time of delivery or time stamp, NaN where lost.
        counts : (1, 2) int64
            Events dropped before the run, and lost.
        """
        offsets = np.array([0, len(cell)])
        return self._send(False, state, presentation, offsets, cell, time_ms, 1)

    def run_trials(
        self,
        first_presentation: int,
        offsets: NDArray[np.int64],
        cell: NDArray[np.int32],
        time_ms: NDArray[np.float64],
        n_threads: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Pass the events of many presentations, each through empty queues.

        Returns
        -------
        out_ms, counts
            As `go_on`; a row of counts for each presentation.
        by_link : (n_links, 3) int64
            Of all presentations, by link: events, those dropped before the run, those lost.
        """
        state = self.empty_state(n_threads)
        out_ms, counts = self._send(
            True, state, first_presentation, offsets, cell, time_ms, n_threads
        )
        return out_ms, counts, state.by_link.sum(axis=0)

    def _send(
        self,
        fresh: bool,
        state: QueueState,
        presentation: int,
        offsets: NDArray[np.int64],
        cell: NDArray[np.int32],
        time_ms: NDArray[np.float64],
        n_threads: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        cell = np.ascontiguousarray(cell, dtype=np.int32)
        time_ms = np.ascontiguousarray(time_ms, dtype=np.float64)
        offsets = np.ascontiguousarray(offsets, dtype=np.int64)
        self._check(offsets, cell, time_ms)
        longest = int(np.diff(offsets).max(initial=0))
        out_ms = np.empty(len(cell))
        counts = np.empty((len(offsets) - 1, 2), dtype=np.int64)
        kernel.send(
            up=self._up,
            fresh=fresh,
            timing=self._timing,
            seed=self._seed,
            purpose=Purpose.LINK_UP if self._up else Purpose.LINK_DOWN,
            first_presentation=presentation,
            offsets=offsets,
            cell=cell,
            time_ms=time_ms,
            cell_link=self._cell_link,
            link_fpga=self._link_fpga,
            free_place=state.free_place,
            grouped=state.grouped,
            departures=state.departures,
            accepted=state.accepted,
            number=state.number,
            by_link=state.by_link,
            scratch=np.empty((n_threads, 3, longest + 1), dtype=np.int64),
            out_ms=out_ms,
            counts=counts,
            num_threads=n_threads,
        )
        return out_ms, counts

    def _check(
        self, offsets: NDArray[np.int64], cell: NDArray[np.int32], time_ms: NDArray[np.float64]
    ) -> None:
        what = "neurons" if self._up else "spike sources"
        if len(cell) != len(time_ms) or offsets[0] != 0 or offsets[-1] != len(cell):
            raise ParameterError(
                f"events of {what}: one time each, and offsets from 0 to their number",
                value=(len(cell), len(time_ms), int(offsets[0]), int(offsets[-1])),
            )
        if len(cell) and not 0 <= cell.min() <= cell.max() < len(self._cell_link):
            raise ParameterError(
                f"events of {what}: local index",
                value=(int(cell.min()), int(cell.max())),
                limit=f"0 to {len(self._cell_link) - 1}",
            )
