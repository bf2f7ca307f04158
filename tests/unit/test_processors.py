"""How many processors and threads there are for this process."""

import logging
import multiprocessing.process
import os

import pytest

from pyNN_brainscales_emu import processors
from pyNN_brainscales_emu._kernels import openmp
from pyNN_brainscales_emu.processors import (
    OPENMP_VARIABLES,
    allowed_threads,
    available_processors,
    default_threads,
)

needs_openmp = pytest.mark.skipif(not openmp.has_openmp(), reason="built without OpenMP")


@pytest.fixture(autouse=True)
def groups(monkeypatch, tmp_path):
    """Eight processors without any limit; return the folders of a group and the one around it."""
    for name in OPENMP_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(processors, "_processors", lambda: 8)
    folders = [tmp_path / "outer" / "inner", tmp_path / "outer"]
    folders[0].mkdir(parents=True)
    monkeypatch.setattr(processors, "group_folders", lambda controller: folders)
    return folders


class TestQuota:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("max 100000\n", 8),
            ("200000 100000\n", 2),
            ("250000 100000\n", 2),
            ("50000 100000\n", 1),
            ("60000 20000\n", 3),
            ("9000000 100000\n", 8),
            ("", 8),
            ("200000", 8),
            ("many 100000", 8),
            ("200000 0", 8),
        ],
    )
    def test_version_2(self, groups, text, expected):
        (groups[0] / "cpu.max").write_text(text)
        assert available_processors() == expected

    @pytest.mark.parametrize(("quota", "expected"), [("-1", 8), ("400000", 4), ("1000", 1)])
    def test_version_1(self, groups, quota, expected):
        (groups[0] / "cpu.cfs_quota_us").write_text(f"{quota}\n")
        (groups[0] / "cpu.cfs_period_us").write_text("100000\n")
        assert available_processors() == expected

    def test_the_smallest_of_nested_groups_counts(self, groups):
        (groups[0] / "cpu.max").write_text("500000 100000")
        (groups[1] / "cpu.max").write_text("300000 100000")
        assert available_processors() == 3
        (groups[0] / "cpu.max").write_text("200000 100000")
        assert available_processors() == 2


class TestSettingsOfOpenMP:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [("4", 4), ("4,2", 4), (" 3 ", 3), ("16", 8), ("0", 8), ("-2", 8), ("x", 8), ("", 8)],
    )
    def test_number_of_threads(self, monkeypatch, text, expected):
        monkeypatch.setenv("OMP_NUM_THREADS", text)
        assert default_threads() == expected
        assert available_processors() == 8

    @pytest.mark.parametrize(("text", "expected"), [("2", 2), ("100", 8), ("none", 8)])
    def test_limit(self, monkeypatch, text, expected):
        monkeypatch.setenv("OMP_THREAD_LIMIT", text)
        assert available_processors() == expected
        monkeypatch.setenv("OMP_NUM_THREADS", "5")
        assert default_threads() == min(5, expected)

    @pytest.mark.parametrize(
        ("text", "load", "expected"),
        [
            ("true", 2.9, 5),
            ("TRUE", 20.0, 1),
            ("true", 0.0, 8),
            ("false", 5.0, 8),
            ("", 5.0, 8),
        ],
    )
    def test_adjusting_to_the_load(self, monkeypatch, text, load, expected):
        monkeypatch.setattr(os, "getloadavg", lambda: (9.0, 9.0, load))
        monkeypatch.setenv("OMP_DYNAMIC", text)
        assert default_threads() == expected

    def test_a_load_that_is_not_known(self, monkeypatch):
        def unknown():
            raise OSError

        monkeypatch.setattr(os, "getloadavg", unknown)
        monkeypatch.setenv("OMP_DYNAMIC", "true")
        assert default_threads() == 8


def test_workers_of_multiprocessing_share_the_processors(monkeypatch):
    monkeypatch.setattr(multiprocessing.process, "parent_process", lambda: object())
    assert (default_threads(), available_processors()) == (1, 8)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert default_threads() == 3


class TestAllowedThreads:
    @needs_openmp
    def test_more_threads_than_processors_may_be_tried(self):
        assert [allowed_threads(n) for n in (1, 2, 3, 2)] == [1, 2, 3, 2]

    def test_without_openmp_one(self, monkeypatch):
        monkeypatch.setattr(openmp, "has_openmp", lambda: False)
        assert allowed_threads(4) == 1

    @needs_openmp
    def test_one_if_the_threads_of_the_parent_could_not_be_ended(self, monkeypatch, caplog):
        for name in ("has_worked", "is_left", "is_lost", "is_noted"):
            monkeypatch.setattr(processors._Team, name, False)
        monkeypatch.setattr(openmp, "release_threads", lambda: False)
        processors._Team.before_fork()
        processors._Team.after_fork_in_child()
        assert allowed_threads(2) == 2  # the parent has had one thread only
        processors._Team.before_fork()
        processors._Team.after_fork_in_child()
        with caplog.at_level(logging.WARNING):
            assert [allowed_threads(n) for n in (2, 3)] == [1, 1]
        assert [record.message.split(":")[0] for record in caplog.records] == [
            "This process was forked from one that has used several threads"
        ]

    def test_threads_are_released_and_started_again(self):
        before = allowed_threads(2)
        assert openmp.release_threads()
        assert allowed_threads(2) == before
