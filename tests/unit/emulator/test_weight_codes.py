"""Weights by number."""

import numpy as np
import pytest

from pyNN_brainscales_emu.array_pieces import PIECE
from pyNN_brainscales_emu.emulator.weight_codes import encode


def test_few_weights_are_coded_in_the_upper_byte():
    weight = np.array([0.5, 0.25, 0.5], dtype=np.float32)
    target, table, coded = encode(np.array([7, 8, 2**24 - 1], dtype=np.uint32), weight)
    assert coded
    assert (target & 0xFFFFFF).tolist() == [7, 8, 2**24 - 1]
    assert table[target >> 24].tolist() == [0.5, 0.25, 0.5]
    assert table.dtype == np.float32


@pytest.mark.parametrize("n", [256, 257])
def test_more_than_256_weights_stand_as_they_are(n):
    place, weight = np.arange(n, dtype=np.uint32), np.linspace(1, 2, n)
    target, table, coded = encode(place, weight)
    assert coded == (n == 256)
    stored = table[target >> 24] if coded else table
    np.testing.assert_array_equal(stored, weight)


def test_places_beyond_24_bits_stand_as_they_are():
    assert not encode(np.array([2**24], dtype=np.uint32), np.ones(1))[2]


def test_many_weights_that_begin_with_few():
    weight = np.concatenate([np.ones(5000), np.linspace(1, 2, 300)])
    assert not encode(np.zeros(5300, dtype=np.uint32), weight)[2]


def test_weights_that_appear_late_are_coded_too():
    weight = np.ones(2 * PIECE + 3, dtype=np.float32)
    weight[[PIECE - 1, PIECE, -1]] = 0.5, 3.0, -2.0
    target, table, coded = encode(np.arange(len(weight), dtype=np.uint32), weight)
    assert coded
    np.testing.assert_array_equal(table[target >> 24], weight)
    np.testing.assert_array_equal(target & 0xFFFFFF, np.arange(len(weight)))
