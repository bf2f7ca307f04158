"""The experiment as flat arrays: what the emulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import constant, is_constant
from pyNN_brainscales_emu.description.synapse_rules import SynapseRule
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.neuron_models.model import NeuronModel


@dataclass(frozen=True, eq=False)
class NeuronGroup:
    """Neurons of one model.

    Attributes
    ----------
    model : NeuronModel
    index : (n,) int64
        Local indices, ascending.
    parameters : mapping of str to (n,) float64
        The model's parameters in biological units.
    initial_values : mapping of str to (n,) float64
        By the model's recordable variables.
    """

    model: NeuronModel
    index: NDArray[np.int64]
    parameters: Mapping[str, NDArray[np.float64]]
    initial_values: Mapping[str, NDArray[np.float64]]

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.index)


@dataclass(frozen=True, eq=False)
class NeuronArrays:
    """All neurons, by model; each has one local index, from 0 on.

    Attributes
    ----------
    groups : tuple of NeuronGroup
        Each model once. The engine sums in this order.
    input_limit : (n_neurons,) float64 or None
        Conductance G in uS (or current, nA) at which the synaptic inputs saturate: where the
        synapses' sum is g, ``g sqrt(1 - (g / G)**2 / 4)`` acts on the membrane, and G itself from
        ``sqrt(2) G`` on. None: what acts is g.
    """

    groups: tuple[NeuronGroup, ...]
    input_limit: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """Number of neurons."""
        return sum(group.size for group in self.groups)

    @property
    def parameter_names(self) -> frozenset[str]:
        """Parameters of any of the models."""
        return frozenset(name for group in self.groups for name in group.parameters)

    def parameter(self, name: str) -> NDArray[np.float64]:
        """Return a parameter of all neurons, (n_neurons,); NaN where the model has none."""
        return self._gathered({id(g): g.parameters.get(name, np.nan) for g in self.groups})

    def drive_per_nA(self, dt_ms: float) -> NDArray[np.float64]:  # noqa: N802  (the unit's name)
        """Return what 1 nA adds to the kernel's drive, (n_neurons,)."""
        return self._gathered(
            {id(g): g.model.drive_per_nA(g.parameters, dt_ms) for g in self.groups}
        )

    def columns(self, group: NeuronGroup, dt_ms: float) -> Mapping[str, NDArray[np.float64]]:
        """Return the kernel's parameters of a group, by its names."""
        values = group.parameters
        if self.input_limit is not None:
            values = {**values, "input_limit": self.input_limit[group.index]}
        return group.model.columns(values, dt_ms)

    def _gathered(self, values: Mapping[int, object]) -> NDArray[np.float64]:
        result = np.full(self.size, np.nan)
        for group in self.groups:
            result[group.index] = values[id(group)]
        return result


@dataclass(frozen=True, eq=False)
class SynapseArrays:
    """All synapses with an effect, in any order.

    Sources of events are numbered with the spike sources first (0..n_sources-1), then the neurons
    (n_sources + local index).

    Attributes
    ----------
    source : (n,) int32
    target : (n,) int32
        Local index of the neuron.
    receptor : (n,) uint8
        Number of the input that the synapse acts on, among the receptors of the target's model.
    weight : (n,) float64
        uS, nA or mV, as the target's model has it.
    delay_ms : (n,) float64
        Delays that are all equal may be a read-only view of one number.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    receptor: NDArray[np.uint8]
    weight: NDArray[np.float64]
    delay_ms: NDArray[np.float64]

    def delay_steps(self, dt_ms: float) -> NDArray[np.float64]:
        """Return the delays in time steps, (n,); a view of one number if all are equal."""
        if is_constant(self.delay_ms):
            return constant(self.delay_ms[0] / dt_ms, len(self.delay_ms))
        return self.delay_ms / dt_ms

    def extreme_delay_steps(self, dt_ms: float) -> NDArray[np.float64]:
        """Return the shortest and the longest delay in time steps, (2,); (0,) without synapses."""
        if not len(self.delay_ms):
            return np.zeros(0)
        return np.array([self.delay_ms.min(), self.delay_ms.max()]) / dt_ms


@dataclass(frozen=True, eq=False)
class PlasticArrays:
    """The synapses of one projection that change.

    Attributes
    ----------
    projection : int
        Number of the projection.
    synapses : SynapseArrays
        With the weights that they begin with.
    rule : SynapseRule
        With all parameters that the rule has, ``tau_syn`` of the targets included.
    sign : float
        1, or -1 where weights are negative: rules work on magnitudes.
    first_number : int
        Number of the first synapse among all of the network.
    """

    projection: int
    synapses: SynapseArrays
    rule: SynapseRule
    sign: float
    first_number: int


@dataclass(frozen=True, eq=False)
class StimulusArrays:
    """What the spike sources emit, by the source's local index.

    A source is either Poisson (rate, start, duration) or has given spike times.

    Attributes
    ----------
    rate_hz, start_ms, duration_ms : (n_sources,) float64
        Rate 0 for sources with given times.
    offsets : (n_sources + 1,) int64
        Given times of source i are ``times_ms[offsets[i]:offsets[i + 1]]``.
    times_ms : (k,) float64
        Ascending within each source.
    """

    rate_hz: NDArray[np.float64]
    start_ms: NDArray[np.float64]
    duration_ms: NDArray[np.float64]
    offsets: NDArray[np.int64]
    times_ms: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of sources."""
        return len(self.rate_hz)


@dataclass(frozen=True, eq=False)
class LinkArrays:
    """Which link carries the events of which cell; all times in hardware nanoseconds.

    Attributes
    ----------
    source_link : (n_sources,) int32
        Dense number of the HICANN link a source's events come down.
    neuron_link : (n_neurons,) int32
        Dense number of the HICANN link a neuron's recorded spikes go up.
    link_fpga : (n_links,) int32
        Dense number of the FPGA that serves a link.
    speedup : float
        Biological time over hardware time.
    timing : Links
        Times, depths and rules of the links.
    link_hicann : (n_links,) int32, optional
        Number of the HICANN that a link belongs to, for tables; the links work without it.
    """

    source_link: NDArray[np.int32]
    neuron_link: NDArray[np.int32]
    link_fpga: NDArray[np.int32]
    speedup: float
    timing: Links
    link_hicann: NDArray[np.int32] | None = None


@dataclass(frozen=True, eq=False)
class RecordingArrays:
    """What is recorded, by the neuron's local index.

    Attributes
    ----------
    signals : mapping of str to (n,) int64
        By recordable variable: neurons recorded, ascending.
    spikes : (n_neurons,) bool
        Whose spikes are recorded.
    interval_steps : int
        Steps between two samples of a signal (the smallest asked for; coarser ones are multiples).
    sources : (n_sources,) bool or None
        Spike sources whose events are recorded; None: all.
    """

    signals: Mapping[str, NDArray[np.int64]]
    spikes: NDArray[np.bool_]
    interval_steps: int = 1
    sources: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class CurrentArrays:
    """Changes of the injected current, sorted by time.

    Attributes
    ----------
    step : (n,) int64
        Time step from which the new current flows.
    neuron : (n,) int32
        Local index.
    delta_nA : (n,) float64
        Change of the total injected current.
    """

    step: NDArray[np.int64]
    neuron: NDArray[np.int32]
    delta_nA: NDArray[np.float64]  # noqa: N815  (the unit's name)


@dataclass(frozen=True, eq=False)
class CompiledExperiment:
    """Everything the emulator needs: the result of stage 4."""

    dt_ms: float
    seed: int
    neurons: NeuronArrays
    synapses: SynapseArrays
    stimuli: StimulusArrays
    currents: CurrentArrays
    recording: RecordingArrays
    links: LinkArrays | None
    plastic: tuple[PlasticArrays, ...] = ()

    @property
    def delay_limits_ms(self) -> NDArray[np.float64]:
        """The shortest and the longest delay, plastic synapses included; empty without any."""
        arrays = (self.synapses, *(plastic.synapses for plastic in self.plastic))
        delays = [synapses.delay_ms for synapses in arrays if len(synapses.delay_ms)]
        extremes = [extreme(values) for values in delays for extreme in (np.min, np.max)]
        return np.array([min(extremes), max(extremes)] if extremes else [])


@dataclass(frozen=True, eq=False)
class TrialStimuli:
    """What the spike sources emit in each of many trials.

    Start and duration of Poisson sources are those of the experiment.

    Attributes
    ----------
    rate_hz : (n_trials, n_sources) float64
    offsets : (n_trials * n_sources + 1,) int64
        Given times of source i in trial k start at ``offsets[k * n_sources + i]``.
    times_ms : (m,) float64
        Ascending within each source of a trial.
    """

    rate_hz: NDArray[np.float64]
    offsets: NDArray[np.int64]
    times_ms: NDArray[np.float64]

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return len(self.rate_hz)
