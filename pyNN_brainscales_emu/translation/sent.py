"""What neuron parameters are sent to: which cells, what these hold, what they could hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.sources import WaferCalibration
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.circuit_modes import CircuitMode
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, neuron_targets
from pyNN_brainscales_emu.translation.floating_gates import CellTranslator
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

Array = NDArray[np.float64]

#: Cell of each parameter, by PyNN's name; those of the thresholds depend on the model.
_CELLS: Final = {role.parameter: cell for cell, role in ROLES.items() if role.parameter is not None}


def cell_of(parameter: str, has_exponential: bool) -> str | None:
    """Return the floating-gate cell that a parameter is sent to; None if there is none.

    Parameters
    ----------
    parameter : str
        PyNN's name.
    has_exponential : bool
        Whether the neuron is an AdEx neuron with delta_T > 0.
    """
    if parameter == "v_thresh":
        return "V_exp" if has_exponential else "V_t"
    return "V_t" if parameter == "v_spike" else _CELLS.get(parameter)


@dataclass(frozen=True, eq=False)
class SentParameters:
    """What the floating gates of all neurons hold, and the range of what they can be set to.

    Attributes
    ----------
    dac : mapping of str to (n_neurons,) int32
        10-bit values of the firing denmems, by the name of the floating-gate cell.
    limits : mapping of str to (n_neurons, 2) float64
        By PyNN's parameter name: between which values, in PyNN's unit, the calibration can set all
        denmems of the neuron. Values outside are clipped. NaN where the cell's term is off.
    modes : tuple of CircuitMode
        Setting of capacitors and leak mirrors of each HICANN with neurons.
    """

    dac: Mapping[str, NDArray[np.int32]]
    limits: Mapping[str, Array]
    modes: tuple[CircuitMode, ...] = ()


def sent_parameters(
    graph: BioGraph,
    options: Options,
    calibration: WaferCalibration,
    config: HardwareConfig,
) -> SentParameters:
    """Return what is stored for the parameters of all neurons, and what could be.

    Parameters
    ----------
    graph : BioGraph
    options : Options
    calibration : WaferCalibration
    config : HardwareConfig
    """
    targets, denmems = neuron_targets(graph), config.denmems
    translator = CellTranslator(options, calibration)
    mode = config.shared_cells.mode_of(denmems.firing_only().hicann)
    by_cell = {
        cell: translator.limits(cell, target.on, targets.asked["cm"], mode, denmems)
        for cell, target in targets.cells.items()
    }
    limits = {name: by_cell[cell] for name, cell in _CELLS.items()}
    exponential = targets.has_exponential[:, np.newaxis]
    limits["v_thresh"] = np.where(exponential, by_cell["V_exp"], by_cell["V_t"])
    limits["v_spike"] = by_cell["V_t"]
    return SentParameters(config.firing_values(), limits, config.modes)
