"""Random numbers in C are those of `keyed_random`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from pyNN_brainscales_emu import keyed_random
from pyNN_brainscales_emu._kernels import random_numbers as kernel
from pyNN_brainscales_emu.keyed_random import Purpose


def drawn(function, seed, purpose, index, sub_index):
    index, sub_index = np.broadcast_arrays(np.uint64(index), np.uint32(sub_index))
    out = np.empty(index.size)
    function(seed, purpose, index.ravel().copy(), sub_index.ravel().copy(), out)
    return out.reshape(index.shape)


@given(
    st.integers(0, 2**63 - 1),
    st.sampled_from(list(Purpose)),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
)
def test_uniform_numbers_are_equal_to_the_bit(seed, purpose, index, sub_index):
    twin = keyed_random.uniform(seed, purpose, index, sub_index)
    assert drawn(kernel.uniform, seed, purpose, index, sub_index) == twin


def test_uniform_numbers_of_whole_arrays_are_equal_to_the_bit():
    index = (np.arange(100, dtype=np.uint64) << np.uint64(32))[:, None] | np.uint64(5)
    sub_index = np.arange(50, dtype=np.uint32)
    twin = keyed_random.uniform(7, Purpose.POISSON, index, sub_index)
    assert np.array_equal(drawn(kernel.uniform, 7, Purpose.POISSON, index, sub_index), twin)


def test_philox_gives_the_published_words():
    # Known answers of the Random123 distribution (kat_vectors, philox4x32 10 rounds).
    ones = 0xFFFFFFFF
    words = keyed_random.philox((0, 0, 0, 0), (0, 0))
    assert [int(word) for word in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    words = keyed_random.philox((ones, ones, ones, ones), (ones, ones))
    assert [int(word) for word in words] == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_normal_numbers_are_the_quantiles_of_the_uniform_ones():
    index = np.arange(200_000)
    twin = keyed_random.normal(3, Purpose.LINK_DOWN, index)
    # Both algorithms are good to about 16 digits; the densest numbers lie near 0.
    numbers = drawn(kernel.normal, 3, Purpose.LINK_DOWN, index, 0)
    np.testing.assert_allclose(numbers, twin, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(
        np.abs(numbers) > 3, np.abs(ndtri(keyed_random.uniform(3, Purpose.LINK_DOWN, index))) > 3
    )


@pytest.mark.parametrize("purpose", [Purpose.POISSON, Purpose.LINK_UP])
def test_uniform_numbers_fill_the_interval_evenly(purpose):
    numbers = drawn(kernel.uniform, 11, purpose, np.arange(100_000), 0)
    counts = np.histogram(numbers, bins=50, range=(0, 1))[0]
    chi_squared = ((counts - 2000.0) ** 2 / 2000.0).sum()
    assert abs(chi_squared - 49) < 4 * np.sqrt(2 * 49)
