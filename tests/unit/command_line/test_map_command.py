"""``map SCRIPT``: scripts of every kind, what is printed, and how it ends."""

import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.command_line import main
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.simulator import state

NETWORK = """
import sys
import pyNN.brainscales_emu as sim

def cells(n, label):
    return sim.Population(n, sim.IF_cond_exp(cm=0.2, tau_refrac=1.0), label=label)
"""
#: A chain of three drivers gives a neuron of 4 denmems 12 synapses of a source, one of 8 has 24.
LOSSY = (
    NETWORK
    + """
sim.setup(neuron_size=4, wafer=5, on_loss="raise", substrate="ideal")
source = sim.Population(1, sim.SpikeSourcePoisson(rate=3.0), label="source")
strong, weak = cells(2, "strong"), cells(3, "weak")
weight = sim.StaticSynapse(weight=0.001)
sim.Projection(source, strong, sim.FromListConnector([(0, 0)] * 20), weight, label="many")
sim.Projection(source, weak, sim.AllToAllConnector(), weight, label="few")
strong.record("spikes", to_file="spikes.pkl")
try:
    sim.run(10.0)
except Exception:
    print("not the end")
finally:
    sim.end()
    sim.run(3.0)
print("not reached")
"""
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Write a script into an empty folder, map it there; return exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(text, *options, arguments=()):
        script = tmp_path / "script.py"
        script.write_text(text)
        before = sys.argv[:], sys.path[:]
        code = main(["map", *options, "script.py", *arguments])
        assert (sys.argv, sys.path) == before
        assert state.planning is None
        return code, *capsys.readouterr()

    return run


def row(text, first):
    """Return the cells of the only line of a table that begins with a word."""
    (line,) = [line for line in text.splitlines() if line.startswith(first + " ")]
    return line[len(first) :].split()


def test_a_script_is_mapped_at_its_first_run(run, tmp_path):
    code, text, errors = run(LOSSY)
    assert (code, errors) == (1, "")
    assert "wafer 5, 4 denmems a neuron" in text
    assert "5 neurons and 1 spike sources in 3 populations; 23 synapses in 2 proj" in text
    assert row(text, "denmems") == ["20", "196608", "0.01", "%"]
    assert row(text, "HICANNs")[:2] == ["1", "384"]
    assert row(text, "many") == ["20", "12", "8", "40.00", "%", "8"]
    assert row(text, "few") == ["3", "3", "0", "0.00", "%", "0"]
    assert row(text, "all") == ["23", "15", "8", "34.78", "%", "8"]
    assert "no synapse driver" in text
    assert "8 of 23 synapses (34.78 %) are lost" in text
    assert float(row(text, "layer-1 routing")[0]) >= 0
    assert "not" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_options_win_over_those_of_the_script(run, tmp_path):
    sim.save_defects(sim.Defects(hicann=np.arange(384) == 174), tmp_path / "broken.json")
    options = ["--neuron-size", "8", "--wafer", "6", "--defects", "broken.json"]
    code, text, _ = run(LOSSY, *options)
    assert code == 0
    assert "wafer 6, 8 denmems a neuron unless placed otherwise, defects: 1 hicann" in text
    assert row(text, "denmems")[0] == "40"
    assert row(text, "many")[:3] == ["20", "20", "0"]
    assert "all 23 synapses are realised" in text
    assert 174 not in sim.mapping().hicanns
    sim.setup()  # nothing of the options is left
    assert (state.options.wafer, state.options.neuron_size) == (33, 4)


def test_scripts_without_set_up_and_run(run):
    code, text, _ = run(NETWORK + "cells(3, 'some')\n")
    assert code == 0
    assert "wafer 33, 4 denmems" in text
    assert row(text, "denmems")[0] == "12"
    assert "the network has no synapses" in text


def test_run_trials_ends_a_script_too(run):
    script = NETWORK + (
        "source = sim.Population(2, sim.SpikeSourcePoisson(rate=3.0))\n"
        "some = cells(3, 'some')\n"
        "some.record('spikes')\n"
        "sim.run_trials(10.0, {source: [[1.0, 2.0]]})\n"
        "raise RuntimeError\n"
    )
    code, text, errors = run(script)
    assert (code, errors) == (0, "")
    assert "3 neurons and 2 spike sources" in text


def test_a_script_gets_its_arguments_and_is_the_main_program(run, tmp_path):
    (tmp_path / "beside.py").write_text("SIZE = 2\n")
    script = NETWORK + (
        "from beside import SIZE\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv)\n"
        "    cells(SIZE * int(sys.argv[2]), 'some')\n"
        "    sys.exit()\n"
    )
    code, text, _ = run(script, arguments=["--save", "7"])
    assert code == 0
    assert text.splitlines()[0] == "['script.py', '--save', '7']"
    assert "14 neurons" in text


def test_save_writes_a_mapping_to_go_on_from(run, tmp_path):
    code, text, _ = run(LOSSY, "--save", "mapping.npz")
    assert code == 1
    assert "mapping: mapping.npz" in text
    sim.setup(wafer=5, mapping="mapping.npz", on_loss="ignore")
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=3.0), label="source")
    strong = sim.Population(2, sim.IF_cond_exp(), label="strong")
    weak = sim.Population(3, sim.IF_cond_exp(), label="weak")
    weight = sim.StaticSynapse(weight=0.001)
    many = sim.FromListConnector([(0, 0)] * 20)
    sim.Projection(source, strong, many, weight, label="many")
    sim.Projection(source, weak, sim.AllToAllConnector(), weight, label="few")
    assert sim.map_network().n_synapses_lost == 8
    before = (tmp_path / "mapping.npz").read_bytes()
    code, _, errors = run(LOSSY, "--save", "mapping.npz")
    assert code == 2
    assert "mapping.npz exists. Choose another file, or add --overwrite" in errors
    assert (tmp_path / "mapping.npz").read_bytes() == before
    assert run(LOSSY, "--save", "mapping.npz", "--overwrite")[0] == 1
    # A script that goes on from a mapping is mapped anew.
    again = LOSSY.replace("neuron_size=4", "neuron_size=4, mapping='mapping.npz'")
    assert "8 denmems" in run(again, "--neuron-size", "8", "--wafer", "3")[1]


def test_a_picture_is_drawn(run, tmp_path, monkeypatch):
    monkeypatch.setattr(MappingResult, "plot_wafer", lambda self: Figure(), raising=False)
    code, text, _ = run(NETWORK + "cells(2, 'some')\n", "--picture", "wafer.png")
    assert code == 0
    assert "picture: wafer.png" in text
    assert (tmp_path / "wafer.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {"script.py", "wafer.png"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--neuron-size", "3"], "neuron_size; got 3; allowed: an even number"),
        (["--wafer", "-1"], "wafer; got -1"),
        (["--defects", "absent.json"], "absent.json: there is no such file"),
        (["--save", "no/folder.npz"], "folder"),
        (["--picture", "no/folder.png"], "folder"),
        (["--picture", "wafer.xyz"], "--picture; got 'wafer.xyz'; allowed: .png, .pdf, .svg"),
    ],
)
def test_bad_options_are_refused_before_the_script_runs(run, options, named):
    code, text, errors = run("print('hello')\n", *options)
    assert (code, text) == (2, "")
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert named in errors


def test_an_absent_script(capsys):
    assert main(["map", "absent.py"]) == 2
    assert capsys.readouterr().err == "error: absent.py: there is no such script.\n"


def test_the_error_of_a_script_is_shown_with_its_lines_only(run):
    code, _, errors = run(NETWORK + "def wrong():\n    return cells(-1, 'some')\n\nwrong()\n")
    assert code == 2
    lines = errors.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "script.py", line 10, in <module>'
    assert "cells(-1, 'some')" in errors
    assert "runpy" not in errors
    assert lines[-1] == "error: script.py failed before its first run()."


def test_a_script_that_is_no_python(run):
    code, _, errors = run("def (\n")
    assert code == 2
    assert 'File "script.py", line 1' in errors
    assert "SyntaxError" in errors


def test_the_end_that_a_script_chose_is_kept(run):
    code, _, errors = run("import sys\nsys.exit(5)\n")
    assert (code, errors) == (5, "error: script.py ended before its first run(); got 5.\n")
    assert run("import sys\nsys.exit('no data')\n")[::2] == (1, "no data\n")


def test_a_script_without_a_network(run):
    code, text, errors = run("print('hello')\n")
    assert (code, text) == (2, "hello\n")
    assert "built no network on this back end" in errors
    assert "import pyNN.brainscales_emu" in errors


def test_all_reasons_why_it_cannot_be_mapped_are_told(run, tmp_path):
    code, text, errors = run(
        NETWORK + "cells(60_000, 'large')\nsome = cells(2, 'some')\n"
        "sim.place(some, denmems=[(5, 0), (5, 1)])\n",
        "--save",
        "mapping.npz",
    )
    assert (code, text) == (2, "")
    lines = errors.splitlines()
    assert lines[0] == "error: The network cannot be mapped for 2 reasons:"
    assert any(
        "the same denmems are asked for by 1 pair of neurons: some[0]" in line for line in lines
    )
    assert any("find no room on the wafer" in line for line in lines)
    assert not (tmp_path / "mapping.npz").exists()


def test_ctrl_c_in_a_script(run):
    code, _, errors = run("raise KeyboardInterrupt\n")
    assert code == 130
    assert "interrupted" in errors
