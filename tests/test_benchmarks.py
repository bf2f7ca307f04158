"""Benchmarks run, tiny and without other simulators, and their figures are of what they say."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digit_files import write_digits_as_mnist

from pyNN_brainscales_emu.training import load_mnist

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def run(name: str, *options: str) -> dict[str, Any]:
    """Run a script; return the figures of its last line."""
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *options]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    assert output.returncode == 0, output.stderr
    figures: dict[str, Any] = json.loads(output.stdout.splitlines()[-1])
    assert figures["benchmark"] == name
    return figures


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a shared module of the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


SHORT = ("--repetitions", "1", "--threads", "1")


def test_recurrent_networks_fire():
    options = ("--no-peer", "--size", "400", "--duration", "60", *SHORT)
    figures = run("recurrent_networks", *options, "--networks", "coba_4000", "adex_22445")
    assert figures["peers"] == {}
    for network in figures["results"]:
        (row,) = network["results"]
        assert network["neurons"] == 400
        assert row["run"]["best"] > 0
        assert row["rate_hz"] > 1.0


def test_training_batch_has_both_substrates():
    figures = run("training_batch", "--no-peer", "--trials", "3", *SHORT)
    assert [row["simulator"] for row in figures["results"]] == ["ideal", "brainscales1"]
    assert all(row["rate_hz"] > 1.0 for row in figures["results"])


def test_training_run_has_all_presentations(tmp_path):
    write_digits_as_mnist(tmp_path)
    options = ("--data-dir", str(tmp_path), "--software-steps", "100", "--repetitions", "1")
    figures = run("training_run", *options)
    # images of the five classes: those of 150 to train with, a fifth and all of 100 to test with
    images = load_mnist(tmp_path)
    n_test = len(images.test)
    assert figures["presentations"] == 40 * (len(images.train) + -(-n_test // 5)) + 2 * n_test
    assert figures["whole_s"] == pytest.approx(sum(figures["seconds"].values()))
    assert figures["ratio"] > 0


def test_training_run_is_left_out_without_its_data(tmp_path):
    assert "MNIST" in run("training_run", "--data-dir", str(tmp_path / "nothing"))["left_out"]


def test_pynn_scripts_run_through_all_stages():
    options = ("--no-peer", "--size", "200", "--duration", "20", "--networks", "coba_4000")
    (network,) = run("pynn_scripts", *options, *SHORT)["results"]
    assert len(network["scripts"]) == 2
    for script in network["scripts"]:
        assert sum(script["stages"].values()) == pytest.approx(script["time"]["best"], abs=1e-5)


def test_recording_measures_with_and_without():
    figures = run("recording", "--size", "200", "--duration", "20", *SHORT)
    assert [row["simulator"] for row in figures["results"]] == ["spikes", "spikes and v"]


def test_one_neuron_has_first_and_later_runs():
    figures = run("one_neuron", *SHORT)
    assert set(figures["results"]) == {
        f"{substrate}, {part}"
        for substrate in ("ideal", "brainscales1")
        for part in ("build", "first", "later")
    }


def test_full_wafer_counts_what_the_substrate_has():
    options = ("--size", "300", "--inputs", "30", "--duration", "20")
    ideal, wafer = run("full_wafer", *options, *SHORT)["results"]
    assert ideal["asked"] == ideal["realised"] == wafer["asked"]
    assert 0 < wafer["realised"] <= wafer["asked"]
    # 9 000 synapses are expected; four standard deviations
    assert abs(ideal["asked"] - 9000) < 4 * np.sqrt(9000)


def test_scaling_networks_fire_at_the_rate_they_are_made_for(tmp_path):
    figure = tmp_path / "scaling.png"
    options = ("--shrink", "200", "--duration", "500", "--output", str(figure), *SHORT)
    figures = run("scaling", *options, "--series", "rate")
    assert figure.stat().st_size > 10_000
    for point in figures["points"]:
        assert point["rate_hz"] == pytest.approx(point["value"], abs=2.5)


def test_accuracy_compares_with_the_reference():
    figures = run("accuracy", "--no-peer", "--neurons", "1", "--regimes", "calm")
    assert [row["case"] for row in figures["results"]] == [
        "LIF, calm, DOP853",
        "AdEx, calm, DOP853",
    ]
    for row in figures["results"]:
        assert row["matched"]["0.3"] == row["reference"] == row["ours"]


# --- what they share ------------------------------------------------------------------------------


def test_a_network_comes_back_from_its_file(tmp_path, monkeypatch):
    networks = load("_networks", monkeypatch)
    made = networks.Network(
        "some",
        "IF_cond_exp",
        {"cm": 0.2, "b": np.array([1.0, 2.0])},
        np.array([-60.0, -61.0]),
        1,
        np.array([0, 0], np.int32),
        np.array([0.5, 2.5]),
        (
            networks.Synapses("neurons", "inhibitory", np.array([0]), np.array([1]), 0.1, 0.2),
            networks.Synapses(
                "sources", "excitatory", np.array([0, 0]), np.array([0, 1]), np.ones(2), 1.0
            ),
        ),
    )
    made.save(tmp_path / "network.npz")
    read = networks.Network.load(tmp_path / "network.npz")
    assert (read.name, read.model, read.n_sources) == ("some", "IF_cond_exp", 1)
    assert (read.size, read.n_synapses) == (2, 1)
    assert read.parameters["cm"] == 0.2
    np.testing.assert_array_equal(read.parameters["b"], [1.0, 2.0])
    np.testing.assert_array_equal(read.spike_ms, made.spike_ms)
    assert [s.receptor for s in read.synapses] == ["inhibitory", "excitatory"]
    assert read.synapses[0].weight_us == 0.1
    np.testing.assert_array_equal(read.synapses[1].post, [0, 1])


@pytest.mark.parametrize(("n_pre", "n_post", "probability"), [(300, 200, 0.05), (3, 2, 1.0)])
def test_random_pairs_connect_each_pair_at_most_once(monkeypatch, n_pre, n_post, probability):
    networks = load("_networks", monkeypatch)
    pre, post = networks.random_pairs(np.random.default_rng(1), n_pre, n_post, probability)
    pair = pre.astype(np.int64) * n_post + post
    assert len(np.unique(pair)) == len(pair)
    assert pre.max() < n_pre
    assert post.max() < n_post
    expected = n_pre * n_post * probability
    deviation = np.sqrt(expected * (1 - probability))
    assert abs(len(pair) - expected) <= 4 * deviation


def test_a_drifting_reference_gets_more_room_with_each_spike(monkeypatch):
    cases = load("_accuracy_cases", monkeypatch)
    times, reference = np.array([1.0, 2.0, 3.0]), np.array([1.01, 2.02, 3.05])
    assert cases.n_matched(times, reference, np.full(3, 0.011)) == 1
    assert cases.n_matched(times, reference, 0.011 * np.arange(1, 4)) == 2
    assert cases.n_matched(times[1:], reference, np.full(3, 0.1)) == 2


def test_a_failing_worker_says_why(monkeypatch, tmp_path):
    workers = load("_workers", monkeypatch)
    with workers.Worker("_emulator_worker.py") as worker:
        with pytest.raises(workers.WorkerError, match=r"none\.npz"):
            worker.ask("prepare", network=str(tmp_path / "none.npz"), threads=1)
    with workers.Worker("_no_such_script.py") as worker:
        with pytest.raises(workers.WorkerError, match="_no_such_script"):
            worker.ask("run")


def test_busy_core_compares_numbers_of_threads():
    options = ("--size", "200", "--duration", "20", "--networks", "coba_4000")
    (network,) = run("busy_core", *options, "--repetitions", "1")["results"]
    assert [row["threads"] for row in network["results"]] == [1, 2]
