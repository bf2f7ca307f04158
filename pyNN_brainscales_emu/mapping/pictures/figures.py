"""What all pictures share: figures outside of pyplot, colours, and how numbers are written.

Colours are those of Okabe and Ito (jfly.uni-koeln.de/color) and sequential maps of ColorBrewer
that grow darker, so that pictures can be read by the colour-blind and in grey.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError, OptionError

ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
RED: Final = "#D55E00"
PINK: Final = "#CC79A7"
DARK: Final = "#333333"
#: Text and lines that stand back, broken components, and places that are not used.
GREY: Final = "#7F7F7F"
BROKEN: Final = "#BDBDBD"
UNUSED: Final = "#F4F4F4"
#: For things of which there are many, one after the other.
CYCLE: Final = (RED, BLUE, GREEN, PINK, ORANGE, SKY)
#: Likewise, pale: the light scheme of Paul Tol (personal.sron.nl/~pault).
PALE_CYCLE: Final = (
    *("#77AADD", "#EEDD88", "#FFAABB", "#44BB99", "#EE8866", "#99DDFF", "#BBCC33", "#AAAA00"),
)

#: Where a sequential map begins, 0 to 1.
_LIGHTEST: Final = 0.12
#: Between the parts of a figure, in inches.
_PADDING: Final = 0.09
#: Legends in axes that are given: columns, and distance below the axes in sizes of the font.
_NARROW: Final = 2
_BELOW_LABEL: Final = 4.6
_MILLION: Final = 1e6
#: Smaller shares than this are written with more digits, in percent.
_SMALL_PERCENT: Final = 0.1


def new_figure(width: float, height: float) -> Any:
    """Return a figure that pyplot does not know of; sizes in inches.

    Raises
    ------
    DataError
        If Matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    # Matplotlib's own distance is too small for a legend below axes of a fixed aspect
    engine: Any = figure.get_layout_engine()
    engine.set(h_pad=_PADDING)
    return figure


def axes_to_draw_in(caller: str, ax: Any, width: float, height: float) -> Any:
    """Return the axes given, or those of a new figure.

    Raises
    ------
    OptionError
        If something else is given.
    DataError
        If Matplotlib is not installed.
    """
    if ax is None:
        return new_figure(width, height).add_subplot()
    require_matplotlib()
    from matplotlib.axes import Axes

    return _checked(caller, "ax", ax, Axes)


def check_figure(caller: str, figure: Any) -> None:
    """Check that what is given to draw in is a figure, or a part of one, or None.

    Raises
    ------
    OptionError, DataError
        As `axes_to_draw_in`.
    """
    require_matplotlib()
    from matplotlib.figure import FigureBase

    if figure is not None:
        _checked(caller, "figure", figure, FigureBase)


def _checked(caller: str, option: str, given: Any, kind: type) -> Any:
    if not isinstance(given, kind):
        kinds = {"ax": "one Axes", "figure": "a Figure or SubFigure"}
        limit = f"{kinds[option]} of Matplotlib, or None for a new figure"
        raise OptionError(f"{caller}: {option}", value=given, limit=limit)
    return given


def require_matplotlib() -> None:
    """Raise a `DataError` if Matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise DataError(
            "pictures of a mapping need Matplotlib, which is not installed",
            remedy="pip install 'pyNN-brainscales-emu[plot]', or leave the pictures out.",
        ) from None


def figure_of(axes: Any) -> Any:
    """Return the whole figure that axes belong to."""
    return axes.figure.figure


def sequential_map(name: str, fade: float = 0.0, levels: int = 256) -> Any:
    """Return a sequential map of Matplotlib without its palest colours.

    Parameters
    ----------
    fade : float
        How much white is mixed in, 0 to 1.
    levels : int
        Number of colours.
    """
    import matplotlib
    from matplotlib.colors import ListedColormap

    colours = matplotlib.colormaps[name](np.linspace(_LIGHTEST, 1.0, levels))
    return ListedColormap(fade + (1.0 - fade) * colours[:, :3])


def add_strokes(axes: Any, ends: NDArray[np.float64], zorder: float, **style: Any) -> None:
    """Add straight strokes, all at once; `ends` is (n, 2, 2)."""
    from matplotlib.collections import LineCollection

    make: Any = LineCollection
    axes.add_collection(make(ends, zorder=zorder, **style))


def add_polygons(axes: Any, corners: NDArray[np.float64], **style: Any) -> Any:
    """Add polygons, all at once, and return them; `corners` is (n, n_corners, 2)."""
    from matplotlib.collections import PolyCollection

    make: Any = PolyCollection
    return axes.add_collection(make(corners, **style))


def put_title(axes: Any, is_new: bool, text: str) -> None:
    """Write a title above the axes, or above the whole of a figure of our own."""
    if is_new:
        axes.figure.suptitle(text, fontsize="medium")
    else:
        axes.set_title(text, fontsize="small")


def put_legend(axes: Any, is_new: bool, columns: int) -> None:
    """Explain the labelled parts below the axes, outside of them in a figure of our own."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    style = {"fontsize": "small", "frameon": False}
    if is_new:
        ncols = min(columns, len(handles))
        axes.figure.legend(handles, labels, loc="outside lower center", ncols=ncols, **style)
    else:
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": _BELOW_LABEL}
        axes.legend(handles, labels, ncols=_NARROW, **place, **style)


def alternating(colours: tuple[str, ...] = CYCLE) -> Callable[[NDArray[np.integer]], NDArray[Any]]:
    """Return a function from numbers to RGBA colours, which repeat."""
    from matplotlib.colors import to_rgba_array

    table = to_rgba_array(colours)
    return lambda numbers: np.asarray(table[np.asarray(numbers) % len(table)])


def in_words(number: int) -> str:
    """Return a count as people write it: 980, 22 445, 4.03 M."""
    if number >= _MILLION:
        return f"{number / _MILLION:.3g} M" if number < 100 * _MILLION else f"{number / 1e6:.0f} M"
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def counted(number: int, noun: str) -> str:
    """Return a count with its noun: 1 HICANN, 2 HICANNs."""
    return f"{in_words(number)} {noun}{'' if number == 1 else 's'}"


def percent(part: float, whole: float) -> str:
    """Return a share: 12 %, 1.3 %, 0.04 %; never 0 % for a part that is not 0."""
    if not whole or not part:
        return "0 %"
    share = 100.0 * part / whole
    if share >= 99.95 and part < whole:
        return "> 99.9 %"
    return f"{share:.3g} %" if share >= _SMALL_PERCENT else f"{share:.1g} %"


def round_limit(largest: float) -> float:
    """Return a round number that is not below the largest value: 1, 1.5, 2, 2.5, 3, 4, ... ."""
    if not np.isfinite(largest) or largest <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    steps = power * np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])
    return float(steps[steps >= largest * (1 - 1e-9)][0])
