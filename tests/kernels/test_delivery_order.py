"""Times become steps, and events are ordered by block of steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu._kernels import stimuli as kernel

DT_MS = 0.1


def steps_of(time_ms, dt_ms=DT_MS):
    out = np.empty(len(time_ms), dtype=np.int64)
    kernel.steps_of(np.asarray(time_ms, dtype=float), 1.0 / dt_ms, out)
    return out


def ordered(offsets, source, time_ms, n_blocks, block_steps=6, first_step=0, n_threads=1):
    block_offsets = np.empty((len(offsets) - 1, n_blocks + 1), dtype=np.int64)
    cursor = np.empty((n_threads, n_blocks + 1), dtype=np.int64)
    source_out, time_out = np.empty_like(source), np.empty_like(time_ms)
    kernel.order_for_delivery(
        offsets, source, time_ms, 1.0 / DT_MS, first_step, block_steps, cursor, block_offsets,
        source_out, time_out, n_threads,
    )  # fmt: skip
    return source_out, time_out, block_offsets


def random_events(rng, sizes, n_sources=20, duration_ms=50.0):
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    source = rng.integers(n_sources, size=offsets[-1]).astype(np.int32)
    time_ms = rng.uniform(0, duration_ms, offsets[-1])
    trial = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort([time_ms, source, trial])
    return offsets, source[order], time_ms[order]


@given(st.integers(0, 10**9), st.sampled_from([0.1, 0.01, 0.025, 1.0, 0.3]))
def test_a_time_on_the_grid_belongs_to_the_step_that_starts_there(step, dt_ms):
    assert steps_of([step * dt_ms, (step + 0.5) * dt_ms], dt_ms).tolist() == [step, step]


def test_a_time_between_grid_points_belongs_to_the_step_before():
    assert steps_of([0.0, 0.0999, 0.1, 0.3, 0.35, -0.01]).tolist() == [0, 0, 1, 3, 3, -1]


def test_events_stand_by_block_source_and_time(rng):
    offsets, source, time_ms = random_events(rng, [300, 0, 500])
    source_out, time_out, blocks = ordered(offsets, source, time_ms, n_blocks=60)
    for trial in range(3):
        part = slice(offsets[trial], offsets[trial + 1])
        block = steps_of(time_ms[part]) // 6
        order = np.lexsort([time_ms[part], source[part], np.minimum(block, 60)])
        np.testing.assert_array_equal(source_out[part], source[part][order])
        np.testing.assert_array_equal(time_out[part], time_ms[part][order])
        starts = offsets[trial] + np.searchsorted(np.sort(block), np.arange(61))
        np.testing.assert_array_equal(blocks[trial], starts)


def test_events_after_the_last_block_come_last_and_early_ones_first():
    offsets, source = np.array([0, 4]), np.arange(4, dtype=np.int32)
    time_ms = np.array([9.0, 0.0, 1.3, 0.7])  # steps 90, 0, 13, 7
    _, time_out, blocks = ordered(offsets, source, time_ms, n_blocks=2, first_step=3)
    assert time_out.tolist() == [0.0, 0.7, 1.3, 9.0]  # blocks: steps 3..8, 9..14
    assert blocks.tolist() == [[0, 2, 3]]


def test_no_events():
    none = np.zeros(0, dtype=np.int32)
    _, _, blocks = ordered(np.zeros(4, dtype=np.int64), none, np.zeros(0), n_blocks=5)
    assert not blocks.any()
    assert blocks.shape == (3, 6)


@pytest.mark.parametrize("n_threads", [2, 3])
def test_any_number_of_threads_gives_the_same(rng, n_threads):
    events = random_events(rng, rng.integers(0, 200, 40))
    for one, many in zip(
        ordered(*events, n_blocks=83),
        ordered(*events, n_blocks=83, n_threads=n_threads),
        strict=True,
    ):
        np.testing.assert_array_equal(one, many)
