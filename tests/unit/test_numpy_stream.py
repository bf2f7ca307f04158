"""Random numbers drawn in bulk against the methods of NumPy's generator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyNN.random import GSLRNG, NumpyRNG

from pyNN_brainscales_emu.numpy_stream import NumpyStream

SEEDS = st.integers(0, 2**32 - 1)
#: Words of the generator that are used already: the words of a double may be of two states.
USED = st.integers(0, 1300)


def generators(seed, n_used):
    """Return two generators in the same state."""
    rngs = NumpyRNG(seed), NumpyRNG(seed)
    for rng in rngs:
        rng.rng.randint(0, 2**32, size=n_used, dtype=np.uint32)
    return rngs


@given(SEEDS, USED, st.lists(st.integers(0, 2000), max_size=4), st.floats(0, 1))
def test_numbers_below_a_limit_are_those_of_the_generator(seed, n_used, portions, limit):
    ours, numpys = generators(seed, n_used)
    for n in portions:
        expected = np.flatnonzero(numpys.rng.uniform(0, 1, n) < limit)
        assert NumpyStream(ours).below(n, limit).tolist() == expected.tolist()
    assert ours.next() == numpys.next()


@pytest.mark.parametrize("change", [0.0, 2.0**-53, -(2.0**-53)])
def test_the_limit_itself_is_not_below_it(change):
    ours, numpys = generators(3, 0)
    drawn = numpys.rng.uniform(0, 1, 1000)
    limit = drawn[500] + change
    expected = np.flatnonzero(drawn < limit)
    assert NumpyStream(ours).below(1000, limit).tolist() == expected.tolist()


@given(SEEDS, USED, st.integers(0, 5), st.sampled_from([1, 2, 3, 4, 63, 64, 65, 700]), st.data())
def test_permutations_are_those_of_the_generator(seed, n_used, n_rows, n, data):
    n_kept = data.draw(st.integers(0, n))
    ours, numpys = generators(seed, n_used)
    expected = [numpys.permutation(np.arange(n))[:n_kept].tolist() for _ in range(n_rows)]
    assert NumpyStream(ours).permutations(n_rows, n, n_kept).tolist() == expected
    assert ours.next() == numpys.next()


def test_a_normal_number_that_the_generator_holds_back_is_not_lost():
    ours, numpys = generators(4, 0)
    for rng in (ours, numpys):
        rng.rng.normal()  # made in pairs
    NumpyStream(ours).below(100, 0.5)
    numpys.rng.uniform(0, 1, 100)
    assert ours.rng.normal() == numpys.rng.normal()


def test_only_generators_of_pynn_itself_are_known():
    class Other(NumpyRNG):
        """May draw other numbers."""

    assert NumpyStream.is_known(NumpyRNG(1))
    assert not NumpyStream.is_known(Other(1))
    assert not NumpyStream.is_known(object.__new__(GSLRNG))
    another_generator = NumpyRNG(1)
    another_generator.rng = np.random.RandomState(np.random.PCG64(1))
    assert not NumpyStream.is_known(another_generator)
