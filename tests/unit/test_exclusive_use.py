"""One thread of Python at a time."""

import threading

import pytest

from pyNN_brainscales_emu.errors import ThreadError
from pyNN_brainscales_emu.exclusive_use import exclusive


@exclusive("setup()")
def setup():
    return "set up"


@exclusive("run()")
def run(begun, go_on):
    begun.set()
    assert go_on.wait(60)
    return setup()  # the same thread may go deeper


@pytest.fixture
def running():
    """Let another thread be in `run`; it ends with the test."""
    begun, go_on = threading.Event(), threading.Event()
    results = []
    thread = threading.Thread(target=lambda: results.append(run(begun, go_on)), name="first")
    thread.start()
    assert begun.wait(60)

    def finish():
        go_on.set()
        thread.join()
        return results

    yield finish
    finish()


def test_another_thread_is_refused(running):
    with pytest.raises(ThreadError, match=r"setup\(\): thread 'first' is in run\(\).*processes"):
        setup()
    assert running() == ["set up"]
    assert setup() == "set up"


def test_errors_give_the_turn_away():
    @exclusive("run()")
    def fails():
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fails()
    results = []
    thread = threading.Thread(target=lambda: results.append(setup()))
    thread.start()
    thread.join()
    assert results == ["set up"]
