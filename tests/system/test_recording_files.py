"""Recorded data in files: whole or not at all, and never the end of the interpreter."""

import os
import resource
import subprocess
import sys
import textwrap

import neo
import numpy as np
import pytest
from pyNN.recording.files import StandardTextFile

import pyNN_brainscales_emu as sim

ENDINGS = ("pkl", "mat", "nix", "h5", "nwb")
NEEDS = {"nix": "nixio", "h5": "nixio", "nwb": "pynwb", "mat": "scipy"}
pytestmark = pytest.mark.filterwarnings("ignore:.*positional arguments:FutureWarning")


@pytest.fixture
def cells():
    sim.setup(substrate="ideal")
    cells = sim.Population(20, sim.IF_cond_exp(i_offset=1.0), label="cells")
    cells.record(["spikes", "v"])
    sim.run(50.0)
    return cells


def require(ending):
    if ending in NEEDS:
        pytest.importorskip(NEEDS[ending])


@pytest.fixture
def small_files():
    """Limit the size of files; a disk that is full does the same."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", [0, 3000, 30_000])
def test_a_disk_that_fills_is_an_error_and_nothing_is_lost(
    cells, ending, size, tmp_path, small_files
):
    require(ending)
    path = tmp_path / f"data.{ending}"
    cells[:1].write_data(str(path))
    content = path.read_bytes()
    before = cells.get_data()
    small_files(size)
    for group in (cells, sim.Assembly(cells)):
        with pytest.raises(
            sim.DataError, match=rf"recorded data .*data.{ending}.*cannot be written"
        ):
            group.write_data(str(path), clear=True)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == [path.name]
    after = cells.get_data()
    np.testing.assert_array_equal(
        before.segments[0].analogsignals[0].magnitude, after.segments[0].analogsignals[0].magnitude
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_cleared_and_can_be_read(cells, ending, tmp_path):
    require(ending)
    path = tmp_path / "new" / f"data.{ending}"
    v = cells.get_data("v").segments[0].analogsignals[0].magnitude
    cells.write_data(str(path), clear=True)
    assert os.listdir(path.parent) == [path.name]
    assert sum(cells.get_spike_counts().values()) == 0
    if ending in ("pkl", "nix", "h5"):
        io = neo.io.NixIO(str(path), "ro") if ending != "pkl" else neo.io.PickleIO(str(path))
        block = io.read_block()
        np.testing.assert_array_equal(block.segments[0].analogsignals[0].magnitude, v)


def test_blocks_join_those_of_a_nix_file(cells, tmp_path):
    pytest.importorskip("nixio")
    path = tmp_path / "data.nix"
    cells[:2].write_data(str(path))
    cells[2:].write_data(str(path))
    assert len(neo.io.NixIO(str(path), "ro").read_all_blocks()) == 2


@pytest.mark.parametrize("ending", ["pkl", "mat", "nix"])
def test_a_link_stays_and_its_own_ending_names_the_format(cells, ending, tmp_path):
    require(ending)
    (tmp_path / "scratch").mkdir()
    link = tmp_path / f"data.{ending}"
    link.symlink_to(tmp_path / "scratch" / "target.bin")
    cells.write_data(link)
    assert link.is_symlink()
    assert os.listdir(tmp_path / "scratch") == ["target.bin"]
    assert (tmp_path / "scratch" / "target.bin").stat().st_size > 1000


def test_an_io_object_that_fails_is_named(cells, tmp_path):
    folder = tmp_path / "folder.pkl"
    folder.mkdir()
    with pytest.raises(sim.DataError, match=r"recorded data .*folder\.pkl.*IsADirectoryError"):
        cells.write_data(neo.io.PickleIO(str(folder)))


def test_files_asked_for_are_written_at_the_end_or_named(tmp_path):
    sim.setup(substrate="ideal")
    cells = sim.Population(2, sim.IF_cond_exp())
    cells.record("v", to_file=str(tmp_path / "file" / "data.pkl"))
    (tmp_path / "file").write_text("in the way")
    sim.run(1.0)
    with pytest.raises(sim.DataError, match=r"recorded data .*data\.pkl"):
        sim.end()
    (tmp_path / "file").unlink()
    sim.end()
    (block,) = neo.io.PickleIO(str(tmp_path / "file" / "data.pkl")).read()
    assert block.segments[0].analogsignals[0].shape == (11, 2)


def test_a_killed_writer_leaves_nothing_for_the_next(cells, tmp_path):
    pytest.importorskip("nixio")
    code = f"""
        import os, signal
        import pyNN_brainscales_emu as sim
        sim.setup(substrate="ideal")
        cells = sim.Population(2, sim.IF_cond_exp())
        cells.record("v")
        sim.run(1.0)
        os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
        cells.write_data({str(tmp_path / "data.nix")!r})
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -9
    assert len(os.listdir(tmp_path)) == 2
    cells.write_data(str(tmp_path / "data.nix"))
    assert os.listdir(tmp_path) == ["data.nix"]


@pytest.mark.parametrize(
    "group", [lambda p: p, lambda p: p[1:], lambda p: sim.Assembly(p[2:], p[:1])]
)
def test_positions_are_written_whole_or_not_at_all(cells, group, tmp_path):
    chosen = group(cells)
    path = tmp_path / "positions.txt"
    chosen.save_positions(str(path))
    table = np.loadtxt(path)
    np.testing.assert_array_equal(table[:, 0], np.arange(chosen.size))
    np.testing.assert_array_equal(table[:, 1:].T, chosen.positions)
    chosen.save_positions(StandardTextFile(str(tmp_path / "other.txt"), "w"))
    with pytest.raises(sim.DataError, match=r"positions .*nowhere.*folder does not exist"):
        chosen.save_positions(tmp_path / "nowhere" / "positions.txt")
