import os
import resource

import pytest

from pyNN_brainscales_emu import machine_memory
from pyNN_brainscales_emu.machine_memory import memory_limit

GIB = 2**30
UNLIMITED = str(2**63 - 4096)  # what version 1 writes


@pytest.fixture
def files(monkeypatch, tmp_path):
    monkeypatch.setattr(
        os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 8 * GIB // 4096}.__getitem__
    )
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: unlimited)
    monkeypatch.setattr(machine_memory, "group_folders", lambda controller: [tmp_path])
    return (tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes")


@pytest.mark.parametrize(
    ("version_2", "version_1", "expected"),
    [
        (None, None, 8),
        (f"{2 * GIB}\n", None, 2),
        (None, f"{3 * GIB}\n", 3),
        (f"{GIB}\n", f"{3 * GIB}\n", 1),
        ("max\n", f"{3 * GIB}\n", 3),
        ("max\n", UNLIMITED, 8),
        (f"{64 * GIB}\n", None, 8),
        ("", "-1", 8),
        ("0", "many", 8),
    ],
)
def test_the_smallest_limit_counts(files, version_2, version_1, expected):
    for path, text in zip(files, (version_2, version_1), strict=True):
        if text is not None:
            path.write_text(text)
    assert memory_limit() == expected * GIB


def unknown(name):
    raise ValueError(name)


def test_a_limit_without_known_memory(files, monkeypatch):
    monkeypatch.setattr(os, "sysconf", unknown)
    assert memory_limit() is None
    files[0].mkdir()  # nothing that can be read
    assert memory_limit() is None
    files[1].write_text(f"{GIB}")
    assert memory_limit() == GIB
    monkeypatch.delattr(os, "sysconf")
    assert memory_limit() == GIB


def test_the_limit_of_the_process(files, monkeypatch):
    limits = {resource.RLIMIT_AS: 3 * GIB, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limits[kind], resource.RLIM_INFINITY))
    assert memory_limit() == 3 * GIB
    limits[resource.RLIMIT_DATA] = 2 * GIB
    assert memory_limit() == 2 * GIB


def test_this_machine():
    limit = memory_limit()
    assert limit is None or limit > 2**20
