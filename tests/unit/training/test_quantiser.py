from itertools import pairwise

import numpy as np
import pytest
from reference.fake_pynn import FakeTrials

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training import Quantiser, SpikingNetwork

SIZES = (6, 4, 3)


def weights(largest):
    generator = np.random.default_rng(1)
    return [
        largest * generator.uniform(-1, 1, shape)
        for largest, shape in zip(largest, pairwise(SIZES), strict=True)
    ]


def test_levels_are_rounded_shares_of_the_scale():
    quantiser = Quantiser((0.1, 2.0))
    given = weights((0.1, 2.0))
    for level, weight, scale in zip(quantiser.levels(given), given, (0.1, 2.0), strict=True):
        np.testing.assert_array_equal(level, np.rint(15 * weight / scale))
    for value, weight, step in zip(
        quantiser.rounded(given), given, quantiser.steps(2), strict=True
    ):
        assert np.abs(value - weight).max() <= step / 2 + 1e-15


def test_scales_of_the_largest_weights_use_all_levels():
    given = weights((0.03, 0.7))
    given[1][:] = 0.0
    given[1][0, 0] = -0.7
    levels = Quantiser.for_weights(given).levels(given)
    assert [int(np.abs(level).max()) for level in levels] == [15, 15]
    assert Quantiser.for_weights([np.zeros((2, 2))]).scales == (1.0,)


def test_a_network_has_steps_of_the_scale_of_the_layer():
    network = SpikingNetwork(FakeTrials(), SIZES, weight_unit=1e-3, quantiser=Quantiser((0.5, 2.0)))
    given = weights((0.5, 2.0))
    network.set_weights(network.quantiser.levels(given))
    for (excitatory, inhibitory), value in zip(
        network.projections, network.quantiser.rounded(given), strict=True
    ):
        np.testing.assert_allclose(excitatory.weight - inhibitory.weight, 15e-3 * value)
    assert [pair[0].gmax for pair in network.projections] == pytest.approx([7.5e-3, 30e-3])


def test_bad_scales():
    with pytest.raises(ParameterError, match="positive numbers"):
        Quantiser((0.0,))
    with pytest.raises(ParameterError, match="2 numbers, one a layer"):
        SpikingNetwork(FakeTrials(), SIZES, quantiser=Quantiser((1.0,)))
    with pytest.raises(ParameterError, match="no 4-bit value"):
        Quantiser((0.1, 0.1)).levels(weights((1.0, 1.0)))
