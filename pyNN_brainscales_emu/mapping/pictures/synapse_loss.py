"""The picture of realised and lost synapses, of one projection or of all."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.mapping.pictures.connection_matrix import (
    ConnectionMatrix,
    count_connections,
)
from pyNN_brainscales_emu.mapping.pictures.figures import (
    BLUE,
    DARK,
    PINK,
    RED,
    UNUSED,
    check_figure,
    counted,
    in_words,
    new_figure,
    percent,
    round_limit,
    sequential_map,
)
from pyNN_brainscales_emu.mapping.results import LossReason

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

#: Colour of each `LossReason`.
COLOURS: Final = {
    LossReason.REALISED: "#9DB8C9",
    LossReason.LAYER1_ROUTE: BLUE,
    LossReason.DRIVER: RED,
    LossReason.ADDRESS: PINK,
    LossReason.FAN_IN: DARK,
}
_CAUSES: Final = tuple(reason for reason in LossReason if reason is not LossReason.REALISED)
#: So many projections get a bar of their own: those that lose most.
_MOST_BARS: Final = 40
_LONGEST_LABEL: Final = 34


def plot_synapse_loss(mapping: MappingResult, projection: Any = None, figure: Any = None) -> Any:
    """Draw realised and lost synapses; see `MappingResult.plot_synapse_loss`."""
    check_figure("plot_synapse_loss()", figure)
    if projection is None:
        return _draw_network(mapping, figure)
    return _draw_projection(mapping, projection, figure)


# --- one projection ----------------------------------------------------------------------------


def _draw_projection(mapping: MappingResult, projection: Any, figure: Any) -> Any:
    number = _number_of(mapping, projection)
    matrix = _matrix_of(mapping, number, projection)
    counts = _counts(mapping, number)
    if figure is None:
        figure = new_figure(11.0, 5.2) if matrix is not None else new_figure(7.0, 3.6)
    if matrix is None:
        bars = figure.subplots()
    else:
        cells, bars = figure.subplots(1, 2, width_ratios=(1.35, 1.0))
        _draw_matrix(cells, matrix)
    _draw_causes(bars, counts)
    label = mapping.network.projections[number][0]
    figure.suptitle(f"{label}: {_summary(counts)}", fontsize="medium")
    return figure.figure


def _number_of(mapping: MappingResult, projection: Any) -> int:
    number = getattr(projection, "projection_number", projection)
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        limit = "a Projection, its number, or None"
        raise PlacementError("mapping.plot_synapse_loss()", value=projection, limit=limit)
    mapping.find_synapses(int(number))  # raises for a number that the network does not have
    return int(number)


def _matrix_of(mapping: MappingResult, number: int, projection: Any) -> ConnectionMatrix | None:
    synapses = getattr(projection, "synapses", None)
    if synapses is None:
        return None
    mapping.network.check_projection(projection)
    reason = mapping.projections[number].reason
    return count_connections(synapses.shape, synapses.pre, synapses.post, reason)


def _counts(mapping: MappingResult, number: int) -> NDArray[np.int64]:
    """Return (5,) synapses of a projection by `LossReason`."""
    return np.bincount(mapping.projections[number].reason, minlength=len(LossReason))


def _summary(counts: NDArray[np.int64]) -> str:
    asked = int(counts.sum())
    lost = asked - int(counts[LossReason.REALISED])
    if not asked:
        return "no synapses"
    if not lost:
        return f"{counted(asked, 'synapse')}, none lost"
    return f"{in_words(lost)} of {counted(asked, 'synapse')} lost ({percent(lost, asked)})"


def _draw_matrix(axes: Any, matrix: ConnectionMatrix) -> None:
    n_pre, n_post = matrix.shape
    axes.set(xlabel="postsynaptic cell", ylabel="presynaptic cell", facecolor="white")
    style = {
        "extent": (-0.5, n_post - 0.5, n_pre - 0.5, -0.5),
        "aspect": "auto",
        "interpolation": "nearest",
    }
    if matrix.is_binned:
        _draw_shares(axes, matrix, style)
    else:
        _draw_pairs(axes, matrix, style)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)


def _draw_shares(axes: Any, matrix: ConnectionMatrix, style: dict[str, Any]) -> None:
    """Draw the share lost in each bin."""
    share = 100.0 * matrix.share_lost
    largest = round_limit(float(np.max(share[matrix.asked > 0], initial=0.0)))
    lightest = sequential_map("YlOrRd")
    image = axes.imshow(share, cmap=lightest, vmin=0.0, vmax=largest, **style)
    scale = axes.figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    size = [-(-n // bins) for n, bins in zip(matrix.shape, share.shape, strict=True)]
    scale.set_label(f"synapses lost (%), in bins of about {size[0]} x {size[1]} cells")
    scale.outline.set_visible(False)


def _draw_pairs(axes: Any, matrix: ConnectionMatrix, style: dict[str, Any]) -> None:
    """Draw what became of each pair of cells; of several synapses the one that fared worst."""
    from matplotlib.colors import to_rgba_array
    from matplotlib.patches import Patch

    image = to_rgba_array([COLOURS[reason] for reason in LossReason])[matrix.worst_reason]
    image[matrix.asked == 0] = 1.0
    axes.imshow(image, **style)
    present = np.unique(matrix.worst_reason[matrix.asked > 0])
    handles = [Patch(color=COLOURS[LossReason(r)], label=LossReason(r).label) for r in present]
    if handles:
        place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": len(handles)}
        axes.legend(handles=handles, frameon=False, fontsize="small", **place)


def _draw_causes(axes: Any, counts: NDArray[np.int64]) -> None:
    """Draw a bar for realised synapses, and one for each reason of a loss."""
    places = np.arange(len(LossReason))
    colours = [COLOURS[reason] for reason in LossReason]
    axes.barh(places, counts, color=colours, height=0.62)
    asked, largest = int(counts.sum()), max(int(counts.max()), 1)
    for place, count in zip(places, counts, strict=True):
        text = f" {in_words(int(count))} ({percent(count, asked)})" if count else " 0"
        axes.text(count, place, text, va="center", ha="left", fontsize="small")
    axes.set_yticks(places, [reason.label for reason in LossReason])
    axes.set(xlim=(0, 1.7 * largest), ylim=(len(LossReason) - 0.4, -0.6), xlabel="synapses")
    axes.xaxis.set_major_formatter(lambda value, _: in_words(round(value)))
    axes.locator_params(axis="x", nbins=4, integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


# --- all projections ---------------------------------------------------------------------------


def _draw_network(mapping: MappingResult, figure: Any) -> Any:
    """Draw a bar for each projection: the share lost, by reason."""
    labels = [label for label, _, _ in mapping.network.projections]
    counts = [_counts(mapping, number) for number in range(len(labels))]
    table = np.array(counts, dtype=np.int64).reshape(-1, len(LossReason))
    shown = _shown_projections(table)
    if figure is None:
        figure = new_figure(8.5, 1.9 + 0.3 * max(len(shown), 2))
    axes = figure.subplots()
    _draw_shares_of_projections(axes, table[shown])
    axes.set_yticks(range(len(shown)), [_shortened(labels[number]) for number in shown])
    total = table.sum(axis=0)
    left_out = len(labels) - len(shown)
    note = f"\nthe {len(shown)} of {len(labels)} projections that lose most" if left_out else ""
    figure.suptitle(
        f"{counted(len(labels), 'projection')}: {_summary(total)}{note}", fontsize="medium"
    )
    return figure.figure


def _shown_projections(table: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the projections that get a bar, in their order."""
    share = table[:, 1:].sum(axis=1) / np.maximum(table.sum(axis=1), 1)
    return np.sort(np.argsort(-share, kind="stable")[:_MOST_BARS])


def _draw_shares_of_projections(axes: Any, table: NDArray[np.int64]) -> None:
    asked = table.sum(axis=1)
    share = 100.0 * table / np.maximum(asked, 1)[:, np.newaxis]
    lost = share[:, 1:].sum(axis=1)
    limit = round_limit(float(lost.max(initial=0.0)))
    places, begin = np.arange(len(table)), np.zeros(len(table))
    axes.barh(places, np.full(len(table), limit), color=UNUSED, height=0.66)
    for reason in _CAUSES:
        width = share[:, reason]
        label = reason.label if width.any() else None
        axes.barh(places, width, left=begin, color=COLOURS[reason], height=0.66, label=label)
        begin = begin + width
    for place, counts in zip(places, table, strict=True):
        axes.text(1.02 * limit, place, _note(counts), va="center", ha="left", fontsize="small")
    axes.set(xlim=(0, limit), ylim=(max(len(table), 1) - 0.4, -0.6), xlabel="synapses lost (%)")
    if lost.any():
        style = {"frameon": False, "fontsize": "small", "ncols": len(_CAUSES)}
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), **style)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _note(counts: NDArray[np.int64]) -> str:
    asked = int(counts.sum())
    lost = asked - int(counts[LossReason.REALISED])
    if not asked:
        return "no synapses"
    return f"{in_words(lost)} of {in_words(asked)}" if lost else f"none of {in_words(asked)}"


def _shortened(label: str) -> str:
    return textwrap.shorten(label, _LONGEST_LABEL, placeholder="…") if " " in label else label
