"""The loop with NEST in place of the emulator: compatible rates, iteration by iteration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tqdm
import training_on_back_ends

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "training_on_back_ends.py"


@pytest.fixture(scope="module")
def python_with_nest():
    """Return an interpreter that has pyNN.nest: of the environment of the peers, or this one."""
    candidates = (os.environ.get("PEERS_PYTHON"), ROOT / ".venv-peers" / "bin" / "python")
    for python in (*candidates, sys.executable):
        if python and Path(python).exists():
            tried = subprocess.run([python, "-c", "import pyNN.nest"], capture_output=True)
            if tried.returncode == 0:
                return str(python)
    pytest.skip("there is no NEST: make peers, or name its interpreter by PEERS_PYTHON")


def test_rates_and_costs_are_those_of_nest(python_with_nest, tmp_path):
    # The peers' environment lacks tqdm, which needs nothing but Python.
    (tmp_path / "tqdm").symlink_to(Path(tqdm.__file__).parent)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    finished = subprocess.run(
        [python_with_nest, SCRIPT, "nest"],
        env=environment,
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=200,
    )
    nest = json.loads(finished.stdout.splitlines()[-1])
    emulator = training_on_back_ends.train("brainscales_emu")
    # 16 000 stimulus spikes an iteration, drawn independently: 0.8 % each, somewhat more where
    # thresholds amplify them.
    np.testing.assert_allclose(emulator["rates"], nest["rates"], rtol=0.05)
    np.testing.assert_allclose(emulator["cost"], nest["cost"], rtol=0.1)
    np.testing.assert_allclose(emulator["change"], nest["change"], rtol=0.05)
    assert nest["cost"][-1] < 0.7 * nest["cost"][0]
