"""The tables that ``calibrate`` prints."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pyNN_brainscales_emu.calibration.comparison import READOUT_SHIFT, CalibrationDifference
from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS
from pyNN_brainscales_emu.calibration.storage import CalibrationFile
from pyNN_brainscales_emu.calibration.tables import circuits_of
from pyNN_brainscales_emu.command_line.output import write_line, write_table
from pyNN_brainscales_emu.measurement.figures import QUANTITIES
from pyNN_brainscales_emu.measurement.hicann import Measurement
from pyNN_brainscales_emu.measurement.spread import Spread


def write_spreads(measurement: Measurement, spreads: Mapping[str, Spread], profile: str) -> None:
    """Print mean and standard deviation of every parameter, with and without calibration."""
    hicann = measurement.calibration
    lost = np.count_nonzero(hicann.blacklisted[measurement.denmem])
    write_line(
        f"wafer {hicann.wafer}, HICANN {hicann.hicann}, profile {profile}: "
        f"{len(measurement.denmem)} denmems measured, {lost} could not be calibrated"
        f"{_lost_cells(measurement)}"
    )
    shift = 1e3 * hicann.readout_shift[measurement.denmem]
    write_line(
        f"offsets of the read-out, taken off: {shift.min():.1f} to {shift.max():.1f} mV, "
        f"sd {shift.std():.1f} mV"
    )
    head = ("cell", "parameter", "target", "without: mean", "sd", "with: mean", "sd", "profile")
    write_table(head, [_spread_row(spread) for spread in spreads.values()], n_left=2)
    write_line(
        "deviations from the target: mV, or % of the target; without, with: set by the nominal\n"
        "curves, by the calibration; profile: sd after calibration that it states\n"
    )


def _lost_cells(measurement: Measurement) -> str:
    """Return which cells could not be calibrated, of how many denmems."""
    counts = {
        cell: np.count_nonzero(~known.good[circuits_of(cell, measurement.denmem)])
        for cell, known in measurement.calibration.cells.items()
    }
    lost = ", ".join(f"{cell} of {count}" for cell, count in counts.items() if count)
    return f" ({lost})" if lost else ""


def _spread_row(spread: Spread) -> list[str]:
    name, unit, factor = QUANTITIES[spread.cell]
    found = [spread.deviation(which) for which in ("before", "after")]
    numbers = [f(values) if len(values) else np.nan for values in found for f in (np.mean, np.std)]
    target = f"{factor * spread.target:.4g} {unit}"
    cells = [_deviation(spread.cell, float(n)) for n in (*numbers, spread.expected_sd)]
    return [spread.cell, name, target, *cells]


def write_differences(
    first: CalibrationFile,
    second: CalibrationFile,
    differences: Mapping[str, CalibrationDifference],
) -> None:
    """Print how two calibrations differ, cell by cell."""
    for name, file in (("A", first), ("B", second)):
        write_line(f"{name}: {file.path}, wafer {file.wafer}, profile {file.variation}")
        for number, hicann in sorted(file.hicanns.items()):
            bad = np.count_nonzero(hicann.blacklisted)
            written = f", {hicann.date}" if hicann.date else ""
            denmems = "1 denmem" if bad == 1 else f"{bad} denmems"
            write_line(f"   HICANN {number}: {hicann.method}{written}, {denmems} blacklisted")
    head = ("cell", "B - A: mean", "sd", "largest", "circuits", "only A", "only B")
    rows = []
    for cell, found in differences.items():
        values = [_deviation(cell, v) for v in (found.mean, found.sd, found.largest)]
        counts = (found.n_circuits, found.n_only_first, found.n_only_second)
        rows.append([cell, *values, *map(str, counts)])
    write_table(head, rows)
    write_line("differences at the measured values of the cell: mV, or % of the value")


def _deviation(cell: str, value: float) -> str:
    if not np.isfinite(value):
        return "-"
    if cell in (*POTENTIAL_CELLS, READOUT_SHIFT):
        return f"{1e3 * value:.1f} mV"
    return f"{100 * value:.1f} %"
