"""Which setting of capacitors and leak each HICANN gets.

The original tool has the same two options for the whole wafer (marocco:pymarocco/ParamTrafo.h);
choosing by HICANN is this package's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.hardware.circuit_modes import MODES, CircuitMode
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import NeuronTargets
from pyNN_brainscales_emu.translation.floating_gates import units_of

Array = NDArray[np.float64]

#: Cells whose range in biological units depends on the setting.
_CELLS: Final = ("I_gl", "I_gladapt", "I_fire")


def allowed_modes(options: Options) -> tuple[CircuitMode, ...]:
    """Return the settings that the options allow, the preferred one first."""
    capacitors = {"auto": ("big", "small"), "True": ("big",), "False": ("small",)}
    capacitor = capacitors[str(options.use_big_capacitors)]
    return tuple(
        mode
        for mode in MODES
        if mode.capacitor in capacitor and options.i_gl_speedup in ("auto", mode.leak)
    )


def choose_modes(
    targets: NeuronTargets, hicann: NDArray[np.intp], options: Options
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Choose the setting of every HICANN with neurons.

    Parameters
    ----------
    targets : NeuronTargets
    hicann : (n_neurons,) int
        On which HICANN each neuron sits.
    options : Options

    Returns
    -------
    hicanns : (n_hicanns,) int32
        Ascending.
    mode : (n_hicanns,) int8
        Number in `MODES`. Where the options leave a choice, the setting in which most values of
        tau_m, a and b lie in the nominal range; of equal ones that which comes first. Weights do
        not count.
    """
    hicanns, number = np.unique(hicann, return_inverse=True)
    modes = allowed_modes(options)
    choice = np.array([MODES.index(mode) for mode in modes], dtype=np.int8)
    if len(modes) == 1:
        return hicanns.astype(np.int32), np.full(len(hicanns), choice[0])
    counts = [np.bincount(number, _values_in_range(targets, mode, options)) for mode in modes]
    return hicanns.astype(np.int32), choice[np.argmax(counts, axis=0)]


def _values_in_range(targets: NeuronTargets, mode: CircuitMode, options: Options) -> Array:
    """Return for each neuron how many of its values the nominal curves of a setting reach."""
    curves = nominal_curves(mode.capacitor, mode.leak)
    capacitance = np.full(len(targets.is_adex), mode.capacitance_F)
    total = np.zeros(len(targets.is_adex))
    for cell in _CELLS:
        target = targets.cells[cell]
        value = units_of(cell, targets.asked["cm"], options, capacitance).to_hw(target.value)
        low, high = curves[cell].domain
        total += target.on & (value >= low) & (value <= high)
    return total
