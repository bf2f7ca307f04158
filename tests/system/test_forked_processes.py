"""Processes forked after several threads have worked run, and give the same results.

Each case runs in a process of its own: one that hangs must not take the others with it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyNN_brainscales_emu._kernels import openmp

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    pytest.mark.skipif(not openmp.has_openmp(), reason="built without OpenMP"),
]
TESTS = Path(__file__).resolve().parents[1]

NETWORK = """
import multiprocessing
import os
import threading
import numpy as np
import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import options, processors
from pyNN_brainscales_emu.simulator import state

options.available_processors = lambda: 8  # several threads on any machine

def build(threads):
    sim.setup(threads=threads, on_loss="ignore")
    noise = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0))
    cells = sim.Population(60, sim.IF_cond_exp(v_thresh=-55.0, tau_refrac=1.0))
    sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("spikes")
    return noise, cells

def trains(cells):
    return [train.magnitude.tolist() for train in cells.get_data().segments[-1].spiketrains]

def presented(noise, cells):
    rates = np.full((40, noise.size), 80.0)
    data = sim.run_trials(20.0, {noise: rates}, record=cells, first_presentation=1)
    return data.spike_counts(cells).tolist()

def job(threads):
    noise, cells = build(threads)
    sim.run(50.0)
    return trains(cells), presented(noise, cells)

def in_child(work, *arguments):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply_async(work, arguments).get(timeout=100)
"""


def run(script):
    done = subprocess.run(
        [sys.executable, "-c", NETWORK + script],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_worker_sets_up_its_own_network():
    run("""
first = job(2)
assert sum(map(len, first[0])) > 50
assert in_child(job, 2) == first
assert job(3) == first  # the parent goes on as well
assert in_child(job, 1) == first
""")


def test_a_network_that_was_built_before_the_fork_goes_on():
    run("""
noise, cells = build(2)
sim.run(30.0)
before = presented(noise, cells)

def go_on():
    sim.run(30.0)
    assert state.session.pipeline.emulation.n_threads == 2
    return trains(cells), presented(noise, cells)

child = in_child(go_on)
assert child == go_on()
assert child[1] == before
""")


def test_threads_of_python_and_their_children():
    run("""
first = job(2)
found = []

def work():  # forks from another thread than the one that has run before, and runs before
    found.append(job(3))
    found.append(in_child(grandchild))

def grandchild():
    found.append(job(2))
    pid = os.fork()
    if pid == 0:
        os._exit(0 if job(2) == first else 1)
    assert os.waitpid(pid, 0)[1] == 0
    return found[-1]

thread = threading.Thread(target=work)
thread.start()
thread.join()
assert found == [first, first]
assert job(2) == first
""")


def test_threads_that_cannot_be_ended_leave_one_thread_and_a_note():
    done = run("""
from pyNN_brainscales_emu._kernels import openmp

noise, cells = build(2)
sim.run(10.0)
prepared = presented(noise, cells)
openmp_release, openmp.release_threads = openmp.release_threads, lambda: False

def go_on():
    sim.run(20.0)
    return trains(cells), presented(noise, cells), job(2)

assert in_child(go_on) == go_on()
""")
    assert done.stderr.count("it uses one. Start it with multiprocessing's method 'spawn'") == 1


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_have_one_thread_by_default(method, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("""
import multiprocessing, os, sys
import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.simulator import state

def n_threads(asked):
    sim.setup(substrate="ideal", threads=asked)
    return state.options.n_threads

if __name__ == "__main__":
    available = len(os.sched_getaffinity(0))
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        assert pool.map(n_threads, [None, available]) == [1, available]
""")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")}
    subprocess.run(
        [sys.executable, script, method],
        env={**environment, "PYTHONPATH": str(TESTS.parent)},
        timeout=200,
        check=True,
    )
