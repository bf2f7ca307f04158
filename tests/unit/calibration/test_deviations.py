from dataclasses import replace

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.deviations import (
    CELL_NUMBER,
    cell_deviations,
    row_deviations,
    synapse_deviations,
)
from pyNN_brainscales_emu.calibration.variation import PROFILES

N = 40_000
PROFILE = replace(PROFILES["wafer30_normal"], fixed_share=0.3)
HICANN, DENMEM = np.divmod(np.arange(N), 512)
# Four standard errors of a standard deviation, of a mean and of a correlation of N numbers.
SD_TOLERANCE = 4 / np.sqrt(2 * N)
MEAN_TOLERANCE = 4 / np.sqrt(N)


def draw(cell="E_l", *, wafer=None, write=None):
    return cell_deviations(PROFILE, cell, HICANN, DENMEM, wafer=wafer, write=write)


def assert_uncorrelated(a, b):
    assert abs(np.corrcoef(a, b)[0, 1]) < MEAN_TOLERANCE


@pytest.mark.parametrize(
    ("wafer", "write", "variance"), [(33, (1, 0), 1.0), (33, None, 0.3), (None, (1, 0), 0.7)]
)
def test_spread_is_the_share_that_is_on(wafer, write, variance):
    drawn = draw(wafer=wafer, write=write) / np.sqrt(variance)
    assert abs(drawn.std() - 1.0) < SD_TOLERANCE
    assert abs(drawn.mean()) < MEAN_TOLERANCE


def test_without_either_part_there_is_no_deviation():
    np.testing.assert_array_equal(draw(), np.zeros(N))


def test_parts_add_up_and_do_not_change_each_other():
    both = draw(wafer=33, write=(1, 0))
    np.testing.assert_allclose(both, draw(wafer=33) + draw(write=(1, 0)), rtol=0, atol=1e-15)
    assert_uncorrelated(draw(wafer=33), draw(write=(1, 0)))


def test_fixed_pattern_belongs_to_wafer_cell_and_place():
    np.testing.assert_array_equal(draw(wafer=33), draw(wafer=33))
    assert_uncorrelated(draw(wafer=33), draw(wafer=34))
    assert_uncorrelated(draw("E_l", wafer=33), draw("V_t", wafer=33))
    some = slice(100, 130)
    alone = cell_deviations(PROFILE, "E_l", HICANN[some], DENMEM[some], wafer=33)
    np.testing.assert_array_equal(alone, draw(wafer=33)[some])


def test_trial_to_trial_belongs_to_seed_write_and_place():
    np.testing.assert_array_equal(draw(write=(1, 5)), draw(write=(1, 5)))
    assert_uncorrelated(draw(write=(1, 5)), draw(write=(1, 6)))
    assert_uncorrelated(draw(write=(1, 5)), draw(write=(2, 5)))


def test_all_cells_are_independent():
    drawn = np.array([draw(cell, wafer=33) for cell in CELL_NUMBER])
    correlations = np.corrcoef(drawn)[np.triu_indices(len(drawn), 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(N)  # 91 pairs


def test_synapses_and_rows_have_their_spread():
    identity = np.arange(N, dtype=np.uint64) << np.uint64(40)
    synapses = synapse_deviations(PROFILE, 33, identity)
    rows = row_deviations(PROFILE, 33, np.arange(N, dtype=np.uint64))
    assert abs(synapses.std() / PROFILE.synapse_sigma - 1) < SD_TOLERANCE
    assert abs(rows.std() / PROFILE.row_sigma - 1) < SD_TOLERANCE
    assert_uncorrelated(synapses, synapse_deviations(PROFILE, 34, identity))
    assert_uncorrelated(synapses, synapse_deviations(PROFILE, 33, identity, 1))
    assert_uncorrelated(synapses, rows)


def test_drawing_in_blocks_does_not_show():
    identity = np.arange(N, dtype=np.uint64)
    drawn = synapse_deviations(PROFILE, 33, identity, identity % 7)
    some = slice(16_000, 17_000)
    np.testing.assert_array_equal(
        drawn[some], synapse_deviations(PROFILE, 33, identity[some], identity[some] % 7)
    )
    assert len(row_deviations(PROFILE, 33, np.zeros(0, dtype=np.uint64))) == 0
