"""At which stored values each cell is measured, and how well.

The measurement of a calibration and the default calibration, which is computed, use the same
points: so they have the same error. Ranges follow cake (cake:pycake/calibrator.py,
cake:config/v4_params.py), but there are more points of the potentials (four to five there), which
need as many for an error well below that of a write. The cells of adaptation and of the
exponential term, for which cake has no measurement, are taken at eight values over their range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from pyNN_brainscales_emu.hardware.floating_gate import round_dac, voltage_to_dac

#: Error of a measured point besides that of the write: of potentials in V (two steps of a
#: converter of 12 bits), of all else as a share of the value. Assumed.
_POTENTIAL_ERROR_V: Final = 1e-3
_RELATIVE_ERROR: Final = 0.01


@dataclass(frozen=True)
class CellProtocol:
    """How one cell is measured.

    Attributes
    ----------
    dac : tuple of int
        Stored values, ascending, each of them written once.
    error : float
        Standard deviation of a measured point without that of the write: V, or a share.
    """

    dac: tuple[int, ...]
    error: float


def _potential(low_V: float, high_V: float) -> CellProtocol:  # noqa: N803  (the unit's name)
    stored = round_dac(voltage_to_dac(np.linspace(low_V, high_V, 8)))
    return CellProtocol(tuple(int(dac) for dac in stored), _POTENTIAL_ERROR_V)


def _other(*dac: int) -> CellProtocol:
    return CellProtocol(dac, _RELATIVE_ERROR)


#: By the cell's name.
PROTOCOL: Final[Mapping[str, CellProtocol]] = MappingProxyType(
    {
        "E_l": _potential(0.5, 1.1),
        "E_synx": _potential(0.8, 1.4),
        "E_syni": _potential(0.2, 0.8),
        "V_t": _potential(0.7, 1.1),
        "V_exp": _potential(0.7, 1.1),
        "V_reset": _potential(0.5, 0.8),
        "I_gl": _other(4, 8, 16, 30, 55, 100, 190, 380, 800),
        "I_pl": _other(10, 14, 20, 30, 45, 60, 80, 120),
        "V_syntcx": _other(240, 270, 300, 335, 370, 410, 460, 520, 600, 720, 850, 1000),
        "V_syntci": _other(240, 270, 300, 335, 370, 410, 460, 520, 600, 720, 850, 1000),
        "I_gladapt": _other(10, 25, 60, 120, 220, 360, 560, 800),
        "I_radapt": _other(45, 60, 80, 110, 160, 250, 450, 900),
        "I_fire": _other(80, 130, 200, 290, 400, 540, 700, 900),
        "I_rexp": _other(20, 60, 120, 220, 350, 500, 700, 900),
    }
)
