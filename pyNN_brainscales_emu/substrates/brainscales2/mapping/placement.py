"""Where neurons sit: neighbouring circuits, top and bottom by turns.

A neuron of n circuits fills columns from the left: both circuits of a column, then the next one
(hxtorch:src/pyhxtorch/hxtorch/spiking/morphology.py). After an odd number, the next neuron begins
with the bottom circuit. No neuron crosses the middle of the chip.

A neuron on the chip sends its events over the output of its columns, and each output reaches one
PADI bus only. So neurons are dealt out to the eight outputs by turns, where they fit; networks that
hear themselves then can use the rows of all buses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import (
    CIRCUITS_PER_SIDE,
    COLUMNS,
    COLUMNS_PER_OUTPUT,
    NEURON_OUTPUTS,
    ROWS_OF_CIRCUITS,
)

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Placement:
    """The circuits of each neuron.

    Parameters
    ----------
    begin : ndarray of int
        Where the circuits of each neuron begin in `circuit`; one more at the end.
    circuit : ndarray of int
        Row times 256 plus column, neuron after neuron. The first one of a neuron sends its events.
    """

    begin: IntArray
    circuit: IntArray

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return len(self.begin) - 1

    @property
    def output(self) -> IntArray:
        """Event output of each neuron."""
        columns: IntArray = self.circuit[self.begin[:-1]] % COLUMNS // COLUMNS_PER_OUTPUT
        return columns

    def circuits_of(self, neuron: int) -> IntArray:
        """Return the circuits of a neuron."""
        return self.circuit[self.begin[neuron] : self.begin[neuron + 1]]


def place_neurons(circuits: Sequence[int] | IntArray) -> Placement:
    """Place neurons, by turns at each event output; where that does not fit, one after the other.

    Parameters
    ----------
    circuits : sequence of int
        That each neuron takes, at least 1.

    Returns
    -------
    Placement

    Raises
    ------
    CapacityError
        If they do not fit.
    """
    sizes = np.asarray(circuits, np.int64)
    first = _by_turns(sizes)
    if first is None:
        first = _one_after_the_other(sizes)
    begin = np.concatenate(([0], np.cumsum(sizes)))
    turn = np.repeat(first - begin[:-1], sizes) + np.arange(begin[-1])
    column, row = np.divmod(turn, ROWS_OF_CIRCUITS)
    return Placement(begin, row * COLUMNS + column)


def _by_turns(sizes: IntArray) -> IntArray | None:
    """Return the first circuit of each neuron, counted column by column; None without room."""
    size_of_output = COLUMNS_PER_OUTPUT * ROWS_OF_CIRCUITS
    used = [0] * NEURON_OUTPUTS
    first = np.zeros(len(sizes), np.int64)
    turn = 0
    for number, size in enumerate(sizes.tolist()):
        outputs = ((turn + step) % NEURON_OUTPUTS for step in range(NEURON_OUTPUTS))
        output = next((o for o in outputs if used[o] + size <= size_of_output), None)
        if output is None:
            return None
        first[number] = output * size_of_output + used[output]
        used[output] += size
        turn = output + 1
    return first


def _one_after_the_other(sizes: IntArray) -> IntArray:
    """Return the first circuit of each neuron, counted column by column."""
    free = [0, CIRCUITS_PER_SIDE]  # the next circuit of the left and of the right side
    first = np.zeros(len(sizes), np.int64)
    for number, size in enumerate(sizes.tolist()):
        sides = (side for side in (0, 1) if free[side] + size <= (side + 1) * CIRCUITS_PER_SIDE)
        side = next(sides, None)
        if side is None:
            raise CapacityError(
                f"neurons do not fit on the chip: no place for number {number}",
                value=f"{size} circuits, after {int(sizes[:number].sum())}",
                limit=f"{CIRCUITS_PER_SIDE} circuits in each half of the columns",
                remedy="Cut the network into more parts.",
            )
        first[number] = free[side]
        free[side] += size
    return first
