import io
import sys

import pytest

from pyNN_brainscales_emu import progress
from pyNN_brainscales_emu.progress import Progress, each


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def advance(clock, bar, n_steps, seconds):
    for step in range(n_steps):
        clock.now += seconds
        bar.advance(test=f"{step}%")


def test_without_a_terminal_lines_come_every_few_seconds(clock, capsys):
    with Progress(10, "in the loop", "iterations") as bar:
        advance(clock, bar, 10, 2.0)
    assert capsys.readouterr().err.splitlines() == [
        "in the loop: 3 of 10 iterations, 6 s, test 2%",
        "in the loop: 6 of 10 iterations, 12 s, test 5%",
        "in the loop: 9 of 10 iterations, 18 s, test 8%",
        "in the loop: 10 of 10 iterations, 20 s, test 9%",
    ]


def test_slow_steps_have_a_line_each(clock, capsys):
    with Progress(5, "in the loop", "iterations", start=2) as bar:
        advance(clock, bar, 3, 60.0)
    counts = [line.split(" of ")[0] for line in capsys.readouterr().err.splitlines()]
    assert counts == [f"in the loop: {number}" for number in (3, 4, 5)]


def test_quick_steps_have_the_last_line_only(clock, capsys):
    assert list(each(range(1000), "training", "steps")) == list(range(1000))
    assert capsys.readouterr().err == "training: 1000 of 1000 steps, 0 s\n"
    assert list(each(range(1000), "training", "steps", summary=False)) == list(range(1000))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("n_items", [0, 1])
def test_single_items_are_not_shown(clock, capsys, n_items):
    assert list(each(range(n_items), "training", "steps")) == list(range(n_items))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("terminal", [False, True])
def test_silence(clock, monkeypatch, terminal):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(3, "in the loop", "iterations", shown=False) as bar:
        advance(clock, bar, 3, 60.0)
    assert stream.getvalue() == ""


def test_terminal_has_a_bar_and_no_lines(clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(3, "in the loop", "iterations") as bar:
        advance(clock, bar, 3, 60.0)
    shown = sys.stderr.getvalue()
    assert "3/3" in shown
    assert "3 of 3" not in shown


def test_without_standard_error_nothing_is_shown(clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with Progress(3, "in the loop", "iterations") as bar:
        advance(clock, bar, 3, 60.0)
