"""Biological value to 10-bit value and back, on calibrated denmems of every family of curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.calibration.distortion import distorted_forward, distorted_inverse
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.sources import calibration_for
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, CellTarget
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.floating_gates import CellTranslator
from pyNN_brainscales_emu.translation.units import Units

#: A cell of each family.
FAMILIES = {type(nominal_curves()[cell]).__name__: cell for cell in ROLES}
CM = np.array([0.2])


class Trip:
    """One value of one denmem's cell, there and back."""

    def __init__(self, cell, profile, calibration, hicann, denmem, share):
        options = Options(variation=profile, calibration=calibration)
        knowledge = calibration_for(options)
        zero = np.zeros(1, dtype=int)
        place = NeuronDenmems(zero, np.array([hicann]), np.array([denmem]), zero)
        known = knowledge.circuits(cell, place.hicann, place.denmem)
        self.low, self.high = known.domain[0]
        scaling = Scaling(*options.voltage_scaling, options.speedup)
        units = Units(scaling, ROLES[cell].quantity, CM)
        asked = units.to_bio(np.array([self.low + share * (self.high - self.low)]))
        target, mode = CellTarget(asked, np.ones(1, dtype=bool)), np.zeros(1, dtype=np.int8)
        stored = CellTranslator(options, knowledge).store(cell, target, CM, mode, place)
        self.dac, self.clipped = int(stored.dac[0]), bool(stored.clipped[0])
        self.unrounded = self.forward(cell, known, units.to_hw(asked))
        back = units.to_bio(distorted_inverse(cell, known.distortion, stored.dac))
        self.there_again = self.forward(cell, known, units.to_hw(back))

    def forward(self, cell, known, value):
        return float(
            distorted_forward(cell, known.distortion, np.clip(value, self.low, self.high))[0]
        )


places = {
    "hicann": st.integers(0, 383),
    "denmem": st.integers(0, 511),
    "profile": st.sampled_from(sorted(PROFILES)),
    "calibration": st.sampled_from(["default", "nominal", "perfect"]),
}


def test_every_family_is_tried():
    assert len(FAMILIES) == 5


@pytest.mark.parametrize("cell", ROLES)
@given(share=st.floats(0.001, 0.999), **places)
@settings(max_examples=25, deadline=None)
def test_inside_the_domain_rounding_costs_half_a_step(cell, share, **place):
    trip = Trip(cell, share=share, **place)
    if -0.5 <= trip.unrounded <= 1023.5:
        assert not trip.clipped
        assert abs(trip.there_again - trip.unrounded) <= 0.5 + 1e-6
    else:
        assert trip.clipped
        assert trip.dac in (0, 1023)


@pytest.mark.parametrize("cell", ROLES)
@given(share=st.floats(-2.0, -0.001) | st.floats(1.001, 3.0), **places)
@settings(max_examples=25, deadline=None)
def test_outside_the_end_is_stored_and_counted(cell, share, **place):
    trip = Trip(cell, share=share, **place)
    assert trip.clipped
    assert trip.dac == int(np.rint(np.clip(trip.unrounded, 0, 1023)))
