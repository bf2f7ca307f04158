"""Where Linux says what a container or a job may use: the control groups of this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc/self")


def group_folders(controller: str, proc: Path = PROC) -> Iterator[Path]:
    """Yield the folders of the control groups that this process is in, the innermost first.

    Parameters
    ----------
    controller : str
        ``'cpu'`` or ``'memory'``: which hierarchies of version 1 count. The one of version 2 always
        counts.
    proc : Path
        Folder of the process.

    Yields
    ------
    Path
        Of each group and those around it, as far as they can be seen from here: a limit of any of
        them holds.

    References
    ----------
    proc(5): ``cgroup`` and ``mountinfo``; docs.kernel.org/admin-guide/cgroup-v2.html and
    cgroup-v1/cgroups.html
    """
    groups = _groups(proc)
    for controllers, root, mount in _mounts(proc):
        wanted = "" if controllers is None else controller
        if controllers is None or controller in controllers:
            yield from _from_inside(mount, groups.get(wanted, root), root)


def _groups(proc: Path) -> dict[str, str]:
    """Return the group of this process by controller; that of version 2 has the name ''."""
    groups: dict[str, str] = {}
    for line in _lines(proc / "cgroup"):
        _, names, path = line.split(":", 2)
        groups |= dict.fromkeys(names.split(","), path)
    return groups


def _mounts(proc: Path) -> Iterator[tuple[list[str] | None, str, Path]]:
    """Yield the controllers (None: version 2), the topmost group and the folder of a hierarchy."""
    for line in _lines(proc / "mountinfo"):
        place, _, kind = line.partition(" - ")
        root, mount = place.split()[3:5]
        file_system, *_, options = kind.split()
        if file_system in ("cgroup", "cgroup2"):
            is_second = file_system == "cgroup2"
            yield None if is_second else options.split(","), root, Path(mount)


def _from_inside(mount: Path, group: str, root: str) -> Iterator[Path]:
    """Yield the folders from a group up to the topmost one that is mounted.

    A group outside of what is mounted, as in a container that sees the names of its host, is
    the topmost one.
    """
    inside = Path(group).is_relative_to(root) and ".." not in Path(group).parts
    below = Path(group).relative_to(root) if inside else Path()
    folder = mount / below
    yield folder
    while folder != mount:
        folder = folder.parent
        yield folder


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # no Linux, or not to be seen
        return []
