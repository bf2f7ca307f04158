"""Synapse columns of logical neurons, by parity.

The columns of a neuron are those of its denmems: a synapse in column x of the top (bottom) array
drives the top (bottom) denmem of column x (halco:include/halco/hicann/v2/synapse.h), and a neuron
has both. Rows set their address prefix for even and odd columns apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import DENMEM_COLUMNS, DENMEM_ROWS
from pyNN_brainscales_emu.mapping.results import Placement

#: Parities of columns, and what may take either.
EVEN, ODD, FREE = range(3)


@dataclass(frozen=True, eq=False)
class NeuronColumns:
    """Columns of each neuron.

    Attributes
    ----------
    hicann : (n_neurons,) int32
    first : (n_neurons, 2) int32
        First even and first odd column; the others of a parity follow in steps of two.
    count : (n_neurons, 2) int32
        How many even and odd columns; together half the neuron's size.
    """

    hicann: NDArray[np.int32]
    first: NDArray[np.int32]
    count: NDArray[np.int32]


def neuron_columns(placement: Placement) -> NeuronColumns:
    """Return the synapse columns of placed neurons."""
    west = placement.neuron_denmem % DENMEM_COLUMNS
    width = placement.neuron_size // DENMEM_ROWS
    is_odd = west % 2
    count = np.stack([(width + 1 - is_odd) // 2, (width + is_odd) // 2], axis=1)
    first = np.stack([west + is_odd, west + 1 - is_odd], axis=1)
    return NeuronColumns(
        np.ascontiguousarray(placement.neuron_hicann, dtype=np.int32),
        np.ascontiguousarray(first, dtype=np.int32),
        np.ascontiguousarray(count, dtype=np.int32),
    )
