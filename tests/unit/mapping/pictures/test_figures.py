"""How pictures write numbers and choose limits."""

import numpy as np
import pytest

from pyNN_brainscales_emu.mapping.pictures.figures import (
    alternating,
    counted,
    in_words,
    percent,
    round_limit,
    sequential_map,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (980, "980"), (22_445, "22 445"), (4_030_000, "4.03 M"), (430_040_000, "430 M")],
)
def test_counts(number, text):
    assert in_words(number).replace("\N{NO-BREAK SPACE}", " ") == text


def test_nouns():
    assert counted(1, "HICANN") == "1 HICANN"
    assert counted(0, "HICANN") == "0 HICANNs"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "0 %"),
        (0, 10, "0 %"),
        (1, 3, "33.3 %"),
        (1, 2_000, "0.05 %"),
        (3, 3, "100 %"),
        (99_999, 100_000, "> 99.9 %"),
    ],
)
def test_shares(part, whole, text):
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("largest", "limit"),
    [(0.0, 1.0), (np.nan, 1.0), (100.0, 100.0), (3.2, 4.0), (0.0123, 0.015), (1.01, 1.5)],
)
def test_limits(largest, limit):
    assert round_limit(largest) == pytest.approx(limit)


def test_maps_grow_darker():
    for name in ("YlGnBu", "YlOrRd"):
        for fade in (0.0, 0.7):
            colours = sequential_map(name, fade)(np.linspace(0, 1, 50))[:, :3]
            luminance = colours @ [0.2126, 0.7152, 0.0722]
            assert np.all(np.diff(luminance) < 1e-9)


def test_colours_repeat():
    colours = alternating()(np.arange(14))
    assert len(np.unique(colours, axis=0)) == 6
    np.testing.assert_array_equal(colours[:6], colours[6:12])
