"""How far the circuits are from what they were set to, with and without calibration.

As in Schmitt et al. (2017), fig. 3: every denmem is set to the same target, by the nominal curves
and by the calibration, and measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.computed import nominal_calibration
from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS
from pyNN_brainscales_emu.calibration.tables import HICANNCalibration, circuits_of
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.hardware.floating_gate import round_dac
from pyNN_brainscales_emu.measurement.bench import Array, Bench
from pyNN_brainscales_emu.measurement.hicann import SEQUENCE
from pyNN_brainscales_emu.measurement.side_by_side import side_by_side

#: What all denmems are set to (V, s, S, A): times of a neuron with a membrane time constant of
#: 20 ms, synaptic ones of 5 ms and a refractory period of 2 ms at a speed-up of 10 000; all else
#: in the middle of its range.
TARGETS: Final[Mapping[str, float]] = {
    "V_reset": 0.6,
    "V_t": 0.95,
    "E_syni": 0.4,
    "E_synx": 1.2,
    "I_pl": 2e-7,
    "E_l": 0.8,
    "I_gl": 2e-6,
    "V_syntcx": 5e-7,
    "V_syntci": 5e-7,
    "I_gladapt": 1.5e-6,
    "I_radapt": 15e-6,
    "I_fire": 2e-8,
    "V_exp": 0.9,
    "I_rexp": 8e-3,
}


@dataclass(frozen=True, eq=False)
class Spread:
    """One circuit parameter of many denmems that are set to the same target.

    Attributes
    ----------
    cell : str
    target : float
        V, s, S or A.
    before, after : (n_denmems,) float64
        Measured, set by the nominal curves and by the calibration; NaN where nothing was found.
    expected_sd : float
        What the profile states: V of potentials, else as a share of the value.
    """

    cell: str
    target: float
    before: Array
    after: Array
    expected_sd: float

    def deviation(self, which: str) -> Array:
        """Return how far values found ``'before'`` or ``'after'`` are off: V, or shares."""
        value = self.before if which == "before" else self.after
        away = value[np.isfinite(value)] - self.target
        return away if self.cell in POTENTIAL_CELLS else away / self.target


def measure_spreads(
    chip: VirtualHICANN,
    calibration: HICANNCalibration,
    denmem: NDArray[np.int64],
    *,
    seed: int = 1,
    n_threads: int = 1,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Spread]:
    """Measure the spread of every circuit parameter, with and without calibration.

    Parameters
    ----------
    chip : VirtualHICANN
    calibration : HICANNCalibration
    denmem : (n,) int
        Which denmems; those without calibration in a cell are left out there.
    seed : int
        Of the writes; another one than that of the calibration.
    n_threads : int
        How many measurements are made at once; the result does not depend on it.
    progress : callable, optional
        Called with the name of each cell after it was measured.

    Returns
    -------
    dict of str to Spread
    """
    bench = Bench(chip, np.asarray(denmem), calibration, seed, n_threads)
    nominal = nominal_calibration(chip.wafer, chip.hicann)
    jobs = [
        (SEQUENCE[cell], round_dac(known.forward(cell, np.full(len(denmem), target), denmem)))
        for cell, target in TARGETS.items()
        for known in (nominal, calibration)
    ]
    values, spreads = side_by_side(bench, jobs), {}
    for cell, target in TARGETS.items():
        before, after = next(values), next(values)
        good = calibration.cells[cell].good[circuits_of(cell, denmem)]
        expected = chip.profile.spreads[cell].sigma
        spreads[cell] = Spread(cell, target, before, np.where(good, after, np.nan), expected)
        if progress is not None:
            progress(cell)
    return spreads
