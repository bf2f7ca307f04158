"""What the mapping of large networks shows while it lasts."""

import pytest
from graph_builders import graph, neurons

from pyNN_brainscales_emu import mapping_stage, progress
from pyNN_brainscales_emu.mapping.mapper import STEPS
from pyNN_brainscales_emu.mapping_stage import MappingStage
from pyNN_brainscales_emu.options import Options


@pytest.fixture
def slow_clock(monkeypatch):
    """Ten seconds pass whenever somebody looks."""
    times = iter(range(0, 10_000, 10))

    class Clock:
        @staticmethod
        def monotonic():
            return next(times)

    monkeypatch.setattr(progress, "time", Clock)


def test_large_networks_show_which_step_is_on(capsys, monkeypatch, slow_clock):
    monkeypatch.setattr(mapping_stage, "_LARGE", 10)
    mapping = MappingStage(Options()).of(graph([neurons(10)]))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(STEPS)
    for number, (line, following) in enumerate(zip(lines, (*STEPS[1:], ""), strict=True), 1):
        assert line.startswith(f"mapping: {number} of {len(STEPS)} steps, ")
        assert line.endswith(f"now {following}")
    assert tuple(mapping.seconds) == STEPS


def test_small_networks_show_nothing(capsys, slow_clock):
    MappingStage(Options()).of(graph([neurons(10)]))
    assert capsys.readouterr().err == ""
