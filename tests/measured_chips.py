"""Chips for the measuring bench."""

import numpy as np

from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN

WAFER, HICANN = 33, 297
DENMEMS = np.arange(0, 512, 11)  # 47 in all four blocks


class NominalChip:
    """Every circuit follows the nominal curve, every write is exact."""

    wafer, hicann = WAFER, HICANN

    def realise(self, cell, dac, denmem, write=None):
        return nominal_curves()[cell].inverse(np.asarray(dac, dtype=float))

    def readout_shift(self, denmem):
        return np.zeros(np.shape(denmem))


class ExactChip(VirtualHICANN):
    """A virtual HICANN whose floating gates are written without error."""

    def realise(self, cell, dac, denmem, write=None):
        return super().realise(cell, dac, denmem)
