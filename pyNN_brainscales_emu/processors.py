"""How many processors this process may use, and how many threads may run now."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyNN_brainscales_emu.control_groups import group_folders

logger = logging.getLogger("PyNN")

#: The settings of the OpenMP runtime that count here.
OPENMP_VARIABLES: Final = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OMP_DYNAMIC")
#: Where a control group's quota of processor time stands, and the period that it is for, in us:
#: version 2 and 1 (docs.kernel.org/admin-guide/cgroup-v2.html, scheduler/sched-bwc.html).
QUOTA_FILES: Final = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))


def available_processors() -> int:
    """Return how many processors this process may use at the same time, at least 1.

    Those that it may run on; fewer where a container or a job has a quota of processor time, or
    ``OMP_THREAD_LIMIT`` says so. A quota of 2.5 processors counts as 2: three threads that wait for
    one another would be halted together.
    """
    limits = (_processors(), _quota(), _positive(os.environ.get("OMP_THREAD_LIMIT", "")))
    return min(limit for limit in limits if limit is not None)


def default_threads() -> int:
    """Return the number of threads to use where none is asked for.

    The first number of ``OMP_NUM_THREADS`` if that is set. Otherwise all available processors, or
    one in a worker process of `multiprocessing`: the others are there for the other workers.
    Never more than there are processors. With ``OMP_DYNAMIC=true`` those are left out that were
    busy in the last 15 minutes, as GCC's OpenMP runtime does it.
    """
    available = available_processors()
    wanted = _positive(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0])
    threads = min(wanted or (1 if _is_worker() else available), available)
    if os.environ.get("OMP_DYNAMIC", "").strip().lower() == "true":
        threads = max(1, threads - _busy_processors())
    return threads


def allowed_threads(n_threads: int) -> int:
    """Return how many of `n_threads` threads a kernel may use now.

    All of them, unless the OpenMP runtime grants fewer or the kernels were built without it. Call
    it in the thread of Python that is going to call the kernel: what the runtime grants belongs to
    that thread, and is fixed from then on.

    Returns
    -------
    int
        1 in a forked process whose parent's threads could not be ended before: a team would wait
        for them for ever.
    """
    from pyNN_brainscales_emu._kernels import openmp

    if n_threads == 1 or not openmp.has_openmp():
        return 1
    if _Team.is_lost:
        _Team.note_loss()
        return 1
    _Team.has_worked = True
    known = _Team.granted.threads
    if n_threads not in known:
        known[n_threads] = openmp.granted_threads(n_threads)
    return known[n_threads]


class _Granted(threading.local):
    """What the runtime has fixed for each thread of Python, by the number asked for."""

    def __init__(self) -> None:
        self.threads: dict[int, int] = {}


class _Team:
    """The threads that the OpenMP runtime keeps for the next call of a kernel.

    A forked process inherits the runtime's belief in them, but not the threads: its first team
    would wait for ever. So they are ended before a fork, and both processes start new ones.
    """

    granted = _Granted()
    has_worked = False
    is_left = False
    is_lost = False
    is_noted = False

    @classmethod
    def before_fork(cls) -> None:
        """End the threads."""
        from pyNN_brainscales_emu._kernels import openmp

        cls.is_left = cls.has_worked and not openmp.release_threads()
        cls.granted = _Granted()

    @classmethod
    def after_fork_in_child(cls) -> None:
        """Remember whether the runtime believes in threads that are not there."""
        cls.is_lost = cls.is_lost or cls.is_left

    @classmethod
    def note_loss(cls) -> None:
        """Say once in a process why there is one thread only."""
        if not cls.is_noted:
            logger.warning(
                "This process was forked from one that has used several threads: it uses one. "
                "Start it with multiprocessing's method 'spawn' or 'forkserver' to use more."
            )
        cls.is_noted = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_Team.before_fork, after_in_child=_Team.after_fork_in_child)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_worker() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _quota() -> int | None:
    """Return the smallest quota in whole processors, at least 1; None without one."""
    smallest = min(_quotas(), default=None)
    return None if smallest is None else max(1, int(smallest))


def _quotas() -> Iterator[float]:
    """Yield the quotas of this process's groups, in processors."""
    for folder in group_folders("cpu"):
        for names in QUOTA_FILES:
            quota, period = (_positive(number) for number in _two_words(folder, names))
            if quota and period:  # without a quota: 'max', or -1
                yield quota / period


def _two_words(folder: Path, names: tuple[str, ...]) -> tuple[str, str]:
    """Return the two words that stand in some files together; empty ones if they do not."""
    try:
        first, second = " ".join((folder / name).read_text() for name in names).split()
    except (OSError, ValueError):
        return "", ""
    return first, second


def _busy_processors() -> int:
    """Return the mean number of busy processors in the last 15 minutes."""
    try:
        return round(os.getloadavg()[2])
    except (AttributeError, OSError):  # not known on this system
        return 0


def _positive(text: str) -> int | None:
    """Return a positive whole number; None for anything else."""
    text = text.strip()
    return int(text) if text.isdecimal() and int(text) > 0 else None
