"""The network in biological units: frozen arrays, no PyNN objects.

Units are PyNN's: ms, mV, nF, nA, uS, Hz; `a` of the AdEx model in nS.
Every neuron and every spike source is a *cell*; cells are numbered in the order of creation
(`cell index`). Neurons and sources are also numbered among their own kind (`local index`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.synapse_rules import SynapseRule
from pyNN_brainscales_emu.neuron_models.model import NeuronModel
from pyNN_brainscales_emu.neuron_models.point_neuron import CELL_TYPE as POINT_NEURON
from pyNN_brainscales_emu.neuron_models.point_neuron import Composition, compose
from pyNN_brainscales_emu.neuron_models.registry import MODEL_OF, model_of

#: Cell types of PyNN that are a neuron model.
NEURON_TYPES = (*MODEL_OF, POINT_NEURON)
SOURCE_TYPES = ("SpikeSourcePoisson", "SpikeSourceArray")
RECEPTORS = ("excitatory", "inhibitory")
#: Short-term plasticity of a projection; the circuits have one of the two, never both.
STP_MODES = ("none", "facilitation", "depression")


class Change(Flag):
    """What changed in the description since the stages were last run."""

    NOTHING = 0
    STRUCTURE = auto()  # populations, projections, placement requests
    NEURON_PARAMETERS = auto()
    WEIGHTS = auto()
    DELAYS = auto()
    STIMULI = auto()  # rates and spike times
    CURRENTS = auto()
    INITIAL_VALUES = auto()
    RECORDING = auto()


@dataclass(frozen=True, eq=False)
class SpikeTimes:
    """Spike times of the cells of one source population.

    Attributes
    ----------
    offsets : (size + 1,) int64
        Spikes of cell i are ``times_ms[offsets[i]:offsets[i + 1]]``.
    times_ms : (n,) float64
        Sorted within each cell.
    """

    offsets: NDArray[np.int64]
    times_ms: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BioPopulation:
    """A population of like cells.

    Attributes
    ----------
    label : str
    cell_type : str
        One of `NEURON_TYPES` or `SOURCE_TYPES`.
    size : int
    first_cell : int
        Cell index of the first cell; the others follow.
    parameters : mapping of str to (size,) float64
        PyNN's names and units. For ``SpikeSourceArray`` empty.
    initial_values : mapping of str to (size,) float64
        ``v`` and, where the model has them, ``w``, ``gsyn_exc``, ``gsyn_inh``.
    spike_times : SpikeTimes or None
        Only for ``SpikeSourceArray``.
    composition : Composition or None
        Only for ``PointNeuron``.
    """

    label: str
    cell_type: str
    size: int
    first_cell: int
    parameters: Mapping[str, NDArray[np.float64]]
    initial_values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    spike_times: SpikeTimes | None = None
    composition: Composition | None = None

    @cached_property
    def model(self) -> NeuronModel | None:
        """The model of the neurons; None for spike sources."""
        if self.is_source:
            return None
        return model_of(self.cell_type) if self.composition is None else compose(self.composition)

    @property
    def is_source(self) -> bool:
        """Whether the cells are spike sources rather than neurons."""
        return self.cell_type in SOURCE_TYPES

    @property
    def cells(self) -> range:
        """The cell indices."""
        return range(self.first_cell, self.first_cell + self.size)


@dataclass(frozen=True, eq=False)
class BioProjection:
    """A projection: one entry an asked synapse.

    Attributes
    ----------
    label : str
    receptor : str
        ``'excitatory'``, ``'inhibitory'``, or the name of a receptor of a ``PointNeuron``.
    presynaptic, postsynaptic : (n,) int32
        Cell indices.
    weight : (n,) float64
        uS (conductances), nA (currents) or mV (jumps of the membrane); currents and jumps of
        inhibitory synapses are negative.
    delay_ms : (n,) float64
    gmax : float or None
        Full scale asked for the rows of this projection, uS: the weight that the largest digital
        value shall stand for. None: chosen row by row from the weights.
    digital_weights : (n,) int16 or None
        Digital weights set by hand (0..15; -1 off); they win over `weight` on the hardware.
    priority : float or None
        Lines with a higher mean priority of their projections are routed first. None: what the
        options say, else 1.
    stp_mode : str
        One of `STP_MODES`: what short-term plasticity does to the synapses.
    rule : SynapseRule or None
        How the synapses change; None: they are static.
    """

    label: str
    receptor: str
    presynaptic: NDArray[np.int32]
    postsynaptic: NDArray[np.int32]
    weight: NDArray[np.float64]
    delay_ms: NDArray[np.float64]
    gmax: float | None = None
    digital_weights: NDArray[np.int16] | None = None
    priority: float | None = None
    stp_mode: str = STP_MODES[0]
    rule: SynapseRule | None = None

    @property
    def size(self) -> int:
        """Number of asked synapses."""
        return len(self.presynaptic)


@dataclass(frozen=True, eq=False)
class CurrentInjection:
    """A piecewise constant current into some neurons.

    Attributes
    ----------
    cells : (n,) int64
        Cell indices; a cell named twice gets the current twice.
    times_ms : (k,) float64
        Ascending; the amplitude ``amplitudes_nA[i]`` flows from ``times_ms[i]`` on.
    amplitudes_nA : (k,) float64
    """

    cells: NDArray[np.int64]
    times_ms: NDArray[np.float64]
    amplitudes_nA: NDArray[np.float64]  # noqa: N815  (the unit's name)


@dataclass(frozen=True)
class PlacementRequest:
    """A placement by hand: `sim.place(...)`.

    Attributes
    ----------
    cells : tuple of int
        Cell indices.
    hicanns : tuple of int
        Numbers of the HICANNs (`HICANNOnWafer` enum) allowed for these cells; empty: any.
    neuron_blocks : tuple of (int, int)
        Pairs of HICANN number and neuron block 0..7; empty: any.
    denmems : tuple of (int, int)
        Pairs of HICANN number and the top-left denmem's number, one for each cell; empty: any.
    neuron_size : int or None
        Denmems for each neuron; None: the default of `setup()`.
    """

    cells: tuple[int, ...]
    hicanns: tuple[int, ...] = ()
    neuron_blocks: tuple[tuple[int, int], ...] = ()
    denmems: tuple[tuple[int, int], ...] = ()
    neuron_size: int | None = None


@dataclass(frozen=True, eq=False)
class RecordingRequest:
    """What to record.

    Attributes
    ----------
    variable : str
        ``'spikes'`` or a recordable variable of the cells' model, e.g. ``'v'``.
    cells : (n,) int64
        Cell indices, ascending.
    interval_steps : int
        Steps between two samples (1 for spikes).
    """

    variable: str
    cells: NDArray[np.int64]
    interval_steps: int = 1


@dataclass(frozen=True, eq=False)
class BioGraph:
    """The whole network: the result of stage 1.

    Attributes
    ----------
    populations : tuple of BioPopulation
        In the order of creation; their cells are numbered without gaps.
    projections : tuple of BioProjection
    currents : tuple of CurrentInjection
    placement_requests : tuple of PlacementRequest
    recording_requests : tuple of RecordingRequest
    """

    populations: tuple[BioPopulation, ...]
    projections: tuple[BioProjection, ...] = ()
    currents: tuple[CurrentInjection, ...] = ()
    placement_requests: tuple[PlacementRequest, ...] = ()
    recording_requests: tuple[RecordingRequest, ...] = ()

    @cached_property
    def n_cells(self) -> int:
        """Number of cells, neurons and sources."""
        return sum(population.size for population in self.populations)

    @cached_property
    def is_source(self) -> NDArray[np.bool_]:
        """(n_cells,) whether a cell is a spike source."""
        flags = [np.full(p.size, p.is_source) for p in self.populations]
        return np.concatenate(flags) if flags else np.zeros(0, dtype=bool)

    @cached_property
    def local_index(self) -> NDArray[np.int64]:
        """(n_cells,) a cell's number among the neurons, or among the sources."""
        return np.where(self.is_source, np.cumsum(self.is_source), np.cumsum(~self.is_source)) - 1

    @cached_property
    def neurons(self) -> NDArray[np.int64]:
        """Cell indices of the neurons."""
        return np.flatnonzero(~self.is_source)

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """Cell indices of the spike sources."""
        return np.flatnonzero(self.is_source)

    def cell_name(self, cell: int) -> str:
        """Return what messages call a cell: its number in its population, and the label of that."""
        (population,) = [p for p in self.populations if cell in p.cells]
        return f"cell {cell - population.first_cell} of {population.label!r}"

    def firing_level(
        self, realised: Mapping[str, NDArray[np.float64]] | None = None
    ) -> NDArray[np.float64]:
        """Return the potential at which each neuron fires, mV; NaN where its model has none.

        Parameters
        ----------
        realised : mapping of str to (n_neurons,) float64, optional
            Parameters that replace those asked for.
        """
        result = np.full(len(self.neurons), np.nan)
        for population in self.populations:
            level = None if population.model is None else population.model.firing_level
            if level is not None:
                place = self.local_index[population.first_cell : population.cells.stop]
                changed = {name: values[place] for name, values in (realised or {}).items()}
                result[place] = level.of({**population.parameters, **changed})
        return result

    def neuron_parameter(self, name: str, default: float = np.nan) -> NDArray[np.float64]:
        """Return one parameter of all neurons, `default` where the model does not have it."""
        parts: list[Any] = [
            population.parameters.get(name, np.full(population.size, default))
            for population in self.populations
            if not population.is_source
        ]
        return np.concatenate(parts) if parts else np.zeros(0)
