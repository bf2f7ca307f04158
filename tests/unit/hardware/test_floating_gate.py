import numpy as np
import pytest

from pyNN_brainscales_emu.hardware import floating_gate as fg


def test_full_scale():
    assert fg.dac_to_voltage(1023) == pytest.approx(1.8, rel=1e-15)
    assert fg.dac_to_voltage(0) == 0.0


def test_every_stored_value_survives_the_round_trip():
    dac = np.arange(1024)
    np.testing.assert_array_equal(fg.round_dac(fg.voltage_to_dac(fg.dac_to_voltage(dac))), dac)


def test_rounding_and_clipping():
    given = np.array([-3.2, -0.4, 0.4, 0.6, 511.49, 1022.6, 1023.4, 5000.0])
    np.testing.assert_array_equal(fg.round_dac(given), [0, 0, 0, 1, 511, 1023, 1023, 1023])
    assert fg.round_dac(given).dtype == np.int32
    np.testing.assert_array_equal(fg.clip_dac([-1.0, 3.3, 2000.0]), [0.0, 3.3, 1023.0])


def test_a_denmem_has_23_cells_of_different_names():
    """23 of the 24 rows of a block of floating gates are in use (halbe:hal/HICANN/FGBlock.h)."""
    names = fg.NEURON_CELLS + fg.BIAS_CELLS
    assert len(names) == len(set(names)) == 23
