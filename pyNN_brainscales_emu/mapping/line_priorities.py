"""Which layer-1 lines are routed first."""

from __future__ import annotations

import difflib

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import OptionError, warn_of_loss
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping_options import MappingOptions

_DEFAULT = 1.0


def tell_unknown_labels(graph: BioGraph, options: MappingOptions, on_loss: str) -> None:
    """Tell which priorities are of no projection of the network.

    Raises
    ------
    OptionError
        If there are any and ``on_loss`` is ``'raise'``.

    Warns
    -----
    warn_of_loss
        If ``on_loss`` is ``'warn'``.
    """
    labels = sorted({projection.label for projection in graph.projections})
    unknown = [label for label in options.priorities if label not in labels]
    if not unknown or on_loss == "ignore":
        return
    nearest = difflib.get_close_matches(unknown[0], labels, n=1)
    hint = f"Did you mean {nearest[0]!r}?" if nearest else "They go by the projections' labels."
    if on_loss == "raise":
        what = "MappingOptions: priorities of projections that there are not"
        raise OptionError(what, value=unknown, remedy=hint)
    warn_of_loss(f"MappingOptions: priorities of projections that there are not: {unknown}. {hint}")


def line_priorities(
    graph: BioGraph, lines: LineTable, options: MappingOptions
) -> NDArray[np.float64]:
    """Return (n_lines,) the arithmetic mean of the priorities of the projections on each line.

    A projection counts on every line that carries one of its presynaptic cells
    (marocco:marocco/routing/L1Routing.cpp).
    """
    priority = [
        options.priorities.get(p.label, _DEFAULT) if p.priority is None else p.priority
        for p in graph.projections
    ]
    total, count = np.zeros(lines.n_lines), np.zeros(lines.n_lines)
    if any(value != _DEFAULT for value in priority):
        for projection, value in zip(graph.projections, priority, strict=True):
            line = np.unique(lines.cell_line[projection.presynaptic])
            total[line[line >= 0]] += value
            count[line[line >= 0]] += 1
    return np.where(count > 0, total / np.maximum(count, 1), _DEFAULT)
