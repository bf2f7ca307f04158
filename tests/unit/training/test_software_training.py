import numpy as np
import pytest

from pyNN_brainscales_emu.errors import ParameterError, TrainingError
from pyNN_brainscales_emu.training import (
    LabelledImages,
    SoftwareSettings,
    load_digits,
    train_software_model,
)
from pyNN_brainscales_emu.training.software_training import dead_labels


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def test_learns_the_digits_and_is_reproducible(digits):
    settings = SoftwareSettings(steps=2000)
    first, again = (train_software_model(digits.train, settings, seed=1) for _ in range(2))
    other = train_software_model(digits.train, settings, seed=2)
    assert first.accuracy(digits.test) > 0.93
    assert all((a == b).all() for a, b in zip(first.weights, again.weights, strict=True))
    assert not np.array_equal(first.weights[0], other.weights[0])
    assert max(np.abs(weight).max() for weight in first.weights) <= 1
    assert first.costs[-100:].mean() < 0.3 * first.costs[:10].mean()


def test_dead_labels_are_found():
    weights = [np.array([[1.0, -1.0, 0.0]])]
    assert dead_labels(weights, np.array([[1.0], [0.5]])) == [1, 2]


def test_dead_labels_are_reported_after_the_last_attempt(digits, monkeypatch):
    calls = []
    monkeypatch.setattr(
        "pyNN_brainscales_emu.training.software_training.dead_labels",
        lambda *_: calls.append(1) or [2],
    )
    with pytest.raises(TrainingError, match=r"label units.*got \[2\].*another seed"):
        train_software_model(digits.train, SoftwareSettings(steps=2, attempts=3))
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.ones((2, 8, 8)), [0, 1], "64 pixels"),
        (np.ones((2, 100)), [0, 5], "labels out of range"),
        (np.full((2, 100), np.nan), [0, 1], "not numbers"),
        (np.ones((0, 100)), [], "no images"),
    ],
)
def test_bad_images(images, labels, message):
    with pytest.raises(ParameterError, match=message):
        train_software_model(LabelledImages(images, np.array(labels, int)))


@pytest.mark.parametrize("name", ["steps", "batch_size", "attempts"])
def test_bad_settings(name):
    with pytest.raises(ParameterError, match=name):
        SoftwareSettings(**{name: 0})
