"""The virtual chip: the same number, the same deviations; spreads as the profile says."""

import dataclasses

import numpy as np
import pytest

from pyNN_brainscales_emu.substrates.brainscales2.calibration.profiles import PROFILES
from pyNN_brainscales_emu.substrates.brainscales2.calibration.virtual_chip import Draw, VirtualChip

CIRCUITS = np.arange(512)


def test_a_chip_is_always_the_same_and_no_other():
    first, again, other = (VirtualChip(n, PROFILES["default"]) for n in (1, 1, 2))
    values = first.offset(Draw.LEAK, 1.0, CIRCUITS)
    np.testing.assert_array_equal(values, again.offset(Draw.LEAK, 1.0, CIRCUITS))
    assert abs(np.corrcoef(values, other.offset(Draw.LEAK, 1.0, CIRCUITS))[0, 1]) < 0.2


def test_deviations_belong_to_the_place_whatever_else_is_asked():
    chip = VirtualChip(3, PROFILES["default"])
    some = chip.share(Draw.TAU_MEM, 0.05, np.array([7, 500]))
    np.testing.assert_array_equal(some, chip.share(Draw.TAU_MEM, 0.05, CIRCUITS)[[7, 500]])


@pytest.mark.parametrize("draw", list(Draw))
def test_draws_are_standard_normal(draw):
    values = VirtualChip(1, PROFILES["default"]).offset(draw, 1.0, np.arange(20_000))
    assert abs(values.mean()) < 5 / np.sqrt(20_000)
    assert abs(values.std() - 1.0) < 5 / np.sqrt(2 * 20_000)


def test_each_run_draws_its_own_and_the_seed_counts():
    chip = VirtualChip(1, PROFILES["default"], seed=5)
    first = chip.trial_offset(Draw.THRESHOLD, 1.0, CIRCUITS, run=0)
    second = chip.trial_offset(Draw.THRESHOLD, 1.0, CIRCUITS, run=1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    np.testing.assert_array_equal(first, chip.trial_offset(Draw.THRESHOLD, 1.0, CIRCUITS, run=0))
    other = VirtualChip(1, PROFILES["default"], seed=6)
    assert abs(np.corrcoef(first, other.trial_offset(Draw.THRESHOLD, 1.0, CIRCUITS, 0))[0, 1]) < 0.2


def test_synapses_of_a_driver_deviate_together():
    profile = dataclasses.replace(PROFILES["none"], synapse=0.05, driver=0.02)
    chip = VirtualChip(1, profile)
    column, driver = np.meshgrid(np.arange(256), np.arange(128))
    share = chip.synapse_share(column, driver, np.zeros_like(column))
    assert abs(share.std() - np.hypot(0.05, 0.02)) < 0.001 * 5
    assert abs(share.mean(axis=1).std() - 0.02) < 5 * 0.02 / np.sqrt(2 * 128)


def test_no_profile_deviates_where_there_is_none():
    chip = VirtualChip(1, PROFILES["none"])
    share = chip.synapse_share(CIRCUITS, CIRCUITS % 128, CIRCUITS % 2)
    np.testing.assert_array_equal(share, 1.0)


def test_profiles_are_known_by_their_names():
    assert {name: profile.name for name, profile in PROFILES.items()} == {
        name: name for name in ("default", "cramer2022", "fastanddeep2021", "none")
    }
