import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training import dequantise, join, quantise, split

WEIGHTS = arrays(float, (4, 3), elements=st.floats(-1, 1))
LEVELS = arrays(np.int8, (4, 3), elements=st.integers(-15, 15))


@given(WEIGHTS)
def test_levels_are_the_nearest_and_odd(weights):
    levels = quantise(weights)
    assert np.abs(15 * weights - levels).max() <= 0.5 + 1e-12
    assert (quantise(-weights) == -levels).all()


@given(LEVELS)
def test_levels_survive_the_way_to_weights_and_back(levels):
    assert (quantise(dequantise(levels)) == levels).all()


@given(LEVELS)
def test_of_a_pair_at_most_one_synapse_is_on(levels):
    excitatory, inhibitory = split(levels)
    assert min(excitatory.min(), inhibitory.min()) >= 0
    assert max(excitatory.max(), inhibitory.max()) <= 15
    assert not (excitatory.astype(bool) & inhibitory.astype(bool)).any()
    assert (join(excitatory, inhibitory) == levels).all()


def test_known_values():
    assert quantise([-1.0, -0.5001, 0.0, 0.034, 0.0334, 1.0]).tolist() == [-15, -8, 0, 1, 1, 15]
    assert quantise([0.033, -0.033]).tolist() == [0, 0]


@pytest.mark.parametrize("bad", [1.001, -2.0, np.nan, np.inf])
def test_weights_without_a_level_are_refused(bad):
    with pytest.raises(ParameterError, match="no 4-bit value"):
        quantise([0.1, bad])


@pytest.mark.parametrize("bad", [[16], [-16], [0.5], [-128]])
def test_other_numbers_are_no_levels(bad):
    with pytest.raises(ParameterError, match="4-bit"):
        split(np.array(bad))
