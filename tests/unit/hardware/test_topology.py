import numpy as np
import pytest

from pyNN_brainscales_emu.hardware import topology
from pyNN_brainscales_emu.hardware.constants import (
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
    RETICLES_PER_WAFER,
)
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_ADC_GROUP,
    HICANN_DISTANCE,
    HICANN_FPGA,
    HICANN_GRID,
    HICANN_RETICLE,
    HICANN_X,
    HICANN_Y,
    NEIGHBOURS,
    RETICLE_FPGA,
    RETICLE_GRID,
    SPIRAL_ORDER,
    nearest_hicann,
    spiral_order,
)


def test_number_of_components():
    assert len(HICANN_X) == len(HICANN_Y) == HICANNS_PER_WAFER == 384
    assert len(RETICLE_FPGA) == RETICLES_PER_WAFER == 48


def test_hicanns_of_each_row():
    counts = [12, 12, 20, 20, 28, 28, 36, 36, 36, 36, 28, 28, 20, 20, 12, 12]
    np.testing.assert_array_equal(np.bincount(HICANN_Y), counts)
    np.testing.assert_array_equal((RETICLE_GRID >= 0).sum(axis=1), [3, 5, 7, 9, 9, 7, 5, 3])


@pytest.mark.parametrize(
    ("number", "x", "y"),
    [
        (0, 12, 0),
        (11, 23, 0),
        (12, 12, 1),
        (24, 8, 2),
        (64, 4, 4),
        (120, 0, 6),
        (155, 35, 6),
        (263, 35, 9),
        (264, 4, 10),
        (372, 12, 15),
        (383, 23, 15),
    ],
)
def test_places_of_single_hicanns(number, x, y):
    assert (HICANN_X[number], HICANN_Y[number]) == (x, y)
    assert HICANN_GRID[y, x] == number


def test_hicanns_are_numbered_row_by_row():
    place = HICANN_Y * 36 + HICANN_X
    assert np.all(np.diff(place) > 0)


def test_a_reticle_is_four_by_two_hicanns():
    np.testing.assert_array_equal(np.bincount(HICANN_RETICLE), 8)
    for reticle in range(RETICLES_PER_WAFER):
        members = reticle == HICANN_RETICLE
        assert len(np.unique(HICANN_X[members])) == 4
        assert len(np.unique(HICANN_Y[members])) == 2


@pytest.mark.parametrize(
    ("x", "y", "fpga"),
    [
        (12, 0, 12),  # the first reticle
        (23, 1, 11),  # the third
        (8, 2, 16),  # first of the second row
        (0, 6, 22),  # westernmost of the widest rows
        (35, 6, 1),
        (18, 7, 5),  # the middle: reticle (4, 3)
        (0, 9, 25),
        (35, 8, 46),
        (12, 15, 33),
        (23, 15, 35),
    ],
)
def test_fpga_of_single_hicanns(x, y, fpga):
    assert HICANN_FPGA[HICANN_GRID[y, x]] == fpga


def test_six_groups_of_eight_reticles_share_converters():
    assert np.bincount(HICANN_ADC_GROUP).tolist() == 6 * [64]
    for reticle in range(RETICLES_PER_WAFER):
        assert len(np.unique(HICANN_ADC_GROUP[reticle == HICANN_RETICLE])) == 1


@pytest.mark.parametrize(
    ("x", "y", "group"),
    [
        (12, 0, 0),
        (8, 2, 1),
        (24, 4, 0),
        (18, 7, 2),
        (18, 8, 4),
        (0, 9, 3),
        (24, 10, 5),
        (23, 15, 5),
    ],
)
def test_groups_of_single_hicanns(x, y, group):
    assert HICANN_ADC_GROUP[HICANN_GRID[y, x]] == group


def test_every_fpga_serves_one_reticle():
    np.testing.assert_array_equal(np.sort(RETICLE_FPGA), np.arange(FPGAS_PER_WAFER))


def test_neighbours_are_one_step_away_and_mutual():
    steps = {
        topology.NORTH: (0, -1),
        topology.EAST: (1, 0),
        topology.SOUTH: (0, 1),
        topology.WEST: (-1, 0),
    }
    for side, (dx, dy) in steps.items():
        here = np.flatnonzero(NEIGHBOURS[:, side] >= 0)
        there = NEIGHBOURS[here, side]
        np.testing.assert_array_equal(HICANN_X[there], HICANN_X[here] + dx)
        np.testing.assert_array_equal(HICANN_Y[there], HICANN_Y[here] + dy)
        np.testing.assert_array_equal(NEIGHBOURS[there, (side + 2) % 4], here)


def test_neighbours_at_the_rim():
    np.testing.assert_array_equal(NEIGHBOURS[0], [-1, 1, 12, -1])
    np.testing.assert_array_equal(NEIGHBOURS[383], [371, -1, -1, 382])
    # Each of the 16 rows ends in the west and east, each of the 36 columns in north and south.
    np.testing.assert_array_equal((NEIGHBOURS < 0).sum(axis=0), [36, 16, 36, 16])


def test_spiral_starts_in_the_middle_and_goes_clockwise_round_it():
    places = [(int(HICANN_X[h]), int(HICANN_Y[h])) for h in SPIRAL_ORDER[:10]]
    assert places == [
        (18, 7),
        *((18, 6), (19, 6), (19, 7), (19, 8), (18, 8), (17, 8), (17, 7), (17, 6)),
        (18, 5),
    ]


def test_spiral_visits_every_hicann_once_ring_by_ring():
    np.testing.assert_array_equal(np.sort(SPIRAL_ORDER), np.arange(384))
    ring = np.maximum(np.abs(HICANN_X - 18), np.abs(HICANN_Y - 7))[SPIRAL_ORDER]
    assert np.all(np.diff(ring) >= 0)
    np.testing.assert_array_equal(np.bincount(ring)[:6], [1, 8, 16, 24, 32, 40])


def test_spiral_about_another_middle():
    assert spiral_order(0, 6)[0] == HICANN_GRID[6, 0]


def test_distance_counts_steps_along_rows_and_columns():
    a, b = HICANN_GRID[0, 12], HICANN_GRID[15, 23]
    assert HICANN_DISTANCE[a, b] == 11 + 15
    np.testing.assert_array_equal(np.diag(HICANN_DISTANCE), 0)
    east = NEIGHBOURS[:, topology.EAST]
    np.testing.assert_array_equal(HICANN_DISTANCE[np.flatnonzero(east >= 0), east[east >= 0]], 1)
    np.testing.assert_array_equal(HICANN_DISTANCE, HICANN_DISTANCE.T)
    assert HICANN_DISTANCE.max() == HICANN_DISTANCE[HICANN_GRID[6, 0], HICANN_GRID[9, 35]] == 38


def test_nearest_hicann():
    np.testing.assert_array_equal(
        nearest_hicann(HICANN_X.astype(float), HICANN_Y.astype(float)), np.arange(384)
    )
    # The corner of the grid is empty; (0, 6), (4, 4), (8, 2) are 6, 8 and 10 steps away.
    assert nearest_hicann(np.array([0.0]), np.array([0.0]))[0] == HICANN_GRID[6, 0]
    assert nearest_hicann(np.array([17.6]), np.array([7.4]))[0] == HICANN_GRID[7, 18]


def test_tables_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        HICANN_X[0] = 1
