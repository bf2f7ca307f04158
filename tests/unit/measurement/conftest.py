"""A bench, and measurements that tests share."""

import numpy as np
import pytest
from measured_chips import DENMEMS, HICANN, WAFER, ExactChip, NominalChip

from pyNN_brainscales_emu.calibration.computed import nominal_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.measurement.bench import Bench
from pyNN_brainscales_emu.measurement.hicann import Measurement, measure_hicann


@pytest.fixture
def bench() -> Bench:
    """Eight nominal denmems."""
    return Bench(NominalChip(), np.arange(8), nominal_calibration(WAFER, HICANN))


@pytest.fixture(scope="session")
def measured() -> Measurement:
    """The measured calibration of some denmems."""
    return measure_hicann(VirtualHICANN(WAFER, HICANN, "default"), DENMEMS)


@pytest.fixture(scope="session")
def measured_exactly() -> Measurement:
    """The same chip without errors of writing."""
    return measure_hicann(ExactChip(WAFER, HICANN, "default"), DENMEMS)
