"""Long computations in portions, between which Python hears signals such as Ctrl-C.

The kernels are deaf while they work. So a run is cut into portions of about a quarter of a second;
results do not depend on the cuts.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

#: What a portion should take, s.
_PORTION_S: Final = 0.25
#: What a portion of a run may take if all cells of a quiet network suddenly fire at `_BUSY_HZ`, s.
_LONGEST_S: Final = 0.25
_BUSY_HZ: Final = 200.0
#: Cautious costs of a neuron's time step and of an event at a synapse, s
#: (docs/validation.md has the measured ones).
_UPDATE_S: Final = 5e-9
_EVENT_S: Final = 5e-9
#: The first portion of a run is this many times smaller than it may be; every portion is at most
#: `_GROWTH` times as large as the one before.
_FIRST: Final = 16
_GROWTH: Final = 4


class Portions:
    """Sizes of portions that take about a quarter of a second, by what the last one took.

    Parameters
    ----------
    first, most : float
        Sizes of the first and of the largest portion.
    """

    def __init__(self, first: float, most: float = math.inf) -> None:
        self._size, self._most = max(1.0, first), max(1.0, most)

    @classmethod
    def of_steps(cls, step_s: float) -> Portions:
        """Return those of a run, whose steps take at most `step_s` seconds; it may get busier."""
        return cls(_LONGEST_S / step_s / _FIRST, _LONGEST_S / step_s)

    @classmethod
    def of_trials(cls, trial_s: float) -> Portions:
        """Return those of trials, which are much alike and take at most `trial_s` seconds."""
        return cls(_PORTION_S / trial_s)

    def timed(
        self, n_units: int, first_unit: int = 0, multiple: int = 1, most: float = math.inf
    ) -> Iterator[int]:
        """Yield the sizes of portions that make up `n_units`; times the work on each.

        Parameters
        ----------
        n_units : int
            Steps or trials.
        first_unit : int
            Number of the first of them.
        multiple : int
            Portions that are longer end where the number of the next unit is a multiple.
        most : float
            So many fit into the memory at once; at least `multiple` are taken.
        """
        unit, end = first_unit, first_unit + n_units
        while unit < end:
            stop = min(unit + int(min(self._size, max(most, multiple))), end)
            if stop < end and stop - stop % multiple > unit:
                stop -= stop % multiple
            begin = time.perf_counter()
            yield stop - unit
            self._note(stop - unit, time.perf_counter() - begin)
            unit = stop

    def _note(self, size: int, seconds: float) -> None:
        fitting = size * _PORTION_S / max(seconds, 1e-9)
        self._size = max(1.0, min(fitting, self._most, _GROWTH * self._size))


def cautious_step_s(n_neurons: int, n_synapses: int, dt_ms: float) -> float:
    """Return what a time step of a busy network takes on a slow machine, s."""
    n_events = n_synapses * _BUSY_HZ * 1e-3 * dt_ms
    return _UPDATE_S * max(1, n_neurons) + _EVENT_S * n_events


@contextmanager
def held_interrupts() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back, so that it does not fall between a kernel's work and the note of it.

    Yields
    ------
    callable
        Lets an interrupt act that has come in the meantime: raises `KeyboardInterrupt`, or does
        what the script has chosen instead. At the end it acts anyway.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield lambda: None  # signals are handled elsewhere, or not by Python
        return
    pending: list[tuple[int, FrameType | None]] = []

    def note(number: int, frame: FrameType | None) -> None:
        pending[:] = [(number, frame)]

    def act() -> None:
        while pending:
            handler(*pending.pop())

    previous: Any = signal.signal(signal.SIGINT, note)
    try:
        yield act
    finally:
        signal.signal(signal.SIGINT, previous)
        act()


def interruptible(work: Callable[[], _T], stop: Callable[[], None] = lambda: None) -> _T:
    """Return what `work` returns; Ctrl-C is heard at once, however long it takes.

    It is done in a thread of its own, which an interrupt leaves behind: there it comes to its end,
    sooner if `stop` can make it, and what it returns is forgotten. So it must not change anything
    that others use.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()  # no signals are handled here
    result: Future[_T] = Future()

    def call() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # raised where the result is asked for
            result.set_exception(error)

    try:
        threading.Thread(target=call, daemon=True).start()
        return result.result()
    except BaseException:
        stop()
        raise
