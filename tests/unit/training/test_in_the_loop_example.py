import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

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


def test_checkpoint_is_checked_before_anything_takes_time(example, tmp_path, monkeypatch):
    example.main(arguments(tmp_path, "--iterations", "1"), simulator())
    monkeypatch.setattr(example, "train_software_model", lambda *_, **__: pytest.fail("too late"))
    with pytest.raises(TrainingError, match=r"different: context.wafer \(33 in .* now 1\)\."):
        example.main(arguments(tmp_path, "--resume", "--wafer", "1"), simulator())
    (tmp_path / "checkpoint.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="the file is damaged"):
        example.main(arguments(tmp_path, "--resume"), simulator())
    with pytest.raises(DataError, match="there is no such file"):
        example.main(arguments(tmp_path / "nothing", "--resume"), simulator())


def test_second_training_keeps_the_checkpoint_of_the_first(example, tmp_path):
    example.main(arguments(tmp_path, "--iterations", "2", "--seed", "1"), simulator())
    first = (tmp_path / "checkpoint.npz").read_bytes()
    example.main(arguments(tmp_path, "--iterations", "1"), simulator())
    assert (tmp_path / "checkpoint.npz.bak").read_bytes() == first
    assert (tmp_path / "checkpoint.npz").read_bytes() != first


def test_losses_are_told_in_plain_lines(example, capsys):
    entries = [
        SimpleNamespace(
            parameter=name, asked_mean=0.1, realised_mean=mean, n_cells=cells, n_clipped=clipped
        )
        for name, mean, cells, clipped in (
            ("tau_refrac", 0.2, 30, 30),
            ("tau_refrac", 0.1, 10, 10),
            ("tau_m", 19.0, 30, 0),
            ("e_rev_E", -5.46, 30, 1),
        )
    ]
    counts = {"l2_down_before_sim": 90, "l2_down_dropped_before_sim": 1, "l2_down_lost": 2}
    pulses = SimpleNamespace(**counts, l2_up_sent=80, l2_up_lost=4)
    report = SimpleNamespace(parameters=entries, pulses=pulses)
    example.print_losses(SimpleNamespace(report=lambda: report))
    assert capsys.readouterr().out.splitlines() == [
        "the wafer cannot reach: tau_refrac 0.1 -> 0.17 ms, e_rev_E 0.1 -> -5.5 mV",
        "the links to the wafer lost 3 of 90 stimulus spikes and 4 of 80 recorded spikes",
    ]
    pulses = SimpleNamespace(**dict.fromkeys(vars(pulses), 0))
    quiet = SimpleNamespace(report=lambda: SimpleNamespace(parameters=(), pulses=pulses))
    example.print_losses(quiet)
    example.print_losses(simulator())  # another back end has no report
    assert capsys.readouterr().out == ""


def test_number_of_iterations_follows_the_data(example):
    assert example.parse_arguments([]).iterations == example.ITERATIONS["digits"] == 20
    assert example.parse_arguments(["--data", "mnist"]).iterations == 40
    assert example.parse_arguments(["--data", "mnist", "--iterations", "0"]).iterations == 0


def test_missing_mnist_is_explained(example, tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        example.main(["--data", "mnist", "--data-dir", str(tmp_path / "no")], simulator())


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (["--data", "x"], "argument --data: invalid choice: 'x'"),
        (["--iterations", "-1"], "argument --iterations: '-1' is not a whole number from 0 on"),
        (["--batch-size", "0"], "argument --batch-size: '0' is not a whole number from 1 on"),
        (["--seed", "x"], "argument --seed: 'x' is not a whole number from 0 on"),
        (["--threads", "1.5"], "argument --threads: '1.5' is not a whole number from 1 on"),
        (["--iter", "3"], "unrecognized arguments: --iter 3"),
    ],
)
def test_bad_options(example, bad, message, capsys):
    with pytest.raises(SystemExit):
        example.main(bad)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nesst", "No module named 'pyNN.nesst'"),
        ("utility", "pyNN.utility is no back end"),
        ("a.b", "No module named 'pyNN.a'"),
    ],
)
def test_unknown_simulators_are_told_before_anything_takes_time(example, name, reason, monkeypatch):
    monkeypatch.setattr(example, "load_digits", lambda: pytest.fail("too late"))
    with pytest.raises(SystemExit) as error:
        example.main(["--simulator", name])
    assert error.value.code.startswith(f"argument --simulator: {name!r} cannot be used: {reason}")


def test_help_explains_where_mnist_is(example, capsys):
    with pytest.raises(SystemExit):
        example.main(["--help"])
    assert "train-images-idx3-ubyte.gz" in capsys.readouterr().out
