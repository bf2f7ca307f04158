"""Offsets of the output amplifiers: spread as published, known as far as they can be measured."""

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.readout_shift import readout_shift
from pyNN_brainscales_emu.calibration.sources import calibration_for
from pyNN_brainscales_emu.calibration.storage import save_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.hardware.constants import READOUT_SHIFT_LIMIT_V, READOUT_SHIFT_V
from pyNN_brainscales_emu.hardware.neuron_blocks import neuron_block
from pyNN_brainscales_emu.options import Options

HICANN = np.repeat(np.arange(40), 512)
DENMEM = np.tile(np.arange(512), 40)
TRUTH = readout_shift(33, HICANN, DENMEM)


def test_spread_is_the_published_one():
    n = len(TRUTH)
    # What lies beyond three standard deviations is drawn in (1.2 % less spread), and one of 64
    # degrees of freedom goes into the mean of the block.
    expected = 0.9933 * np.sqrt(63 / 64) * READOUT_SHIFT_V
    assert TRUTH.std() == pytest.approx(expected, rel=4 / np.sqrt(2 * n))
    assert np.abs(TRUTH).max() == pytest.approx(READOUT_SHIFT_LIMIT_V, abs=READOUT_SHIFT_V / 2)


def test_it_belongs_to_the_chip():
    np.testing.assert_array_equal(readout_shift(33, HICANN[::-7], DENMEM[::-7]), TRUTH[::-7])
    others = readout_shift(34, HICANN, DENMEM)
    assert abs(np.corrcoef(others, TRUTH)[0, 1]) < 4 / np.sqrt(len(TRUTH))


def test_the_mean_offset_of_a_neuron_block_is_zero():
    block = HICANN * 8 + neuron_block(DENMEM)
    assert np.bincount(block, TRUTH) / 64 == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(
    ("options", "known"),
    [
        ({"calibration": "perfect"}, TRUTH),
        ({"calibration": "nominal"}, np.zeros(len(TRUTH))),
        ({}, TRUTH),
        ({"effects": Effects.without("fixed_pattern")}, np.zeros(len(TRUTH))),
    ],
    ids=["perfect", "nominal", "default", "no fixed pattern"],
)
def test_what_calibrations_know(options, known):
    calibration = calibration_for(Options(**options))
    np.testing.assert_array_equal(calibration.readout_shift(HICANN, DENMEM), known)
    of_hicann = calibration.hicann(3).readout_shift
    np.testing.assert_array_equal(of_hicann, known[3 * 512 : 4 * 512])


def test_a_file_knows_what_is_in_it(tmp_path):
    pytest.importorskip("h5py")
    known = [default_calibration(VirtualHICANN(33, number, "default")) for number in (7, 3)]
    path = tmp_path / "two.h5"
    save_calibration(path, known, "default")
    calibration = calibration_for(Options(calibration=str(path)))
    hicann, denmem = np.array([7, 3, 7, 3]), np.array([0, 511, 100, 0])
    found = calibration.readout_shift(hicann, denmem)
    np.testing.assert_array_equal(found, readout_shift(33, hicann, denmem))
    assert calibration.readout_shift(hicann[:0], denmem[:0]).shape == (0,)


def test_a_chip_without_fixed_pattern_has_none():
    assert not VirtualHICANN(33, 3, "default", fixed_pattern=False).readout_shift([0, 5]).any()
