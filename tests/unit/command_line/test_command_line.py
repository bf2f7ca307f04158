"""The command line: what it prints, writes and refuses."""

import re
import subprocess
import sys

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.computed import default_calibration, nominal_calibration
from pyNN_brainscales_emu.calibration.storage import load_calibration, save_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.command_line import calibrate, main
from pyNN_brainscales_emu.measurement.hicann import SEQUENCE

QUICK = ["calibrate", "--hicann", "297", "--denmems", "4"]


def last_line(capsys):
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_doctor_finds_a_complete_installation(capsys):
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "all is well" in text
    assert "MISSING" not in text
    for what in ("numpy", "compiled kernels", "instruction set", "OpenMP", "PyNN"):
        assert what in text


def test_doctor_names_what_is_missing(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyNN_brainscales_emu._kernels.links", None)
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert re.search(r"compiled kernels +\S*Error.*links.* MISSING", text)
    assert "something is missing" in text


def test_the_package_is_runnable():
    command = [sys.executable, "-m", "pyNN_brainscales_emu", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "doctor" in done.stdout
    assert "calibrate" in done.stdout


def test_a_quick_look_prints_every_parameter_and_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*QUICK, "--figure", "figure.png"]) == 0
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.split(" ")[0] in SEQUENCE]
    assert len(rows) == len(SEQUENCE)
    assert "4 denmems measured" in text
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]
    assert main([*QUICK, "--figure", "figure.png"]) == 2
    assert "add --overwrite" in capsys.readouterr().err


@pytest.fixture
def instant(monkeypatch):
    """Measuring takes no time: it gives the default calibration and four denmems' points."""
    measure = calibrate.measure_hicann

    def quickly(chip, denmem, **options):
        few = measure(chip, denmem[:4], **options)
        from dataclasses import replace

        return replace(few, calibration=default_calibration(chip))

    monkeypatch.setattr(calibrate, "measure_hicann", quickly)


def test_tables_are_written_and_can_be_loaded(capsys, tmp_path, monkeypatch, instant):
    monkeypatch.chdir(tmp_path)
    arguments = ["calibrate", "--wafer", "5", "--hicann", "7", "9", "--figure", "f.png"]
    assert main(arguments) == 0
    file = load_calibration(tmp_path / "calibration-w5-h7-h9.h5")
    assert (file.wafer, file.variation, sorted(file.hicanns)) == (5, "default", [7, 9])
    assert {path.name for path in tmp_path.glob("*.png")} == {"f-h7.png", "f-h9.png"}
    capsys.readouterr()
    assert main(arguments) == 2
    assert "--overwrite" in last_line(capsys)
    assert main([*arguments, "--overwrite"]) == 0


def test_an_interruption_keeps_the_tables_measured_so_far(capsys, tmp_path, monkeypatch, instant):
    measure = calibrate.measure_hicann
    path = tmp_path / "some.h5"

    def interrupted(at):
        def measured(chip, denmem, **options):
            if chip.hicann == at:
                raise KeyboardInterrupt
            return measure(chip, denmem, **options)

        monkeypatch.setattr(calibrate, "measure_hicann", measured)
        arguments = ["calibrate", "--hicann", "9", "7", "8", "--no-figure"]
        code = main([*arguments, "--output", str(path)])
        text = capsys.readouterr()
        assert text.err == "error: interrupted\n"
        return code, text.out.splitlines()[-1]

    assert interrupted(9) == (130, f"tables: nothing was written to {path}")
    assert not path.exists()
    said = f"tables: {path} has HICANNs 9, 7; without HICANN 8"
    assert interrupted(8) == (130, said)
    assert sorted(load_calibration(path).hicanns) == [7, 9]
    assert [file.name for file in tmp_path.iterdir()] == ["some.h5"]


def test_the_figure_lies_beside_the_tables(capsys, tmp_path, monkeypatch, instant):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    arguments = ["calibrate", "--hicann", "7"]
    assert main(arguments) == 0
    name = "calibration-w33-h7"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.h5", f"{name}.png"}
    (tmp_path / f"{name}.h5").unlink()
    before = (tmp_path / f"{name}.png").read_bytes()
    assert main(arguments) == 2  # the figure is there already
    assert (tmp_path / f"{name}.png").read_bytes() == before
    (tmp_path / f"{name}.png").unlink()
    assert main([*arguments, "--no-figure"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.h5"}


@pytest.fixture
def files(tmp_path):
    """Two files of one chip, and one of another."""
    chip = VirtualHICANN(33, 3, "default")
    saved = {
        "default": [default_calibration(chip)],
        "nominal": [nominal_calibration(33, 3), nominal_calibration(33, 4)],
        "other": [nominal_calibration(34, 3)],
    }
    for name, hicanns in saved.items():
        save_calibration(tmp_path / f"{name}.h5", hicanns, "default")
    return {name: str(tmp_path / f"{name}.h5") for name in saved}


def test_compare_prints_the_difference_of_every_cell(capsys, files):
    assert main(["calibrate", "--compare", files["default"], files["nominal"]]) == 0
    text = capsys.readouterr().out
    (row,) = [line for line in text.splitlines() if line.startswith("E_l ")]
    mean, sd = (float(number) for number in re.findall(r"(-?[\d.]+) mV", row)[:2])
    offset = default_calibration(VirtualHICANN(33, 3, "default")).cells["E_l"].distortion
    assert sd == pytest.approx(1e3 * np.std(offset.offset + 0.8 * offset.factor), rel=0.15)
    assert abs(mean) < sd
    assert "HICANN 3: default" in text


def test_merge_puts_files_together(capsys, files, tmp_path):
    output = tmp_path / "both.h5"
    arguments = ["calibrate", "--merge", files["nominal"], files["default"]]
    assert main([*arguments, "--output", str(output)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{output}: wafer 33, profile default",
        f"   HICANN 3 of {files['default']}, not of {files['nominal']}",
        f"   HICANN 4 of {files['nominal']}",
    ]
    assert main([*arguments, "--output", str(output)]) == 2
    assert "--overwrite" in last_line(capsys)
    assert main([*arguments, "--output", str(output), "--overwrite"]) == 0
    merged = load_calibration(output)
    assert merged.hicanns[3].method == "default"
    assert merged.hicanns[4].method == "nominal"
    assert main(arguments) == 2
    assert "--output" in last_line(capsys)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["calibrate"], "--hicann"),
        (["calibrate", "--hicann", "384"], "383"),
        (["calibrate", "--hicann", "-1"], "--hicann"),
        (["calibrate", "--hicann", "3", "3"], "twice"),
        (["calibrate", "--hicann", "3", "--wafer", "-2"], "--wafer"),
        (["calibrate", "--hicann", "3", "--denmems", "0"], "--denmems"),
        ([*QUICK, "--output", "some.h5"], "--denmems"),
        (["calibrate", "--hicann", "3", "--output", "no/such/folder.h5"], "folder"),
        ([*QUICK, "--figure", "no/such/folder.png"], "folder"),
        ([*QUICK, "--figure", "figure.xyz"], "--figure; got 'figure.xyz'; allowed: .png, .pdf"),
        ([*QUICK, "--figure", "figure"], "--figure; got 'figure'; allowed: .png, .pdf, .svg"),
        (["calibrate", "--hicann", "3", "--output", "..", "--overwrite"], "is a folder"),
        (["calibrate", "--compare", "absent.h5", "absent.h5"], "absent.h5"),
        (["calibrate", "--compare", "a.h5", "b.h5", "--output", "c.h5"], "--output has no meaning"),
        (["calibrate", "--merge", "a.h5", "--output", "c.h5", "--hicann", "3"], "--hicann has no"),
        (["calibrate", "--merge", "a.h5", "--output", "no/such/c.h5"], "folder"),
        (["calibrate", "--merge", "a.h5", "--output", "c.h5", "--wafer", "34"], "--wafer has no"),
        (["calibrate", "--compare", "a.h5", "b.h5", "--denmems", "512"], "--denmems has no"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, tmp_path, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert named in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["calibrate", "--profile", "x"], ["calibrate", "--hicann", "x"]]
)
def test_errors_of_usage_are_one_line_too(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--help" in error


def test_files_of_different_chips_are_refused(capsys, files):
    assert main(["calibrate", "--compare", files["default"], files["other"]]) == 2
    assert "different chips" in last_line(capsys)
