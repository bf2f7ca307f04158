import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.deviations import (
    CELL_NUMBER,
    calibration_draws,
    pattern_draws,
    row_deviations,
    synapse_deviations,
    write_draws,
)
from pyNN_brainscales_emu.calibration.variation import PROFILES

N = 40_000
PROFILE = PROFILES["wafer30_normal"]
HICANN, DENMEM = np.divmod(np.arange(N), 512)
# Four standard errors of a standard deviation, of a mean and of a correlation of N numbers.
SD_TOLERANCE = 4 / np.sqrt(2 * N)
MEAN_TOLERANCE = 4 / np.sqrt(N)


def pattern(cell="E_l", wafer=33, component=0):
    return pattern_draws(wafer, cell, component, HICANN, DENMEM)


def write(seed=1, number=0, cell="E_l", wafer=33):
    return write_draws(wafer, (seed, number), cell, HICANN, DENMEM)


def assert_uncorrelated(a, b):
    assert abs(np.corrcoef(a, b)[0, 1]) < MEAN_TOLERANCE


@pytest.mark.parametrize("draw", [pattern, write])
def test_draws_are_standard_normal(draw):
    drawn = draw()
    assert abs(drawn.std() - 1.0) < SD_TOLERANCE
    assert abs(drawn.mean()) < MEAN_TOLERANCE


def test_fixed_pattern_belongs_to_wafer_cell_component_and_place():
    np.testing.assert_array_equal(pattern(), pattern())
    assert_uncorrelated(pattern(), pattern(wafer=34))
    assert_uncorrelated(pattern(), pattern("V_t"))
    assert_uncorrelated(pattern(), pattern(component=1))
    assert_uncorrelated(pattern(), write(seed=33))
    some = slice(100, 130)
    alone = pattern_draws(33, "E_l", 0, HICANN[some], DENMEM[some])
    np.testing.assert_array_equal(alone, pattern()[some])


def test_trial_to_trial_belongs_to_wafer_seed_write_and_place():
    np.testing.assert_array_equal(write(1, 5), write(1, 5))
    assert_uncorrelated(write(1, 5), write(1, 6))
    assert_uncorrelated(write(1, 5), write(2, 5))
    assert_uncorrelated(write(1, 5), write(1, 5, cell="V_t"))
    assert_uncorrelated(write(1, 5), write(1, 5, wafer=34))
    assert_uncorrelated(write(1, 5, wafer=2**31 - 1), write(1, 5, wafer=2**30 - 1))


def test_all_cells_and_components_are_independent():
    drawn = np.array([pattern(cell, component=c) for cell in CELL_NUMBER for c in (0, 1)])
    correlations = np.corrcoef(drawn)[np.triu_indices(len(drawn), 1)]
    assert np.abs(correlations).max() < 5.5 / np.sqrt(N)  # 378 pairs


def test_points_of_a_calibration_are_independent_and_belong_to_the_chip():
    denmem = np.arange(512)
    drawn = calibration_draws(33, "E_l", 8, np.full(512, 297), denmem)
    assert drawn.shape == (8, 512)
    assert abs(drawn.std() - 1.0) < 4 / np.sqrt(2 * drawn.size)
    assert np.abs(np.corrcoef(drawn)[np.triu_indices(8, 1)]).max() < 5 / np.sqrt(512)
    np.testing.assert_array_equal(drawn, calibration_draws(33, "E_l", 8, np.full(512, 297), denmem))
    for other in (
        calibration_draws(34, "E_l", 8, np.full(512, 297), denmem),
        calibration_draws(33, "E_l", 8, np.full(512, 1), denmem),
    ):
        assert abs(np.corrcoef(drawn.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(drawn.size)


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
