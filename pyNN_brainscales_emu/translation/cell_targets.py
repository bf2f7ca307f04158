"""What each floating-gate cell of each neuron should hold, in biological units.

Follows marocco:marocco/parameter/ and calibtic:src/HMF/NeuronCalibration.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.nominal import OFF_HIGH, OFF_LOW
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.hardware.cell_types import ADEX_TYPES, WAFER_CELL_TYPES

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Quantity(Enum):
    """How a value is scaled between biology and hardware."""

    POTENTIAL = auto()  # mV, V
    DIFFERENCE = auto()  # mV, V
    TIME = auto()  # ms, s
    CONDUCTANCE_NS = auto()  # nS, S
    CURRENT = auto()  # nA, A


@dataclass(frozen=True)
class CellRole:
    """What a cell sets.

    Attributes
    ----------
    quantity : Quantity
    parameter : str or None
        PyNN's name; None where it depends on the model (``V_t`` and ``V_exp``).
    off : int
        Value that the cell holds where its term is switched off.
    """

    quantity: Quantity
    parameter: str | None
    off: int = OFF_LOW


ROLES: Final[Mapping[str, CellRole]] = MappingProxyType(
    {
        "E_l": CellRole(Quantity.POTENTIAL, "v_rest"),
        "E_synx": CellRole(Quantity.POTENTIAL, "e_rev_E"),
        "E_syni": CellRole(Quantity.POTENTIAL, "e_rev_I"),
        "V_reset": CellRole(Quantity.POTENTIAL, "v_reset"),
        "V_t": CellRole(Quantity.POTENTIAL, None),
        "V_exp": CellRole(Quantity.POTENTIAL, None, OFF_HIGH),
        "I_gl": CellRole(Quantity.TIME, "tau_m"),
        "I_pl": CellRole(Quantity.TIME, "tau_refrac"),
        "V_syntcx": CellRole(Quantity.TIME, "tau_syn_E"),
        "V_syntci": CellRole(Quantity.TIME, "tau_syn_I"),
        "I_gladapt": CellRole(Quantity.CONDUCTANCE_NS, "a"),
        "I_fire": CellRole(Quantity.CURRENT, "b"),
        "I_radapt": CellRole(Quantity.TIME, "tau_w", OFF_HIGH),
        "I_rexp": CellRole(Quantity.DIFFERENCE, "delta_T", OFF_HIGH),
    }
)

#: Parameters in PyNN's names: those that one cell sets, those of ``V_t`` and ``V_exp``, and the two
#: that no cell sets.
PARAMETERS: Final = (
    *(role.parameter for role in ROLES.values() if role.parameter is not None),
    "v_thresh",
    "v_spike",
    "cm",
    "i_offset",
)


def cell_hint(name: object) -> str | None:
    """Return which floating-gate cell sets what is no cell but a parameter of PyNN, as a remedy."""
    if name == "v_thresh":
        return "v_thresh is set by 'V_t', that of neurons with an exponential term by 'V_exp'."
    if name == "v_spike":
        return "v_spike is set by 'V_t'."
    cells = [cell for cell, role in ROLES.items() if role.parameter == name and name is not None]
    return f"{name} is set by {cells[0]!r}." if cells else None


@dataclass(frozen=True, eq=False)
class CellTarget:
    """What one cell should hold.

    Attributes
    ----------
    value : (n_neurons,) float64
        In PyNN's unit of the parameter; of no meaning where the cell is off.
    on : (n_neurons,) bool
        Whether the term that the cell sets is in use.
    """

    value: Array
    on: Mask


@dataclass(frozen=True, eq=False)
class NeuronTargets:
    """Asked parameters of all neurons, and what the cells should hold for them.

    Attributes
    ----------
    asked : mapping of str to (n_neurons,) float64
        By the names of `PARAMETERS`; NaN where the model has no such parameter.
    cells : mapping of str to CellTarget
        By the names of `ROLES`.
    has_exponential : (n_neurons,) bool
        An AdEx neuron with delta_T > 0.
    is_adex : (n_neurons,) bool
    """

    asked: Mapping[str, Array]
    cells: Mapping[str, CellTarget]
    has_exponential: Mask
    is_adex: Mask


def neuron_targets(graph: BioGraph) -> NeuronTargets:
    """Return what the cells of all neurons should hold.

    * LIF: ``V_t`` from v_thresh; exponential term and adaptation off.
    * AdEx: ``V_t`` from v_spike and ``V_exp`` from v_thresh. With delta_T = 0 the exponential term
      is off and ``V_t`` takes the lower of the two.
    * Adaptation is off where a = b = 0; a or b of 0 on its own is an exact 0 too.

    Raises
    ------
    ParameterError
        For neurons of other models, naming their populations.
    """
    _refuse_other_models(graph)
    asked = {name: graph.neuron_parameter(name) for name in PARAMETERS}
    is_adex = _is_adex(graph)
    has_exponential = is_adex & (asked["delta_T"] != 0)
    adapts = is_adex & ((asked["a"] != 0) | (asked["b"] != 0))
    always = np.ones(len(is_adex), dtype=bool)
    special = {
        "V_t": CellTarget(graph.firing_level(), always),
        "V_exp": CellTarget(asked["v_thresh"], has_exponential),
        "I_rexp": CellTarget(asked["delta_T"], has_exponential),
        "I_gladapt": CellTarget(asked["a"], is_adex & (asked["a"] != 0)),
        "I_fire": CellTarget(asked["b"], is_adex & (asked["b"] != 0)),
        "I_radapt": CellTarget(asked["tau_w"], adapts),
    }
    cells = {
        cell: special[cell] if cell in special else CellTarget(asked[str(role.parameter)], always)
        for cell, role in ROLES.items()
    }
    return NeuronTargets(asked, cells, has_exponential, is_adex)


def _is_adex(graph: BioGraph) -> Mask:
    flags = [
        np.full(p.size, p.cell_type in ADEX_TYPES) for p in graph.populations if not p.is_source
    ]
    return np.concatenate(flags) if flags else np.zeros(0, dtype=bool)


def _refuse_other_models(graph: BioGraph) -> None:
    others = {
        p.label: p.cell_type
        for p in graph.populations
        if not (p.is_source or p.cell_type in WAFER_CELL_TYPES)
    }
    if others:
        raise ParameterError(
            f"the wafer has no circuits for {', '.join(sorted(set(others.values())))}: populations",
            value=list(others),
            limit=", ".join(WAFER_CELL_TYPES),
            remedy="Use one of these, or setup(substrate='ideal').",
        )
