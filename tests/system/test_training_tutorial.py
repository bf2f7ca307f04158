"""The scripts of the tutorial on training run and learn."""

import re
import sys
import types
from pathlib import Path

import pytest

from pyNN_brainscales_emu.training import load_checkpoint

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "train_your_network.md"


def test_the_tutorial_learns(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    scripts = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    exec(compile("\n".join(scripts), "tutorial.py", "exec"), module.__dict__)
    lines = capsys.readouterr().out.splitlines()
    told = dict(re.findall(r"^(.*): (\d+)%$", "\n".join(lines), re.MULTILINE))
    assert int(told["software"]) >= 90
    assert int(told["after the loop"]) >= 90
    assert int(told["after the loop"]) >= int(told["after conversion"])
    history = load_checkpoint(tmp_path / "iris.npz")[0].history
    assert (history["hidden rate"] > 0).all()
    assert (tmp_path / "iris.csv").read_text().startswith("iteration,cost,")
    assert len(list((tmp_path / "iris runs").glob("*.json"))) == 4
    assert lines[-1].split()[:2] == ["all", "2"]
