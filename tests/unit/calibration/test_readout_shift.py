"""Offsets of the output amplifiers: spread as published, known as far as they can be measured."""

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.readout_shift import (
    measured_readout_shift,
    readout_shift,
    readout_shifts,
)
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.hardware.constants import READOUT_SHIFT_LIMIT_V, READOUT_SHIFT_V
from pyNN_brainscales_emu.options import Options

HICANN = np.repeat(np.arange(40), 512)
DENMEM = np.tile(np.arange(512), 40)
TRUTH = readout_shift(33, HICANN, DENMEM)


def test_spread_is_the_published_one():
    n = len(TRUTH)
    # What lies beyond three standard deviations is drawn in: 1.2 % less spread.
    assert TRUTH.std() == pytest.approx(0.9933 * READOUT_SHIFT_V, rel=4 / np.sqrt(2 * n))
    assert abs(TRUTH.mean()) < 4 * READOUT_SHIFT_V / np.sqrt(n)
    assert np.abs(TRUTH).max() == READOUT_SHIFT_LIMIT_V


def test_it_belongs_to_the_chip():
    np.testing.assert_array_equal(readout_shift(33, HICANN[::-7], DENMEM[::-7]), TRUTH[::-7])
    others = readout_shift(34, HICANN, DENMEM)
    assert abs(np.corrcoef(others, TRUTH)[0, 1]) < 4 / np.sqrt(len(TRUTH))


def test_what_stays_unknown_is_the_mean_of_the_neuron_block():
    unknown = TRUTH - measured_readout_shift(33, HICANN, DENMEM)
    block = HICANN * 8 + DENMEM % 256 // 32
    for number in (0, 5, 163):
        assert np.ptp(unknown[block == number]) < 1e-15
        assert unknown[block == number][0] == pytest.approx(TRUTH[block == number].mean())
    means = unknown[np.unique(block, return_index=True)[1]]
    assert means.std() == pytest.approx(READOUT_SHIFT_V / 8, rel=4 / np.sqrt(2 * len(means)))


@pytest.mark.parametrize(
    ("options", "known"),
    [
        ({"calibration": "perfect"}, lambda: TRUTH),
        ({"calibration": "nominal"}, lambda: np.zeros(len(TRUTH))),
        ({}, lambda: measured_readout_shift(33, HICANN, DENMEM)),
    ],
    ids=["perfect", "nominal", "default"],
)
def test_what_calibrations_know(options, known):
    truth, found = readout_shifts(Options(**options), HICANN, DENMEM)
    np.testing.assert_array_equal(truth, TRUTH)
    np.testing.assert_array_equal(found, known())


def test_without_fixed_pattern_there_are_none():
    options = Options(effects=Effects.without("fixed_pattern"))
    for values in readout_shifts(options, HICANN, DENMEM):
        assert not values.any()
