"""Strokes of layer-1 lines: they are the buses of the line, and hang together."""

import numpy as np
import pytest
from pictured_networks import pictured_mapping, small_mapping

from pyNN_brainscales_emu.hardware.layer1 import MERGER_LINES
from pyNN_brainscales_emu.hardware.topology import HICANN_GRID, HICANN_X, HICANN_Y
from pyNN_brainscales_emu.mapping.pictures.bus_lines import (
    BUS_OFFSET,
    DRIVER_X,
    DRIVER_Y,
    bus_lines,
)

EPSILON = 1e-9


@pytest.fixture(params=[False, True], ids=["whole", "with defects"])
def mapping(request):
    return pictured_mapping(request.param)


def touches(one, other):
    """Whether two strokes along the axes have a point in common."""
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    high = np.minimum(one.max(axis=0), other.max(axis=0))
    return bool(np.all(low <= high + EPSILON))


def reached(strokes, start):
    """Numbers of the strokes that hang together with the start."""
    point = np.array([start, start])
    found, waiting = set(), [i for i, s in enumerate(strokes) if touches(s, point)]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [i for i, s in enumerate(strokes) if touches(s, strokes[number])]
    return found


def test_every_line_hangs_together_from_its_repeater_to_its_drivers(mapping):
    for line in np.unique(mapping.layer1.segment_line):
        drawn = bus_lines(mapping, np.array([line]))
        strokes = np.concatenate([drawn.buses, drawn.links])
        assert len(drawn.starts) == 1
        assert reached(strokes, drawn.starts[0]) == set(range(len(strokes)))
        for end in np.concatenate([drawn.ends, drawn.blind_ends]):
            assert any(touches(stroke, np.array([end, end])) for stroke in strokes)


def test_strokes_are_the_buses_of_the_line(mapping):
    layer1 = mapping.layer1
    drawn = bus_lines(mapping)
    assert len(drawn.buses) == len(layer1.segment_line)
    np.testing.assert_array_equal(drawn.buses_line, layer1.segment_line)
    is_vertical = layer1.segment_bus >= 64
    middle = drawn.buses.mean(axis=1)
    corner = np.stack([HICANN_X, HICANN_Y], axis=1)[layer1.segment_hicann]
    across = np.where(is_vertical, 0, 1)
    number = np.arange(len(across))
    offset = (middle - corner)[number, across]
    np.testing.assert_allclose(offset, BUS_OFFSET[layer1.segment_bus])
    length = np.ptp(drawn.buses, axis=1)
    assert np.all(length[number, across] < EPSILON)
    assert np.all(length <= 1 + EPSILON)
    inside = (middle >= corner - EPSILON) & (middle <= corner + 1 + EPSILON)
    assert inside.all()


def test_lines_begin_at_their_sending_repeaters(mapping):
    lines = np.unique(mapping.layer1.segment_line)
    drawn = bus_lines(mapping, lines)
    hicann, merger = mapping.lines.hicann[lines], mapping.lines.merger[lines]
    expected = np.stack(
        [HICANN_X[hicann], HICANN_Y[hicann] + BUS_OFFSET[MERGER_LINES[merger]]], axis=1
    )
    np.testing.assert_allclose(sorted(drawn.starts.tolist()), sorted(expected.tolist()))


def test_lines_end_at_the_first_driver_of_every_chain(mapping):
    primary, target = mapping.drivers.route_primary, mapping.layer1.route_target
    is_fed = primary >= 0
    drawn = bus_lines(mapping)
    assert len(drawn.ends) == np.count_nonzero(is_fed)
    assert len(drawn.blind_ends) == np.count_nonzero(~is_fed)
    expected = np.stack(
        [
            HICANN_X[target[is_fed]] + DRIVER_X[primary[is_fed]],
            HICANN_Y[target[is_fed]] + DRIVER_Y[primary[is_fed]],
        ],
        axis=1,
    )
    np.testing.assert_allclose(drawn.ends, expected)
    x, y = np.floor(drawn.ends).astype(int).T
    np.testing.assert_array_equal(HICANN_GRID[y, x], target[is_fed])


def test_targets_that_are_missed_are_told():
    mapping = pictured_mapping(with_defects=True)
    np.testing.assert_array_equal(
        bus_lines(mapping).failed, np.unique(mapping.layer1.failed_target)
    )


def test_without_lines_there_is_nothing():
    drawn = bus_lines(small_mapping())
    assert drawn.buses.shape == drawn.links.shape == (0, 2, 2)
    assert len(drawn.starts) == len(drawn.ends) == len(drawn.failed) == 0
