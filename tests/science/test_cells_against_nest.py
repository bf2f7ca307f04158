"""Every cell type beside NEST, where its environment is installed: `make peers`.

The cases are those of ``benchmarks/cells_against_nest.py``, shorter. NEST's spikes drift by its
grid, and its Izhikevich neuron is integrated by forward Euler, so both have a finer step there.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

import _peers
import cells_against_nest as beside
from _workers import Worker

DURATION_MS = 400.0
FINE_STEP_MS = {"Izhikevich": 0.001, "IF_cond_alpha": 0.002, "IF_cond_exp": 0.002}
OPTIONS = argparse.Namespace(duration=DURATION_MS, no_peer=False, peers_python=None)


@pytest.fixture(scope="module")
def workers():
    peers = _peers.find(OPTIONS, "pyNN.nest")
    if "pyNN.nest" not in peers:
        pytest.skip("without pyNN.nest: make peers")
    with Worker("_cell_worker.py") as ours, Worker("_cell_worker.py", peers.python) as nest:
        yield ours, nest


@pytest.mark.parametrize("name", beside.ALL)
def test_signals_and_spike_times(workers, name):
    step = FINE_STEP_MS.get(name, beside.NEST_STEP_MS)
    options = argparse.Namespace(**vars(OPTIONS), nest_step=step)
    with TemporaryDirectory() as folder:
        result = beside.compare(*workers, name, options, Path(folder))
    assert result["quiet_spikes"] == (0, 0)
    assert result["signals"]["v"]["rms"] < 0.05
    for variable, signal in result["signals"].items():
        assert signal["rms"] < 0.02 * signal["range"], variable
    ours, nest = result["spikes"]
    assert ours == nest > 2
    assert result["worst_ms"] < 0.2
    assert np.isfinite(result["rms_ms"])
