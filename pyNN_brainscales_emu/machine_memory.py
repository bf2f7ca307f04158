"""How much memory this process may use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pyNN_brainscales_emu.control_groups import group_folders

#: The files of a control group's limit, versions 2 and 1
#: (docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html).
LIMIT_FILES: Final = ("memory.max", "memory.limit_in_bytes")


def memory_limit() -> int | None:
    """Return the memory of the machine, or of the container or process if that may use less.

    Returns
    -------
    int or None
        In bytes; None where the system does not tell. What others use is not taken off.
    """
    files = (folder / name for folder in group_folders("memory") for name in LIMIT_FILES)
    known = [_physical(), *(_written(path) for path in files), *_of_process()]
    return min((limit for limit in known if limit is not None), default=None)


def _physical() -> int | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not known on this system
        return None
    return size if size > 0 else None


def _of_process() -> list[int]:
    """Return the limits that `ulimit` has set for this process."""
    try:
        import resource
    except ImportError:  # not on this system
        return []
    soft = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return [limit for limit in soft if limit not in (resource.RLIM_INFINITY, 0)]


def _written(path: Path) -> int | None:
    """Return the limit that a file holds; None without one, which version 2 calls 'max'."""
    try:
        size = int(path.read_text())
    except (OSError, ValueError):
        return None
    return size if size > 0 else None
