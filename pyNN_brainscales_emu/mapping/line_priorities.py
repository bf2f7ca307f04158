"""Which layer-1 lines are routed first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.layer1_results import LineTable
from pyNN_brainscales_emu.mapping_options import MappingOptions

_DEFAULT = 1.0


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
