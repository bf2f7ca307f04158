"""What neuron parameters are sent to: which cells, what these hold, what they could hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.distortion import distorted_inverse
from pyNN_brainscales_emu.calibration.sources import WaferCalibration
from pyNN_brainscales_emu.calibration.tables import CellCalibration
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import FLOATING_GATE_MAX
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.mapping.results import Placement
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, CellTarget, neuron_targets
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
from pyNN_brainscales_emu.translation.units import Units

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
    """

    dac: Mapping[str, NDArray[np.int32]]
    limits: Mapping[str, Array]


def held_by_firing(config: HardwareConfig) -> Mapping[str, NDArray[np.int32]]:
    """Return what the floating gates of the neurons' firing denmems hold; see `SentParameters`."""
    return config.neurons.dac


def sent_parameters(
    graph: BioGraph,
    placement: Placement,
    options: Options,
    calibration: WaferCalibration,
    config: HardwareConfig,
) -> SentParameters:
    """Return what is stored for the parameters of all neurons, and what could be.

    Parameters
    ----------
    graph : BioGraph
    placement : Placement
    options : Options
    calibration : WaferCalibration
    config : HardwareConfig
    """
    targets, denmems = neuron_targets(graph), NeuronDenmems.of(placement)
    by_cell = {
        cell: _limits(cell, target, targets.asked["cm"], denmems, options, calibration)
        for cell, target in targets.cells.items()
    }
    limits = {name: by_cell[cell] for name, cell in _CELLS.items()}
    exponential = targets.has_exponential[:, np.newaxis]
    limits["v_thresh"] = np.where(exponential, by_cell["V_exp"], by_cell["V_t"])
    limits["v_spike"] = by_cell["V_t"]
    return SentParameters(held_by_firing(config), limits)


def _limits(
    cell: str,
    target: CellTarget,
    cm: Array,
    denmems: NeuronDenmems,
    options: Options,
    calibration: WaferCalibration,
) -> Array:
    """Return the range of one cell, (n_neurons, 2): what all denmems of a neuron reach."""
    limits = np.full((len(target.on), 2), np.nan)
    if not target.on.any():
        return limits
    _, chosen = denmems.select(target.on)
    low, high = _ends(cell, calibration.circuits(cell, chosen.hicann, chosen.denmem))
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    units = Units(scaling, ROLES[cell].quantity, cm[target.on])
    limits[target.on, 0] = units.to_bio(np.maximum.reduceat(low, chosen.first))
    limits[target.on, 1] = units.to_bio(np.minimum.reduceat(high, chosen.first))
    return limits


def _ends(cell: str, known: CellCalibration) -> tuple[Array, Array]:
    """Return where the calibrated domain, or else the range of the DAC, ends: (n_denmems,) each."""
    dac = np.array([[0.0], [FLOATING_GATE_MAX]])
    low, high = np.sort(distorted_inverse(cell, known.distortion, dac), axis=0)
    return np.maximum(known.domain[:, 0], low), np.minimum(known.domain[:, 1], high)
