"""The picture of how many runs networks take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.partition.run_counts import RunCounts

_ROW_INCHES = 0.32
_COLOUR = "#0072B2"
_COLOUR_SEVERAL_CHIPS = "#D55E00"


def draw_run_counts(counts: Sequence[RunCounts]) -> Any:
    """Draw the runs of networks as bars on a logarithmic axis, as figure 2 of Arnold et al. (2025).

    Parameters
    ----------
    counts : sequence of RunCounts
        From top to bottom.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot.

    Raises
    ------
    NetworkError
        Without a network.
    """
    if not counts:
        raise NetworkError("a picture of run counts needs at least one network")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 1.3 + _ROW_INCHES * len(counts)), layout="constrained")
    axes = figure.subplots()
    for row, count in enumerate(counts):
        colour = _COLOUR_SEVERAL_CHIPS if count.needs_several_chips else _COLOUR
        axes.barh(row, count.total, color=colour, height=0.7)
        axes.annotate(
            f"{count.total:,}".replace(",", " "),
            (count.total, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    axes.set_yticks(range(len(counts)), [count.network.name for count in counts])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(0.8, 6 * max(count.total for count in counts))
    axes.set_xlabel("runs of one chip")
    axes.spines[["top", "right"]].set_visible(False)
    if any(count.needs_several_chips for count in counts):
        figure.supxlabel(
            "orange: a recurrent layer larger than the chip needs several chips side by side",
            fontsize="small",
        )
    return figure
