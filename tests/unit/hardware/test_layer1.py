"""The tables of layer 1 against the formulas and counts of the hardware's documentation."""

import numpy as np
import pytest

from pyNN_brainscales_emu.hardware import layer1
from pyNN_brainscales_emu.hardware.layer1 import (
    CROSSBAR,
    CROSSBAR_H_LINES,
    CROSSBAR_V_LINES,
    DRIVER_SIDE,
    H_LINE_ONWARD,
    H_REPEATER_BORDER,
    LEFT,
    MERGER_LINES,
    NEIGHBOUR_DRIVER_LINES,
    OWN_DRIVER_LINES,
    RIGHT,
    SENDING_LINES,
    SYNAPSE_SWITCH,
    V_LINE_DRIVER_GROUP,
    V_LINE_NEIGHBOUR,
    V_LINE_ONWARD,
    V_LINE_SIDE,
    V_REPEATER_BORDER,
)
from pyNN_brainscales_emu.hardware.topology import EAST, NORTH, SOUTH, WEST


def test_the_crossbar_follows_its_formula():
    for h in range(64):
        v_lines = [31 - h // 2 + 32 * k for k in range(4)]
        v_lines += [128 + h // 2 + 32 * k for k in range(4)]
        assert CROSSBAR_V_LINES[h].tolist() == v_lines
        assert np.flatnonzero(CROSSBAR[h]).tolist() == v_lines


def test_the_crossbar_has_512_switches_two_for_each_v_line():
    assert CROSSBAR.sum() == 512
    for v in range(256):
        assert CROSSBAR_H_LINES[v].tolist() == np.flatnonzero(CROSSBAR[:, v]).tolist()
    assert CROSSBAR_H_LINES.shape == (256, 2)


@pytest.mark.parametrize(
    ("v_line", "rows"),
    [
        # halco lists the switches of a line as 0, 1, 16, 17, ... and 126, 127, ..., 222, 223
        (0, [0, 1, 16, 17, 32, 33, 48, 49, 64, 65, 80, 81, 96, 97]),
        (5, [2, 3, 18, 19, 34, 35, 50, 51, 66, 67, 82, 83, 98, 99]),
        (128, [14, 15, 30, 31, 46, 47, 62, 63, 78, 79, 94, 95, 110, 111]),
    ],
)
def test_synapse_switches_of_a_line_mirror_about_the_middle(v_line, rows):
    mirrored = sorted(223 - row for row in rows)
    assert np.flatnonzero(SYNAPSE_SWITCH[v_line]).tolist() == rows + mirrored


def test_counts_of_synapse_switches():
    assert (SYNAPSE_SWITCH.sum(axis=0) == 32).all()
    assert (SYNAPSE_SWITCH[:128].sum(axis=0) == 16).all()
    assert (SYNAPSE_SWITCH.sum(axis=1) == 28).all()


def test_drivers_sit_left_on_odd_lines_above_and_on_even_lines_below():
    assert (DRIVER_SIDE[1:112:2] == LEFT).all()
    assert (DRIVER_SIDE[0:112:2] == RIGHT).all()
    assert (DRIVER_SIDE[112::2] == LEFT).all()
    assert (DRIVER_SIDE[113::2] == RIGHT).all()


def test_a_v_line_reaches_seven_drivers_above_and_below_on_either_chip():
    for lines in (OWN_DRIVER_LINES, NEIGHBOUR_DRIVER_LINES):
        assert lines.shape == (256, 14)
        assert ((lines < 112).sum(axis=1) == 7).all()
    assert (DRIVER_SIDE[OWN_DRIVER_LINES] == V_LINE_SIDE[:, np.newaxis]).all()
    assert (DRIVER_SIDE[NEIGHBOUR_DRIVER_LINES] == 1 - V_LINE_SIDE[:, np.newaxis]).all()
    assert V_LINE_NEIGHBOUR.tolist() == [WEST] * 128 + [EAST] * 128


def test_every_driver_is_reached_by_sixteen_lines_of_its_chip_and_sixteen_of_the_neighbour():
    np.testing.assert_array_equal(np.bincount(OWN_DRIVER_LINES.ravel()), np.full(224, 16))
    np.testing.assert_array_equal(np.bincount(NEIGHBOUR_DRIVER_LINES.ravel()), np.full(224, 16))


def test_v_lines_of_a_group_and_only_they_share_drivers():
    assert np.bincount(V_LINE_DRIVER_GROUP).tolist() == [16] * layer1.DRIVER_GROUPS == [16] * 16
    for group in range(16):
        members = OWN_DRIVER_LINES[V_LINE_DRIVER_GROUP == group]
        assert (members == members[0]).all()
    assert len(np.unique(OWN_DRIVER_LINES, axis=0)) == 16


def test_lines_shift_by_two_and_come_back():
    lines = np.arange(64)
    assert H_LINE_ONWARD[0].tolist() == [-1, 2, -1, 62]
    assert (H_LINE_ONWARD[H_LINE_ONWARD[:, EAST], WEST] == lines).all()
    assert V_LINE_ONWARD[0].tolist() == [2, -1, 126, -1]
    assert V_LINE_ONWARD[127, NORTH] == 1
    assert V_LINE_ONWARD[128].tolist() == [254, -1, 130, -1]
    assert V_LINE_ONWARD[255, SOUTH] == 129
    assert (V_LINE_ONWARD[V_LINE_ONWARD[:, NORTH], SOUTH] == np.arange(256)).all()
    assert (V_LINE_SIDE[V_LINE_ONWARD[:, SOUTH]] == V_LINE_SIDE).all()


def test_repeaters_alternate_between_the_borders():
    assert H_REPEATER_BORDER.tolist() == [WEST, EAST] * 32
    assert V_REPEATER_BORDER.tolist() == [SOUTH, NORTH] * 64 + [NORTH, SOUTH] * 64


def test_a_line_has_one_repeater_at_each_border():
    # Where a line has no repeater of its own, its continuation on the neighbour has one.
    for onward, border, ways in (
        (H_LINE_ONWARD, H_REPEATER_BORDER, (WEST, EAST)),
        (V_LINE_ONWARD, V_REPEATER_BORDER, (NORTH, SOUTH)),
    ):
        for here, back in (ways, ways[::-1]):
            assert ((border == here) != (border[onward[:, here]] == back)).all()


def test_sending_repeaters_stand_on_every_eighth_line_on_the_left():
    assert SENDING_LINES.tolist() == [6, 14, 22, 30, 38, 46, 54, 62]
    assert (H_REPEATER_BORDER[SENDING_LINES] == WEST).all()


def test_dnc_merger_m_feeds_sending_repeater_7_minus_m():
    assert MERGER_LINES.tolist() == [62, 54, 46, 38, 30, 22, 14, 6]


@pytest.mark.parametrize(
    "name", [name for name in dir(layer1) if isinstance(getattr(layer1, name), np.ndarray)]
)
def test_tables_are_read_only(name):
    if not name.startswith("_"):
        assert not getattr(layer1, name).flags.writeable
