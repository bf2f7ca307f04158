"""What became of the events on the links."""

from __future__ import annotations

from dataclasses import dataclass


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
