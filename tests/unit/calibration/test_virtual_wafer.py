import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN, VirtualWafer
from pyNN_brainscales_emu.hardware.floating_gate import shared_block

DENMEMS = np.arange(512)
#: A usual value of each cell, V, s, S or A.
USUAL = {
    **dict.fromkeys(POTENTIAL_CELLS, 0.8),
    "I_gl": 2e-6,
    "I_pl": 2e-7,
    "V_syntcx": 4e-7,
    "V_syntci": 4e-7,
    "I_gladapt": 4e-7,
    "I_radapt": 1.4e-5,
    "I_fire": 8e-9,
    "I_rexp": 1e-2,
}


def usual_dac(cell):
    return np.rint(nominal_curves()[cell].forward(USUAL[cell]))


def settled(cell, wafer=33, hicann=297, profile="default", **changed):
    chip = VirtualHICANN(wafer, hicann, profile, **changed)
    return chip.settled(cell, usual_dac(cell), DENMEMS)


def own(cell, values):
    """What belongs to single denmems: of reset potentials the deviation from their block."""
    if cell != "V_reset":
        return values
    block = shared_block(DENMEMS)
    return values - (np.bincount(block, values) / np.bincount(block))[block]


@pytest.mark.parametrize("cell", CELLS)
def test_a_wafer_is_always_the_same_chip_and_another_number_another_chip(cell):
    np.testing.assert_array_equal(settled(cell), settled(cell))
    for other in (settled(cell, wafer=34), settled(cell, hicann=298)):
        correlation = np.corrcoef(own(cell, settled(cell)), own(cell, other))[0, 1]
        assert abs(correlation) < 5 / np.sqrt(512)
        assert np.abs(settled(cell) - other).min() > 0


def test_all_denmems_are_different():
    for cell in CELLS:
        assert len(np.unique(settled(cell))) == 512


def test_without_fixed_pattern_every_circuit_is_nominal():
    for cell in CELLS:
        expected = nominal_curves()[cell].inverse(usual_dac(cell))
        np.testing.assert_array_equal(
            settled(cell, fixed_pattern=False), np.full(512, float(expected))
        )


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "V_reset"])
def test_a_chip_is_three_times_wider_than_what_calibration_leaves(cell):
    """Within the bounds stated; the slope of the curve at the usual value is only roughly that."""
    wafer = VirtualWafer(33, "default")
    values = np.concatenate([settled(cell, hicann=number) for number in range(20)])
    if cell in POTENTIAL_CELLS:
        sigma, found = wafer.pattern_sigma(cell), values.std()
        assert abs(found / sigma - 1) < 4 / np.sqrt(2 * len(values)) + 0.03
    else:
        sigma, found = wafer.pattern_sigma(cell), np.log(values).std()
        assert 0.7 < found / sigma < 1.3
    low, high = {
        "E_syni": (0.025, 0.15),
        **{c: (0.025, 0.24) for c in POTENTIAL_CELLS if c != "E_syni"},
    }.get(cell, (0.25, 1.0))
    assert sigma == pytest.approx(np.clip(3 * PROFILES["default"].spreads[cell].sigma, low, high))


def test_writes_differ_and_are_reproducible():
    chip = VirtualHICANN(33, 297, "default")
    dac = usual_dac("E_l")
    first, again, second, other_seed = (
        chip.realise("E_l", dac, DENMEMS, write) for write in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    np.testing.assert_array_equal(first, again)
    quiet = chip.realise("E_l", dac, DENMEMS)
    sigma = np.sqrt(0.8) * PROFILES["default"].spreads["E_l"].sigma
    for written in (first, second, other_seed):
        assert abs((written - quiet).std() / sigma - 1) < 4 / np.sqrt(2 * 512)
    assert (first != second).all()
    assert (first != other_seed).all()


def test_reset_potentials_of_a_block_are_written_together():
    chip = VirtualHICANN(33, 297, "default")
    dac = usual_dac("V_reset")
    error = chip.realise("V_reset", dac, DENMEMS, (1, 0)) - chip.settled("V_reset", dac, DENMEMS)
    assert len(np.unique(np.round(error, 12))) == 4
    for block in range(4):
        np.testing.assert_allclose(np.ptp(error[shared_block(DENMEMS) == block]), 0.0, atol=1e-12)


def test_shared_block_is_the_place_in_the_quad():
    """Even columns left, odd columns right; denmems 256 and up are in the bottom row."""
    np.testing.assert_array_equal(
        shared_block([0, 1, 2, 255, 256, 257, 511]), [0, 1, 0, 1, 2, 3, 3]
    )


def test_a_hicann_is_that_of_its_wafer():
    wafer, chip = VirtualWafer(33, "default"), VirtualHICANN(33, 7, "default")
    for cell in CELLS:
        dac = usual_dac(cell)
        np.testing.assert_array_equal(
            wafer.realise(cell, dac, np.full(512, 7), DENMEMS, (3, 4)),
            chip.realise(cell, dac, DENMEMS, (3, 4)),
        )


def test_denmems_of_a_neuron_can_share_a_write():
    wafer = VirtualWafer(33, "default")
    dac, hicann = usual_dac("E_l"), np.zeros(4, dtype=int)
    denmem = np.array([10, 11, 266, 267])
    together = wafer.realise("E_l", dac, hicann, denmem, (1, 0), written_with=np.full(4, 10))
    error = together - wafer.settled("E_l", dac, hicann, denmem)
    np.testing.assert_allclose(error, error[0], atol=1e-15)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_stored_value_gives_a_value(cell, profile):
    chip = VirtualHICANN(33, 297, profile)
    stored = np.broadcast_to(np.arange(0, 1024, 33)[:, None], (32, 512))
    value = chip.settled(cell, stored, DENMEMS)
    assert np.isfinite(value).all()
    if cell not in POTENTIAL_CELLS:
        assert (value > 0).all()
    steps = np.diff(value, axis=0)
    rising = cell in POTENTIAL_CELLS or cell in ("I_gladapt", "I_fire", "I_rexp")
    assert (steps >= 0).all() if rising else (steps <= 0).all()


@pytest.mark.parametrize("cell", ["E_l", "I_gl", "V_reset"])
def test_the_same_write_of_another_wafer_has_errors_of_its_own(cell):
    hicann, denmem = np.divmod(np.arange(20_000), 512)
    errors = []
    for number in (33, 34):
        chip = VirtualWafer(number, "default")
        exact = chip.settled(cell, np.full(len(denmem), 400.0), hicann, denmem)
        written = chip.realise(cell, np.full(len(denmem), 400.0), hicann, denmem, (7, 0))
        errors.append(written - exact if cell != "I_gl" else written / exact)
    n = len(denmem) if cell != "V_reset" else 4 * 40
    assert abs(np.corrcoef(errors)[0, 1]) < 4 / np.sqrt(n)
