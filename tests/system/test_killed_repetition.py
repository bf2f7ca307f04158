"""A repetition that is killed goes on from its files."""

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import repeated_experiments as experiments

from pyNN_brainscales_emu.training import repeat

TESTS = Path(__file__).resolve().parents[1]
SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import repeated_experiments as experiments
from pyNN_brainscales_emu.training import repeat
if __name__ == "__main__":
    tasks = [{{"folder": {marks!r}, "seed": seed}} for seed in range(12)]
    repeat(experiments.note_slowly, tasks, 0, folder={runs!r}, progress=False)
"""


def test_a_killed_repetition_goes_on_from_its_files(tmp_path):
    marks, runs = tmp_path / "marks", tmp_path / "runs"
    marks.mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=str(TESTS), marks=str(marks), runs=str(runs)))
    process = subprocess.Popen([sys.executable, script])
    end = time.monotonic() + 60
    while len(list(runs.glob("*.json"))) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_finished = len(list(runs.glob("*.json"))) - 1  # one says whose the folder is
    assert 3 <= n_finished < 12
    tasks = [{"folder": str(marks), "seed": seed} for seed in range(12)]
    table = repeat(experiments.note_slowly, tasks, 0, folder=runs, progress=False)
    assert table["seed squared"].tolist() == [seed**2 for seed in range(12)]
    calls = Counter(mark.name.split("-")[0] for mark in marks.iterdir())
    assert len(calls) == 12
    assert sum(calls.values()) <= 13  # at most the one in flight was done twice
