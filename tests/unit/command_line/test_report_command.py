"""``report FILE ...``: one report as it is, several side by side."""

import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.command_line import main


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Reports of a network on the wafer and of the same and one more population, ideal."""
    monkeypatch.chdir(tmp_path)
    texts = {}
    for substrate in ("brainscales1", "ideal"):
        sim.setup(substrate=substrate, on_loss="ignore")
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0]), label="source")
        cells = sim.Population(3, sim.IF_cond_exp(tau_m=15.0), label="cells")
        weight = sim.StaticSynapse(weight=0.001)
        sim.Projection(source, cells, sim.AllToAllConnector(), weight, label="input")
        if substrate == "ideal":
            sim.Projection(source, cells, sim.OneToOneConnector(), weight, label="more")
        sim.run(2.0)
        sim.report().save(f"{substrate}.json")
        texts[substrate] = str(sim.report())
    return texts


def test_a_report_is_printed_as_the_script_would(capsys, files):
    assert main(["report", "brainscales1.json"]) == 0
    assert capsys.readouterr().out == files["brainscales1"] + "\n"


def test_several_are_side_by_side(capsys, files):
    assert main(["report", "brainscales1.json", "ideal.json"]) == 0
    text = capsys.readouterr().out
    assert "A: brainscales1.json, substrate brainscales1" in text
    assert "B: ideal.json, substrate ideal" in text
    (row,) = [line for line in text.splitlines() if line.startswith("cells       tau_m ")]
    assert row.split()[2:4] == ["15", "-"]
    assert row.split()[-1] == "-"
    (row,) = [line for line in text.splitlines() if line.startswith("more ")]
    assert row.split()[1:5] == ["-", "2", "-", "0"]
    (row,) = [line for line in text.splitlines() if line.startswith("l2_down_sent ")]
    assert row.split()[1:] == ["2", "0"]


def test_bad_files_are_one_line_and_exit_code_2(capsys, files, tmp_path):
    (tmp_path / "damaged.json").write_text('{"schema_version": 1, "sub')
    (tmp_path / "old.json").write_text('{"schema_version": 0}')
    for name, named in (
        ("damaged", "damaged"),
        ("old", "another schema version"),
        ("no", "no such file"),
    ):
        assert main(["report", "ideal.json", f"{name}.json"]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("error: report ")
        assert captured.err.count("\n") == 1
        assert named in captured.err
