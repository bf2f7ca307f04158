import neo
import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError, RecordingError
from pyNN_brainscales_emu.training import LayerSpikes, RecordedSpikes
from pyNN_brainscales_emu.training.recorded_spikes import from_neo


@pytest.fixture
def recorded():
    first = LayerSpikes(np.array([0, 2]), np.array([1, 0]), np.array([3.5, 10.0]), 3, 2)
    label = LayerSpikes(
        np.array([0, 0, 1, 2]), np.array([1, 1, 0, 1]), np.array([1.0, 2.0, 5.0, 900.0]), 3, 2
    )
    return RecordedSpikes({"input": first, "label": label}, np.array([1, 0, 0]))


def test_counts_and_accuracy(recorded):
    assert recorded.layers["label"].counts().tolist() == [[0, 2], [1, 0], [0, 1]]
    assert recorded.accuracy() == pytest.approx(2 / 3)


def test_file_holds_everything(recorded, tmp_path):
    loaded = RecordedSpikes.load(recorded.save(tmp_path / "new" / "spikes.npz"))
    assert list(loaded.layers) == ["input", "label"]
    assert loaded.labels.tolist() == [1, 0, 0]
    assert loaded.accuracy() == recorded.accuracy()
    for name, layer in recorded.layers.items():
        assert (loaded.layers[name].counts() == layer.counts()).all()
        np.testing.assert_allclose(loaded.layers[name].time, layer.time, rtol=1e-6)


def test_files_of_compressed_times_are_read(recorded, tmp_path):
    path = tmp_path / "as_before.npz"
    with np.load(recorded.save(tmp_path / "new.npz")) as archive:
        np.savez_compressed(path, **archive)
    loaded = RecordedSpikes.load(path)
    for name, layer in RecordedSpikes.load(tmp_path / "new.npz").layers.items():
        for part in ("image", "cell", "time"):
            np.testing.assert_array_equal(getattr(loaded.layers[name], part), getattr(layer, part))


def test_a_file_is_little_larger_than_the_times(tmp_path):
    n_images, n_cells, n_spikes = 50, 20, 10
    image = np.repeat(np.arange(n_images), n_cells * n_spikes)
    cell = np.tile(np.repeat(np.arange(n_cells), n_spikes), n_images)
    time = np.random.default_rng(1).uniform(0, 1000, len(image))
    layer = LayerSpikes(image, cell, time, n_images, n_cells)
    path = RecordedSpikes({"layer": layer}, np.zeros(n_images, int)).save(tmp_path / "spikes.npz")
    assert path.stat().st_size < 1.2 * 4 * len(time)


def test_a_failed_write_leaves_the_old_file(recorded, tmp_path, monkeypatch):
    path = recorded.save(tmp_path / "spikes.npz")
    before = path.read_bytes()

    def broken(file, array, **options):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", broken)
    with pytest.raises(DataError, match=r"recorded spikes .*spikes\.npz: it cannot be written: No"):
        recorded.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_neo_block_has_one_segment_for_each_image(recorded):
    block = recorded.to_neo()
    assert [segment.annotations["label"] for segment in block.segments] == [1, 0, 0]
    trains = block.segments[0].spiketrains
    assert [train.magnitude.tolist() for train in trains] == [[], [3.5], [], [1.0, 2.0]]
    assert trains[3].annotations["layer"] == "label"
    assert len(recorded.to_neo(slice(1, 2)).segments) == 1


def test_long_run_is_cut_into_presentations():
    times = [[1.0, 999.0, 1000.0], [2500.0, 3000.0]]
    trains = [neo.SpikeTrain(np.array(t) + 5000, units="ms", t_stop=9000) for t in times]
    layer = from_neo(trains, n_images=3, n_cells=2, start=5000.0)
    assert layer.counts().tolist() == [[2, 0], [1, 0], [0, 1]]  # the last spike came too late
    assert layer.time.tolist() == [1.0, 999.0, 0.0, 500.0]
    with pytest.raises(RecordingError, match="2 spike trains"):
        from_neo(trains, 3, 4, 0.0)


def changed(path, **entries):
    """Write the file again with other entries."""
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez_compressed(path, **{**arrays, **entries})


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"label.time_ms": np.array([np.nan] * 4)}, "spikes outside of 0 to 1000 ms"),
        ({"label.time_ms": np.array([-1.0, 2.0, 3.0, 4.0])}, "spikes outside of 0 to 1000 ms"),
        ({"label.time_ms": np.array([1.0, 2.0, 3.0, 1e9])}, "spikes outside of 0 to 1000 ms"),
        ({"label.time_ms": np.array([1.0, 2.0])}, "differ in number"),
        ({"label.time_ms": np.array([[1.0, 2.0, 3.0, 4.0]])}, "differ in number"),
        ({"label.time_ms": np.array([1, 2, 3, 4])}, "time_ms has the type int64"),
        ({"label.cell": np.array([0, 1, 0, 2])}, "images or cells that it does not have"),
        ({"label.cell": np.array([0, 1, 0, -1])}, "images or cells that it does not have"),
        ({"label.cell": np.array([0.0, 1.0, 0.0, 1.5])}, "cell has the type float64"),
        ({"label.image": np.array([0, 1, 2, 3])}, "images or cells that it does not have"),
        ({"label.shape": np.array([2, 2])}, "2 cells and 2 of 3 images"),
        ({"label.shape": np.array([3, 0])}, "0 cells and 3 of 3 images"),
        ({"label.shape": np.array([3, 2, 5])}, r"shape has the shape \(3,\)"),
        ({"labels": np.array([1.5, 0.0, 0.0])}, "labels has the type float64"),
        ({"labels": np.array([1, 0, 2])}, "labels.*that cannot be"),
        ({"labels": np.array([1, 0, -1])}, "labels.*that cannot be"),
        ({"labels": np.array([1, 0])}, "3 of 2 images"),
        ({"labels": np.array(1)}, "without labels or layers"),
        ({"layers": np.array(["label", "label"])}, "names of layers"),
        ({"layers": np.array([], dtype=str)}, "without labels or layers"),
        ({"layers": np.array(["other"])}, "it is without other.shape"),
        ({"duration": np.array(0.0)}, "presentations take 0.0 ms"),
        ({"duration": np.array(np.nan)}, "presentations take nan ms"),
        ({"duration": np.array("long")}, "duration has the type"),
        ({"format": np.array("pyNN_brainscales_emu recorded spikes 2")}, "schema version; got 2"),
    ],
)
def test_files_whose_content_cannot_be(recorded, tmp_path, entries, message):
    path = tmp_path / "spikes.npz"
    recorded.save(path)
    changed(path, **entries)
    with pytest.raises(DataError, match=rf"recorded spikes .*spikes\.npz: .*{message}"):
        RecordedSpikes.load(path)


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 broken"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "spikes.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"spikes\.npz: (there is no such file|the file is damaged)"
    ):
        RecordedSpikes.load(path)
