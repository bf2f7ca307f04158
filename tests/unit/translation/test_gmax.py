import numpy as np
import pytest

from pyNN_brainscales_emu.translation.gmax import LEVELS_S, available_strengths, choose_rows

TOP = LEVELS_S[-1]


def test_weight_curve():
    """94 nS at weight 0, which is not off, to 955 nS at weight 15."""
    nS = 1e9 * LEVELS_S
    assert len(nS) == 16
    assert nS[0] == pytest.approx(93.9406513768)
    assert nS[15] == pytest.approx(954.7, abs=0.05)
    assert nS[7] == pytest.approx(93.9406513768 + 7 * 81.3443474483 - 49 * 1.59734048208)
    assert (np.diff(nS) > 0).all()


def test_strengths():
    table = available_strengths()
    assert (np.diff(table.strength) > 1e-6).all()
    assert table.strength[0] == pytest.approx(200 / 500 * 22 / 30)
    assert table.strength[-1] == pytest.approx(650 / 500 * 22 / 2)
    assert table.divisor.min() == 2
    assert table.divisor.max() == 30
    assert set(table.selector) == {0, 1, 2, 3}


@pytest.mark.parametrize(("factor", "gmax_nA", "divisor"), [(12.1, 550, 2), (3.575, 650, 8)])
def test_other_settings_of_the_original_defaults(factor, gmax_nA, divisor):
    """550 nA at divisor 1 + 1 and 650 nA at 4 + 4."""
    table = available_strengths()
    gmax = np.array([500, 550, 650, 200])[table.selector]
    where = np.flatnonzero((gmax == gmax_nA) & (table.divisor == divisor))
    assert table.strength[where] == pytest.approx([factor])


def test_rows_take_the_smallest_strength_that_suffices():
    table = available_strengths().strength
    largest = TOP * np.array([0.01, 1.0, 1.0001, 5.0, 14.3, 20.0])
    chosen = choose_rows(largest, np.full(6, np.nan)).strength
    for asked, strength in zip(largest[:5] / TOP, chosen[:5], strict=True):
        assert strength >= asked * (1 - 1e-9)
        assert not ((table < strength) & (table >= asked)).any()
    assert chosen[5] == table[-1]


def test_a_full_scale_takes_the_nearest_strength():
    table = available_strengths().strength
    asked = np.array([0.1, 1.0, 2.9, 5.7, 13.0, 30.0])
    chosen = choose_rows(np.full(6, 1e-9), asked * TOP).strength
    nearest = table[np.abs(table[:, None] - asked).argmin(axis=0)]
    np.testing.assert_array_equal(chosen, nearest)


def test_rows_without_weight_take_the_default_curve():
    setting = choose_rows(np.zeros(1), np.full(1, np.nan))
    assert setting.strength[0] == 1.0
    assert (setting.gmax_selector[0], setting.gmax_divisor[0]) == (0, 22)
    assert len(choose_rows(np.zeros(0), np.zeros(0)).strength) == 0
