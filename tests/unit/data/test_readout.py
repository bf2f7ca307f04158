import numpy as np

from pyNN_brainscales_emu.data.readout import digitise
from pyNN_brainscales_emu.hardware.scaling import Scaling

SCALING = Scaling(10.0, 1.2, 10_000.0)
STEP_MV = 1.8 / 4095 / 10.0 * 1e3


def test_values_lie_on_the_grid_of_the_converter_within_half_a_step():
    v = np.linspace(-110.0, 50.0, 10_001)
    seen = digitise(v, SCALING)
    assert np.abs(seen - v).max() <= STEP_MV / 2 * (1 + 1e-9)
    codes = (seen * 1e-3 * 10.0 + 1.2) / (1.8 / 4095)
    np.testing.assert_allclose(codes, np.rint(codes), atol=1e-6)


def test_range_is_0_to_1v8():
    np.testing.assert_allclose(digitise(np.array([-500.0, 500.0]), SCALING), [-120.0, 60.0])


def test_nan_and_type_stay():
    seen = digitise(np.array([np.nan, -65.0], dtype=np.float32), SCALING)
    assert seen.dtype == np.float32
    assert np.isnan(seen[0])
    assert np.isfinite(seen[1])
