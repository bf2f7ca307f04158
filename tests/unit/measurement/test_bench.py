"""The bench: what is written is what runs, in hardware units, and read as the converter reads."""

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.hardware.constants import (
    ADC_BITS,
    ADC_FULL_SCALE_V,
    CAPACITANCE_BIG_F,
    READOUT_NOISE_V,
)
from pyNN_brainscales_emu.measurement.bench import Bench
from pyNN_brainscales_emu.measurement.stimuli import SAMPLES_PER_US, Events, Pulse


def test_a_current_step_gives_ohms_law_and_the_membrane_time_constant(bench):
    bench.write({"E_l": 0.8, "I_gl": 2e-6})
    tau_us = 1e6 * bench.set_to("I_gl", 2e-6)[0]
    current = 100e-9
    v = bench.run(30.0, pulse=Pulse(2.0, 31.0, 1e9 * current))[:, 0]
    rest = float(bench.set_to("E_l", 0.8)[0])
    height = current * 1e-6 * tau_us / CAPACITANCE_BIG_F
    t = np.arange(len(v)) / SAMPLES_PER_US
    expected = rest + height * -np.expm1(-np.maximum(t - 2.0, 0.0) / tau_us)
    assert v == pytest.approx(1e3 * expected, rel=1e-5)


def test_an_event_gives_the_post_synaptic_potential_of_the_closed_form(bench):
    bench.write({"E_l": 0.8, "E_synx": 1.4, "I_gl": 6e-6, "V_syntcx": 5e-7})
    tau_m, tau = (1e6 * bench.set_to(c, x)[0] for c, x in (("I_gl", 6e-6), ("V_syntcx", 5e-7)))
    weight = bench.weight_for(0.002, tau)
    v = 1e-3 * bench.run(15.0, (Events(np.array([2.0]), weight),))[:, 0].astype(float)
    way = float(bench.set_to("E_synx", 1.4)[0] - bench.set_to("E_l", 0.8)[0])
    t = np.maximum(np.arange(len(v)) / SAMPLES_PER_US - bench.arrival_us(2.0), 0.0)
    shape = (np.exp(-t / tau_m) - np.exp(-t / tau)) / (1 / tau - 1 / tau_m)
    assert v - v[0] == pytest.approx(0.002 * way * shape / tau, abs=0.004 * 0.002 * way)


def test_the_converter_adds_noise_and_steps(bench):
    bench.write({"E_l": 0.8})
    v = bench.record(50.0)
    step = ADC_FULL_SCALE_V / (2**ADC_BITS - 1)
    levels = v.astype(float) / step
    assert levels == pytest.approx(np.rint(levels), abs=1e-3)
    expected = np.hypot(READOUT_NOISE_V, step / np.sqrt(12))
    assert v.std() == pytest.approx(expected, rel=4 / np.sqrt(2 * v.size))
    averaged = bench.record(50.0, repetitions=16)
    assert averaged.std() == pytest.approx(expected / 4, rel=4 / np.sqrt(2 * v.size))


def test_what_is_not_given_is_set_by_what_is_known(bench):
    assert bench.expected("E_l", 455) == pytest.approx(0.8, abs=1e-3)
    assert bench.dac_for("E_l", 0.8).tolist() == [455] * 8
    bench.write({"E_l": 0.8}, {"E_l": np.arange(400, 408, dtype=np.int32)})
    v = bench.record(5.0).mean(axis=0)
    assert np.diff(v) == pytest.approx(1.8 / 1023, abs=3e-4)


def test_each_write_has_errors_of_its_own_and_the_same_seed_the_same_ones():
    chip = VirtualHICANN(1, 2, "default")

    def rests(seed, n_threads=1):
        bench = Bench(chip, np.arange(64), _nominal(chip), seed, n_threads)
        found = []
        for _ in range(2):
            bench.write({"I_gl": 1e-6})
            found.append(bench.record(5.0))
        return np.array(found)

    first = rests(5)
    assert np.array_equal(first, rests(5, n_threads=2))
    differences = first[1].mean(axis=0) - first[0].mean(axis=0)
    sd = np.sqrt(2) * chip.write_sigma("E_l")
    assert differences.std() == pytest.approx(sd, rel=4 / np.sqrt(2 * 64))
    assert not np.array_equal(first, rests(6))


def _nominal(chip):
    from pyNN_brainscales_emu.calibration.computed import nominal_calibration

    return nominal_calibration(chip.wafer, chip.hicann)
