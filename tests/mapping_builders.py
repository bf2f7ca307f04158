"""Mappings made by hand, without routes."""

import numpy as np

from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.layer1_results import (
    DriverAllocation,
    Layer1Routing,
    LineTable,
    RowSettings,
)
from pyNN_brainscales_emu.mapping.mapped_network import network_of
from pyNN_brainscales_emu.mapping.results import MappingResult

NOTHING = np.zeros(0, dtype=np.int32)


def unrouted(graph, placement, projections=(), n_rows=0, row_place=None):
    """A mapping with a placement, and projections whose synapses may have no place."""
    no_line = np.full(graph.n_cells, -1, dtype=np.int32)
    if row_place is None:
        row_place = np.full((n_rows, 2), -1, dtype=np.int32)
    return MappingResult(
        placement,
        tuple(projections),
        row_place,
        np.full((384, 8), -1, dtype=np.int8),
        LineTable(NOTHING, NOTHING, no_line, no_line),
        Layer1Routing(*[NOTHING] * 10),
        DriverAllocation(*[NOTHING] * 4),
        RowSettings(
            np.full((384, 448), -1, dtype=np.int32),
            np.full((384, 448), -1, dtype=np.int8),
            np.full((384, 448), -1, dtype=np.int8),
            np.full((384, 448, 2), -1, dtype=np.int8),
        ),
        Defects(),
        network_of(graph),
    )
