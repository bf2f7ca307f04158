"""Sizes of portions, and interrupts that are held back while a kernel works."""

import signal
import threading

import pytest

from pyNN_brainscales_emu import portions as module
from pyNN_brainscales_emu.portions import (
    Portions,
    cautious_step_s,
    held_interrupts,
    interruptible,
)


class Clock:
    """A clock that goes on when work is done."""

    def __init__(self):
        self.now_s = 0.0

    def perf_counter(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def sizes(portions, clock, n_units, unit_s, *place):
    """Work on some units, of which number k takes ``unit_s(k)``; return the portions."""
    found, unit = [], place[0] if place else 0
    for size in portions.timed(n_units, *place):
        clock.now_s += sum(unit_s(k) for k in range(unit, unit + size))
        unit += size
        found.append(size)
    return found


class TestPortions:
    @pytest.mark.parametrize("n_units", [0, 1, 5, 6, 1000])
    def test_they_make_up_everything(self, clock, n_units):
        found = sizes(Portions(5), clock, n_units, lambda k: 0.03)
        assert sum(found) == n_units
        assert all(found)

    def test_they_take_a_quarter_of_a_second(self, clock):
        found = sizes(Portions(1), clock, 10_000, lambda k: 2**-10)
        assert found[:4] == [1, 4, 16, 64]
        assert set(found[4:-1]) == {256}

    def test_they_shrink_when_the_work_gets_harder(self, clock):
        def unit_s(k):
            return 1e-4 if k < 4000 else 1e-2

        found = sizes(Portions(100), clock, 8000, unit_s)
        assert max(found) == 2500
        assert found[-2] == 25

    def test_a_unit_that_takes_longer_is_one(self, clock):
        assert sizes(Portions(3), clock, 6, lambda k: 2.0) == [3, 1, 1, 1]

    def test_they_stay_below_the_largest(self, clock):
        found = sizes(Portions(10, most=30), clock, 1000, lambda k: 0.0)
        assert found[:3] == [10, 30, 30]

    def test_they_fit_into_the_memory_of_a_run(self, clock):
        portions = Portions(100)
        assert list(portions.timed(50, 0, 1, 20)) == [20, 20, 10]
        assert list(portions.timed(50, 0, 16, 1.5)) == [16, 16, 16, 2]
        assert list(portions.timed(50)) == [50]

    def test_they_are_remembered(self, clock):
        portions = Portions(1, most=1000)
        for _ in range(8):
            sizes(portions, clock, 512, lambda k: 2**-10)
        assert sizes(portions, clock, 512, lambda k: 2**-10) == [256, 256]

    @pytest.mark.parametrize("first_unit", [0, 7, 16, 31])
    def test_long_ones_end_at_multiples(self, clock, first_unit):
        found = sizes(Portions(40, most=40), clock, 400, lambda k: 0.0, first_unit, 16)
        ends = [first_unit + sum(found[: n + 1]) for n in range(len(found))]
        assert all(end % 16 == 0 for end in ends[:-1])
        assert sum(found) == 400

    def test_short_ones_end_anywhere(self, clock):
        assert sizes(Portions(3, most=3), clock, 8, lambda k: 0.0, 0, 16) == [3, 3, 2]

    def test_a_run_begins_small_and_is_bounded(self, clock):
        found = sizes(Portions.of_steps(0.001), clock, 3000, lambda k: 1e-9)
        assert found[:4] == [15, 62, 250, 250]

    def test_trials_begin_with_what_is_expected(self, clock):
        found = sizes(Portions.of_trials(0.01), clock, 3000, lambda k: 1e-9)
        assert found[:3] == [25, 100, 400]
        assert found[3] == 1600


def test_a_step_costs_its_neurons_and_events():
    """4 M synapses at 200 Hz are 80 000 events in 0.1 ms, 5 ns each."""
    assert cautious_step_s(0, 4_000_000, 0.1) == pytest.approx(80_000 * 5e-9, rel=1e-3)
    assert cautious_step_s(1000, 0, 0.1) == pytest.approx(5e-6)


class TestHeldInterrupts:
    def test_it_acts_when_it_is_let(self):
        done = []
        with pytest.raises(KeyboardInterrupt), held_interrupts() as act:  # noqa: PT012
            act()
            signal.raise_signal(signal.SIGINT)
            done.append("work")
            act()
            done.append("more")
        assert done == ["work"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_it_acts_at_the_end(self):
        done = []
        with pytest.raises(KeyboardInterrupt), held_interrupts():  # noqa: PT012
            signal.raise_signal(signal.SIGINT)
            done.append("work")
        assert done == ["work"]

    def test_several_are_one(self, monkeypatch):
        heard = []
        monkeypatch.setattr(signal, "default_int_handler", None)
        before = signal.signal(signal.SIGINT, lambda *_: heard.append("ctrl-c"))
        try:
            with held_interrupts() as act:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
                assert heard == []
                act()
                assert heard == ["ctrl-c"]
        finally:
            signal.signal(signal.SIGINT, before)
        assert heard == ["ctrl-c"]

    @pytest.mark.parametrize("choice", [signal.SIG_IGN, signal.SIG_DFL])
    def test_what_is_not_handled_by_python_stays(self, choice):
        before = signal.signal(signal.SIGINT, choice)
        try:
            with held_interrupts() as act:
                assert signal.getsignal(signal.SIGINT) is choice
                act()
        finally:
            signal.signal(signal.SIGINT, before)

    def test_other_threads_hear_no_signals(self):
        handlers = []

        def work():
            with held_interrupts() as act:
                handlers.append(signal.getsignal(signal.SIGINT))
                act()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert handlers == [signal.getsignal(signal.SIGINT)]


class TestInterruptible:
    def test_it_returns_what_the_work_returns(self):
        assert interruptible(threading.current_thread) is not threading.main_thread()
        assert interruptible(lambda: 5) == 5

    def test_errors_come_out(self):
        def fail():
            raise KeyError("name")

        with pytest.raises(KeyError, match="name"):
            interruptible(fail)

    def test_an_interrupt_asks_the_work_to_stop(self):
        asked, ended = threading.Event(), threading.Event()

        def work():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            assert asked.wait(60)
            ended.set()

        with pytest.raises(KeyboardInterrupt):
            interruptible(work, asked.set)
        assert ended.wait(60)

    def test_an_interrupt_does_not_wait_for_the_end(self):
        go_on, ended = threading.Event(), threading.Event()

        def work():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            assert go_on.wait(60)
            ended.set()

        with pytest.raises(KeyboardInterrupt):
            interruptible(work)
        assert not ended.is_set()
        go_on.set()
        assert ended.wait(60)

    def test_other_threads_do_it_themselves(self):
        found = []
        thread = threading.Thread(
            target=lambda: found.append(interruptible(threading.current_thread))
        )
        thread.start()
        thread.join()
        assert found == [thread]
