"""Several threads of Python and the one network of a process."""

import threading

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import NetworkError, ThreadError
from pyNN_brainscales_emu.simulator import state


def build():
    sim.setup(substrate="ideal")
    noise = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0), label="noise")
    cells = sim.Population(20, sim.IF_cond_exp(v_thresh=-55.0), label="cells")
    sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.004))
    cells.record(["spikes", "v"])
    return noise, cells


def in_thread(work):
    """Call a function in a thread named 'other'; return what it returns or raises."""
    results = []

    def call():
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=call, name="other")
    thread.start()
    thread.join()
    return results[0]


@pytest.fixture
def interrupted_by(monkeypatch):
    """Let the other thread do something while this one is in the midst of a run."""

    def put(work):
        found = []
        emulation = state.session.pipeline.emulation
        run = emulation.run

        def run_and_call(n_steps):
            run(n_steps)
            if not found:
                found.append(in_thread(work))

        monkeypatch.setattr(emulation, "run", run_and_call)
        return found

    return put


def v(cells):
    return cells.get_data("v").segments[-1].analogsignals[0].magnitude.tolist()


def spikes(cells):
    return [train.magnitude.tolist() for train in cells.get_data().segments[-1].spiketrains]


CALLS = {
    "setup()": lambda noise, cells: sim.setup(),
    "run()": lambda noise, cells: sim.run(10.0),
    "reset()": lambda noise, cells: sim.reset(),
    "get_data(clear=True)": lambda noise, cells: cells.get_data(clear=True),
    "run_trials()": lambda noise, cells: sim.run_trials(10.0, {noise: np.ones((2, 10))}),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_second_thread_is_refused_while_one_runs(call, interrupted_by):
    network = build()
    sim.run(20.0)
    sim.run(40.0)
    expected = spikes(network[1])
    assert sum(map(len, expected)) > 20

    network = build()
    sim.run(20.0)
    found = interrupted_by(lambda: CALLS[call](*network))
    sim.run(40.0)
    assert isinstance(found[0], ThreadError), found[0]
    message = str(found[0])
    assert message.startswith(f"{call}: thread 'MainThread' is in run(), and there is one network")
    assert "multiprocessing" in message
    assert sim.get_current_time() == 60.0
    assert spikes(network[1]) == expected


def test_a_second_thread_may_look_while_one_runs(interrupted_by):
    _, cells = build()
    sim.run(40.0)
    expected = spikes(cells), v(cells)
    found = interrupted_by(lambda: (sim.get_current_time(), (spikes(cells), v(cells))))
    sim.run(20.0)
    assert found == [(40.0, expected)]


def test_threads_may_take_turns():
    _, cells = build()
    sim.run(60.0)
    expected = spikes(cells)
    _, cells = in_thread(build)
    sim.run(30.0)
    assert in_thread(lambda: sim.run(30.0)) == 60.0
    assert spikes(cells) == expected


def test_who_has_replaced_the_network_is_said():
    _, cells = build()
    in_thread(sim.setup)
    with pytest.raises(NetworkError, match=r"setup\(\) in thread 'other' has replaced.*processes"):
        cells.set(v_thresh=-50.0)
    _, cells = build()
    sim.setup()
    with pytest.raises(NetworkError, match=r"that setup\(\) has replaced\. Build the network"):
        cells.set(v_thresh=-50.0)
