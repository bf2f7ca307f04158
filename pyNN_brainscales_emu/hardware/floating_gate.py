"""Floating-gate cells: their names, and what their 10-bit values stand for.

``V = DAC * 1.8 V / 1023``, ``I = DAC * 2500 nA / 1023`` (halbe:hal/HICANN/FGBlock.h).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    FG_BLOCKS_PER_HICANN,
    FLOATING_GATE_FULL_SCALE_A,
    FLOATING_GATE_FULL_SCALE_V,
    FLOATING_GATE_MAX,
    GMAX_A,
)

#: Cells of every denmem that hold a parameter of the neuron model.
NEURON_CELLS: Final = (
    "E_l",  # resting potential
    "E_synx",  # reversal potential of the excitatory input
    "E_syni",  # reversal potential of the inhibitory input
    "V_t",  # potential at which the circuit fires
    "V_exp",  # threshold of the exponential term
    "I_gl",  # leak conductance: membrane time constant
    "I_pl",  # refractory time
    "V_syntcx",  # time constant of the excitatory input
    "V_syntci",  # time constant of the inhibitory input
    "I_gladapt",  # adaptation: conductance to the resting potential
    "I_radapt",  # adaptation: time constant
    "I_fire",  # adaptation: step at a spike
    "I_rexp",  # slope of the exponential term
)
#: Cells of every denmem that bias its circuits.
BIAS_CELLS: Final = (
    "I_bexp",
    "I_convi",
    "I_convx",
    "I_intbbi",
    "I_intbbx",
    "I_spikeamp",
    "V_syni",
    "V_synx",
    "V_convoffi",
    "V_convoffx",
)
#: The cell of the reset potential: shared by the denmems that `shared_block` puts together.
SHARED_NEURON_CELLS: Final = ("V_reset",)
#: The four currents that set the strength of synapse rows, by the selector of the row.
GMAX_CELLS: Final = ("V_gmax0", "V_gmax1", "V_gmax2", "V_gmax3")
#: What the four hold by default: `GMAX_A`.
GMAX_DAC: Final = tuple(
    round(gmax * FLOATING_GATE_MAX / FLOATING_GATE_FULL_SCALE_A) for gmax in GMAX_A
)
#: All cells of the shared column of a block but the reset potential, with what they hold by
#: default (calibtic:src/HMF/SharedCalibration.cpp; those of short-term plasticity for a time
#: constant of 10 us, lambda 1, N_dep 0 and N_fac 1,
#: calibtic:include/calibtic/HMF/ModelSharedParameter.h).
SHARED_DEFAULTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "int_op_bias": 1023,  # operational amplifiers
        "V_dllres": 400,  # reset of the delay-locked loops of layer 1
        "V_bout": 1023,  # read-out of the neurons; left blocks
        "V_bexp": 1023,  # bias of the exponential term; right blocks
        "V_fac": 568,  # short-term facilitation
        "I_breset": 1023,  # pulls membranes to the reset potential
        "V_dep": 0,  # short-term depression
        "I_bstim": 1023,  # current stimulus
        "V_thigh": 0,  # plasticity, as the cells down to V_clrc
        "V_tlow": 0,
        "V_clra": 0,  # left blocks
        "V_clrc": 0,  # right blocks
        "V_stdf": 568,  # short-term plasticity: reset
        "V_m": 0,  # plasticity
        "V_bstdf": 0,  # short-term plasticity: bias
        "V_dtc": 62,  # short-term plasticity: time constant
        "V_br": 0,  # plasticity: read-out
        "V_ccas": 800,  # input amplifiers of layer 1
        **dict(zip(GMAX_CELLS, GMAX_DAC, strict=True)),
    }
)
#: Names of all shared cells.
SHARED_CELLS: Final = (*SHARED_NEURON_CELLS, *SHARED_DEFAULTS)
#: Shared cells that only the left blocks (0 and 2), or only the right ones have.
LEFT_CELLS: Final = ("V_bout", "V_clra")
RIGHT_CELLS: Final = ("V_bexp", "V_clrc")


def shared_block(denmem: ArrayLike) -> NDArray[np.intp]:
    """Return the block of floating gates, 0..3, whose shared cells act on a denmem.

    It is the block that has the denmem's place within its quad: even columns the left, odd
    columns the right one, of the denmem's row (halco:include/halco/hicann/v2/neuron.h).

    Parameters
    ----------
    denmem : array of int
        Numbers on the HICANN, 0..511.
    """
    row, column = np.divmod(np.asarray(denmem, dtype=np.intp), DENMEM_COLUMNS)
    return np.asarray(2 * row + column % 2)


def has_shared_cell(cell: str) -> NDArray[np.bool_]:
    """Return (4,) which blocks have a shared cell."""
    is_right = np.arange(FG_BLOCKS_PER_HICANN) % 2 == 1
    return np.asarray((is_right | (cell not in RIGHT_CELLS)) & ~(is_right & (cell in LEFT_CELLS)))


def voltage_to_dac(voltage_V: ArrayLike) -> NDArray[np.float64]:  # noqa: N803  (the unit's name)
    """Return the unrounded value that stands for a voltage, in V; not limited to 0..1023."""
    return np.asarray(voltage_V, dtype=float) * (FLOATING_GATE_MAX / FLOATING_GATE_FULL_SCALE_V)


def dac_to_voltage(dac: ArrayLike) -> NDArray[np.float64]:
    """Return the voltage in V that a value stands for."""
    return np.asarray(dac, dtype=float) * (FLOATING_GATE_FULL_SCALE_V / FLOATING_GATE_MAX)


def clip_dac(dac: ArrayLike) -> NDArray[np.float64]:
    """Limit values to 0..1023 without rounding them."""
    return np.asarray(np.clip(np.asarray(dac, dtype=float), 0.0, FLOATING_GATE_MAX))


def round_dac(dac: ArrayLike) -> NDArray[np.int32]:
    """Return what a cell stores: the nearest integer (halves to the even one), 0..1023.

    Parameters
    ----------
    dac : array of float
        Finite values.
    """
    return np.asarray(np.rint(clip_dac(dac))).astype(np.int32)
