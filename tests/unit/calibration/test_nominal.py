import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.nominal import BIASES, leak_curve, nominal_curves
from pyNN_brainscales_emu.hardware.floating_gate import (
    BIAS_CELLS,
    NEURON_CELLS,
    SHARED_NEURON_CELLS,
    round_dac,
)

MODES = [(c, m) for c in ("big", "small") for m in ("slow", "normal", "fast")]
CELLS = sorted(nominal_curves())


def test_every_cell_has_a_curve_or_a_bias():
    assert set(CELLS) == set(NEURON_CELLS) | set(SHARED_NEURON_CELLS)
    assert set(BIASES) == set(BIAS_CELLS)


@pytest.mark.parametrize(
    ("tau_us", "dac"), [(1.0, 189), (2.0, 80), (5.0, 22), (10.0, 8), (20.0, 3)]
)
def test_leak_current_of_membrane_time_constants(tau_us, dac):
    assert round_dac(nominal_curves()["I_gl"].forward(tau_us * 1e-6)) == dac


def test_modes_of_the_leak():
    """Slow takes nine times the current of normal, fast a third; small a fifth of the time."""
    tau = np.geomspace(2e-6, 9e-6, 20)
    normal = leak_curve("big", "normal").forward(tau)
    np.testing.assert_allclose(leak_curve("big", "slow").forward(tau), 9.0 * normal, rtol=1e-12)
    np.testing.assert_allclose(leak_curve("big", "fast").forward(tau), normal / 3.0, rtol=1e-12)
    np.testing.assert_allclose(leak_curve("small").forward(tau / 5.0), normal, rtol=1e-12)


@pytest.mark.parametrize(
    ("dac", "tau_us"),
    [
        (10, 1.732),
        (20, 0.862),
        (50, 0.295),
        (100, 0.104),
        (200, 0.0495),
        (511, 0.0282),
        (1022, 0.01475),
    ],
)
def test_refractory_time_follows_the_original_table(dac, tau_us):
    """Largest error of the fit 1.7 %, plus the rounding of the published figures."""
    assert nominal_curves()["I_pl"].inverse(dac) == pytest.approx(tau_us * 1e-6, rel=0.021)


@pytest.mark.parametrize(
    ("dac", "tau_us"),
    [
        (226, 1.511),
        (300, 0.610),
        (400, 0.284),
        (500, 0.189),
        (600, 0.154),
        (700, 0.140),
        (800, 0.134),
        (1022, 0.130),
    ],
)
@pytest.mark.parametrize("cell", ["V_syntcx", "V_syntci"])
def test_synaptic_time_constant_follows_the_original_table(cell, dac, tau_us):
    """Largest error of the fit 1.5 %, plus the rounding of the published figures."""
    assert nominal_curves()[cell].inverse(dac) == pytest.approx(tau_us * 1e-6, rel=0.018)


def test_potentials():
    curves = nominal_curves()
    for cell in ("E_l", "E_syni", "V_t", "V_exp", "V_reset"):
        assert curves[cell].forward(0.9) == pytest.approx(511.5)
    assert curves["E_synx"].forward(1.0) == pytest.approx(598.0)


def test_adaptation_and_exponential_term():
    """Ends of the domains belong to the ends of the floating gates' range."""
    curves = nominal_curves()
    expected = {
        "I_gladapt": (0.0, 1023.1),
        "I_fire": (23.0, 1022.9),
        "I_radapt": (860.9, 25.0),
        "I_rexp": (-0.2, 1017.1),
    }
    for cell, dac in expected.items():
        np.testing.assert_allclose(curves[cell].forward(curves[cell].domain), dac, atol=0.05)


@pytest.mark.parametrize("cell", CELLS)
def test_round_trip_within_the_domain(cell):
    curve = nominal_curves()[cell]
    low, high = curve.domain
    values = np.linspace(low, high, 4001)
    dac = curve.forward(values)
    np.testing.assert_allclose(curve.inverse(dac), values, rtol=1e-9, atol=1e-15)
    assert (np.diff(dac) > 0).all() or (np.diff(dac) < 0).all()


@pytest.mark.parametrize(("capacitor", "mode"), MODES)
def test_round_trip_of_the_leak_in_all_modes(capacitor, mode):
    curve = leak_curve(capacitor, mode)
    values = np.geomspace(*curve.domain, 4001)
    dac = curve.forward(values)
    assert (np.diff(dac) < 0).all()
    np.testing.assert_allclose(curve.inverse(dac), values, rtol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_storing_errs_by_at_most_half_a_step(cell):
    curve = nominal_curves()[cell]
    values = np.linspace(*curve.domain, 5001)
    unrounded = curve.forward(values)
    values = values[(unrounded > 0) & (unrounded < 1023)]
    stored = round_dac(curve.forward(values))
    realised = curve.inverse(stored)
    assert np.isfinite(realised).all()
    assert np.abs(curve.forward(realised) - curve.forward(values)).max() <= 0.5 + 1e-9
