"""Switches of a HICANN that move the range of the membrane time constants.

The capacitors of the denmems and the mirror of the leak current are switched for a half (top or
bottom) of a HICANN (halbe:hal/HICANNContainer.h). A logical neuron has denmems in both halves, so
they are set alike here. The mirrors of the adaptation currents have switches too; no curve other
than that of the normal setting is known (calibtic:src/HMF/NeuronCalibration.cpp), so they stay
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pyNN_brainscales_emu.hardware.constants import CAPACITANCE_BIG_F, CAPACITANCE_SMALL_F

Capacitor = Literal["big", "small"]
LeakMode = Literal["slow", "normal", "fast"]


@dataclass(frozen=True)
class CircuitMode:
    """Setting of the switches.

    Attributes
    ----------
    capacitor : {'big', 'small'}
    leak : {'slow', 'normal', 'fast'}
        Of the mirror of the leak current.
    """

    capacitor: Capacitor = "big"
    leak: LeakMode = "normal"

    @property
    def capacitance_F(self) -> float:  # noqa: N802  (the unit's name)
        """Capacitance of one denmem, nominal."""
        return CAPACITANCE_BIG_F if self.capacitor == "big" else CAPACITANCE_SMALL_F

    def __str__(self) -> str:
        return f"{self.capacitor} capacitors, {self.leak} leak"


DEFAULT_MODE: Final = CircuitMode()
#: All settings; the place in this tuple is the number of a setting. Never reorder: chips would
#: change.
MODES: Final = (
    DEFAULT_MODE,
    CircuitMode("big", "slow"),
    CircuitMode("big", "fast"),
    CircuitMode("small", "normal"),
    CircuitMode("small", "slow"),
    CircuitMode("small", "fast"),
)
