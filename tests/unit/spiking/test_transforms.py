"""Encoders, decoders and the Yin-Yang data."""

import math

import numpy as np
import pytest
import torch

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.spiking.datasets.yinyang import YinYangDataset
from pyNN_brainscales_emu.spiking.transforms.decode import MaxOverTime, SumOverTime
from pyNN_brainscales_emu.spiking.transforms.encode import (
    CoordinatesToSpikes,
    PixelsToSpikeTimes,
    SpikeTimesToDense,
)


def test_coordinates_become_one_spike_each_and_a_bias():
    encode = CoordinatesToSpikes(40, t_early=2e-6, t_late=26e-6, dt=1e-6, t_bias=4e-6)
    spikes = encode(torch.tensor([[0.0, 1.0, 0.5]]))
    assert spikes.shape == (40, 1, 4)
    assert spikes[:, 0].nonzero().tolist() == [[2, 0], [4, 3], [14, 2], [26, 1]]


def test_spikes_behind_the_last_step_are_refused():
    with pytest.raises(ParameterError, match="latest time"):
        CoordinatesToSpikes(26, t_early=2e-6, t_late=26e-6, dt=1e-6)


def test_bright_pixels_spike_early_and_dark_ones_never():
    times = PixelsToSpikeTimes(tau=20.0, threshold=0.2, t_max=100.0)(
        torch.tensor([[0.1, 0.25, 1.0]])
    )
    assert times[0].tolist() == pytest.approx(
        [100.0, 20 * math.log(0.25 / 0.05), 20 * math.log(1.0 / 0.8)]
    )
    dense = SpikeTimesToDense(bin_width=2.0, size=50)(times)
    assert dense.nonzero().tolist() == [[2, 0, 2], [16, 0, 1]]


def test_decoders():
    trace = torch.tensor([[[1.0, -2.0]], [[3.0, -5.0]]])
    assert MaxOverTime()(trace).tolist() == [[3.0, -2.0]]
    assert SumOverTime()(trace).tolist() == [[4.0, -7.0]]


def test_the_yin_yang_classes_are_balanced_and_lie_where_they_belong():
    data = YinYangDataset(size=3000, seed=42)
    points = np.array([point for point, _ in data])
    kinds = np.array([kind for _, kind in data])
    np.testing.assert_allclose(points[:, 2:], 1 - points[:, :2])
    assert np.abs(np.bincount(kinds) - 1000).max() < 5 * np.sqrt(3000 * 2 / 9)
    right = np.hypot(points[:, 0] - 0.75, points[:, 1] - 0.5)
    left = np.hypot(points[:, 0] - 0.25, points[:, 1] - 0.5)
    np.testing.assert_array_equal(kinds == 2, np.minimum(right, left) < 0.1)
    assert (kinds[left < 0.25] != 0).all()
    assert (kinds[right < 0.25] != 1).all()


def test_the_same_seed_gives_the_same_points():
    first, again, other = (YinYangDataset(size=50, seed=seed) for seed in (1, 1, 2))
    assert all((a[0] == b[0]).all() and a[1] == b[1] for a, b in zip(first, again, strict=True))
    assert any((a[0] != b[0]).any() for a, b in zip(first, other, strict=True))
