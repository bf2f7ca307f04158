"""Programs that are killed while they train, calibrate and save: files stay whole, and the work
goes on from them as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from file_readers import READERS

from pyNN_brainscales_emu.calibration.storage import load_calibration
from pyNN_brainscales_emu.training import RecordedSpikes, load_checkpoint

pytest.importorskip("h5py")

TESTS = Path(__file__).resolve().parents[1]
#: Files that the killed programs write, by the reader of each.
FILES = {reader.name: reader for reader in READERS.values() if "." in reader.name}
ITERATIONS = 25
#: A kill comes after up to this time, in s: an iteration with all its files takes about a third.
LONGEST = 1.0
#: Kills of trainings, and of calibrations.
N_KILLS, N_CALIBRATION_KILLS = 90, 10


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


def kill_after(process, seconds):
    """Kill a process unless it ends before; return whether it was killed."""
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=seconds)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def leftovers(folder):
    return [path for path in folder.iterdir() if path.suffix == ".part"]


def check_whole(folder):
    """Every file is there whole, or not at all; what else is there is left of the killed."""
    for path in folder.iterdir():
        if path.suffix != ".part":
            FILES[path.name].load(path)


def assert_same_end(folder, reference):
    ours, theirs = (load_checkpoint(f / "checkpoint.npz") for f in (folder, reference))
    assert ours[1] == theirs[1]
    assert ours[0].generator == theirs[0].generator
    for name, record in ours[0].history.items():
        np.testing.assert_array_equal(record, theirs[0].history[name])
    for one, other in zip(ours[0].weights, theirs[0].weights, strict=True):
        np.testing.assert_array_equal(one, other)
    ours, theirs = (RecordedSpikes.load(f / "spikes.npz") for f in (folder, reference))
    for name, layer in ours.layers.items():
        for part in ("image", "cell", "time"):
            np.testing.assert_array_equal(getattr(layer, part), getattr(theirs.layers[name], part))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_training_and_saving_survive_kills(tmp_path):
    program = TESTS / "killed_training.py"
    reference = tmp_path / "reference"
    reference.mkdir()
    assert start(program, reference, ITERATIONS).communicate()[0].split() == ["ready", "done"]
    rng = np.random.default_rng(7)
    n_kills = n_ends = 0
    while n_kills < N_KILLS or n_ends == 0:
        folder = tmp_path / f"run{n_ends}"
        folder.mkdir(exist_ok=True)
        process = start(program, folder, ITERATIONS)
        assert process.stdout.readline() == "ready\n"
        if n_kills >= N_KILLS:
            process.communicate()
        killed = n_kills < N_KILLS and kill_after(process, rng.uniform(0, LONGEST))
        check_whole(folder)
        n_kills += killed
        if not killed:
            assert_same_end(folder, reference)
            assert leftovers(folder) == []
            n_ends += 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_calibration_survives_kills(tmp_path):
    command = ("-m", "pyNN_brainscales_emu", "calibrate", "--wafer", 33, "--hicann", 297)
    command += ("--threads", 2, "--no-figure", "--overwrite", "--output")
    reference, path = tmp_path / "reference.h5", tmp_path / "calibration.h5"
    began = time.monotonic()
    process = start(*command, reference)
    process.communicate()
    duration = time.monotonic() - began
    assert process.returncode == 0
    rng = np.random.default_rng(7)
    # Half of them anywhere, half where the file is written, before the spreads are measured.
    written = reference.stat().st_mtime - (time.time() - (time.monotonic() - began))
    n_early = N_CALIBRATION_KILLS // 2
    moments = [*rng.uniform(0, duration, n_early)]
    moments += [*(written + rng.uniform(-1, 0.5, N_CALIBRATION_KILLS - n_early))]
    for moment in moments:
        kill_after(start(*command, path), max(0.0, moment))
        if path.exists():
            load_calibration(path)
    process = start(*command, path)
    process.communicate()
    assert process.returncode == 0
    assert leftovers(tmp_path) == []
    ours, theirs = (load_calibration(p).hicann(297) for p in (path, reference))
    np.testing.assert_array_equal(ours.readout_shift, theirs.readout_shift)
    for name, cell in ours.cells.items():
        other = theirs.cells[name]
        np.testing.assert_array_equal(cell.domain, other.domain)
        np.testing.assert_array_equal(cell.good, other.good)
        for part in ("offset", "factor", "gain"):
            np.testing.assert_array_equal(
                getattr(cell.distortion, part), getattr(other.distortion, part)
            )
