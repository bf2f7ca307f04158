"""Synapses counted by pairs of cells and by bins."""

import numpy as np
import pytest

from pyNN_brainscales_emu.mapping.pictures import connection_matrix
from pyNN_brainscales_emu.mapping.pictures.connection_matrix import count_connections


def random_synapses(shape, n):
    rng = np.random.default_rng(3)
    return (
        rng.integers(0, shape[0], n),
        rng.integers(0, shape[1], n),
        (rng.integers(0, 5, n) * (rng.random(n) < 0.3)).astype(np.uint8),
    )


@pytest.mark.parametrize("piece", [5, 1 << 22])
def test_pairs(piece, monkeypatch):
    monkeypatch.setattr(connection_matrix, "_PIECE", piece)
    pre, post, reason = random_synapses((6, 9), 200)
    matrix = count_connections((6, 9), pre, post, reason)
    asked, lost, worst = (np.zeros((6, 9), dtype=int) for _ in range(3))
    for i, j, r in zip(pre, post, reason, strict=True):
        asked[i, j] += 1
        lost[i, j] += r > 0
        worst[i, j] = max(worst[i, j], r)
    assert not matrix.is_binned
    np.testing.assert_array_equal(matrix.asked, asked)
    np.testing.assert_array_equal(matrix.lost, lost)
    np.testing.assert_array_equal(matrix.worst_reason, worst)
    np.testing.assert_allclose(matrix.share_lost[asked > 0], (lost / asked.clip(1))[asked > 0])
    assert np.all(np.isnan(matrix.share_lost) == (asked == 0))


def test_bins_hold_all_synapses_and_as_many_cells_each():
    shape = (1_000, 50)
    pre, post, reason = random_synapses(shape, 3_000)
    matrix = count_connections(shape, pre, post, reason)
    assert matrix.is_binned
    assert matrix.asked.shape == (120, 50)
    assert matrix.asked.sum() == 3_000
    assert matrix.lost.sum() == np.count_nonzero(reason)
    np.testing.assert_array_equal(matrix.asked.sum(axis=0), np.bincount(post, minlength=50))
    everything = count_connections(
        shape, np.arange(1_000), np.zeros(1_000, dtype=int), np.zeros(1_000, dtype=np.uint8)
    )
    assert set(everything.asked[:, 0].tolist()) == {8, 9}


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (500, 500)])
def test_without_synapses(shape):
    nothing = np.zeros(0, dtype=int)
    matrix = count_connections(shape, nothing, nothing, nothing.astype(np.uint8))
    assert matrix.asked.sum() == 0
    assert np.isnan(matrix.share_lost).all()
