"""The far end of `_workers.Worker`: a process that answers requests, one line of JSON each.

Needs the standard library only, as the peers run in an environment of their own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any


def serve(tasks: Mapping[str, Callable[..., Mapping[str, Any]]]) -> None:
    """Run the tasks that are asked for until the input ends; the first argument is the pipe back.

    An answer has the task's results, and the largest resident memory of the process so far as
    `peak_mb`, and the load average of the last minute as `load`; or `error`, a traceback.
    """
    answers = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = tasks[request.pop("task")](**request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        standing = {"peak_mb": peak_mb(), "load": os.getloadavg()[0]}
        print(json.dumps(standing | dict(answer)), file=answers, flush=True)


def peak_mb() -> float | None:
    """Return the largest resident memory of this process so far in MB; None if Linux is not here.

    `ru_maxrss` would not do: a process starts with that of the one that has started it.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return None


def children_cpu_s() -> float:
    """Return the processor time of the processes that this one has waited for, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
