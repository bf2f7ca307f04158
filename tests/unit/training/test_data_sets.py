import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.training import DataSet, LabelledImages, load_digits, load_mnist, resize
from pyNN_brainscales_emu.training.digits import stratified_split
from pyNN_brainscales_emu.training.mnist import DATA_VARIABLE

DIGITS = [7, 0, 1, 4, 6, 9, 7, 2]


def idx(array, magic):
    header = struct.pack(f">{1 + array.ndim}I", magic, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    images = np.arange(len(DIGITS) * 28 * 28).reshape(-1, 28, 28) % 251
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images, 0x803)))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.array(DIGITS), 0x801))
    return tmp_path


def test_mnist_keeps_the_chosen_classes_in_order(folder):
    data = load_mnist(folder)
    assert data.classes == (0, 1, 4, 6, 7)
    assert data.train.labels.tolist() == [4, 0, 1, 2, 3, 4]
    assert data.train.images.shape == (6, 10, 10)
    assert 0 <= data.train.images.min() <= data.train.images.max() <= 1


def test_mnist_folder_comes_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    assert len(load_mnist().test) == 6


def test_mnist_is_found_in_a_folder_of_data_sets(folder, tmp_path):
    (tmp_path / "mnist").mkdir()
    for path in list(folder.glob("*ubyte*")):
        path.rename(tmp_path / "mnist" / path.name)
    assert len(load_mnist(tmp_path).train) == 6


def test_mnist_says_what_is_needed_without_a_folder(monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with pytest.raises(
        DataError, match=r"no folder.*train-images-idx3-ubyte\.gz.*" + DATA_VARIABLE
    ):
        load_mnist()


def test_mnist_says_where_it_looked(tmp_path):
    with pytest.raises(DataError, match=r"does not exist; looked in .*nowhere"):
        load_mnist(tmp_path / "nowhere")
    with pytest.raises(DataError, match="has none of the files"):
        load_mnist(tmp_path)


def test_mnist_names_the_missing_file(folder):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"missing in .*'t10k-labels-idx1-ubyte'"):
        load_mnist(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "shorter than its header"),
        (idx(np.array(DIGITS), 0x803), "magic number|shorter"),
        (idx(np.zeros(3), 0xD01), r"magic number.*got 3329; allowed: 2049"),
        (idx(np.array(DIGITS), 0x801)[:-1], "truncated or too long; got 7; allowed: 8"),
        (idx(np.array(DIGITS), 0x801) + b"x", "truncated or too long; got 9; allowed: 8"),
        (idx(np.array(DIGITS[1:]), 0x801), "do not belong together"),
    ],
)
def test_mnist_refuses_a_damaged_file(folder, content, message):
    (folder / "train-labels-idx1-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_mnist(folder)


@pytest.mark.parametrize("damage", ["truncated", "no gzip", "flipped"])
def test_mnist_refuses_a_damaged_gzip_file(folder, damage):
    path = folder / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    path.write_bytes({"truncated": whole[:-20], "no gzip": b"GIF89a", "flipped": flipped}[damage])
    with pytest.raises(DataError, match=r"train-images.*damaged"):
        load_mnist(folder)


def test_a_packed_file_is_unpacked_only_as_far_as_it_says(folder):
    path = folder / "train-images-idx3-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content + bytes(2**28)))
    tracemalloc.start()
    with pytest.raises(DataError, match="truncated or too long"):
        load_mnist(folder)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (2**31, 4, 4)])
def test_a_file_that_declares_more_than_there_is(folder, shape):
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">4I", 0x803, *shape) + bytes(16)))
    with pytest.raises(DataError, match=r"too large for this machine|truncated or too long"):
        load_mnist(folder)


def test_mnist_names_classes_without_images(folder):
    with pytest.raises(DataError, match=r"without a single image; got \[5\]"):
        load_mnist(folder, classes=(0, 5))


def test_digits_are_split_once_and_for_all():
    data, again = load_digits(), load_digits()
    assert (len(data.train), len(data.test)) == (601, 300)
    assert data.digest() == again.digest()
    assert data.train.images.shape[1:] == (10, 10)
    assert data.train.images.max() == 1.0
    # each class gives a third of its about 180 images to the test part
    assert set(np.bincount(data.test.labels)) <= {59, 60, 61}


def test_split_is_disjoint_and_complete():
    labels = np.repeat([0, 1, 2], [10, 20, 31])
    train, test = stratified_split(labels, 0.3, seed=1)
    assert sorted([*train, *test]) == list(range(61))
    assert np.bincount(labels[test]).tolist() == [3, 6, 9]


@pytest.mark.parametrize("fraction", [0.0, 1.0, float("nan"), 0.01])
def test_split_refuses_an_empty_part(fraction):
    with pytest.raises(DataError):
        stratified_split(np.repeat([0, 1], 10), fraction, seed=0)


def test_resize_smooths_when_it_shrinks_and_keeps_the_mean():
    stripes = np.zeros((1, 40, 40), np.uint8)
    stripes[:, ::2] = 200
    small = resize(stripes)
    assert small.shape == (1, 10, 10)
    assert abs(small[0, 2:-2, 2:-2] - 100).max() < 10  # without smoothing: 0 or 200
    assert resize(np.full((1, 8, 8), 77, np.uint8)).tolist() == np.full((1, 10, 10), 77.0).tolist()


@pytest.mark.parametrize("bad", [np.zeros((8, 8), np.uint8), np.zeros((1, 8, 8))])
def test_resize_refuses_other_arrays(bad):
    with pytest.raises(DataError, match="8-bit"):
        resize(bad)


def test_images_need_one_label_each():
    with pytest.raises(DataError, match=r"got \(2, 3\)"):
        LabelledImages(np.zeros((2, 10, 10)), np.zeros(3, int))


def test_digest_depends_on_images_and_labels():
    images = LabelledImages(np.zeros((2, 10, 10)), np.array([0, 1]))
    swapped = LabelledImages(images.images, np.array([1, 0]))
    assert DataSet("a", (0, 1), images, images).digest() != (
        DataSet("a", (0, 1), swapped, images).digest()
    )
