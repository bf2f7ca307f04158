"""Events by block, with their times in steps."""

import numpy as np
import pytest

from pyNN_brainscales_emu.emulator.delivery import order_for_delivery


def ordered(time_ms, source=None, offsets=None, **options):
    time_ms = np.array(time_ms)
    source = np.arange(len(time_ms)) if source is None else source
    offsets = [0, len(time_ms)] if offsets is None else offsets
    known = {"dt_ms": 0.1, "first_step": 0, "block_steps": 10, "n_blocks": 3, "n_threads": 1}
    return order_for_delivery(
        np.array(offsets), np.array(source, dtype=np.int32), time_ms, **known | options
    )


def test_events_of_a_block_stand_together_with_times_in_steps():
    blocks = ordered([2.55, 0.31, 1.0, 0.05])
    assert blocks.source.tolist() == [1, 3, 2, 0]
    assert blocks.time_steps.tolist() == pytest.approx([3.1, 0.5, 10.0, 25.5])
    assert blocks.start.tolist() == [[0, 2, 3, 4]]


def test_events_behind_the_last_block_stand_at_the_end():
    blocks = ordered([9.0, 0.3], n_blocks=1)
    assert blocks.start.tolist() == [[0, 1]]
    assert blocks.time_steps.tolist() == pytest.approx([3.0, 90.0])


def test_blocks_may_begin_later():
    blocks = ordered([2.05, 3.95], first_step=20, n_blocks=2)
    assert blocks.start.tolist() == [[0, 1, 2]]


def test_each_trial_has_its_own_blocks():
    blocks = ordered([1.5, 0.5, 0.2], source=[0, 1, 0], offsets=[0, 2, 2, 3], n_threads=2)
    assert blocks.start.tolist() == [[0, 1, 2, 2], [2, 2, 2, 2], [2, 3, 3, 3]]
    assert blocks.time_steps.tolist() == pytest.approx([5.0, 15.0, 2.0])


def test_a_time_on_the_grid_keeps_its_step_through_rounding():
    blocks = ordered([0.1 * 3, 0.7], block_steps=1, n_blocks=8)
    assert np.diff(blocks.start[0]).tolist() == [0, 0, 0, 1, 0, 0, 0, 1]
