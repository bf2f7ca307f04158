"""The measured calibration: right where nothing disturbs it, and like the default one elsewhere."""

import numpy as np
import pytest
from measured_chips import DENMEMS, HICANN, WAFER

from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS, distorted_inverse
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import circuits_of
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN
from pyNN_brainscales_emu.measurement.hicann import SEQUENCE, measure_hicann

OWN_CELLS = [cell for cell in CELLS if cell != "V_reset"]


def at_measured_points(cell, calibration, circuits):
    dac = np.array(PROTOCOL[cell].dac, dtype=float)[:, np.newaxis]
    return distorted_inverse(cell, calibration.cells[cell].distortion.take(circuits), dac)


def test_every_cell_is_measured_in_the_order_of_the_real_calibration():
    assert set(SEQUENCE) == set(CELLS) == set(PROTOCOL)
    cake = ["V_reset", "V_t", "E_syni", "E_synx", "I_pl", "E_l", "I_gl", "V_syntcx", "V_syntci"]
    assert list(SEQUENCE)[: len(cake)] == cake


@pytest.mark.parametrize("cell", OWN_CELLS)
def test_without_errors_of_writing_points_are_the_truth(measured_exactly, cell):
    points = measured_exactly.points[cell]
    chip = VirtualHICANN(WAFER, HICANN, "default")
    truth = np.array([chip.settled(cell, np.full(len(DENMEMS), d), DENMEMS) for d in points.dac])
    assert np.isfinite(points.value).all()
    if cell in POTENTIAL_CELLS:
        assert points.value == pytest.approx(truth, abs=4e-3)
        assert np.mean(points.value - truth) == pytest.approx(0.0, abs=5e-4)
    else:
        error = points.value / truth - 1.0
        assert np.median(np.abs(error)) < 0.012
        assert np.abs(error.mean()) < 0.025
        assert error.std() < 0.03


def test_the_reset_potential_of_a_block_is_the_mean_of_its_denmems(measured_exactly):
    chip = VirtualHICANN(WAFER, HICANN, "default")
    points = measured_exactly.points["V_reset"]
    truth = np.array([
        chip.settled("V_reset", np.full(len(DENMEMS), d), DENMEMS) for d in points.dac
    ])  # fmt: skip
    block = circuits_of("V_reset", DENMEMS)
    of_blocks = np.stack([truth[:, block == b].mean(axis=1) for b in range(4)], axis=1)
    found = at_measured_points("V_reset", measured_exactly.calibration, np.arange(4))
    assert found == pytest.approx(of_blocks, abs=1e-3)


@pytest.mark.parametrize("cell", OWN_CELLS)
def test_measured_and_default_calibration_agree_within_their_errors(measured, cell):
    chip = VirtualHICANN(WAFER, HICANN, "default")
    default = default_calibration(chip)
    good = DENMEMS[measured.calibration.cells[cell].good[DENMEMS]]
    a, b = (at_measured_points(cell, c, good) for c in (measured.calibration, default))
    difference = a - b if cell in POTENTIAL_CELLS else np.log(a / b)
    # Each is a fit of two numbers to n points with the errors of their writes; the two fits of a
    # circuit have two independent numbers, so the mean square has 2 x circuits of them.
    point_error = np.hypot(chip.write_sigma(cell), PROTOCOL[cell].error)
    expected = point_error * np.sqrt(2 * 2 / len(PROTOCOL[cell].dac))
    tolerance = 4 * np.sqrt(1 / len(good))
    assert np.mean(difference**2) / expected**2 == pytest.approx(1.0, abs=tolerance)
    systematic = 1e-3 if cell in POTENTIAL_CELLS else 0.02
    assert abs(difference.mean()) < 4 * expected / np.sqrt(2 * len(good)) + systematic


@pytest.mark.slow
def test_measured_and_default_calibration_of_a_hicann_are_equally_good():
    """Of all 512 denmems: the errors of both against the truth have the same size, cell by cell."""
    chip = VirtualHICANN(WAFER, HICANN, "default")
    measurement, default = measure_hicann(chip), default_calibration(chip)
    assert np.mean(measurement.calibration.blacklisted) < 0.02
    for cell in OWN_CELLS:
        good = np.flatnonzero(measurement.calibration.cells[cell].good)
        dac = np.array(PROTOCOL[cell].dac, dtype=float)[:, np.newaxis]
        truth = chip.settled(cell, np.broadcast_to(dac, (len(dac), len(good))), good)
        errors = []
        for calibration in (measurement.calibration, default):
            found = at_measured_points(cell, calibration, good)
            errors.append(found - truth if cell in POTENTIAL_CELLS else np.log(found / truth))
        rms = [np.sqrt(np.mean(error**2)) for error in errors]
        # Two numbers a circuit: four standard errors of the ratio are 4 / sqrt(2 x 512).
        assert rms[0] / rms[1] == pytest.approx(1.0, abs=0.125 + 0.08), cell
        assert abs(np.corrcoef(errors[0].mean(axis=0), errors[1].mean(axis=0))[0, 1]) < 0.25, cell


def test_measured_and_default_reset_potentials_agree_within_their_errors(measured):
    """Four circuits only; and the measured one is the mean of those denmems that were measured."""
    chip = VirtualHICANN(WAFER, HICANN, "default")
    blocks = np.arange(4)
    a, b = (
        at_measured_points("V_reset", c, blocks)
        for c in (measured.calibration, default_calibration(chip))
    )
    fit_error = chip.write_sigma("V_reset") * np.sqrt(2 * 2 / len(PROTOCOL["V_reset"].dac))
    own = np.std(chip.settled("V_reset", np.full(512, 300.0), np.arange(512))[:256:2])
    n_of_block = np.bincount(circuits_of("V_reset", DENMEMS), minlength=4)
    expected = np.sqrt(fit_error**2 + own**2 / n_of_block)
    mean_square = np.mean((a - b) ** 2, axis=0) / expected**2
    # Two independent numbers a circuit: chi squared of eight, over eight.
    assert mean_square.mean() < 1 + 4 * np.sqrt(2 / 8)
    assert mean_square.mean() > 0.05


def test_denmems_that_were_not_measured_are_not_good(measured):
    calibration = measured.calibration
    others = np.setdiff1d(np.arange(512), DENMEMS)
    assert calibration.blacklisted[others].all()
    assert np.mean(calibration.blacklisted[DENMEMS]) < 0.1
    assert (calibration.method, calibration.wafer, calibration.hicann) == ("measured", 33, 297)
    assert calibration.date[:2] == "20"


class BrokenChip(VirtualHICANN):
    """Denmem 11 fires never, 22 has a leak that nothing changes, 33 an odd slope."""

    def realise(self, cell, dac, denmem, write=None):
        value = super().realise(cell, dac, denmem, write)
        if cell == "V_t":
            value = np.where(np.asarray(denmem) == 11, 5.0, value)
        if cell == "I_gl":
            value = np.where(np.asarray(denmem) == 22, 3e-4, value)
        if cell == "E_l":
            value = np.where(np.asarray(denmem) == 33, 0.4 * value + 0.4, value)
        return value


def test_denmems_that_cannot_be_calibrated_are_blacklisted():
    names = []
    denmems = [0, 11, 22, 33, 44]
    broken = BrokenChip(WAFER, HICANN, "default")
    calibration = measure_hicann(broken, denmems, progress=names.append).calibration
    assert names == list(SEQUENCE)
    assert calibration.blacklisted[denmems].tolist() == [False, True, True, True, False]
    assert not calibration.cells["V_t"].good[11]
    assert not calibration.cells["I_gl"].good[22]
    assert not calibration.cells["E_l"].good[33]
    assert calibration.cells["E_syni"].good[denmems].all()
