"""The offsets of the read-out: found to the error of a mean, and taken off."""

from dataclasses import replace

import numpy as np
import pytest
from measured_chips import DENMEMS, HICANN, WAFER

from pyNN_brainscales_emu.calibration.computed import nominal_calibration
from pyNN_brainscales_emu.calibration.readout_shift import readout_shift
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.hardware.constants import (
    ADC_BITS,
    ADC_FULL_SCALE_V,
    READOUT_NOISE_V,
    READOUT_SHIFT_V,
)
from pyNN_brainscales_emu.measurement.bench import Bench
from pyNN_brainscales_emu.measurement.readout_shift import measure_readout_shift

ALL = np.arange(512)
TRUTH = readout_shift(WAFER, HICANN, ALL)
#: 960 samples, each with noise and the rounding to a step of the converter.
ERROR_V = np.hypot(READOUT_NOISE_V, ADC_FULL_SCALE_V / (2**ADC_BITS - 1) / 12**0.5) / 960**0.5


@pytest.fixture
def bench():
    chip = VirtualHICANN(WAFER, HICANN, "default")
    return Bench(chip, ALL, nominal_calibration(WAFER, HICANN))


def test_measuring_finds_the_offsets_to_the_error_of_a_mean(bench):
    error = measure_readout_shift(bench) - TRUTH
    expected = ERROR_V * np.sqrt(63 / 64)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(expected, rel=4 / np.sqrt(2 * 512))
    assert np.abs(error).max() < 5 * ERROR_V


def test_of_some_denmems_their_blocks_are_measured(bench):
    some = measure_readout_shift(replace(bench, denmem=np.array([3, 300])))
    # Columns 3 and 44: blocks 0 and 1, of both rows.
    measured = np.isin(ALL % 256 // 32, [0, 1])
    assert not some[~measured].any()
    assert some[measured] == pytest.approx(TRUTH[measured], abs=5 * ERROR_V)


def test_the_bench_goes_on_as_if_nothing_had_been_written(bench):
    before = replace(bench)
    measure_readout_shift(bench)
    for each in (before, bench):
        each.write({"I_gl": 1e-6})
    np.testing.assert_array_equal(before.record(1.0), bench.record(1.0))


def test_what_is_known_is_taken_off(bench):
    exact = replace(bench, known=replace(bench.known, readout_shift=TRUTH))
    for each in (bench, exact):
        each.write({"I_gl": 1e-6})
    membrane = 1e-3 * bench.run(10.0).mean(axis=0)
    read, corrected = (each.record(10.0).mean(axis=0) - membrane for each in (bench, exact))
    assert read == pytest.approx(TRUTH, abs=5 * ERROR_V)
    assert corrected == pytest.approx(0.0, abs=5 * ERROR_V)
    assert read.std() > 0.8 * READOUT_SHIFT_V


def test_tied_membranes_settle_where_their_leaks_balance(bench):
    bench = replace(bench, denmem=np.arange(4))
    bench.write({"I_gl": 1e-6}, {"E_l": np.array([300, 420, 360, 480], dtype=np.int32)})
    leak, rest = bench._circuits["I_gl"], bench._circuits["E_l"]
    bench.tie(np.array([0, 0, 1, 1]))
    v = 1e-3 * bench.run(5.0)[-1]
    for pair in (slice(0, 2), slice(2, 4)):
        level = np.sum(rest[pair] / leak[pair]) / np.sum(1 / leak[pair])
        assert v[pair] == pytest.approx(level, abs=1e-5)


def test_the_measured_calibration_has_them(measured):
    found = measured.calibration.readout_shift
    assert found[DENMEMS] == pytest.approx(TRUTH[DENMEMS], abs=5 * ERROR_V)


def test_noise_of_other_chips_is_another_one(bench):
    """The same write and read of the same seed, on other HICANNs and wafers."""
    noise = []
    for wafer, hicann in ((WAFER, HICANN), (WAFER, HICANN + 1), (WAFER + 1, HICANN)):
        other = replace(bench, known=nominal_calibration(wafer, hicann))
        other.write({})
        noise.append(other.read(np.full((200, 512), 800.0, dtype=np.float32)).ravel())
    correlation = np.corrcoef(noise - np.tile(TRUTH, 200))
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 5 / np.sqrt(200 * 512)
