"""Experiments for tests of `repeat`: functions that other processes find by their names."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import DataError


@dataclass(frozen=True)
class Sum:
    total: float
    process: int


def draw(seed, n=1000):
    """Numbers that follow from the seed only."""
    return Sum(float(np.random.default_rng(seed).normal(size=n).sum()), os.getpid())


def emulate(wafer):
    """Spikes of ten neurons on a wafer."""
    sim.setup(wafer=wafer, seed=1)
    neurons = sim.Population(10, sim.IF_cond_exp(tau_refrac=2.0))
    sources = sim.Population(10, sim.SpikeSourcePoisson(rate=50.0))
    sim.Projection(sources, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.02))
    neurons.record("spikes")
    sim.run(500.0)
    trains = neurons.get_data().segments[0].spiketrains
    return {"spikes": [[float(time) for time in train] for train in trains]}


def note(folder, seed):
    """Leave a mark for each call."""
    (Path(folder) / f"{seed}-{os.getpid()}-{time.monotonic_ns()}").touch()
    return {"seed squared": seed**2}


def die_once(folder, seed, victim):
    """Be killed at the first call with one of the seeds."""
    mark = Path(folder) / "died"
    if seed == victim and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return note(folder, seed)


def die_always(folder, seed, victim):
    """Be killed at each call with one of the seeds."""
    if seed == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return note(folder, seed)


def refuse(seed):
    """Fail with an odd seed."""
    if seed % 2:
        raise DataError("an odd seed", value=seed, limit="even ones")
    return {"half": seed / 2}


def accident_once(folder, seed):
    """Meet an accident at the first call."""
    mark = Path(folder) / "met"
    if not mark.exists():
        mark.touch()
        raise MemoryError
    return {"half": seed / 2}


def unplain(seed):
    """Return what no file can hold."""
    return {"lock": threading.Lock()}


def slow(seed):
    """Take some time."""
    time.sleep(0.3)
    return {"seed": seed}


LOSS = {"write": 0.2, "range": 0.05, "links": 0.0}


def convert(chip, effects):
    """Accuracy that each effect takes something off."""
    return {"after_conversion": 1.0 - sum(LOSS[name] for name in effects) - 0.01 * chip}


def note_slowly(folder, seed):
    """Leave a mark for each call, after a while."""
    time.sleep(0.2)
    return note(folder, seed)
