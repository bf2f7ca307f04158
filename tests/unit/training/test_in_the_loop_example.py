import importlib.util
import json
import sys
from pathlib import Path

import pytest
from reference.fake_pynn import FakeTrials

from pyNN_brainscales_emu.errors import DataError, TrainingError
from pyNN_brainscales_emu.training import RecordedSpikes

SCRIPT = Path(__file__).parents[3] / "examples" / "in_the_loop_training.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("in_the_loop_training", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)  # dataclasses look there
        spec.loader.exec_module(module)
        yield module


def simulator():
    sim = FakeTrials(offset=8.0, seed=3)
    sim.unit = 0.7e-3
    sim.setup = lambda **options: sim.__dict__.update(options=options)
    sim.end = lambda: None
    return sim


def arguments(folder, *more):
    return ["--output", str(folder), "--software-steps", "2000", "--batch-size", "300", *more]


def test_accuracies_follow_from_the_files(example, tmp_path, capsys):
    sim = simulator()
    results = example.main(
        arguments(tmp_path, "--iterations", "4", "--effects", "readout, fixed_pattern"), sim
    )
    assert sim.options["effects"] == ["readout", "fixed_pattern"]
    assert sim.options["wafer"] == 33
    assert results.iterations == 4
    for path in results.files.values():
        assert Path(path).stat().st_size > 0
    spikes = RecordedSpikes.load(results.files["spikes after the loop"])
    assert spikes.accuracy() == results.after_loop
    saved = json.loads(Path(results.files["results"]).read_text())
    assert saved["after_conversion"] == results.after_conversion
    assert f"{results.after_loop:.1%}" in capsys.readouterr().out


def test_resumed_run_gives_the_same(example, tmp_path):
    whole = example.main(arguments(tmp_path / "a", "--iterations", "4"), simulator())
    example.main(arguments(tmp_path / "b", "--iterations", "2"), simulator())
    resumed = example.main(arguments(tmp_path / "b", "--iterations", "4", "--resume"), simulator())
    assert resumed.after_loop == whole.after_loop
    with pytest.raises(TrainingError, match="context"):
        example.main(arguments(tmp_path / "b", "--resume", "--wafer", "1"), simulator())


def test_missing_mnist_is_explained(example, tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        example.main(["--data", "mnist", "--data-dir", str(tmp_path / "no")], simulator())


@pytest.mark.parametrize("bad", [["--data", "x"], ["--iterations", "-1"], ["--batch-size", "0"]])
def test_bad_options(example, bad, capsys):
    with pytest.raises(SystemExit):
        example.main(bad)
    assert bad[0] in capsys.readouterr().err


def test_help_explains_where_mnist_is(example, capsys):
    with pytest.raises(SystemExit):
        example.main(["--help"])
    assert "train-images-idx3-ubyte.gz" in capsys.readouterr().out
