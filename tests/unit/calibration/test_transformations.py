import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.calibration.transformations import (
    Constant,
    NegativePowersPolynomial,
    OneOverPolynomial,
    Polynomial,
    SoftPlus,
    TwoPiecePowerLaw,
)

CURVES = {
    "line": Polynomial((-16.0, 614.0), (0.1, 1.8)),
    "rising parabola": Polynomial((3.0, 20.0, 40.0), (0.0, 4.0)),
    "parabola with a maximum": Polynomial((22.0, 18.0, -0.05), (0.0, 70.0)),
    "one over parabola": OneOverPolynomial((-1e-3, 1e-2, 2e-3), (0.5, 8.0)),
    "negative powers": NegativePowersPolynomial((0.0, 38.0, 450.0, -550.0, 240.0), (0.55, 48.0)),
    "soft plus": SoftPlus(1.3, 3.0, 250.0, 120.0, (1.32, 15.0)),
    "two pieces": TwoPiecePowerLaw(
        55.0, 163.0, (-1.06, 0.69, 0.42, 0.07), (-0.55, 0.05, -0.08), (15.0, 1700.0)
    ),
}


@pytest.fixture(params=CURVES, name="curve")
def _curve(request):
    return CURVES[request.param]


def values_of(curve):
    return np.linspace(*curve.domain, 2001)


def test_inverse_undoes_forward(curve):
    values = values_of(curve)
    np.testing.assert_allclose(curve.inverse(curve.forward(values)), values, rtol=1e-9, atol=1e-12)


def test_forward_undoes_inverse(curve):
    dac = curve.forward(values_of(curve))
    np.testing.assert_allclose(curve.forward(curve.inverse(dac)), dac, rtol=1e-9, atol=1e-9)


def test_strictly_monotone_on_its_domain(curve):
    step = np.diff(curve.forward(values_of(curve)))
    assert (step > 0).all() or (step < 0).all()


def test_scalars_and_any_shape(curve):
    values = values_of(curve)[:6].reshape(2, 3)
    assert curve.forward(values).shape == (2, 3)
    np.testing.assert_array_equal(curve.forward(values)[1, 2], curve.forward(values[1, 2]))


def test_inverse_serves_half_a_step_beyond_the_domain():
    """Rounding may end there; the extrapolation is that of the formula."""
    for name in ("negative powers", "one over parabola", "two pieces"):
        curve = CURVES[name]
        ends = curve.forward(np.array(curve.domain))
        beyond = np.array([ends.min() - 0.5, ends.max() + 0.5])
        beyond = beyond[beyond > 0]
        np.testing.assert_allclose(curve.forward(curve.inverse(beyond)), beyond, rtol=1e-9)


@given(st.floats(-100.0, 100.0), st.floats(0.1, 100.0), st.floats(0.0, 100.0), st.floats(0.0, 9.0))
def test_parabolas_of_any_coefficients(c0, c1, c2, value):
    curve = Polynomial((c0, c1, c2), (0.0, 9.0))
    assert curve.forward(value) == pytest.approx(c0 + c1 * value + c2 * value**2, abs=1e-9)
    assert curve.inverse(curve.forward(value)) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_closed_form_values():
    assert Polynomial((1.0, 2.0, 3.0), (0.0, 9.0)).forward(2.0) == 17.0
    assert OneOverPolynomial((1.0, 2.0), (0.0, 9.0)).forward(2.0) == 0.2
    assert NegativePowersPolynomial((1.0, 2.0, 4.0), (0.1, 9.0)).forward(2.0) == 3.0
    assert SoftPlus(2.0, 1.0, 100.0, 10.0, (2.1, 9.0)).inverse(100.0) == pytest.approx(4.0)
    line = TwoPiecePowerLaw(8.0, 100.0, (-1.0,), (-2.0,), (1.0, 100.0))
    np.testing.assert_allclose(line.inverse([50.0, 100.0, 200.0]), [16.0, 8.0, 2.0])
    np.testing.assert_allclose(line.forward([16.0, 8.0, 2.0]), [50.0, 100.0, 200.0])


def test_constant_holds_its_value():
    constant = Constant(1023.0, value=0.5)
    np.testing.assert_array_equal(constant.forward([1.0, 2.0]), [1023.0, 1023.0])
    np.testing.assert_array_equal(constant.inverse([5.0]), [0.5])
