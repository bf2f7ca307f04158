"""The picture of the wafer: HICANNs coloured by a quantity, reticles, and layer-1 lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_COLUMNS,
    HICANN_RETICLE,
    HICANN_ROWS,
    HICANN_X,
    HICANN_Y,
    RETICLE_FPGA,
    RETICLE_HEIGHT,
    RETICLE_WIDTH,
    RETICLE_X,
    RETICLE_Y,
)
from pyNN_brainscales_emu.mapping.pictures.bus_lines import BusLines, bus_lines
from pyNN_brainscales_emu.mapping.pictures.figures import (
    BROKEN,
    DARK,
    GREY,
    PINK,
    UNUSED,
    add_polygons,
    axes_to_draw_in,
    counted,
    figure_of,
    in_words,
    percent,
    put_legend,
    put_title,
    round_limit,
    sequential_map,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_values import (
    HICANNValues,
    hicann_values,
    stimulated,
)
from pyNN_brainscales_emu.mapping.pictures.route_choice import RouteChoice, choose_routes
from pyNN_brainscales_emu.mapping.pictures.wafer_lines import draw_lines

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

REGIONS: Final = ("wafer", "used")
#: Inches for one HICANN, and for what stands around the wafer; least size of a picture.
_LARGEST_SCALE, _AROUND = 1.0, (2.2, 1.7)
_SMALLEST, _LARGEST = (7.0, 4.8), (12.6, 9.5)
_MARGIN: Final = 0.35
#: White mixed into the colours of the HICANNs under layer-1 lines.
_FADE: Final = 0.7


def plot_wafer(
    mapping: MappingResult,
    colour: str = "use",
    routes: Any = "none",
    region: str = "wafer",
    ax: Any = None,
) -> Any:
    """Draw the wafer; see `MappingResult.plot_wafer`."""
    values = hicann_values(mapping, colour)
    choice = choose_routes(mapping, routes)
    lines = None if choice is None else bus_lines(mapping, choice.lines)
    limits = _limits(mapping, region, lines)
    axes = axes_to_draw_in("plot_wafer()", ax, *_size(limits))
    _draw_hicanns(axes, mapping, values, pale=lines is not None)
    _draw_reticles(axes, limits, "FPGA " if ax is None else "")
    if region == "used":
        _write_numbers(axes, mapping)
    _mark_stimuli(axes, mapping)
    if choice is not None and lines is not None:
        draw_lines(axes, lines, choice.is_all)
    _finish(axes, limits)
    put_legend(axes, ax is None, 6 if region == "wafer" else 3)
    is_wide = region == "wafer" and ax is None
    put_title(axes, ax is None, _title(mapping, choice, is_wide))
    return figure_of(axes)


# --- what is shown -----------------------------------------------------------------------------


def _limits(
    mapping: MappingResult, region: str, lines: BusLines | None
) -> tuple[float, float, float, float]:
    """Return west, east, north and south end of the picture, in HICANNs."""
    if region not in REGIONS:
        raise OptionError("plot_wafer(): region", value=region, limit=", ".join(REGIONS))
    used = np.zeros(HICANNS_PER_WAFER, dtype=bool)
    used[mapping.hicanns] = True
    if lines is not None and len(lines.buses):
        middle = lines.buses.mean(axis=1)
        x, y = np.floor(middle).astype(int).T
        used |= np.isin(HICANN_X + HICANN_COLUMNS * HICANN_Y, x + HICANN_COLUMNS * y)
    reticles = np.unique(HICANN_RETICLE[used])
    if region == "wafer" or not len(reticles):
        return -_MARGIN, HICANN_COLUMNS + _MARGIN, -_MARGIN, HICANN_ROWS + _MARGIN
    x, y = RETICLE_WIDTH * RETICLE_X[reticles], RETICLE_HEIGHT * RETICLE_Y[reticles]
    east, south = x.max() + RETICLE_WIDTH, y.max() + RETICLE_HEIGHT
    return (
        float(x.min()) - _MARGIN,
        float(east) + _MARGIN,
        float(y.min()) - _MARGIN,
        float(south) + _MARGIN,
    )


def _size(limits: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return width and height of the figure in inches; few HICANNs are drawn larger."""
    west, east, north, south = limits
    inner = np.array([east - west, south - north])
    scale = np.min((np.array(_LARGEST) - _AROUND) / inner)
    width, height = np.maximum(inner * min(scale, _LARGEST_SCALE) + _AROUND, _SMALLEST)
    return float(width), float(height)


def _title(mapping: MappingResult, choice: RouteChoice | None, is_wide: bool) -> str:
    stats = mapping.stats
    places = f"{counted(stats.n_hicanns, 'HICANN')}, {counted(stats.n_fpgas, 'FPGA')}"
    cells = counted(stats.n_neurons, "neuron")
    if stats.n_sources:
        cells += f" and {counted(stats.n_sources, 'spike source')}"
    share = percent(stats.n_synapses_lost, stats.n_synapses) if stats.n_synapses_lost else "none"
    lost = (
        f"{share} of {in_words(stats.n_synapses)} synapses lost"
        if stats.n_synapses
        else "no synapses"
    )
    routes = "" if choice is None else f"\n{choice.text}"
    break_ = "; " if is_wide else "\n"
    return f"{cells} on {places}{break_}{lost}{routes}"


# --- HICANNs and reticles ----------------------------------------------------------------------


def _squares(x: NDArray[Any], y: NDArray[Any], width: float, height: float) -> NDArray[np.float64]:
    """Return (n, 4, 2) corners of rectangles from their north-western ones."""
    corners = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    return np.asarray(np.stack([x, y], axis=1)[:, np.newaxis] + corners)


def _draw_hicanns(axes: Any, mapping: MappingResult, values: HICANNValues, pale: bool) -> None:
    """Draw a square for each HICANN, and the scale of the colours."""
    squares = _squares(HICANN_X, HICANN_Y, 1.0, 1.0)
    dead = mapping.defects.dead_hicanns
    used = np.zeros(HICANNS_PER_WAFER, dtype=bool)
    used[mapping.hicanns] = True
    coloured = used & np.isfinite(values.values) & ~dead
    style: dict[str, Any] = {"edgecolors": "white", "linewidths": 0.6}
    kinds = (
        ("HICANN not used", ~coloured & ~dead, {"facecolors": UNUSED, **style}),
        (
            "defect HICANN",
            dead,
            {"facecolors": BROKEN, "hatch": "xxx", **style, "edgecolors": GREY},
        ),
    )
    for label, mask, how in kinds:
        if mask.any():
            add_polygons(axes, squares[mask], label=label, **how)
    shown = add_polygons(
        axes,
        squares[coloured],
        cmap=sequential_map(values.colours, _FADE if pale else 0.0),
        label="_coloured",
        **style,
    )
    shown.set_array(values.values[coloured])
    shown.set_clim(0.0, round_limit(np.max(values.values[coloured], initial=0.0)))
    scale = figure_of(axes).colorbar(shown, ax=axes, shrink=0.75, pad=0.015, aspect=28)
    scale.set_label(values.label)
    scale.outline.set_visible(False)


def _draw_reticles(axes: Any, limits: tuple[float, float, float, float], word: str) -> None:
    """Outline the reticles, and write the numbers of their FPGAs into them."""
    x, y = RETICLE_WIDTH * RETICLE_X, RETICLE_HEIGHT * RETICLE_Y
    outlines = _squares(x, y, RETICLE_WIDTH, RETICLE_HEIGHT)
    for colour, width in (("white", 3.0), (DARK, 1.2)):
        style = {"facecolors": "none", "edgecolors": colour, "linewidths": width, "zorder": 2}
        add_polygons(axes, outlines, label="_reticles", **style)
    west, east, north, south = limits
    at = zip(RETICLE_FPGA, x + RETICLE_WIDTH - 0.08, y + RETICLE_HEIGHT - 0.06, strict=True)
    for fpga, at_x, at_y in at:
        if west < at_x < east and north < at_y < south:
            _write(axes, at_x, at_y, f"{word}{fpga}", ha="right", va="bottom")


def _write_numbers(axes: Any, mapping: MappingResult) -> None:
    """Write the numbers of the HICANNs in use into their corners."""
    for hicann in mapping.hicanns:
        at = (HICANN_X[hicann] + 0.05, HICANN_Y[hicann] + 0.04)
        _write(axes, *at, str(hicann), ha="left", va="top", weight="bold")


def _write(axes: Any, x: float, y: float, text: str, **style: Any) -> None:
    """Write a small text that can be read on any colour."""
    box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}
    axes.text(x, y, text, fontsize=6.5, color=DARK, zorder=7, bbox=box, **style)


def _mark_stimuli(axes: Any, mapping: MappingResult) -> None:
    hicann = np.flatnonzero(stimulated(mapping))
    if len(hicann):
        at = (HICANN_X[hicann] + 0.86, HICANN_Y[hicann] + 0.17)
        style: dict[str, Any] = {
            "marker": "v",
            "s": 22,
            "color": PINK,
            "edgecolors": "white",
            "linewidths": 0.6,
        }
        axes.scatter(*at, label="spike sources come in", zorder=5, **style)


def _finish(axes: Any, limits: tuple[float, float, float, float]) -> None:
    west, east, north, south = limits
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    sides = ((axes.xaxis, west, east, RETICLE_WIDTH), (axes.yaxis, north, south, RETICLE_HEIGHT))
    for axis, low, high, coarse in sides:
        step = coarse if high - low > 2 * RETICLE_WIDTH + 1 else 1
        numbers = np.arange(int(np.ceil(low)), int(np.floor(high)))
        numbers = numbers[numbers % step == 0]
        axis.set_ticks(numbers + 0.5, [str(number) for number in numbers])
    axes.set(xlabel="HICANN x", ylabel="HICANN y")
    axes.tick_params(length=0, labelsize="small")
    axes.spines[:].set_visible(False)
