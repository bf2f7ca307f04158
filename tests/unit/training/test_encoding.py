import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pyNN_brainscales_emu.errors import DataError, ParameterError
from pyNN_brainscales_emu.training import poisson_rates, poisson_trains
from pyNN_brainscales_emu.training.presentation import slot_trains

GREY = arrays(float, (3, 10, 10), elements=st.floats(0.001, 1))


@given(GREY, st.floats(1, 1e5))
def test_each_image_has_the_total_rate_in_proportion_to_grey(images, total):
    rates = poisson_rates(images, total)
    np.testing.assert_allclose(rates.sum(axis=1), total)
    np.testing.assert_allclose(rates * images.reshape(3, -1).sum(1, keepdims=True) / total,
                               images.reshape(3, -1))  # fmt: skip


def test_default_total_rate_is_the_published_one():
    assert poisson_rates(np.ones((1, 100)))[0].tolist() == [25.0] * 100


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.ones(100), "wrong shape"),
        (np.ones((2, 3, 4, 5)), "wrong shape"),
        (np.ones((0, 100)), "wrong shape"),
        (np.full((1, 100), np.nan), r"not numbers: indices; got \[0\]"),
        (np.full((1, 100), np.inf), "not numbers"),
        (np.full((1, 100), -0.1), "out of range"),
        (np.full((1, 100), 255), "Divide 8-bit images by 255"),
        (np.eye(100)[[0, 1]] * [[1.0], [0.0]], r"black altogether.*got \[1\]"),
    ],
)
def test_bad_images_are_named(images, message):
    with pytest.raises(DataError, match=message):
        poisson_rates(images)


@pytest.mark.parametrize("total", [0.0, -1.0, np.nan, np.inf])
def test_bad_total_rate(total):
    with pytest.raises(ParameterError, match="total_rate"):
        poisson_rates(np.ones((1, 4)), total)


def test_trains_have_poisson_counts_and_uniform_times():
    rates = np.tile([0.0, 10.0, 200.0], (400, 1))
    image, pixel, time = poisson_trains(rates, np.random.default_rng(0))
    counts = np.bincount(image * 3 + pixel, minlength=1200).reshape(400, 3)
    assert counts[:, 0].sum() == 0
    for cell, mean in ((1, 9.0), (2, 180.0)):
        # five standard errors of a mean and of a variance over 400 draws
        assert abs(counts[:, cell].mean() - mean) < 5 * np.sqrt(mean / 400)
        assert abs(counts[:, cell].var() / mean - 1) < 5 * np.sqrt(2 / 400 + 1 / mean / 400)
    assert time.min() >= 0
    assert time.max() < 900
    assert abs(time.mean() - 450) < 5 * 900 / np.sqrt(12 * len(time))
    assert (np.diff(image) >= 0).all()


def test_slots_leave_the_silence_empty_and_lie_on_the_grid():
    trains = slot_trains(np.full((4, 2), 300.0), np.random.default_rng(1), start=2000.0, step=0.1)
    assert len(trains) == 2
    for train in trains:
        inside = (train - 2000.0) % 1000.0
        assert train.min() > 2000.0
        assert inside.max() <= 900.0 + 1e-6
        assert np.diff(train).min() > 0.09
        np.testing.assert_allclose(train / 0.1, np.rint(train / 0.1), atol=1e-6)
        # 4 slots of 270 spikes, less those that share a grid point (1.5 %)
        assert abs(len(train) - 1064) < 5 * np.sqrt(1080)
