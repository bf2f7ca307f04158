"""Ctrl-C ends what would take hours, and what it leaves can be used.

Each case runs in a process of its own, which sends the signal to itself while a kernel works.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

NETWORK = """
import os, signal, sys, threading
import numpy as np
import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.simulator import state

HOURS = 1e9  # ms

def build():
    sim.setup(substrate=sys.argv[1], on_loss="ignore", threads=1, wafer=1)
    noise = sim.Population(40, sim.SpikeSourcePoisson(rate=80.0), label="noise")
    cells = sim.Population(200, sim.IF_cond_exp(v_thresh=-55.0), label="cells")
    synapse = sim.StaticSynapse(weight=0.005)
    sim.Projection(noise, cells, sim.FixedProbabilityConnector(0.3), synapse)
    cells.record("spikes")
    return noise, cells

def interrupted(work, after_s=0.4, number=signal.SIGINT):
    threading.Timer(after_s, os.kill, (os.getpid(), number)).start()
    try:
        work()
    except KeyboardInterrupt:
        return
    sys.exit("it was not interrupted")

def recorded(cells):
    return [train.magnitude.tolist() for train in cells.get_data().segments[-1].spiketrains]
"""


def run(script, substrate="ideal"):
    done = subprocess.run(
        [sys.executable, "-c", NETWORK + script, substrate],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("substrate", ["ideal", "brainscales1"])
def test_a_run_goes_on_where_it_was_interrupted(substrate):
    run(
        """
noise, cells = build()
sim.run(1.0)
interrupted(lambda: sim.run(HOURS))
t = sim.get_current_time()
assert 1.0 <= t < HOURS
sim.run(20.0)
found = recorded(cells)

noise, cells = build()
sim.run(t + 20.0)
expected = recorded(cells)
assert sum(map(len, expected)) > 20
assert found == expected
""",
        substrate,
    )


def test_trials_change_nothing():
    run("""
noise, cells = build()
sim.run(30.0)
before = recorded(cells)
rates = np.full((100_000, noise.size), 80.0)  # of a second each
interrupted(lambda: sim.run_trials(1000.0, {noise: rates}, record=cells))
assert sim.get_current_time() == 30.0
assert recorded(cells) == before
found = sim.run_trials(30.0, {noise: rates[:20]}, record=cells).spike_counts(cells)

noise, cells = build()
sim.run(30.0)
expected = sim.run_trials(30.0, {noise: rates[:20]}, record=cells).spike_counts(cells)
assert expected.sum() > 100
assert (found == expected).all()
""")


def test_a_script_may_handle_the_signal_itself():
    run("""
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(sim.get_current_time()))
noise, cells = build()
sim.run(1.0)
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
while not heard:
    sim.run(2000.0)
assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
""")


def test_what_was_broken_off_says_so():
    """A signal that is no interrupt may end a portion between the kernel's work and its note."""
    run("""
noise, cells = build()
sim.run(10.0)
expected = recorded(cells)
emulation = state.session.pipeline.emulation
kernel_run = emulation._found_spikes

def alarm():
    raise TimeoutError("as an alarm's handler does")

emulation._found_spikes = alarm
try:
    sim.run(10.0)
except TimeoutError:
    pass
else:
    sys.exit("no error")
for work in (lambda: sim.run(1.0), lambda: cells.get_data()):
    try:
        work()
    except sim.RecordingError as error:
        assert "Call reset(), then run() again" in str(error), error
    else:
        sys.exit("no error")
emulation._found_spikes = kernel_run
sim.reset()
sim.run(10.0)
segments = cells.get_data().segments
assert len(segments) == 1  # what was broken off is not kept
assert sim.get_current_time() == 10.0
""")
