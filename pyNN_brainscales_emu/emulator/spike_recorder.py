"""Spikes of the neurons on their way into the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.event_store import EventStore, Times
from pyNN_brainscales_emu.emulator.ordering import by_cell_and_time
from pyNN_brainscales_emu.emulator.time_grid import window_end_ms
from pyNN_brainscales_emu.links.counts import PulseCounts

if TYPE_CHECKING:  # what a wafer needs only
    from pyNN_brainscales_emu.links.fpga_link import UpLink


class SpikeRecorder:
    """What is recorded of the spikes of one presentation.

    A spike is recorded by the run in which its time stamp lies, which may be one after that in
    which it was found.

    Parameters
    ----------
    dt_ms : float
    up : UpLink, optional
        The links from the wafer. None: the time stamp is the time of the spike.

    Attributes
    ----------
    counts : PulseCounts
        Of the links, since the beginning of the presentation.
    recorded : EventStore
        By neuron (local index), with two times: of firing, and of the time stamp, ms.
    """

    def __init__(self, dt_ms: float, up: UpLink | None = None) -> None:
        self.counts = PulseCounts()
        self.recorded = EventStore(n_times=2)
        self._dt_ms, self._up = dt_ms, up
        self._early = np.zeros(0, dtype=np.int32), np.zeros(0)
        self._stamped_ahead = np.zeros(0, dtype=np.int32), np.zeros((2, 0))

    def take(self, step: int, neuron: NDArray[np.int32], time_steps: Times) -> None:
        """Take the spikes that a run has found.

        Parameters
        ----------
        step : int
            At which the run ended.
        neuron : (n,) int32
            Local indices.
        time_steps : (n,) float64
            Times of firing.
        """
        neuron, time = self._until(step, neuron, time_steps)
        recorded = time
        if self._up is not None:
            recorded, counts = self._up.record(neuron, time)
            self.counts += counts
        neuron = np.concatenate([self._stamped_ahead[0], neuron])
        times = np.concatenate([self._stamped_ahead[1], [time, recorded]], axis=1)
        # A time stamp may lie behind the present time, by the jitter of the links: the spike is
        # recorded by the next run.
        ahead = times[1] >= window_end_ms(step, self._dt_ms)
        self._stamped_ahead = neuron[ahead], times[:, ahead]
        self.recorded.append(step, neuron[~ahead], *times[:, ~ahead])

    def _until(
        self, step: int, neuron: NDArray[np.int32], time_steps: Times
    ) -> tuple[NDArray[np.int32], Times]:
        """Return the spikes until a step by neuron and time, in ms; keep the others."""
        neuron = np.concatenate([self._early[0], neuron])
        time = np.concatenate([self._early[1], time_steps])
        # A spike of an AdEx neuron may lie part of a step ahead of the present time: it is
        # recorded by the next run, in the order of time.
        early = time > step
        self._early = neuron[early], time[early]
        neuron, time = neuron[~early], time[~early]
        order = by_cell_and_time(neuron, time, int(neuron.max(initial=-1)) + 1)
        return neuron[order], time[order] * self._dt_ms

    def all(self) -> tuple[NDArray[np.int32], Times]:
        """Return all spikes, those whose time stamps lie ahead too, by neuron and time.

        Returns
        -------
        neuron : (n,) int32
        times : (2, n) float64
            Of firing, and of the time stamp, ms.
        """
        _, neuron, times = self.recorded.after()
        neuron = np.concatenate([neuron, self._stamped_ahead[0]])
        times = np.concatenate([times, self._stamped_ahead[1]], axis=1)
        order = by_cell_and_time(neuron, times[0], int(neuron.max(initial=-1)) + 1)
        return neuron[order], times[:, order]
