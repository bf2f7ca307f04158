import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS, distorted_inverse
from pyNN_brainscales_emu.calibration.fits import fit_cell
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN

DENMEMS = np.arange(512)
CELLS_OF_DENMEMS = [cell for cell in CELLS if cell != "V_reset"]


def points(cell):
    dac = np.array(PROTOCOL[cell].dac, dtype=float)
    stored = np.broadcast_to(dac[:, None], (len(dac), 512))
    return dac, VirtualHICANN(33, 297, "default").settled(cell, stored, DENMEMS)


@pytest.mark.parametrize("cell", CELLS_OF_DENMEMS)
def test_exact_points_give_the_curve(cell):
    """Exactly for straight lines; else to 0.6 %, what the expected factors and gains pull."""
    dac, value = points(cell)
    fitted = fit_cell(cell, dac, value)
    assert fitted.good.all()
    found = distorted_inverse(cell, fitted.distortion, dac[:, None])
    if cell in POTENTIAL_CELLS:
        np.testing.assert_allclose(found, value, atol=1e-12)
    else:
        assert np.abs(found / value - 1).max() < 6e-3


def test_straight_line_by_hand():
    """V = 0.1 + 1.1 V_nominal."""
    dac = np.array([200.0, 400.0, 600.0])
    value = 0.1 + 1.1 * dac * 1.8 / 1023
    fitted = fit_cell("E_l", dac, value[:, None])
    assert fitted.distortion.offset[0] == pytest.approx(0.1)
    assert fitted.distortion.factor[0] == pytest.approx(1.1)
    np.testing.assert_allclose(fitted.domain[0], [0.1, 0.1 + 1.1 * 1.8])


@pytest.mark.parametrize("cell", ["E_l", "I_gl"])
def test_missing_points_are_left_out(cell):
    dac, value = points(cell)
    holes = value.copy()
    holes[0, :100] = np.nan
    holes[2:, 7] = np.nan
    fitted, whole = fit_cell(cell, dac, holes), fit_cell(cell, dac, value)
    assert not fitted.good[7]
    assert fitted.good[np.arange(512) != 7].all()
    assert fitted.distortion.factor[7] == 1.0
    # What is expected of the errors comes from all circuits together, so it changes a little.
    for name in ("offset", "factor", "gain"):
        change = getattr(fitted.distortion, name) - getattr(whole.distortion, name)
        assert np.quantile(np.abs(change[100:]), 0.95) <= (0.0 if cell == "E_l" else 2e-3)


def test_implausible_circuits_are_not_good():
    dac, value = points("E_l")
    value[:, 3] = 0.9
    value[:, 4] = 2.0 * value[:, 4]
    value[:, 5] += 1.2
    good = fit_cell("E_l", dac, value).good
    np.testing.assert_array_equal(np.flatnonzero(~good), [3, 4, 5])


def test_large_errors_do_not_shift_time_constants():
    """Of 20 000 circuits with errors of 60 %; logarithms would be 20 % too low."""
    dac = np.array(PROTOCOL["V_syntcx"].dac, dtype=float)
    truth = nominal_curves()["V_syntcx"].inverse(dac)
    rng = np.random.default_rng(1)
    measured = truth[:, None] * rng.gamma(1 / 0.36, 0.36, (len(dac), 20_000))
    found = distorted_inverse(
        "V_syntcx", fit_cell("V_syntcx", dac, measured).distortion, dac[:, None]
    )
    assert np.abs(np.median(found, axis=1) / truth - 1).max() < 0.08


def test_values_that_are_not_positive_are_no_points():
    dac, value = points("I_gl")
    value[1, 0] = -1e-6
    value[2, 0] = 0.0
    fitted = fit_cell("I_gl", dac, value)
    assert np.isfinite(fitted.distortion.gain).all()


def test_circuits_without_points_change_nothing():
    """Neither what the others' errors are taken for, nor their curves."""
    dac, value = points("I_gl")
    rng = np.random.default_rng(2)
    value = value[:, :60] * rng.gamma(25, 1 / 25, (len(dac), 60))
    alone = fit_cell("I_gl", dac, value)
    among = np.full((len(dac), 512), np.nan)
    among[:, ::9][:, :57] = value[:, :57]
    among[:, 1:4] = value[:, 57:]
    fitted = fit_cell("I_gl", dac, among)
    np.testing.assert_array_equal(fitted.distortion.gain[::9][:57], alone.distortion.gain[:57])
    assert np.count_nonzero(fitted.good) == 60
