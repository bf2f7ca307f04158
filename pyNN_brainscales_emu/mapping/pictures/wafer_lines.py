"""Layer-1 lines in the picture of the wafer."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y
from pyNN_brainscales_emu.mapping.pictures.bus_lines import BusLines
from pyNN_brainscales_emu.mapping.pictures.figures import DARK, RED, add_strokes, alternating

#: So many lines are drawn thick.
_FEW_LINES: Final = 8


def draw_lines(axes: Any, lines: BusLines, is_all: bool) -> None:
    """Draw all lines of the wafer alike, or some in colours of their own with starts and ends."""
    ends = np.concatenate([lines.buses, lines.links])
    if is_all:
        _draw_many(axes, ends)
    else:
        numbers = np.concatenate([lines.buses_line, lines.links_line])
        _mark_points(axes, lines, size=_draw_few(axes, ends, numbers))


def _draw_many(axes: Any, ends: Any) -> None:
    """Draw lines: the more there are, the thinner and paler each of them."""
    faint = float(np.clip(30.0 / np.sqrt(max(1, len(ends))), 0.12, 0.8))
    style = {"colors": DARK, "linewidths": 0.25 + 0.6 * faint, "alpha": faint}
    add_strokes(axes, ends, 3, label="_lines", **style)
    axes.plot([], [], color=DARK, linewidth=1.0, label="layer-1 lines")


def _draw_few(axes: Any, ends: Any, numbers: Any) -> float:
    """Draw each line in its colour; return the size of the marks that fits."""
    distinct, order = np.unique(numbers, return_inverse=True)
    are_few = len(distinct) <= _FEW_LINES
    label = "layer-1 line" if len(distinct) == 1 else "_lines"
    width = 1.4 if are_few else 0.8
    add_strokes(axes, ends, 4, label=label, colors=alternating()(order), linewidths=width)
    return 34.0 if are_few else 14.0


def _mark_points(axes: Any, lines: BusLines, size: float) -> None:
    """Mark where lines start, end, end without a driver, and which HICANNs they miss."""
    kinds = (
        ("sending repeater", ">", 1.0, "black", lines.starts),
        ("synapse drivers", "o", 0.45, "black", lines.ends),
        ("no driver", "s", 0.45, RED, lines.blind_ends),
    )
    for label, marker, scale, colour, points in kinds:
        if len(points):
            style = {"edgecolors": "white", "linewidths": 0.5, "zorder": 6, "color": colour}
            axes.scatter(*points.T, s=scale * size, marker=marker, label=label, **style)
    if len(lines.failed):
        at = (HICANN_X[lines.failed] + 0.5, HICANN_Y[lines.failed] + 0.5)
        style = {"color": RED, "s": 40, "linewidths": 1.8, "zorder": 6}
        axes.scatter(*at, marker="x", label="not reached", **style)
