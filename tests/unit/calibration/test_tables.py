from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.calibration.computed import (
    default_calibration,
    nominal_calibration,
    perfect_calibration,
)
from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    Distortion,
    distorted_curve,
    distorted_domain,
    distorted_forward,
    distorted_inverse,
)
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import circuits_of
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN
from pyNN_brainscales_emu.hardware.floating_gate import round_dac

DENMEMS = np.arange(512)
CHIP = VirtualHICANN(33, 297, "default")
CALIBRATIONS = {
    "default": default_calibration(CHIP),
    "perfect": perfect_calibration(CHIP),
    "nominal": nominal_calibration(33, 297),
}


@pytest.mark.parametrize("name", CALIBRATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_round_trips_stay_within_half_a_step(name, cell):
    """From a value of the domain to the stored integer and back to DAC."""
    known = CALIBRATIONS[name]
    share = np.linspace(0.0, 1.0, 40)[:, None]
    low, high = known.cells[cell].domain[circuits_of(cell, DENMEMS)].T
    if cell in POTENTIAL_CELLS:
        value = low + share * (high - low)
    else:
        value = low * (high / low) ** share
    unrounded = known.forward(cell, value, DENMEMS)
    inside = (unrounded >= 0) & (unrounded <= 1023)
    assert inside.mean() > 0.5
    stored = round_dac(unrounded)
    there_again = known.forward(cell, known.inverse(cell, stored, DENMEMS), DENMEMS)
    at_end = np.isclose(there_again, known.forward(cell, low, DENMEMS)) | np.isclose(
        there_again, known.forward(cell, high, DENMEMS)
    )
    assert np.abs(there_again - unrounded)[inside & ~at_end].max() <= 0.5 + 1e-6
    # Without rounding, the value itself.
    back = known.inverse(cell, unrounded, DENMEMS)
    np.testing.assert_allclose(back, value, rtol=1e-6, atol=1e-9 * np.abs(high).max())


@pytest.mark.parametrize("cell", CELLS)
@given(
    factor=st.floats(0.5, 2.0),
    gain=st.floats(0.5, 2.0),
    offset=st.floats(-0.2, 0.2),
    share=st.floats(0.02, 0.98),
)
@settings(max_examples=30, deadline=None)
def test_curves_stay_in_their_family(cell, factor, gain, offset, share):
    """The family's coefficients give what offset, factor and gain give."""
    offset, gain = (offset, 1.0) if cell in POTENTIAL_CELLS else (0.0, gain)
    distortion = Distortion(np.array([offset]), np.array([factor]), np.array([gain]))
    curve = distorted_curve(cell, offset, factor, gain)
    assert type(curve) is type(nominal_curves()[cell])
    np.testing.assert_allclose(curve.domain, distorted_domain(cell, distortion)[0])
    low, high = curve.domain
    value = low + share * (high - low)
    dac = distorted_forward(cell, distortion, value)
    np.testing.assert_allclose(curve.forward(value), dac[0], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(distorted_inverse(cell, distortion, dac)[0], value, rtol=1e-7)


def test_values_outside_the_domain_are_taken_to_its_end():
    known = CALIBRATIONS["default"]
    low, high = known.cells["I_gl"].domain.T
    np.testing.assert_array_equal(
        known.forward("I_gl", 0.1 * low, DENMEMS), known.forward("I_gl", low, DENMEMS)
    )
    np.testing.assert_array_equal(
        known.forward("I_gl", 10 * high, DENMEMS), known.forward("I_gl", high, DENMEMS)
    )


def test_curve_of_one_denmem():
    known = CALIBRATIONS["default"]
    for cell, value in (("E_l", 0.9), ("V_syntcx", 4e-7), ("V_reset", 0.6)):
        expected = known.forward(cell, np.full(512, value), DENMEMS)[301]
        assert known.curve(cell, 301).forward(value) == pytest.approx(float(expected))


def test_blacklist_has_every_denmem_that_misses_something():
    known = CALIBRATIONS["default"]
    assert not known.blacklisted.any()
    cells = {cell: c.take(slice(None)) for cell, c in known.cells.items()}
    cells["E_l"].good.flags.writeable = True
    good = cells["E_l"].good.copy()
    good[[3, 500]] = False
    blocks = cells["V_reset"].good.copy()
    blocks[1] = False
    cells["E_l"] = type(cells["E_l"])(cells["E_l"].distortion, cells["E_l"].domain, good)
    reset = cells["V_reset"]
    cells["V_reset"] = type(reset)(reset.distortion, reset.domain, blocks)
    expected = np.zeros(512, dtype=bool)
    expected[[3, 500]] = True
    expected[1:256:2] = True
    np.testing.assert_array_equal(replace(known, cells=cells).blacklisted, expected)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "V_reset"])
def test_perfect_calibration_is_the_truth(cell):
    dac = np.array(PROTOCOL[cell].dac)[:, None]
    np.testing.assert_array_equal(
        CALIBRATIONS["perfect"].inverse(cell, dac, DENMEMS), CHIP.settled(cell, dac, DENMEMS)
    )


def test_perfect_reset_is_the_mean_of_the_block():
    value = CALIBRATIONS["perfect"].inverse("V_reset", np.full(512, 300), DENMEMS)
    truth = CHIP.settled("V_reset", np.full(512, 300), DENMEMS)
    assert value[1] == pytest.approx(truth[1:256:2].mean())
    assert len(np.unique(np.round(value, 12))) == 4


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "V_reset"])
def test_error_of_the_default_calibration_is_that_of_its_points(profile, cell):
    """Over the points, a fit with two coefficients has 2/n of the variance of one point.

    Factor and gain that cannot be told apart count as less than two; errors that are a large share
    of the value make fits of curves worse than that of a straight line.
    """
    n = len(PROTOCOL[cell].dac)
    dac = np.array(PROTOCOL[cell].dac, dtype=float)[:, None]
    variances, good = [], []
    for number in range(4):
        chip = VirtualHICANN(33, number, profile)
        known = default_calibration(chip)
        truth = chip.settled(cell, np.broadcast_to(dac, (n, 512)), DENMEMS)
        error = known.inverse(cell, dac, DENMEMS) - truth
        error = error if cell in POTENTIAL_CELLS else error / truth
        variances.append((error**2)[:, known.cells[cell].good].mean())
        good.append(known.cells[cell].good.mean())
    point = chip.write_sigma(cell) ** 2 + PROTOCOL[cell].error ** 2
    ratio = np.mean(variances) / (2 / n * point)
    assert np.mean(good) > 0.99
    if cell in POTENTIAL_CELLS:
        assert abs(ratio - 1) < 4 * np.sqrt(2 / (2 * 4 * 512))
    elif point < 0.05:
        assert 0.45 < ratio < 1.35
    else:
        assert 0.3 < ratio < 2.5
