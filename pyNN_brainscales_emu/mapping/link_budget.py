"""Addresses and bandwidth of the links that carry stimuli onto the wafer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    BANDWIDTH_UTILISATION,
    FPGA_EVENT_RATE_HZ,
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
    LINK_EVENT_RATE_HZ,
)
from pyNN_brainscales_emu.hardware.topology import HICANN_DISTANCE, HICANN_FPGA

#: What input placement fills of a HICANN's link and of an FPGA, events per second of hardware time.
LINK_BUDGET_HZ = BANDWIDTH_UTILISATION * LINK_EVENT_RATE_HZ
FPGA_BUDGET_HZ = BANDWIDTH_UTILISATION * FPGA_EVENT_RATE_HZ


class LinkBudget:
    """What is left of the links, and which source has gone where.

    Parameters
    ----------
    occupied : (384, 8) bool
        Channels that carry neurons' spikes and take no stimulus.
    rate : (n_sources,) float64
        Events per second of hardware time of each source.

    Attributes
    ----------
    hicann, channel : (n_sources,) int32
        Where each source's events enter the wafer; -1 as long as it has no place.
    """

    def __init__(self, occupied: NDArray[np.bool_], rate: NDArray[np.float64]) -> None:
        self.hicann = np.full(len(rate), -1, dtype=np.int32)
        self.channel = np.full(len(rate), -1, dtype=np.int32)
        self._rate = rate
        self._n_addresses = ADDRESSES_PER_LINE * np.count_nonzero(~occupied, axis=1)
        self._n_taken = np.zeros(HICANNS_PER_WAFER, dtype=np.int64)
        # Free channels of each HICANN first, from 7 down, as the original tool takes them.
        self._channels = (
            occupied.shape[1] - 1 - np.argsort(occupied[:, ::-1], axis=1, kind="stable")
        )
        self._link_load = np.zeros(HICANNS_PER_WAFER)
        self._fpga_load = np.zeros(FPGAS_PER_WAFER)

    @property
    def n_free_addresses(self) -> NDArray[np.int64]:
        """(384,) sources that the free channels of each HICANN can still tell apart."""
        free: NDArray[np.int64] = self._n_addresses - self._n_taken
        return free

    @property
    def total_hz(self) -> float:
        """Rate that all links with free channels together may carry."""
        links = np.where(self._n_addresses > 0, LINK_BUDGET_HZ, 0.0)
        per_fpga = np.bincount(HICANN_FPGA, weights=links, minlength=FPGAS_PER_WAFER)
        return float(np.minimum(per_fpga, FPGA_BUDGET_HZ).sum())

    def room_hz(self) -> NDArray[np.float64]:
        """Return (384,) the rate that each HICANN can still take."""
        link = LINK_BUDGET_HZ - self._link_load
        fpga = FPGA_BUDGET_HZ - self._fpga_load[HICANN_FPGA]
        return np.maximum(np.minimum(link, fpga), 0.0)

    def take(self, sources: NDArray[np.int64], hicann: int) -> NDArray[np.int64]:
        """Give a HICANN every source that fits, first come first served; return the others."""
        while len(sources):
            room = self.room_hz()[hicann]
            fits = np.flatnonzero(self._rate[sources] <= room)[: self.n_free_addresses[hicann]]
            within = np.cumsum(self._rate[sources[fits]]) <= room
            chosen = fits[within]
            if not len(chosen):
                break
            place = self._n_taken[hicann] + np.arange(len(chosen))
            self._assign(sources[chosen], np.full(len(chosen), hicann), place)
            sources = np.delete(sources, chosen)
        return sources

    def spread(self, sources: NDArray[np.int64], near: int) -> None:
        """Give the sources to the least loaded links whatever their budget, heaviest first.

        Of equally loaded links those near a HICANN are preferred. The loads are compared anew
        whenever every link has got one more source.
        """
        sources = sources[np.argsort(-self._rate[sources], kind="stable")]
        while len(sources):
            load = np.maximum(
                self._link_load / LINK_BUDGET_HZ, self._fpga_load[HICANN_FPGA] / FPGA_BUDGET_HZ
            )
            order = np.lexsort((HICANN_DISTANCE[near], load))
            order = order[self.n_free_addresses[order] > 0][: len(sources)]
            self._assign(sources[: len(order)], order, self._n_taken[order])
            sources = sources[len(order) :]

    def _assign(
        self, sources: NDArray[np.int64], hicanns: NDArray[np.int64], place: NDArray[np.int64]
    ) -> None:
        """Put sources on HICANNs; `place` counts the addresses taken before on each."""
        self.hicann[sources] = hicanns
        self.channel[sources] = self._channels[hicanns, place // ADDRESSES_PER_LINE]
        rate, fpga = self._rate[sources], HICANN_FPGA[hicanns]
        self._n_taken += np.bincount(hicanns, minlength=HICANNS_PER_WAFER)
        self._link_load += np.bincount(hicanns, weights=rate, minlength=HICANNS_PER_WAFER)
        self._fpga_load += np.bincount(fpga, weights=rate, minlength=FPGAS_PER_WAFER)
