"""Addresses, chains of drivers and bandwidth of the links that carry stimuli onto the wafer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADDRESSES_PER_LINE,
    BANDWIDTH_UTILISATION,
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
)
from pyNN_brainscales_emu.hardware.topology import HICANN_DISTANCE, HICANN_FPGA
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping.source_chains import SourceChains

_LINKS = Links()


class LinkBudget:
    """What is left of the links, and which source has gone where.

    Parameters
    ----------
    free : (384, 8) bool
        Channels that can take stimuli.
    rate : (n_sources,) float64
        Events per second of hardware time of each source.
    chains : SourceChains, optional
        Limit to the sources of a channel besides its addresses.
    utilisation : float
        Share of the bandwidth that is filled.
    links : Links
        Whose bandwidth it is.

    Attributes
    ----------
    hicann, channel : (n_sources,) int32
        Where each source's events enter the wafer; -1 as long as it has no place.
    """

    def __init__(
        self,
        free: NDArray[np.bool_],
        rate: NDArray[np.float64],
        chains: SourceChains | None = None,
        utilisation: float = BANDWIDTH_UTILISATION,
        links: Links = _LINKS,
    ) -> None:
        self.hicann = np.full(len(rate), -1, dtype=np.int32)
        self.channel = np.full(len(rate), -1, dtype=np.int32)
        self._rate = rate
        self._chains = chains
        self._link_budget_hz = utilisation * links.link_rate_hz
        self._fpga_budget_hz = utilisation * links.fpga_rate_hz
        self._n_addresses = np.where(free, ADDRESSES_PER_LINE, 0)
        #: Channels that take more sources as long as nothing but addresses limits them.
        self._is_open = free.copy()
        self._link_load = np.zeros(HICANNS_PER_WAFER)
        self._fpga_load = np.zeros(FPGAS_PER_WAFER)

    @property
    def n_addresses(self) -> int:
        """Addresses of all free channels that no source has taken."""
        return int(self._n_addresses.sum())

    @property
    def n_free_addresses(self) -> NDArray[np.int64]:
        """(384,) sources that the open channels of each HICANN can still tell apart."""
        return np.asarray(np.where(self._is_open, self._n_addresses, 0).sum(axis=1))

    @property
    def total_hz(self) -> float:
        """Rate that all links with free channels together may carry."""
        links = np.where(self._n_addresses.any(axis=1), self._link_budget_hz, 0.0)
        per_fpga = np.bincount(HICANN_FPGA, weights=links, minlength=FPGAS_PER_WAFER)
        return float(np.minimum(per_fpga, self._fpga_budget_hz).sum())

    def room_hz(self) -> NDArray[np.float64]:
        """Return (384,) the rate that each HICANN can still take."""
        link = self._link_budget_hz - self._link_load
        fpga = self._fpga_budget_hz - self._fpga_load[HICANN_FPGA]
        return np.maximum(np.minimum(link, fpga), 0.0)

    def forget_chains(self) -> None:
        """Let addresses be the only limit of a channel from now on."""
        self._chains = None
        self._is_open = self._n_addresses > 0

    def take(self, sources: NDArray[np.int64], hicann: int) -> NDArray[np.int64]:
        """Give a HICANN every source that fits, first come first served; return the others."""
        while len(sources):
            room = self.room_hz()[hicann]
            fits = np.flatnonzero(self._rate[sources] <= room)[: self.n_free_addresses[hicann]]
            within = np.cumsum(self._rate[sources[fits]]) <= room
            chosen = fits[within]
            n_taken = self._deal(sources[chosen], hicann)
            if not n_taken:
                break
            sources = np.delete(sources, chosen[:n_taken])
        return sources

    def reopen(self, hicanns: NDArray[np.int64]) -> None:
        """Let addresses be the only limit of the channels of some HICANNs."""
        self._is_open[hicanns] = self._n_addresses[hicanns] > 0

    def spread(
        self, sources: NDArray[np.int64], near: int, among: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Give the sources to the least loaded links whatever their budget, heaviest first.

        Of equally loaded links those near a HICANN are preferred. The loads are compared anew
        whenever every link has got one more source.

        Parameters
        ----------
        sources : (n,) int64
        near : int
        among : (m,) int64, optional
            HICANNs that may be used; all by default.

        Returns
        -------
        (k,) int64
            Sources for which there is no address.
        """
        allowed = np.ones(HICANNS_PER_WAFER, dtype=bool)
        if among is not None:
            allowed[:] = False
            allowed[among] = True
        sources = sources[np.argsort(-self._rate[sources], kind="stable")]
        while len(sources):
            load = np.maximum(
                self._link_load / self._link_budget_hz,
                self._fpga_load[HICANN_FPGA] / self._fpga_budget_hz,
            )
            order = np.lexsort((HICANN_DISTANCE[near], load))
            order = order[(allowed & (self.n_free_addresses > 0))[order]][: len(sources)]
            if not len(order):
                break
            self._assign(sources[: len(order)], order, self._next_channel()[order])
            sources = sources[len(order) :]
        return sources

    def _next_channel(self) -> NDArray[np.int64]:
        """Return (384,) the open channel that is used next: from 7 down, as in the original."""
        is_free = self._is_open & (self._n_addresses > 0)
        return np.asarray(is_free.shape[1] - 1 - is_free[:, ::-1].argmax(axis=1))

    def _deal(self, sources: NDArray[np.int64], hicann: int) -> int:
        """Deal sources out to the channels of a HICANN, in order; return how many."""
        n_taken = 0
        while n_taken < len(sources) and self.n_free_addresses[hicann]:
            channel = int(self._next_channel()[hicann])
            waiting = sources[n_taken : n_taken + self._n_addresses[hicann, channel]]
            n_fitting = self._n_fitting(waiting, hicann, channel)
            chosen = waiting[:n_fitting]
            self._assign(chosen, np.full(n_fitting, hicann), np.full(n_fitting, channel))
            self._is_open[hicann, channel] &= n_fitting == len(waiting)
            n_taken += n_fitting
        return n_taken

    def _n_fitting(self, waiting: NDArray[np.int64], hicann: int, channel: int) -> int:
        """Return how many of the waiting sources a channel can take.

        A source that needs more drivers than there are even alone gets a channel of its own.
        """
        if self._chains is None:
            return len(waiting)
        present = np.flatnonzero((self.hicann == hicann) & (self.channel == channel))
        n_fitting = self._chains.n_fitting(present, waiting)
        return n_fitting if n_fitting or len(present) else 1

    def _assign(
        self,
        sources: NDArray[np.int64],
        hicanns: NDArray[np.int64],
        channels: NDArray[np.int64],
    ) -> None:
        self.hicann[sources] = hicanns
        self.channel[sources] = channels
        np.subtract.at(self._n_addresses, (hicanns, channels), 1)
        rate, fpga = self._rate[sources], HICANN_FPGA[hicanns]
        self._link_load += np.bincount(hicanns, weights=rate, minlength=HICANNS_PER_WAFER)
        self._fpga_load += np.bincount(fpga, weights=rate, minlength=FPGAS_PER_WAFER)
