"""`repeat` on a cluster that runs here: Dask's and MPI's executors."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import repeated_experiments as experiments

from pyNN_brainscales_emu.errors import TrainingError
from pyNN_brainscales_emu.training import repeat

TESTS = Path(__file__).resolve().parents[1]

MPI_SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from mpi4py.futures import MPICommExecutor
from mpi4py import MPI
import repeated_experiments as experiments
from pyNN_brainscales_emu.training import repeat
with MPICommExecutor(MPI.COMM_WORLD) as executor:
    if executor is not None:
        tasks = [{{"wafer": wafer}} for wafer in (1, 2)]
        table = repeat(experiments.emulate, tasks, executor, folder={folder!r}, progress=False)
        assert len(table) == 2
"""


@pytest.fixture
def cluster():
    """Return what starts workers with so many threads each, and gives a client of them."""
    distributed = pytest.importorskip("distributed")
    open_ones = []

    def start(threads=1):
        local = distributed.LocalCluster(
            n_workers=2, threads_per_worker=threads, dashboard_address=None
        )
        client = distributed.Client(local)
        client.run(lambda path: __import__("sys").path.insert(0, path), str(TESTS))
        open_ones.extend((client, local))
        return client

    yield start
    for one in open_ones:
        one.close()


pytestmark = pytest.mark.filterwarnings("default")  # those of Dask are not ours


def test_numbers_are_the_same_on_a_dask_cluster(cluster, tmp_path):
    tasks = [{"wafer": wafer} for wafer in (1, 2, 3)]
    here = repeat(experiments.emulate, tasks, 0, folder=tmp_path / "here", progress=False)
    executor = cluster().get_executor()
    there = repeat(experiments.emulate, tasks, executor, folder=tmp_path / "there", progress=False)
    assert here.columns["spikes"] == there.columns["spikes"]


def test_a_dask_worker_that_dies_is_replaced_and_nothing_counts_twice(cluster, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    client = cluster()
    tasks = [{"folder": str(marks), "seed": seed, "victim": 1} for seed in range(4)]
    table = repeat(
        experiments.die_once, tasks, client.get_executor(), folder=tmp_path / "runs", progress=False
    )
    assert table["seed squared"].tolist() == [0, 1, 4, 9]
    assert len(list((tmp_path / "runs").glob("*.json"))) == 5
    noted = Counter(mark.name.split("-")[0] for mark in marks.iterdir() if "-" in mark.name)
    assert noted["1"] == 1


def test_dask_workers_with_several_threads_are_refused(cluster, tmp_path):
    executor = cluster(threads=2).get_executor()
    tasks = [{"seed": seed} for seed in range(8)]
    with pytest.raises(TrainingError, match="threads_per_worker=1"):
        repeat(experiments.slow, tasks, executor, folder=tmp_path, progress=False)


def test_numbers_are_the_same_with_mpi(tmp_path):
    pytest.importorskip("mpi4py")
    script = tmp_path / "script.py"
    folder = tmp_path / "there"
    script.write_text(MPI_SCRIPT.format(tests=str(TESTS), folder=str(folder)))
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if not mpiexec.exists():
        pytest.skip("there is no mpiexec beside this Python")
    command = [mpiexec, "--allow-run-as-root", "--oversubscribe", "-n", "2", sys.executable, script]
    subprocess.run(list(map(str, command)), check=True, timeout=200)
    tasks = [{"wafer": wafer} for wafer in (1, 2)]
    here = repeat(experiments.emulate, tasks, 0, folder=tmp_path / "here", progress=False)
    there = repeat(experiments.emulate, tasks, 0, folder=folder, progress=False)
    assert here.columns["spikes"] == there.columns["spikes"]
