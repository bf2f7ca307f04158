"""``plan NETWORK ...``: single-chip runs of networks larger than the chip."""

import json

from pyNN_brainscales_emu.command_line import main
from pyNN_brainscales_emu.partition import KNOWN_NETWORKS


def test_known_networks_are_summed_up(capsys):
    assert main(["plan"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith(tuple(KNOWN_NETWORKS))]) == 15
    (row,) = [line for line in lines if line.startswith("VGG-16 / ImageNet")]
    assert row.endswith("13 556 712  249 400              249 400")


def test_a_description_is_shown_layer_by_layer(capsys):
    assert main(["plan", "784 dense256 dense10", "LeNet-5 / MNIST"]) == 0
    text = capsys.readouterr().out
    assert "784 dense256 dense10: 5 runs of one chip\n" in text
    assert "LeNet-5 / MNIST: 20 runs of one chip (19 with layers that share a run)" in text
    (row,) = [line for line in text.splitlines() if line.startswith("dense256")]
    assert row.split() == ["dense256", "256", "784", "7", "73", "4"]


def test_json(capsys):
    assert main(["plan", "--json", "256 dense246 dense10"]) == 0
    (network,) = json.loads(capsys.readouterr().out)
    assert (network["runs"], network["runs_merged"]) == (2, 1)
    assert [layer["circuits_per_neuron"] for layer in network["layers"]] == [2, 2]


def test_a_picture_is_written(tmp_path):
    path = tmp_path / "runs.svg"
    assert main(["plan", "--picture", str(path)]) == 0
    assert path.read_text().startswith("<?xml")


def test_the_list_names_networks(capsys):
    assert main(["plan", "--list"]) == 0
    assert "784 dense256 dense10" in capsys.readouterr().out


def test_all_bad_networks_are_one_line_and_exit_code_2(capsys, tmp_path):
    assert main(["plan", "784 dence3", "65537 dense2"]) == 2
    error = capsys.readouterr().err
    assert "dence3" in error
    assert "65536 signed inputs" in error
    assert error.count("\n") == 1
    assert main(["plan", "--picture", str(tmp_path / "runs.txt")]) == 2
