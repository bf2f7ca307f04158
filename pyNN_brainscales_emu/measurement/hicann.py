"""The calibration of a HICANN, measured cell by cell.

The order is that of the real calibration (cake:pycake/calibrator.py): what is measured later is set
up with what was measured before. Adaptation and the exponential term, which it leaves out, come
last.

Not modelled: the offset of the synaptic inputs (V_convoff), which the real calibration measures
before the time constants: the virtual circuits have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.computed import nominal_calibration
from pyNN_brainscales_emu.calibration.fits import fit_cell
from pyNN_brainscales_emu.calibration.protocol import PROTOCOL
from pyNN_brainscales_emu.calibration.tables import (
    CellCalibration,
    HICANNCalibration,
    circuits_of,
    n_circuits,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN
from pyNN_brainscales_emu.measurement import adaptation, exponential, potentials, time_constants
from pyNN_brainscales_emu.measurement.bench import Bench
from pyNN_brainscales_emu.measurement.points import Points
from pyNN_brainscales_emu.measurement.readout_shift import measure_readout_shift
from pyNN_brainscales_emu.measurement.refractory import measure_refractory
from pyNN_brainscales_emu.measurement.side_by_side import Measure, side_by_side

Array = NDArray[np.float64]

#: What is measured, in this order, after the offsets of the read-out.
SEQUENCE: Final[Mapping[str, Measure]] = {
    "V_reset": potentials.measure_reset,
    "V_t": potentials.measure_threshold,
    "E_syni": partial(potentials.measure_reversal, cell="E_syni"),
    "E_synx": partial(potentials.measure_reversal, cell="E_synx"),
    "I_pl": measure_refractory,
    "E_l": potentials.measure_rest,
    "I_gl": time_constants.measure_leak,
    "V_syntcx": partial(time_constants.measure_synapse, cell="V_syntcx"),
    "V_syntci": partial(time_constants.measure_synapse, cell="V_syntci"),
    "I_gladapt": adaptation.measure_conductance,
    "I_radapt": adaptation.measure_time,
    "I_fire": adaptation.measure_step,
    "V_exp": exponential.measure_threshold,
    "I_rexp": exponential.measure_slope,
}


#: A fitted number further from the median of the HICANN is implausible: in standard deviations,
#: estimated from the median absolute deviation; true circuits reach three.
_LARGEST_DEVIATION: Final = 4.5
_SIGMA_OF_MAD: Final = 1.4826
_FEWEST_TO_COMPARE: Final = 30
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Measurement:
    """What measuring a HICANN gave.

    Attributes
    ----------
    calibration : HICANNCalibration
        Denmems that were not measured are not good in any cell.
    points : mapping of str to Points
        By the cell's name.
    denmem : (n_denmems,) int64
        The measured ones: the columns of the points.
    """

    calibration: HICANNCalibration
    points: Mapping[str, Points]
    denmem: NDArray[np.int64]


def measure_hicann(
    chip: VirtualHICANN,
    denmem: Iterable[int] | None = None,
    *,
    seed: int = 0,
    n_threads: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Measurement:
    """Measure the calibration of a HICANN's denmems.

    Parameters
    ----------
    chip : VirtualHICANN
    denmem : iterable of int, optional
        Which denmems; all by default.
    seed : int
        Of the trial-to-trial errors of the writes and of the read-out's noise.
    n_threads : int
        How many values of a cell are measured at once; the result does not depend on it.
    progress : callable, optional
        Called with the name of each cell after it was measured.

    Returns
    -------
    Measurement
    """
    chosen = np.arange(DENMEMS_PER_HICANN) if denmem is None else np.unique(list(denmem))
    bench = Bench(chip, chosen, _unmeasured(chip), seed, n_threads)
    bench.known = replace(bench.known, readout_shift=measure_readout_shift(bench))
    points = {}
    for cell, measure in SEQUENCE.items():
        dac = np.array(PROTOCOL[cell].dac)
        values = side_by_side(bench, [(measure, int(held)) for held in dac])
        points[cell] = Points(cell, dac, np.stack(list(values)))
        cells = {**bench.known.cells, cell: _fitted(points[cell], chosen)}
        bench.known = replace(bench.known, cells=cells)
        if progress is not None:
            progress(cell)
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return Measurement(replace(bench.known, method="measured", date=date), points, chosen)


def _unmeasured(chip: VirtualHICANN) -> HICANNCalibration:
    """Return what is known before anything was measured: nominal curves, nothing good."""
    nominal = nominal_calibration(chip.wafer, chip.hicann)
    cells = {
        cell: replace(known, good=np.zeros_like(known.good))
        for cell, known in nominal.cells.items()
    }
    return replace(nominal, cells=cells)


def _fitted(points: Points, denmem: NDArray[np.int64]) -> CellCalibration:
    """Fit the measured circuits; the others have no points, so they are not good."""
    circuit = circuits_of(points.cell, denmem)
    measured = np.unique(circuit)
    value = np.full((len(points.dac), n_circuits(points.cell)), np.nan)
    value[:, measured] = _of_circuits(points.value, circuit, measured)
    fitted = fit_cell(points.cell, points.dac, value)
    return replace(fitted, good=fitted.good & _usual(fitted))


def _usual(fitted: CellCalibration) -> NDArray[np.bool_]:
    """Return which curves are not far from those of the other circuits.

    A write whose error is large at the end of the range can bend a curve so much that all of it is
    wrong: such a circuit counts as not calibrated.
    """
    usual = np.ones(len(fitted.good), dtype=bool)
    if np.count_nonzero(fitted.good) < _FEWEST_TO_COMPARE:
        return usual
    numbers = fitted.distortion
    for number in (numbers.offset, np.log(numbers.factor), np.log(numbers.gain)):
        away = np.abs(number - np.median(number[fitted.good]))
        width = _SIGMA_OF_MAD * np.median(away[fitted.good])
        usual &= away <= _LARGEST_DEVIATION * width + _ROUNDING
    return usual


def _of_circuits(value: Array, circuit: NDArray[np.intp], measured: NDArray[np.intp]) -> Array:
    """Return the mean over the denmems that share a circuit; NaN where none showed anything."""
    if len(measured) == value.shape[1]:
        return value
    known = np.isfinite(value)
    member = (circuit[:, np.newaxis] == measured).astype(np.float64)
    count = known @ member
    total = np.where(known, value, 0.0) @ member
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
