"""How fast, how deep and how exact the links of a machine are: `setup(links=...)`."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Final

from pyNN_brainscales_emu.errors import BrainScaleSError, OptionError, raise_together
from pyNN_brainscales_emu.hardware import constants

#: Largest deviation of a random delay, in standard deviations.
JITTER_LIMIT_SD: Final = 3.0

_S_PER_NS = 1e-9
_COUNTS = ("pulses_per_clock", "group_gap_clocks", "group_size", "fifo_depth")
_AT_LEAST_ONE = ("pulses_per_clock", "group_size", "fifo_depth")


@dataclass(frozen=True, kw_only=True)
class Links:
    """Times, depths and rules of the pulse communication; hardware nanoseconds.

    The defaults are those of the wafer with its Kintex-7 FPGAs. ``Links(link_period_ns=28)`` is
    that machine with links twice as fast; `preset` has other machines.

    Attributes
    ----------
    fpga_clock_ns : float
        Grid on which an FPGA releases pulses; 0: no grid, and no limit.
    pulses_per_clock : int
        Pulses that an FPGA releases in one clock.
    group_gap_clocks : int
        Playback appends a pulse that is due less than so many clocks after the one before to the
        group of that one, and releases it in the next free place, up to ``group_gap_clocks - 2``
        clocks early. 0: no groups.
    group_size : int
        Most pulses of a group.
    late_drop_ns : float
        A pulse that an FPGA would release later than this is dropped before the run.
    send_ahead_ns : float
        How much earlier than its time the FPGA releases a pulse.
    link_period_ns, link_up_period_ns : float
        Time that a pulse occupies the link of a HICANN, to the wafer and from it; 0: none.
    fifo_depth : int
        Pulses that can wait for a link.
    delay_ns : float
        From leaving the FIFO to the HICANN.
    jitter_ns : float
        Standard deviation of that delay; a normal distribution, clipped at three of them and at
        half a `link_period_ns`: a link does not reorder its pulses.
    time_stamp_ns : float
        Grid of the time stamps of recorded spikes; 0: none.
    layer1_delay_ns, layer1_delay_per_hicann_ns : float
        Transport on the wafer takes ``layer1_delay_ns + layer1_delay_per_hicann_ns * distance``.

    Raises
    ------
    OptionError
        For values that no link can have, and those that contradict each other; all at once.

    Notes
    -----
    The sources of the numbers stand with them in ``hardware/constants.py``; how sure each of them
    is, in the documentation under *Validation*.
    """

    fpga_clock_ns: float = constants.FPGA_PULSE_NS
    pulses_per_clock: int = 1
    group_gap_clocks: int = constants.PLAYBACK_GROUP_GAP_CLOCKS
    group_size: int = constants.PLAYBACK_GROUP_SIZE
    late_drop_ns: float = constants.PLAYBACK_LATE_DROP_NS
    send_ahead_ns: float = constants.LINK_SEND_AHEAD_NS
    link_period_ns: float = constants.LINK_PULSE_NS
    link_up_period_ns: float = constants.LINK_UP_PULSE_NS
    fifo_depth: int = constants.FPGA_FIFO_ENTRIES
    delay_ns: float = constants.LINK_DELAY_NS
    jitter_ns: float = constants.LINK_JITTER_NS
    time_stamp_ns: float = constants.TIME_STAMP_NS
    layer1_delay_ns: float = constants.LAYER1_DELAY_NS
    layer1_delay_per_hicann_ns: float = constants.LAYER1_DELAY_PER_HICANN_NS

    def __post_init__(self) -> None:
        problems = [problem for field in fields(self) for problem in self._refusals(field.name)]
        raise_together("Links cannot be set", problems or [*self._contradictions()], OptionError)
        for field in fields(self):
            kind = int if field.name in _COUNTS else float
            object.__setattr__(self, field.name, kind(getattr(self, field.name)))

    def _refusals(self, name: str) -> Iterator[BrainScaleSError]:
        value = getattr(self, name)
        least = 1 if name in _AT_LEAST_ONE else 0
        if name in _COUNTS:
            is_number = isinstance(value, Integral) and not isinstance(value, bool)
            limit = f"an integer, at least {least}"
        else:
            is_number = isinstance(value, Real) and not isinstance(value, bool)
            limit = "a finite number of nanoseconds, at least 0"
        if not (is_number and least <= value < math.inf):
            yield OptionError(f"Links: {name}", value=value, limit=limit)

    def _contradictions(self) -> Iterator[BrainScaleSError]:
        if self.send_ahead_ns > self.delay_ns:
            yield OptionError(
                "Links: with send_ahead_ns above delay_ns pulses arrive before their time",
                value=self.send_ahead_ns,
                limit=f"at most delay_ns, {self.delay_ns:g} ns",
                remedy="Take a smaller send_ahead_ns or a larger delay_ns.",
            )
        if not self.fpga_clock_ns and self.group_gap_clocks:
            yield OptionError(
                "Links: group_gap_clocks needs a clock, and fpga_clock_ns is 0",
                value=self.group_gap_clocks,
                limit="0",
                remedy="Set group_gap_clocks=0, or a clock.",
            )

    @property
    def largest_jitter_ns(self) -> float:
        """Largest deviation of the delay."""
        return min(JITTER_LIMIT_SD * self.jitter_ns, self.link_period_ns / 2)

    @property
    def link_rate_hz(self) -> float:
        """Pulses that a link carries to the wafer in a second of hardware time."""
        return _per_second(self.link_period_ns)

    @property
    def link_up_rate_hz(self) -> float:
        """Pulses that a link carries from the wafer in a second of hardware time."""
        return _per_second(self.link_up_period_ns)

    @property
    def fpga_rate_hz(self) -> float:
        """Pulses that an FPGA releases in a second of hardware time."""
        return self.pulses_per_clock * _per_second(self.fpga_clock_ns)

    @classmethod
    def preset(cls, name: str) -> Links:
        """Return the settings of a machine: ``'kintex7'``, ``'ess'`` or ``'ideal'``.

        Raises
        ------
        OptionError
            For another name.
        """
        if not isinstance(name, str) or name not in PRESETS:
            nearest = difflib.get_close_matches(str(name), PRESETS, n=1)
            raise OptionError(
                "setup(): links",
                value=name,
                limit=", ".join(map(repr, PRESETS)) + ", or Links(...)",
                remedy=f"Did you mean {nearest[0]!r}?" if nearest else None,
            )
        return PRESETS[name]

    @classmethod
    def parse(cls, value: Any) -> Links:
        """Return settings that are given, or named."""
        return value if isinstance(value, Links) else cls.preset(value)


def _per_second(period_ns: float) -> float:
    return 1 / (period_ns * _S_PER_NS) if period_ns else math.inf


#: Machines by name. ``ess``: the executable specification, whose links are in their fast mode and
#: whose playback knows no groups (ess:global_src/systemc/sim_def.h). ``ideal``: pulses arrive at
#: once, however many; the transport on the wafer stays.
PRESETS: Final = {
    "kintex7": Links(),
    "ess": Links(
        group_gap_clocks=0,
        send_ahead_ns=constants.ESS_SEND_AHEAD_NS,
        link_period_ns=constants.ESS_LINK_PULSE_NS,
        link_up_period_ns=constants.ESS_LINK_PULSE_NS,
        delay_ns=constants.ESS_LINK_DELAY_NS,
        jitter_ns=0.0,
        layer1_delay_ns=constants.ESS_LAYER1_DELAY_NS,
        layer1_delay_per_hicann_ns=0.0,
    ),
    "ideal": Links(
        fpga_clock_ns=0.0,
        group_gap_clocks=0,
        send_ahead_ns=0.0,
        link_period_ns=0.0,
        link_up_period_ns=0.0,
        delay_ns=0.0,
        jitter_ns=0.0,
        time_stamp_ns=0.0,
    ),
}
