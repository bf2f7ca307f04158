import json
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import repeated_experiments as experiments

from pyNN_brainscales_emu.errors import DataError, ParameterError, TrainingError
from pyNN_brainscales_emu.training import repeat


def run(experiment, parameters, executor=0, **options):
    return repeat(experiment, parameters, executor, progress=False, **options)


def seeds(n, **more):
    return [{"seed": seed, **more} for seed in range(n)]


def calls(folder):
    """Return how often each seed was noted."""
    return Counter(int(mark.name.split("-")[0]) for mark in folder.iterdir() if "-" in mark.name)


def test_rows_stand_in_the_order_of_the_parameters(tmp_path):
    table = run(experiments.draw, seeds(5), 2, folder=tmp_path)
    expected = [np.random.default_rng(seed).normal(size=1000).sum() for seed in range(5)]
    assert table["seed"].tolist() == [0, 1, 2, 3, 4]
    assert table["total"].tolist() == expected
    assert os.getpid() not in table["process"]
    assert (table["seconds"] >= 0).all()


def test_an_emulated_network_gives_the_same_spikes_in_each_process(tmp_path):
    wafers = [{"wafer": wafer} for wafer in (1, 2, 3)]
    here = run(experiments.emulate, wafers, folder=tmp_path / "here")
    there = run(experiments.emulate, wafers, 2, folder=tmp_path / "there")
    assert here.columns["spikes"] == there.columns["spikes"]
    assert here.columns["spikes"][0] != here.columns["spikes"][1]


def test_what_is_finished_is_not_computed_again(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    first = run(experiments.note, seeds(3, folder=str(marks)), folder=tmp_path / "runs")
    more = run(experiments.note, seeds(5, folder=str(marks)), folder=tmp_path / "runs")
    assert calls(marks) == dict.fromkeys(range(5), 1)
    assert more.rows()[:3] == first.rows()
    run(experiments.note, seeds(2, folder=str(marks)), folder=tmp_path / "runs", resume=False)
    assert calls(marks) == {0: 2, 1: 2, 2: 1, 3: 1, 4: 1}


@pytest.mark.parametrize("n_processes", [1, 2])
def test_a_worker_that_dies_is_replaced_and_nothing_counts_twice(tmp_path, n_processes):
    marks = tmp_path / "marks"
    marks.mkdir()
    tasks = seeds(5, folder=str(marks), victim=2)
    table = run(experiments.die_once, tasks, n_processes, folder=tmp_path / "runs")
    assert table["seed squared"].tolist() == [0, 1, 4, 9, 16]
    assert len(list((tmp_path / "runs").glob("*.json"))) == 6  # and whose the folder is
    assert set(calls(marks)) == set(range(5))


def test_a_task_that_always_kills_its_worker_fails_alone(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    tasks = seeds(4, folder=str(marks), victim=1)
    with pytest.raises(TrainingError, match=r"1 of 4 tasks failed:\n.*'seed': 1.*Broken"):
        run(experiments.die_always, tasks, 2, folder=tmp_path / "runs", attempts=2)
    assert set(calls(marks)) == {0, 2, 3}
    kept = len(list((tmp_path / "runs").glob("*.json")))
    assert kept == 4


def test_a_broken_executor_of_somebody_else_is_told(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    tasks = seeds(1, folder=str(marks), victim=0)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(TrainingError, match=r"1 of 1 tasks failed:\n.*BrokenProcessPool"),
    ):
        run(experiments.die_once, tasks, executor, folder=tmp_path / "runs")
    table = run(experiments.die_once, tasks, 1, folder=tmp_path / "runs")
    assert table["seed squared"].tolist() == [0]


def test_errors_of_the_package_are_not_tried_again(tmp_path):
    with pytest.raises(
        TrainingError, match=r"(?s)2 of 4 .*DataError: an odd seed; got 1"
    ) as caught:
        run(experiments.refuse, seeds(4), folder=tmp_path)
    assert isinstance(caught.value.__cause__, DataError)
    assert run(experiments.refuse, [{"seed": 0}, {"seed": 2}], folder=tmp_path)["half"][1] == 1.0


def test_an_accident_is_tried_again(tmp_path):
    with ThreadPoolExecutor(1) as executor:
        tasks = seeds(1, folder=str(tmp_path))
        table = run(experiments.accident_once, tasks, executor, folder=tmp_path / "runs")
    assert table["half"].tolist() == [0.0]


def test_two_threads_of_a_process_are_refused(tmp_path):
    with (
        ThreadPoolExecutor(2) as executor,
        pytest.raises(TrainingError, match="threads_per_worker=1"),
    ):
        run(experiments.slow, seeds(2), executor, folder=tmp_path)


def test_two_experiments_in_one_folder_are_refused(tmp_path):
    run(experiments.draw, seeds(1), folder=tmp_path)
    with pytest.raises(DataError, match=r"belongs to another experiment; got .*\.slow.*\.draw"):
        run(experiments.slow, seeds(1), folder=tmp_path)


def test_two_runs_at_a_time_in_one_folder_are_refused(tmp_path):
    class Impatient:
        def submit(self, function, *arguments):
            return run(experiments.slow, seeds(1), folder=tmp_path)

    with pytest.raises(DataError, match="another run works on it"):
        run(experiments.slow, seeds(1), Impatient(), folder=tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-20], lambda text: text.replace('"key": "', '"key": "0')]
)
def test_damaged_results_are_told(tmp_path, damage):
    run(experiments.draw, seeds(1), folder=tmp_path)
    (path,) = (path for path in tmp_path.glob("*.json") if path.name != "experiment.json")
    path.write_text(damage(path.read_text()))
    with pytest.raises(DataError, match="result of a task"):
        run(experiments.draw, seeds(1), folder=tmp_path)
    assert len(run(experiments.draw, seeds(1), folder=tmp_path, resume=False)) == 1


def test_a_result_says_what_it_is_of(tmp_path):
    run(experiments.draw, seeds(1), folder=tmp_path)
    (path,) = (path for path in tmp_path.glob("*.json") if path.name != "experiment.json")
    content = json.loads(path.read_text())
    assert content["experiment"] == "repeated_experiments.draw"
    assert content["parameters"] == {"seed": 0}


@pytest.mark.parametrize(
    ("experiment", "parameters", "message"),
    [
        (lambda seed: {}, [{"seed": 1}], "outermost level of a module"),
        (experiments.draw, [{"seed": 1}, {"seed": 1}], "same task more than once"),
        (experiments.draw, [{"seed": object()}], "object is no plain value"),
        (experiments.draw, [{"seed": float("nan")}], "kept in a file"),
        (experiments.draw, [3], "int is no mapping"),
    ],
)
def test_bad_tasks(tmp_path, experiment, parameters, message):
    with pytest.raises(ParameterError, match=message):
        run(experiment, parameters, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("executor", [-1, True, "processes", 1.5])
def test_bad_executors(tmp_path, executor):
    with pytest.raises(ParameterError, match=r"executor.*get_executor"):
        run(experiments.draw, seeds(1), executor, folder=tmp_path)


def test_what_no_file_can_hold_is_told(tmp_path):
    with pytest.raises(TrainingError, match="lock is no plain value"):
        run(experiments.unplain, seeds(1), 1, folder=tmp_path)


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be used"):
        run(experiments.draw, seeds(1), folder=tmp_path / "file")
