"""What became of the events on the links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA


@dataclass(frozen=True)
class PulseCounts:
    """Events on their way through the links, by the names of the executable specification.

    As there (ess:systemsim/lost_event_logger.cpp), *sent* counts what entered a stage and *lost*
    the part of it that did not come out: ``l2_down_before_sim`` = ``l2_down_dropped_before_sim``
    + ``l2_down_sent``, and ``l2_down_sent - l2_down_lost`` events reached the wafer.

    Attributes
    ----------
    l2_down_before_sim : int
        Stimulus events asked for.
    l2_down_dropped_before_sim : int
        Dropped because the FPGA could not have released them in time.
    l2_down_sent, l2_down_lost : int
        Released by the FPGAs; of these, lost at a full FIFO.
    l2_up_sent, l2_up_lost : int
        Spikes to be recorded; of these, lost at a full FIFO. They still reached their targets.
    l1_neuron_sent, l1_neuron_lost : int
        Spikes of neurons onto layer 1; of these, lost there. They reached nobody.
    """

    l2_down_before_sim: int = 0
    l2_down_dropped_before_sim: int = 0
    l2_down_sent: int = 0
    l2_down_lost: int = 0
    l2_up_sent: int = 0
    l2_up_lost: int = 0
    l1_neuron_sent: int = 0
    l1_neuron_lost: int = 0

    def __add__(self, other: PulseCounts) -> PulseCounts:
        return PulseCounts(
            **{name: getattr(self, name) + getattr(other, name) for name in vars(self)}
        )


@dataclass(frozen=True, eq=False)
class LinkCounts:
    """Events of each link.

    Attributes
    ----------
    down : (n_links, 3) int64
        To the wafer: asked for, dropped before the run, lost.
    up : (n_links, 3) int64
        From the wafer: to be recorded, 0, lost.
    """

    down: NDArray[np.int64]
    up: NDArray[np.int64]

    @classmethod
    def none(cls, n_links: int) -> LinkCounts:
        """Return counts that are all 0."""
        return cls(*(np.zeros((n_links, 3), dtype=np.int64) for _ in range(2)))

    def of(self, links: NDArray[np.integer]) -> PulseCounts:
        """Return the counters of some links together."""
        down, up = (table[links].sum(axis=0).tolist() for table in (self.down, self.up))
        return PulseCounts(
            l2_down_before_sim=down[0],
            l2_down_dropped_before_sim=down[1],
            l2_down_sent=down[0] - down[1],
            l2_down_lost=down[2],
            l2_up_sent=up[0],
            l2_up_lost=up[2],
        )


class PulseStatistics(dict[str, int]):
    """The eight counters of `PulseCounts` by name, and the same for each HICANN and FPGA.

    Attributes
    ----------
    per_hicann : dict of int to dict of str to int
        Counters by the number of the HICANN whose link they belong to; HICANNs in use, ascending.
    per_fpga : dict of int to dict of str to int
        Counters by the number of the FPGA.
    """

    def __init__(
        self,
        totals: PulseCounts,
        links: LinkCounts | None = None,
        link_hicann: NDArray[np.integer] | None = None,
    ) -> None:
        super().__init__(asdict(totals))
        self.per_hicann: Mapping[int, dict[str, int]] = {}
        self.per_fpga: Mapping[int, dict[str, int]] = {}
        if links is not None and link_hicann is not None:
            self.per_hicann = _table(links, link_hicann)
            self.per_fpga = _table(links, HICANN_FPGA[link_hicann])


def _table(links: LinkCounts, group: NDArray[np.integer]) -> dict[int, dict[str, int]]:
    return {
        int(number): asdict(links.of(np.flatnonzero(group == number)))
        for number in np.unique(group)
    }
