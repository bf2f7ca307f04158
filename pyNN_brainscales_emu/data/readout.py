"""The membrane as the analog read-out sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import ADC_BITS, ADC_FULL_SCALE_V
from pyNN_brainscales_emu.hardware.scaling import Scaling


def digitise(v_mV: NDArray[np.floating[Any]], scaling: Scaling) -> NDArray[np.floating[Any]]:  # noqa: N803
    """Return a membrane trace with the range and the resolution of the converter.

    Parameters
    ----------
    v_mV : array
        Membrane voltage in biological mV.
    scaling : Scaling

    Returns
    -------
    array
        The same shape and type, mV. NaN stays NaN.

    Notes
    -----
    Noise, the converter's sampling rate and the number of membranes that can be read at once are
    not modelled.
    """
    step = ADC_FULL_SCALE_V / (2**ADC_BITS - 1)
    volts = np.clip(scaling.voltage_to_hw(v_mV), 0.0, ADC_FULL_SCALE_V)
    return scaling.voltage_to_bio(np.rint(volts / step) * step).astype(v_mV.dtype)
