"""Long arrays in pieces."""

import numpy as np
import pytest

from pyNN_brainscales_emu.array_pieces import (
    PIECE,
    constant,
    index_type,
    is_constant,
    looked_up,
    pieces,
)


@pytest.mark.parametrize("n", [0, 1, PIECE, PIECE + 1, 3 * PIECE - 1])
def test_pieces_are_all_entries_once(n):
    numbers = np.arange(n)
    found = [numbers[piece] for piece in pieces(n)]
    assert all(0 < len(part) <= PIECE for part in found)
    np.testing.assert_array_equal(np.concatenate([numbers[:0], *found]), numbers)


def test_a_look_up_gives_what_numpy_gives():
    rng = np.random.default_rng(4)
    table, index = rng.normal(size=50), rng.integers(0, 50, PIECE + 5, dtype=np.int32)
    found = looked_up(table, index)
    np.testing.assert_array_equal(found, table[index])
    assert found.dtype == table.dtype


def test_indices_take_32_bits_where_they_do():
    assert index_type(2**31 - 1) is np.int32
    assert index_type(2**31) is np.int64


def test_a_constant_cannot_be_written_to():
    values = constant(2.5, 4)
    assert values.tolist() == [2.5] * 4
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1.0


def test_what_is_constant():
    assert is_constant(np.full(3, 2.0))
    assert not is_constant(np.array([2.0, 2.0, 3.0]))
    assert not is_constant(np.zeros(0))
