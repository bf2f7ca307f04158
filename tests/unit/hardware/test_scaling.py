import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.hardware.scaling import Scaling, neuron_capacitance

scalings = st.builds(
    Scaling,
    alpha=st.floats(1.0, 100.0),
    shift_V=st.floats(-2.0, 2.0),
    speedup=st.floats(1e2, 1e5),
)
c_bio = st.floats(0.01, 10.0)
c_hw = st.floats(1e-13, 1e-10)


@pytest.mark.parametrize(
    ("v_bio", "v_hw"), [(-40.0, 1.0), (-37.5, 1.05), (-64.0, 0.52), (-80.0, 0.2), (0.0, 1.8)]
)
def test_potentials_of_schmitt_et_al(v_bio, v_hw):
    assert Scaling(alpha=20.0, shift_V=1.8).voltage_to_hw(v_bio) == pytest.approx(v_hw, rel=1e-12)


def test_default_is_that_of_the_mapping_tool():
    scaling = Scaling()
    assert scaling.voltage_to_hw(-65.0) == pytest.approx(0.55, rel=1e-12)
    assert scaling.voltage_difference_to_hw(2.0) == pytest.approx(0.02, rel=1e-12)
    assert scaling.time_to_hw(20.0) == pytest.approx(2e-6, rel=1e-12)


def test_largest_weight_of_one_denmem():
    """954.7 nS on the big capacitor of one denmem are 8.8 nS at 0.2 nF, 44 nS at 1 nF."""
    scaling = Scaling()
    for cm, expected_nS in ((0.2, 8.82), (1.0, 44.1)):
        weight = scaling.conductance_to_bio(954.7e-9, cm, neuron_capacitance(1))
        assert weight == pytest.approx(expected_nS * 1e-3, rel=1e-3)


@given(scalings, st.floats(-200.0, 200.0), st.floats(1e-3, 1e3), c_bio, c_hw)
def test_round_trips(scaling, potential, positive, cm, capacitance):
    assert scaling.voltage_to_bio(scaling.voltage_to_hw(potential)) == pytest.approx(
        potential, rel=1e-9, abs=1e-9 * (1 + abs(scaling.shift_V)) * 1e3
    )
    for name in ("voltage_difference", "time"):
        there, back = (getattr(scaling, f"{name}_to_{domain}") for domain in ("hw", "bio"))
        assert back(there(positive)) == pytest.approx(positive, rel=1e-12)
    for name in ("conductance", "current"):
        there, back = (getattr(scaling, f"{name}_to_{domain}") for domain in ("hw", "bio"))
        assert back(there(positive, cm, capacitance), cm, capacitance) == pytest.approx(
            positive, rel=1e-12
        )


@given(scalings, c_bio, c_hw)
def test_every_term_of_the_membrane_equation_scales_alike(scaling, cm, capacitance):
    """The slopes g (E - V) / C and I / C, in V/s, grow by alpha * speedup from biology."""
    g_uS, drive_mV, i_nA = 0.03, 12.0, 0.4
    factor = scaling.alpha * scaling.speedup
    g_hw = scaling.conductance_to_hw(g_uS, cm, capacitance)
    slope = g_hw * scaling.voltage_difference_to_hw(drive_mV) / capacitance
    assert slope == pytest.approx(factor * (g_uS * drive_mV * 1e-9) / (cm * 1e-9), rel=1e-9)
    slope = scaling.current_to_hw(i_nA, cm, capacitance) / capacitance
    assert slope == pytest.approx(factor * i_nA / cm, rel=1e-9)


def test_capacitances_of_denmems_add_up():
    np.testing.assert_allclose(neuron_capacitance([1, 2, 4]), 2.16456e-12 * np.array([1, 2, 4]))
