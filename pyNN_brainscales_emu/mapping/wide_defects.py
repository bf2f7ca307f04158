"""Defects of parts that take smaller components along.

* A denmem needs both of its synaptic inputs.
* A block of floating gates holds the parameters of the denmems of its quadrant, those that its
  denmems share with their like (even columns share the left, odd ones the right block), and the
  gmax of its quadrant's drivers (halco:include/halco/hicann/v2/neuron.h, synapse.h).
* A synapse array takes along its drivers, a row of synapse switches its switches.
* Without its high-speed link a HICANN gets no stimuli, and no spikes of its neurons are recorded:
  it takes neither. Layer 1 and the routes over it do not depend on the link.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    SYNAPSE_ARRAYS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE, SYNAPSE_SWITCH, V_LINE_SIDE

_WIDE: Final = (
    "synaptic_input",
    "fg_block",
    "synapse_array",
    "synapse_switch_row",
    "highspeed_link",
)
_DENMEM_Y, _DENMEM_X = np.divmod(np.arange(DENMEMS_PER_HICANN), DENMEM_COLUMNS)
#: (512,) block of floating gates with a denmem's own parameters, and with those that it shares.
_OWN_BLOCK = 2 * _DENMEM_Y + 2 * _DENMEM_X // DENMEM_COLUMNS
_SHARED_BLOCK = 2 * _DENMEM_Y + _DENMEM_X % 2
#: (224,) synapse array, and block of floating gates, of each driver.
_DRIVER_ARRAY = np.arange(DRIVERS_PER_HICANN) * SYNAPSE_ARRAYS_PER_HICANN // DRIVERS_PER_HICANN
_DRIVER_BLOCK = 2 * _DRIVER_ARRAY + DRIVER_SIDE


def with_consequences(defects: Defects) -> Defects:
    """Return defects in which what broken parts take along is broken too."""
    if not any(getattr(defects, name).any() for name in _WIDE):
        return defects
    blocks, link = defects.fg_block, defects.highspeed_link[:, np.newaxis]
    return replace(
        defects,
        denmem=(
            defects.denmem
            | defects.synaptic_input.any(axis=2)
            | blocks[:, _OWN_BLOCK]
            | blocks[:, _SHARED_BLOCK]
            | link
        ),
        synapse_driver=(
            defects.synapse_driver
            | defects.synapse_array[:, _DRIVER_ARRAY]
            | blocks[:, _DRIVER_BLOCK]
        ),
        dnc_merger=defects.dnc_merger | link,
        synapse_switch=_switches(defects),
    )


def _switches(defects: Defects) -> NDArray[np.int32]:
    """Return the broken synapse switches, those of broken rows of switches among them."""
    if not defects.synapse_switch_row.any():
        return defects.synapse_switch
    v_line, driver_line = np.nonzero(SYNAPSE_SWITCH)
    hicann, switch = np.nonzero(defects.synapse_switch_row[:, driver_line, V_LINE_SIDE[v_line]])
    of_rows = np.stack([hicann, v_line[switch], driver_line[switch]], axis=1)
    return np.unique(np.concatenate([defects.synapse_switch, of_rows]), axis=0).astype(np.int32)
