"""Figures of a measured calibration, after Schmitt et al. (2017), fig. 3. Matplotlib is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.measurement.bench import Array
from pyNN_brainscales_emu.measurement.hicann import Measurement
from pyNN_brainscales_emu.measurement.points import Points
from pyNN_brainscales_emu.measurement.spread import Spread

#: Quantity and axis unit of each cell, and the factor from V, s, S or A.
QUANTITIES: Final = {
    "V_reset": ("reset potential", "V", 1.0),
    "V_t": ("threshold", "V", 1.0),
    "E_syni": ("inhibitory reversal potential", "V", 1.0),
    "E_synx": ("excitatory reversal potential", "V", 1.0),
    "E_l": ("resting potential", "V", 1.0),
    "V_exp": ("exponential threshold", "V", 1.0),
    "I_pl": ("refractory period", "µs", 1e6),
    "I_gl": ("membrane time constant", "µs", 1e6),
    "V_syntcx": ("excitatory time constant", "µs", 1e6),
    "V_syntci": ("inhibitory time constant", "µs", 1e6),
    "I_gladapt": ("adaptation conductance", "µS", 1e6),
    "I_radapt": ("adaptation time constant", "µs", 1e6),
    "I_fire": ("adaptation step", "nA", 1e9),
    "I_rexp": ("exponential slope", "mV", 1e3),
}
_N_CURVES: Final = 6
_N_BINS: Final = 40


def draw_calibration(
    measurement: Measurement,
    spreads: dict[str, Spread],
    cells: Sequence[str] = ("I_gl", "V_syntcx"),
) -> Any:
    """Return a figure: a row for each cell, curves on the left, histograms on the right.

    Parameters
    ----------
    measurement : Measurement
    spreads : dict of str to Spread
    cells : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        To be saved with its ``savefig``; pyplot does not know of it.

    Raises
    ------
    DataError
        If Matplotlib is not installed.
    """
    figure_class = _figure_class()
    figure = figure_class(figsize=(10.0, 3.4 * len(cells)), layout="constrained")
    rows = figure.subplots(len(cells), 2, squeeze=False)
    for (left, right), cell in zip(rows, cells, strict=True):
        _draw_curves(left, measurement, measurement.points[cell])
        _draw_histogram(right, spreads[cell])
    hicann = measurement.calibration
    figure.suptitle(
        f"wafer {hicann.wafer}, HICANN {hicann.hicann}: {len(measurement.denmem)} denmems"
    )
    return figure


def _draw_curves(axes: Any, measurement: Measurement, points: Points) -> None:
    """Draw measured points and fitted curves of some denmems."""
    name, unit, factor = QUANTITIES[points.cell]
    good = np.flatnonzero(~measurement.calibration.blacklisted[measurement.denmem])
    chosen = good[np.linspace(0, len(good) - 1, min(_N_CURVES, len(good))).astype(int)]
    dac = np.linspace(points.dac[0], points.dac[-1], 400)
    for number, column in enumerate(chosen):
        denmem = int(measurement.denmem[column])
        curve = _curve(measurement, points.cell, denmem, dac)
        axes.plot(dac, factor * curve, color=f"C{number}", linewidth=1.0)
        axes.plot(
            points.dac,
            factor * points.value[:, column],
            "o",
            color=f"C{number}",
            markersize=3.5,
            label=f"denmem {denmem}",
        )
    if points.cell not in POTENTIAL_CELLS:
        axes.set_yscale("log")
        axes.set_xscale("log" if points.dac[-1] > 8 * points.dac[0] else "linear")
    axes.set(xlabel=f"{points.cell} (DAC)", ylabel=f"{name} ({unit})", title="measured, and fits")
    axes.legend(fontsize="small")


def _curve(measurement: Measurement, cell: str, denmem: int, dac: Array) -> Array:
    column = measurement.calibration.inverse(cell, dac[:, np.newaxis], np.array([denmem]))
    return np.asarray(column[:, 0])


def _draw_histogram(axes: Any, spread: Spread) -> None:
    """Draw how often a value was measured, with and without calibration."""
    name, unit, factor = QUANTITIES[spread.cell]
    before, after = (factor * v[np.isfinite(v)] for v in (spread.before, spread.after))
    low, high = np.quantile(np.concatenate([before, after]), (0.002, 0.99))
    bins = np.linspace(low, high, _N_BINS)
    for values, label, color in ((before, "without", "C7"), (after, "with", "C0")):
        shown = np.clip(values, low, high)  # what lies outside is counted in the last bins
        legend = f"{label} calibration: {values.mean():.3g} ± {values.std():.2g} {unit}"
        axes.hist(shown, bins, color=color, alpha=0.65, label=legend)
    axes.axvline(factor * spread.target, color="black", linestyle="--", label="target")
    title = "all set to the same target (beyond the ends: in the last bins)"
    axes.set(xlabel=f"{name} ({unit})", ylabel="denmems")
    axes.set_title(title, fontsize="medium")
    axes.legend(fontsize="small")


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise DataError(
            "figures need Matplotlib, which is not installed",
            remedy="pip install 'pyNN-brainscales-emu[plot]', or leave the figure out.",
        ) from None
    return Figure
