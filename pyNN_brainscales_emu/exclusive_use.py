"""One thread of Python at a time may use the network: there is one in a process."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pyNN_brainscales_emu.errors import ThreadError

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Use:
    """Who uses the network now."""

    lock = threading.RLock()
    user = ""
    call = ""

    @classmethod
    def forget(cls) -> None:
        """Begin anew in a forked process, in which no other thread goes on."""
        cls.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Use.forget)


def exclusive(call: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Refuse a function while another thread is in a function that is marked so.

    Parameters
    ----------
    call : str
        What users call it, for messages.

    Raises
    ------
    ThreadError
        When it is called. Waiting would not help: the other thread's `setup()` would replace the
        network of this one.
    """

    def mark(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            lock = _Use.lock
            if not lock.acquire(blocking=False):
                raise ThreadError(
                    f"{call}: thread {_Use.user!r} is in {_Use.call}, and there is one network in "
                    "a process",
                    limit="one thread at a time",
                    remedy="Let the threads take turns with a threading.Lock, from setup() to the "
                    "data; or use processes (multiprocessing, concurrent.futures); run_trials() "
                    "runs many presentations of one network on all processors.",
                )
            try:
                _Use.user, _Use.call = threading.current_thread().name, call
                return function(*args, **kwargs)
            finally:
                lock.release()

        return guarded

    return mark
