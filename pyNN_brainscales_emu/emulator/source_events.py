"""Events of the spike sources on their way to the neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.delivery import DeliveryBlocks, order_for_delivery
from pyNN_brainscales_emu.emulator.event_store import EventStore, Times
from pyNN_brainscales_emu.emulator.stimulus import StimulusGenerator
from pyNN_brainscales_emu.emulator.time_grid import window_begin_ms, window_end_ms
from pyNN_brainscales_emu.experiment.compiled import StimulusArrays
from pyNN_brainscales_emu.links.counts import PulseCounts

if TYPE_CHECKING:  # what a wafer needs only
    from pyNN_brainscales_emu.links.fpga_link import DownLink


class SourceEvents:
    """What the spike sources of one presentation send, from the drawing to the delivery.

    Parameters
    ----------
    stimuli : StimulusArrays
    seed, presentation : int
        They key the random numbers.
    dt_ms : float
    block_steps : int
        Length of the blocks that the kernel works on.
    down : DownLink, optional
        The links to the wafer. None: events arrive as they are sent.

    Attributes
    ----------
    counts : PulseCounts
        Of the links, since the beginning of the presentation.
    sent : EventStore
        Events of recorded sources.
    """

    def __init__(
        self,
        stimuli: StimulusArrays,
        seed: int,
        presentation: int,
        *,
        dt_ms: float,
        block_steps: int,
        down: DownLink | None = None,
    ) -> None:
        self.counts = PulseCounts()
        self.sent = EventStore()
        self._seed, self._presentation = seed, presentation
        self._dt_ms, self._block_steps = dt_ms, block_steps
        self._down = down
        self._generator = StimulusGenerator(stimuli, seed, presentation)
        self._held = no_events()

    def set_stimuli(self, stimuli: StimulusArrays, step: int) -> None:
        """Change rates and spike times from a step on, which is the present one."""
        if step == 0:  # nothing has been drawn yet: as if they had always been these
            self._generator = StimulusGenerator(stimuli, self._seed, self._presentation)
        else:
            self._generator.change(stimuli, step * self._dt_ms)

    def blocks(self, first: int, last: int, recorded: NDArray[np.bool_] | None) -> DeliveryBlocks:
        """Return what arrives in some steps, block by block, and hold what arrives later.

        Parameters
        ----------
        first, last : int
            Steps; windows follow each other.
        recorded : (n_sources,) bool, optional
            Whose events are kept; None: all.
        """
        dt, steps = self._dt_ms, self._block_steps
        source, time = self._generator.events(window_begin_ms(first, dt), window_end_ms(last, dt))
        kept = slice(None) if recorded is None else recorded[source]
        self.sent.append(last, source[kept], time[kept])
        if self._down is not None:
            source, time, counts = self._down.deliver(source, time)
            self.counts += counts
        source, time = self._with_held(source, time)
        first_block, last_block = first // steps, last // steps
        blocks = order_for_delivery(
            np.array([0, len(source)], dtype=np.int64),
            source,
            time,
            dt_ms=dt,
            first_step=first_block * steps,
            block_steps=steps,
            n_blocks=last_block - first_block,
            n_threads=1,
        )
        delivered = int(blocks.start[0, -1])
        self._held = (blocks.source[delivered:], blocks.time_ms[delivered:])
        return blocks

    def _with_held(
        self, source: NDArray[np.int32], time: Times
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return events and those that are held, by source and time."""
        held_source, held_time = self._held
        if not len(held_source):
            return source, time
        source, time = np.concatenate([held_source, source]), np.concatenate([held_time, time])
        order = np.lexsort((time, source))
        return source[order], time[order]

    def take_held(self, step: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return and forget the held events that have been sent until a step, it included.

        Returns
        -------
        source : (n,) int32
        time_ms : (n,) float64
        """
        source, time_ms = self._held
        sent = time_ms < window_end_ms(step, self._dt_ms)
        self._held = source[~sent], time_ms[~sent]
        return source[sent], time_ms[sent]


def no_events() -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return no cells, and no times."""
    return np.zeros(0, dtype=np.int32), np.zeros(0)
