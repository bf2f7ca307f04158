"""Logical neurons made of several denmems: which these are, and what they are together.

The membranes of the denmems are tied together; each keeps its own leak, synaptic inputs, adaptation
and exponential term. Threshold, reset and refractory period are those of the firing denmem, the
top-left one (ess:systemsim/CompoundNeuron.cpp):

    ``n C dV/dt = sum over d of [ -g_d (V - E_l,d) + g_d D_d exp((V - V_T,d) / D_d) - w_d
    + g_x,d (E_x,d - V) + g_i,d (E_i,d - V) ]``

The engine integrates one membrane a neuron. So the denmems are reduced to one with

* the sum of the leak conductances, and the mean resting potential weighted with them: exact;
* synaptic time constants that are the plain means, and reversal potentials weighted with the time
  constants: right for the mean current of inputs that are spread evenly over the denmems, not for
  its course within a time constant;
* the sums of a and of b, and the mean time constant of adaptation weighted with b: right for the
  charge that follows a spike;
* the mean slope of the exponential weighted with the leak, and the potential at which the sum of
  the exponentials equals one with this slope: right at the mean threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import DENMEM_COLUMNS, DENMEM_ROWS
from pyNN_brainscales_emu.mapping.results import Placement

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)

#: Cells of which that of the firing denmem counts.
FIRING_CELLS: Final = ("V_t", "V_reset", "I_pl")
#: Exponents beyond this are not told apart (the membrane fires long before).
_LARGEST_EXPONENT: Final = 300.0


@dataclass(frozen=True, eq=False)
class NeuronDenmems:
    """The denmems of all neurons, neuron by neuron, the firing one first.

    Attributes
    ----------
    neuron : (n_denmems,) int
        The neuron's local index.
    hicann, denmem : (n_denmems,) int
    first : (n_neurons,) int
        Position of the firing denmem of each neuron.
    """

    neuron: NDArray[np.intp]
    hicann: NDArray[np.intp]
    denmem: NDArray[np.intp]
    first: NDArray[np.intp]

    @classmethod
    def of(cls, placement: Placement) -> NeuronDenmems:
        """Return the denmems of placed neurons: as many columns as needed, both rows of each."""
        size = placement.neuron_size.astype(np.intp)
        first = np.cumsum(size) - size
        neuron = np.repeat(np.arange(len(size)), size)
        place = np.arange(len(neuron)) - first[neuron]
        row, column = np.divmod(place, (size // DENMEM_ROWS)[neuron])
        denmem = placement.neuron_denmem[neuron] + column + DENMEM_COLUMNS * row
        hicann = placement.neuron_hicann[neuron].astype(np.intp)
        return cls(neuron, hicann, denmem.astype(np.intp), first)

    def __len__(self) -> int:
        return len(self.neuron)

    @property
    def firing(self) -> NDArray[np.intp]:
        """(n_denmems,) number of the firing denmem of the neuron that each belongs to."""
        return self.denmem[self.first][self.neuron]

    def firing_only(self) -> NeuronDenmems:
        """Return the firing denmems alone."""
        n = np.arange(len(self.first))
        return NeuronDenmems(n, self.hicann[self.first], self.denmem[self.first], n)

    def select(self, neurons: Mask) -> tuple[NDArray[np.intp], NeuronDenmems]:
        """Return the denmems of some neurons, which count from 0 then, and their positions here."""
        kept = np.flatnonzero(neurons[self.neuron])
        number = np.cumsum(neurons) - 1
        position = np.zeros(len(self), dtype=np.intp)
        position[kept] = np.arange(len(kept))
        return kept, NeuronDenmems(
            number[self.neuron[kept]],
            self.hicann[kept],
            self.denmem[kept],
            position[self.first[neurons]],
        )

    def spread(self, of_neuron: NDArray[_T]) -> NDArray[_T]:
        """Return for each denmem the value of its neuron."""
        return of_neuron[self.neuron]

    def of_firing(self, values: NDArray[_T]) -> NDArray[_T]:
        """Return for each neuron the value of its firing denmem."""
        return values[self.first]

    def any(self, flags: Mask) -> Mask:
        """Return for each neuron whether any denmem has the flag."""
        return np.asarray(self._sum(flags.astype(np.intp)) > 0)

    def mean(self, values: Array, weights: Array | None = None) -> Array:
        """Return the weighted mean over the denmems of each neuron; exact where all agree."""
        start = self.of_firing(values)
        difference = values - self.spread(start)
        if weights is None:
            weights = np.ones(len(self))
        return np.asarray(start + self._sum(weights * difference) / self._sum(weights))

    def _sum(self, values: NDArray[Any]) -> NDArray[Any]:
        if len(self.first) == 0:
            return values[:0]
        return np.asarray(np.add.reduceat(values, self.first))


def reduce_denmems(denmems: NeuronDenmems, values: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of each neuron as one membrane.

    Parameters
    ----------
    denmems : NeuronDenmems
    values : mapping of str to (n_denmems,) float64
        What each cell makes of each denmem, in hardware units, NaN where its term is off; cells
        of `FIRING_CELLS` are (n_neurons,).

    Returns
    -------
    dict of str to (n_neurons,) float64
        Conductances and currents are those of one denmem: the neuron's over its size. NaN where
        the term is off.
    """
    of_firing = denmems.of_firing(values["I_gl"])
    # Conductances relative to that of the firing denmem: the capacitances are the same.
    leak = denmems.spread(of_firing) / values["I_gl"]
    steps = np.where(np.isfinite(values["I_fire"]), values["I_fire"], 1.0)
    reduced = {
        "I_gl": of_firing / denmems.mean(leak),
        "E_l": denmems.mean(values["E_l"], leak),
        "I_gladapt": denmems.mean(values["I_gladapt"]),
        "I_fire": denmems.mean(values["I_fire"]),
        "I_radapt": denmems.mean(values["I_radapt"], steps),
        "I_rexp": denmems.mean(values["I_rexp"], leak),
    }
    for potential, time in (("E_synx", "V_syntcx"), ("E_syni", "V_syntci")):
        reduced[time] = denmems.mean(values[time])
        reduced[potential] = denmems.mean(values[potential], values[time])
    reduced["V_exp"] = _common_threshold(denmems, values, leak, reduced["I_rexp"])
    return reduced | {cell: values[cell] for cell in FIRING_CELLS}


def _common_threshold(
    denmems: NeuronDenmems, values: Mapping[str, Array], leak: Array, slope: Array
) -> Array:
    """Return the threshold of one exponential that equals the denmems' at their mean threshold."""
    middle = denmems.mean(values["V_exp"])
    exponent = (denmems.spread(middle) - values["V_exp"]) / values["I_rexp"]
    largest = np.minimum(exponent, _LARGEST_EXPONENT)
    current = values["I_rexp"] / denmems.spread(slope) * np.exp(largest)
    return np.asarray(middle - slope * np.log(denmems.mean(current, leak)))
