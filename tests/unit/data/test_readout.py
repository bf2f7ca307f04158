"""What the converter makes of membranes: codes, times of the samples, noise, offsets."""

import numpy as np
import pytest

from pyNN_brainscales_emu.data.readout import HardwareReadout, SampleClock, digitise
from pyNN_brainscales_emu.hardware.constants import READOUT_NOISE_V
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.mapping.analog_outputs import AnalogOutputs

SCALING = Scaling(10.0, 1.2, 10_000.0)
STEP_MV = 1.8 / 4095 / 10.0 * 1e3
NOISE_MV = READOUT_NOISE_V / 10.0 * 1e3
CLOCK = SampleClock(0.1, 10_000.0)
CELLS = np.array([4, 9, 30])


def codes(v, bits=12):
    return (np.asarray(v, dtype=float) * 1e-3 * 10.0 + 1.2) / (1.8 / (2**bits - 1))


def test_values_lie_on_the_grid_of_the_converter_within_half_a_step():
    v = np.linspace(-110.0, 50.0, 10_001)
    seen = digitise(v, SCALING)
    assert np.abs(seen - v).max() <= STEP_MV / 2 * (1 + 1e-9)
    np.testing.assert_allclose(codes(seen), np.rint(codes(seen)), atol=1e-6)


def test_ten_bits_are_four_times_as_coarse():
    v = np.linspace(-110.0, 50.0, 10_001)
    seen = digitise(v, SCALING, 10)
    np.testing.assert_allclose(codes(seen, 10), np.rint(codes(seen, 10)), atol=1e-6)
    assert len(np.unique(np.rint(codes(seen, 10)))) == round(1.6 / 1.8 * 1023) + 1
    assert np.abs(seen - v).max() == pytest.approx(STEP_MV / 2 * 4095 / 1023, rel=0.05)


def test_range_is_0_to_1v8():
    np.testing.assert_allclose(digitise(np.array([-500.0, 500.0]), SCALING), [-120.0, 60.0])


def test_nan_and_type_stay():
    seen = digitise(np.array([np.nan, -65.0], dtype=np.float32), SCALING)
    assert seen.dtype == np.float32
    assert np.isnan(seen[0])
    assert np.isfinite(seen[1])


class TestClock:
    def test_96_mhz_of_hardware_time(self):
        assert CLOCK.period_ms == pytest.approx(1 / 9.6, rel=1e-15)
        assert SampleClock(0.1, 1000.0).period_ms == pytest.approx(1 / 96, rel=1e-15)

    @pytest.mark.parametrize(
        ("interval", "every"), [(0.1, 1), (0.01, 1), (0.2, 2), (1.0, 10), (10.0, 96)]
    )
    def test_the_nearest_multiple_of_its_period(self, interval, every):
        assert SampleClock.nearest(interval, 0.1, 10_000.0).every == every

    def test_numbers_of_samples(self):
        # 48 samples every 5 ms; the one at 5 ms is in both windows, as with every signal.
        assert (CLOCK.end(0), CLOCK.end(1), CLOCK.end(2), CLOCK.end(50)) == (1, 1, 2, 49)
        assert (CLOCK.first(0.0), CLOCK.first(0.1), CLOCK.first(5.0)) == (0, 1, 48)
        assert CLOCK.end(10_000_000) == 9_600_001
        assert CLOCK.first(1e6) == 9_600_000

    def test_samples_lie_on_a_straight_line(self):
        line = 3.0 - 0.25 * np.arange(101)[:, np.newaxis] * [1.0, 2.0]
        seen = CLOCK.sample(line, 0)
        t = np.arange(97) / 9.6
        np.testing.assert_allclose(seen, 3.0 - 2.5 * t[:, np.newaxis] * [1.0, 2.0], rtol=1e-12)

    def test_samples_on_a_step_are_the_step_s_value(self):
        v = np.random.default_rng(1).normal(size=(501, 1)).astype(np.float32)
        seen = CLOCK.sample(v, 0)
        np.testing.assert_array_equal(seen[::24], v[::25])

    def test_a_window_has_the_bits_of_the_whole(self):
        v = np.random.default_rng(1).normal(size=(2001, 2)).astype(np.float32)
        whole = CLOCK.sample(v, 0)
        for steps in (0, 1, 25, 777, 2000):
            np.testing.assert_array_equal(
                CLOCK.sample(v[: steps + 1], 0), whole[: CLOCK.end(steps)]
            )
        np.testing.assert_array_equal(CLOCK.sample(v, 333), whole[333:])


def readout(truth=0.0, known=0.0, **changes):
    n = len(CELLS)
    place = np.zeros(n, dtype=np.int32)
    nothing = np.zeros(0, dtype=np.int64)
    outputs = AnalogOutputs(
        CELLS, place, place, np.arange(n, dtype=np.int32), nothing, nothing.astype(np.uint8)
    )
    return HardwareReadout(
        outputs, np.full(n, truth), np.full(n, known), SCALING, seed=7, **changes
    )


def constant(v, n_steps=2000, n=3, dtype=np.float64):
    return np.full((n_steps + 1, n), v, dtype=dtype)


class TestReadout:
    def test_noise_is_white_and_as_wide_as_the_constant_says(self):
        seen = readout().read(constant(-60.0, 20_000), CELLS, CLOCK, 0, 0)
        n = seen.size
        expected = np.hypot(NOISE_MV, STEP_MV / np.sqrt(12))
        assert seen.std() == pytest.approx(expected, rel=4 / np.sqrt(2 * n))
        assert abs(seen.mean() + 60.0) < 4 * expected / np.sqrt(n)
        deviation = seen - seen.mean(axis=0)
        neighbours = np.mean(deviation[1:] * deviation[:-1]) / deviation.var()
        assert abs(neighbours) < 4 / np.sqrt(n)
        between_cells = np.corrcoef(deviation.T)[np.triu_indices(3, 1)]
        assert np.abs(between_cells).max() < 4 / np.sqrt(len(seen))

    def test_a_clock_that_keeps_every_tenth_conversion_keeps_its_noise(self):
        fast = readout().read(constant(-60.0), CELLS, CLOCK, 0, 0)
        slow = readout().read(constant(-60.0), CELLS, SampleClock(0.1, 10_000.0, 10), 0, 0)
        np.testing.assert_array_equal(slow, fast[::10])

    def test_noise_belongs_to_seed_presentation_cell_and_sample(self):
        v = constant(-60.0)
        whole = readout().read(v, CELLS, CLOCK, 0, 3)
        np.testing.assert_array_equal(readout().read(v, CELLS, CLOCK, 100, 3), whole[100:])
        np.testing.assert_array_equal(
            readout().read(v[:, :2], CELLS[[2, 0]], CLOCK, 0, 3), whole[:, [2, 0]]
        )
        other = readout().read(v, CELLS, CLOCK, 0, 4)
        assert abs(np.corrcoef(other.ravel(), whole.ravel())[0, 1]) < 4 / np.sqrt(whole.size)

    @pytest.mark.parametrize("bits", [12, 10])
    def test_codes_are_those_of_the_voltage_with_its_offset(self, bits):
        seen = readout(truth=0.0123, known=0.0111, bits=bits).read(
            constant(-60.0), CELLS, CLOCK, 0, 0
        )
        code = codes(seen + 1.11, bits)
        np.testing.assert_allclose(code, np.rint(code), atol=1e-6)
        step_mV = 1e3 * 1.8 / (2**bits - 1) / 10.0
        # The noise is wide enough to take the steps' mean error away.
        tolerance = 4 * np.hypot(NOISE_MV, step_mV / np.sqrt(12)) / np.sqrt(seen.size)
        assert seen.mean() == pytest.approx(-60.0 + 0.12, abs=tolerance + step_mV / 1000)

    def test_an_offset_that_is_known_is_gone(self):
        seen = readout(truth=0.0123, known=0.0123).read(constant(-60.0), CELLS, CLOCK, 0, 0)
        assert seen.mean() == pytest.approx(-60.0, abs=5 * NOISE_MV / np.sqrt(seen.size))

    def test_beyond_the_range(self):
        seen = readout().read(constant(90.0), CELLS, CLOCK, 0, 0)
        np.testing.assert_allclose(seen, 60.0)

    def test_exact(self):
        exact = readout(truth=0.02, is_exact=True)
        v = np.linspace(-60.0, -40.0, 51)[:, np.newaxis] * np.ones(3)
        np.testing.assert_array_equal(exact.read(v, CELLS, CLOCK, 0, 0), CLOCK.sample(v, 0))

    def test_cells_that_are_not_read_are_nan(self):
        v = constant(-60.0, n=2, dtype=np.float32)
        seen = readout().read(v, np.array([9, 10, 4]), CLOCK, 0, 0)
        assert seen.dtype == np.float32
        np.testing.assert_array_equal(np.isnan(seen).all(axis=0), [False, True, False])
        assert np.isfinite(seen[:, [0, 2]]).all()
