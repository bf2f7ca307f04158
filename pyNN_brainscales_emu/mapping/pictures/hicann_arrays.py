"""Denmems and synapse arrays in the picture of a HICANN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import DENMEM_COLUMNS, DENMEM_ROWS, WEIGHT_LEVELS
from pyNN_brainscales_emu.mapping.pictures import hicann_plan as plan
from pyNN_brainscales_emu.mapping.pictures.figures import (
    BLUE,
    BROKEN,
    DARK,
    GREY,
    PALE_CYCLE,
    RED,
    add_strokes,
    figure_of,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_content import (
    DEFECT,
    EMPTY,
    OFF,
    broken_drivers,
    population_of_neurons,
)

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

#: So many populations have colours of their own; the others share one.
_MOST_POPULATIONS: Final = len(PALE_CYCLE)
#: Where the maps of the weights begin, so that weight 0 is seen on white.
_LIGHTEST_WEIGHT: Final = 0.3
_LONGEST_LABEL: Final = 24


# --- synapses ----------------------------------------------------------------------------------


def draw_synapses(axes: Any, levels: NDArray[np.int16], with_weights: bool) -> None:
    """Draw both arrays as images, one pixel a synapse."""
    from matplotlib.colors import to_rgba

    negative, positive = _weight_colours() if with_weights else _sign_colours()
    image = np.ones((*levels.shape, 4))
    for mask, colours in ((levels > 0, positive), (levels < 0, negative)):
        chosen = mask & (levels > EMPTY)
        image[chosen] = colours[np.abs(levels[chosen]) - 1]
    image[levels == OFF] = to_rgba(DARK)
    image[levels == DEFECT] = to_rgba(BROKEN)
    for half, north in ((slice(0, plan.ARRAY_ROWS), 0.0), (slice(plan.ARRAY_ROWS, None), 1.0)):
        north *= plan.LOWER_ARRAY
        extent = (0, plan.WIDTH, north + plan.ARRAY_ROWS, north)
        axes.imshow(image[half], extent=extent, aspect="auto", interpolation="nearest", zorder=2)
        draw_frame(axes, (0, north), (plan.WIDTH, plan.ARRAY_ROWS))
    if with_weights:
        _draw_scale(axes, negative, positive)
    else:
        for colour, sign, label in ((RED, 1, "excitatory"), (BLUE, -1, "inhibitory")):
            _explain(axes, np.any(levels == sign), colour, f"{label} synapse")
    _explain(axes, np.any(levels == OFF), DARK, "synapse off")


def _sign_colours() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (1, 4) colours of inhibitory and of excitatory synapses."""
    from matplotlib.colors import to_rgba_array

    return to_rgba_array([BLUE]), to_rgba_array([RED])


def _weight_colours() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (16, 4) colours of inhibitory and of excitatory weights."""
    import matplotlib

    strength = np.linspace(_LIGHTEST_WEIGHT, 1.0, WEIGHT_LEVELS)
    return matplotlib.colormaps["Blues"](strength), matplotlib.colormaps["Oranges"](strength)


def _draw_scale(axes: Any, negative: NDArray[np.float64], positive: NDArray[np.float64]) -> None:
    """Draw the scale of the digital weights, inhibitory ones below excitatory ones."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = ListedColormap(np.concatenate([negative[::-1], positive]))
    bounds = np.arange(2 * WEIGHT_LEVELS + 1)
    mappable = ScalarMappable(BoundaryNorm(bounds, 2 * WEIGHT_LEVELS), colours)
    scale = figure_of(axes).colorbar(mappable, ax=axes, shrink=0.6, pad=0.01, aspect=36)
    at = np.array([0, 5, 10, 15])
    ticks = np.concatenate([WEIGHT_LEVELS - 1 - at[::-1], WEIGHT_LEVELS + at]) + 0.5
    scale.set_ticks(ticks, labels=[str(n) for n in (*at[::-1], *at)])
    scale.minorticks_off()
    scale.ax.tick_params(length=0, labelsize="small")
    scale.set_label("inhibitory        digital weight        excitatory")
    scale.outline.set_visible(False)


# --- denmems -----------------------------------------------------------------------------------


def draw_denmems(
    axes: Any, mapping: MappingResult, hicann: int, neurons: NDArray[np.int32]
) -> None:
    """Draw both rows of denmems: the population's colour, borders of neurons, what is broken."""
    from matplotlib.colors import to_rgba, to_rgba_array

    populations = population_of_neurons(mapping)
    present, count = np.unique(populations[neurons[neurons >= 0]], return_counts=True)
    ranked = present[np.argsort(-count, kind="stable")]
    rank = np.zeros(len(mapping.network.populations) + 1, dtype=np.int64)
    rank[ranked] = np.minimum(np.arange(len(ranked)), _MOST_POPULATIONS)
    palette = to_rgba_array([*PALE_CYCLE, DARK])
    image = np.ones((DENMEM_ROWS, DENMEM_COLUMNS, 4))
    used = neurons >= 0
    image[used] = palette[rank[populations[neurons[used]]]]
    broken = mapping.defects.denmem[hicann].reshape(DENMEM_ROWS, DENMEM_COLUMNS)
    broken = broken | mapping.defects.dead_hicanns[hicann]
    image[broken] = to_rgba(BROKEN)
    for row, north in enumerate((plan.TOP_DENMEMS, plan.BOTTOM_DENMEMS)):
        extent = (0, plan.WIDTH, north + plan.DENMEM_HEIGHT, north)
        axes.imshow(image[row : row + 1], extent=extent, aspect="auto", zorder=2)
        _draw_neuron_borders(axes, neurons[row], north)
        _cross_out(axes, np.flatnonzero(broken[row]), north)
        draw_frame(axes, (0, north), (plan.WIDTH, plan.DENMEM_HEIGHT))
    _explain_populations(axes, mapping, ranked)
    anything = broken.any() or len(broken_drivers(mapping, hicann))
    _explain(axes, bool(anything), BROKEN, "defect or blacklisted")


def _draw_neuron_borders(axes: Any, neurons: NDArray[np.int32], north: float) -> None:
    borders = 1 + np.flatnonzero(np.diff(neurons))
    style = {"colors": DARK, "linewidths": 0.6, "zorder": 3}
    axes.vlines(borders, north, north + plan.DENMEM_HEIGHT, **style)


def _cross_out(axes: Any, columns: NDArray[np.intp], north: float) -> None:
    """Draw a stroke from corner to corner of broken denmems."""
    ends = np.stack(
        [
            np.stack([columns, np.full(len(columns), north + plan.DENMEM_HEIGHT)], axis=1),
            np.stack([columns + 1.0, np.full(len(columns), north)], axis=1),
        ],
        axis=1,
    )
    add_strokes(axes, ends, 3, colors=DARK, linewidths=0.7, label="_broken")


def _explain_populations(axes: Any, mapping: MappingResult, ranked: NDArray[np.int32]) -> None:
    for colour, number in zip(PALE_CYCLE, ranked, strict=False):
        label = mapping.network.populations[number][0]
        if len(label) > _LONGEST_LABEL:
            label = label[: _LONGEST_LABEL - 1] + "…"
        _explain(axes, True, colour, f"denmem of {label}")
    others = len(ranked) - _MOST_POPULATIONS
    _explain(axes, others > 0, DARK, f"denmem of {others} other populations")


# --- both --------------------------------------------------------------------------------------


def draw_frame(axes: Any, corner: tuple[float, float], size: tuple[float, float]) -> None:
    """Draw a grey outline from its north-western corner."""
    from matplotlib.patches import Rectangle

    style = {"fill": False, "edgecolor": GREY, "linewidth": 0.7, "zorder": 4}
    make: Any = Rectangle
    axes.add_patch(make(corner, *size, **style))


def _explain(axes: Any, is_there: bool | np.bool_, colour: str, label: str) -> None:
    """Add an entry to the legend."""
    if is_there:
        axes.scatter([], [], marker="s", s=40, color=colour, label=label)
