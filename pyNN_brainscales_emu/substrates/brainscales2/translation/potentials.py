"""Membrane potentials between biological mV and LSB of the CADC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import (
    CADC_LSB_PER_CAPMEM_LSB,
    DEFAULT_LEAK_LSB,
    DEFAULT_THRESHOLD_LSB,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PotentialScaling:
    """One straight line for all neurons of a chip: ``lsb = lsb_per_mV * v + lsb_at_0``.

    Parameters
    ----------
    lsb_per_mV : float
    lsb_at_0 : float
    """

    lsb_per_mV: float  # noqa: N815  (the unit's name)
    lsb_at_0: float

    @classmethod
    def of_network(cls, v_rest: Array, v_reset: Array, v_thresh: Array) -> PotentialScaling:
        """Return the scaling that uses the range of the default calibration.

        The lowest resting or reset potential becomes 80 LSB, the highest threshold 125 LSB. Where
        no neuron fires, the resting potential becomes 80 LSB and 15 mV are 45 LSB.

        Parameters
        ----------
        v_rest, v_reset, v_thresh : ndarray of float
            In mV; thresholds may be infinite.

        Raises
        ------
        ParameterError
            If the thresholds lie below rest and reset.
        """
        span_lsb = DEFAULT_THRESHOLD_LSB - DEFAULT_LEAK_LSB
        fires = np.isfinite(v_thresh)
        low = float(min(np.min(v_rest, initial=np.inf), np.min(v_reset[fires], initial=np.inf)))
        if not np.isfinite(low):
            return cls(3.0, DEFAULT_LEAK_LSB)
        high = float(np.max(v_thresh[fires], initial=-np.inf)) if fires.any() else low + 15.0
        if not high > low:
            raise ParameterError(
                "thresholds: the highest does not lie above rest and reset",
                value=f"{high:g} mV",
                limit=f"above {low:g} mV",
            )
        slope = span_lsb / (high - low)
        return cls(slope, DEFAULT_LEAK_LSB - slope * low)

    def to_lsb(self, v: Array) -> Array:
        """Return potentials in LSB of the CADC."""
        return self.lsb_per_mV * v + self.lsb_at_0

    def to_mV(self, lsb: Array) -> Array:  # noqa: N802  (the unit's name)
        """Return potentials in mV."""
        return (lsb - self.lsb_at_0) / self.lsb_per_mV


def stored(lsb: Array) -> Array:
    """Return potentials as whole steps of the analog memory, in LSB of the CADC."""
    return np.rint(lsb / CADC_LSB_PER_CAPMEM_LSB) * CADC_LSB_PER_CAPMEM_LSB
