import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.deviations import CELL_NUMBER
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.variation import PROFILES, SpreadDomain


def test_profiles_by_name():
    assert set(PROFILES) == {"wafer30_normal", "wafer30_slow", "schmitt2017", "default"}
    assert PROFILES["default"].spreads == PROFILES["wafer30_normal"].spreads


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_profiles_are_complete(profile):
    assert set(profile.spreads) == set(nominal_curves()) == set(CELL_NUMBER)
    assert 0.0 <= profile.fixed_share <= 1.0
    assert all(spread.sigma >= 0 for spread in profile.spreads.values())


def test_numbers_of_cells_differ():
    assert sorted(CELL_NUMBER.values()) == list(range(len(CELL_NUMBER)))


@pytest.mark.parametrize("name", ["wafer30_normal", "wafer30_slow"])
def test_potentials_of_the_twins_agree_in_hardware_millivolts(name):
    """sigma(E_l) 6-9, V_t 3.4-5, V_reset 7-13, E_syni 6-7.2, E_synx 42-50 mV."""
    ranges = {
        "E_l": (5.9, 9.1),
        "V_t": (3.3, 5.0),
        "V_reset": (7.1, 12.9),
        "E_syni": (5.9, 7.3),
        "E_synx": (42.0, 50.0),
    }
    for cell, (low, high) in ranges.items():
        spread = PROFILES[name].spreads[cell]
        assert spread.domain is SpreadDomain.HARDWARE_VOLT
        assert low < 1e3 * spread.sigma < high


def test_table_of_schmitt_et_al():
    """Percentages of table II times the biological values, at the paper's scaling of 20."""
    spreads = PROFILES["schmitt2017"].spreads
    potentials = {"E_syni": 4.0, "V_reset": 1.28, "E_l": 4.0, "V_t": 0.1875, "E_synx": 0.0}
    for cell, sigma_mV in potentials.items():
        assert spreads[cell].domain is SpreadDomain.HARDWARE_VOLT
        assert 1e3 * spreads[cell].sigma / 20.0 == pytest.approx(sigma_mV)
    for cell, value, sigma in (("V_syntcx", 5.0, 0.5), ("V_syntci", 5.0, 0.5), ("I_gl", 20.0, 2.0)):
        assert spreads[cell].domain is SpreadDomain.RELATIVE
        assert spreads[cell].sigma * value == pytest.approx(sigma)
    assert spreads["I_gl"].limits == (0.3, 3.0)


@pytest.mark.parametrize(
    ("name", "total"), [("wafer30_normal", 0.5), ("wafer30_slow", 0.1), ("schmitt2017", 0.0)]
)
def test_row_and_synapse_together_have_the_published_spread(name, total):
    """Variance of the product of two independent factors of mean 1."""
    row, synapse = PROFILES[name].row_sigma ** 2, PROFILES[name].synapse_sigma ** 2
    assert row + synapse + row * synapse == pytest.approx(total**2)
    assert np.sign(row) == np.sign(synapse) == np.sign(total)
