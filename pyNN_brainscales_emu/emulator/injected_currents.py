"""Injected currents as the kernels want them: drives of lanes that change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels.ordering import running_sums
from pyNN_brainscales_emu.experiment.compiled import CurrentArrays


@dataclass(frozen=True, eq=False)
class DriveChanges:
    """New drives of neurons, by place, neuron and step.

    Attributes
    ----------
    place : (n,) int64
        Where the neuron belongs for the kernel: its unit, or itself.
    neuron : (n,) int64
        Local index.
    step : (n,) int64
    drive : (n,) float64
        Of the kernel, from that step on.
    """

    place: NDArray[np.int64]
    neuron: NDArray[np.int64]
    step: NDArray[np.int64]
    drive: NDArray[np.float64]

    @classmethod
    def build(
        cls,
        currents: CurrentArrays,
        base: NDArray[np.float64],
        gain: NDArray[np.float64],
        place: NDArray[np.int64],
    ) -> DriveChanges:
        """Add up the currents of each neuron.

        Parameters
        ----------
        currents : CurrentArrays
        base : (n_neurons,) float64
            Drive without injected currents.
        gain : (n_neurons,) float64
            What 1 nA adds.
        place : (n_neurons,) int64
        """
        by_neuron = np.lexsort((currents.step, currents.neuron))
        neuron = currents.neuron[by_neuron].astype(np.int64)
        step = currents.step[by_neuron].astype(np.int64)
        first = np.ones(len(neuron), dtype=bool)
        first[1:] = np.diff(neuron) > 0
        current = np.empty(len(neuron))
        running_sums(currents.delta_nA[by_neuron], first.view(np.uint8), current)
        drive = base[neuron] + gain[neuron] * current
        order = np.lexsort((step, place[neuron]))
        return cls(place[neuron][order], neuron[order], step[order], drive[order])

    def before(self, step: int, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the drives that hold just before a step, (n_neurons,)."""
        past = self.step < step
        drive = base.copy()
        drive[self.neuron[past]] = self.drive[past]  # the last one of each neuron stays
        return drive

    def within(
        self, first: int, last: int, n_places: int
    ) -> tuple[NDArray[np.int64], DriveChanges]:
        """Return the changes of the steps first to last - 1, and where those of a place start."""
        now = (self.step >= first) & (self.step < last)
        chosen = DriveChanges(self.place[now], self.neuron[now], self.step[now], self.drive[now])
        return np.searchsorted(chosen.place, np.arange(n_places + 1)).astype(np.int64), chosen
