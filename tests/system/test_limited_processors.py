"""Runs where a process may use few processors, or the OpenMP runtime grants few threads."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.simulator import state

ROOT = Path(__file__).resolve().parents[2]
NETWORK = """
import os, sys
import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.simulator import state

if sys.argv[1:]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sim.setup(substrate="ideal")
noise = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0))
cells = sim.Population(40, sim.IF_cond_exp(v_thresh=-55.0))
sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.004))
cells.record("spikes")
sim.run(100.0)
print(state.options.n_threads, state.session.pipeline.emulation.n_threads)
print([train.magnitude.tolist() for train in cells.get_data().segments[0].spiketrains])
"""


def run(*arguments, **variables):
    """Return the number of threads, twice, and the spikes of a default `setup()`."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NETWORK, *arguments],
        env={**environment, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    threads, spikes = done.stdout.splitlines()
    return threads.split(), spikes


def test_settings_that_allow_one_thread():
    (threads, again), spikes = run()
    assert threads == again
    assert len(spikes) > 500
    one = (["1", "1"], spikes)
    assert run(OMP_NUM_THREADS="1,4") == one
    assert run(OMP_THREAD_LIMIT="1") == one
    if hasattr(os, "sched_setaffinity"):
        assert run("one processor") == one


def test_threads_that_adjust_to_the_load():
    (threads, again), spikes = run(OMP_DYNAMIC="true")
    assert threads == again
    assert spikes == run()[1]


@pytest.mark.parametrize(("available", "noun"), [(1, "1 processor,"), (3, "3 processors,")])
def test_more_threads_than_processors(available, noun, monkeypatch):
    monkeypatch.setattr("pyNN_brainscales_emu.options.available_processors", lambda: available)
    with pytest.warns(sim.MachineWarning, match=rf"threads=64\).*may use {noun}") as caught:
        sim.setup(threads=64)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert state.options.n_threads == available
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sim.setup(threads=available)


@pytest.mark.parametrize("threads", [0, -1, 10_000])
def test_numbers_that_cannot_be(threads):
    with pytest.raises(sim.OptionError, match=rf"threads; got {threads}; .*1 to 1023"):
        sim.setup(threads=threads)
