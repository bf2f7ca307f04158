"""From the earlier stages to flat arrays.

On the ideal substrate the experiment comes straight from the description; on a wafer the
parameters, weights and delays are the realised ones, and lost synapses are absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import constant, is_constant, looked_up
from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation
from pyNN_brainscales_emu.description.synapse_rules import RULES
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    CurrentArrays,
    LinkArrays,
    NeuronArrays,
    NeuronGroup,
    PlasticArrays,
    RecordingArrays,
    StimulusArrays,
    SynapseArrays,
)
from pyNN_brainscales_emu.experiment.validate import validate
from pyNN_brainscales_emu.hardware.constants import SYNAPTIC_INPUT_LIMIT_S
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA
from pyNN_brainscales_emu.neuron_models.model import NeuronModel
from pyNN_brainscales_emu.options import Options

if TYPE_CHECKING:  # what a wafer needs only
    from pyNN_brainscales_emu.mapping.results import MappingResult
    from pyNN_brainscales_emu.translation.realised import RealisedValues

_MS_PER_NS = 1e-6
#: Names of the synaptic time constants of the receptors that most models have.
_TAU_SYN = {"excitatory": "tau_syn_E", "inhibitory": "tau_syn_I"}
_T = TypeVar("_T", bound=np.generic)


def compile_experiment(
    graph: BioGraph,
    options: Options,
    mapping: MappingResult | None = None,
    config: RealisedValues | None = None,
) -> CompiledExperiment:
    """Return the experiment; without mapping and config that of the ideal substrate."""
    experiment = CompiledExperiment(
        dt_ms=options.timestep,
        seed=options.seed,
        neurons=compile_neurons(graph, config, options),
        synapses=compile_synapses(graph, options, mapping, config),
        stimuli=compile_stimuli(graph),
        currents=compile_currents(graph, options.timestep),
        recording=compile_recording(graph),
        links=compile_links(mapping, options) if mapping is not None else None,
        plastic=compile_plastic(graph),
    )
    validate(experiment)
    return experiment


def compile_neurons(
    graph: BioGraph, config: RealisedValues | None = None, options: Options | None = None
) -> NeuronArrays:
    """Return parameters and initial values of the neurons, realised ones where there are.

    Of the options, the scaling and ``input_saturation`` are used, and only on a wafer.
    """
    populations: dict[NeuronModel, list[BioPopulation]] = {}
    for population in graph.populations:
        if population.model is not None:
            populations.setdefault(population.model, []).append(population)
    neurons = NeuronArrays(
        tuple(_group(graph, model, members, config) for model, members in populations.items())
    )
    if config is None:
        return neurons
    return replace(neurons, input_limit=_input_limit(neurons.parameter("cm"), config, options))


def _group(
    graph: BioGraph,
    model: NeuronModel,
    populations: Sequence[BioPopulation],
    config: RealisedValues | None,
) -> NeuronGroup:
    """Return the neurons of a model, from all populations of it."""
    index = np.concatenate([graph.local_index[p.first_cell : p.first_cell + p.size]
                            for p in populations])  # fmt: skip
    parameters = {
        name: np.concatenate([p.parameters[name] for p in populations])
        for name in model.parameter_names
    }
    if config is not None:
        parameters = {
            name: _realised(config.neurons.realised.get(name), index, asked)
            for name, asked in parameters.items()
        }
    initial_values = {
        name: np.concatenate([p.initial_values.get(name, np.zeros(p.size)) for p in populations])
        for name in model.states
    }
    return NeuronGroup(model, index, parameters, initial_values)


def _realised(
    realised: NDArray[np.float64] | None, index: NDArray[np.int64], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    if realised is None:
        return asked
    return np.where(np.isnan(realised[index]), asked, realised[index])


def _input_limit(
    cm_nF: NDArray[np.float64],  # noqa: N803  (the unit's name)
    config: RealisedValues,
    options: Options | None,
) -> NDArray[np.float64] | None:
    """Return where the synaptic inputs of the neurons saturate, in uS, if they do.

    Each denmem of a neuron has inputs of its own, so the neuron's limit and its capacitance have
    the number of denmems as a factor, and it cancels.
    """
    if options is None or not options.input_saturation:
        return None
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    capacitance = config.neurons.denmem_capacitance_F
    return scaling.conductance_to_bio(SYNAPTIC_INPUT_LIMIT_S, cm_nF, capacitance)


def compile_synapses(
    graph: BioGraph,
    options: Options,
    mapping: MappingResult | None = None,
    config: RealisedValues | None = None,
) -> SynapseArrays:
    """Return all realised synapses that do not change, projection by projection."""
    n_sources = len(graph.sources)
    number = np.where(graph.is_source, graph.local_index, n_sources + graph.local_index)
    number, local_index = number.astype(np.int32), graph.local_index.astype(np.int32)
    source, target, receptor, weight, delay = [], [], [], [], []
    for i, projection in enumerate(graph.projections):
        if projection.rule is not None:
            continue
        kept: NDArray[np.bool_] | slice = slice(None)
        weights, delays = projection.weight, projection.delay_ms
        if mapping is not None and config is not None:
            kept = mapping.projections[i].realised
            weights = config.synapses.realised[i]
            if options.effects.on_wafer_pulses:
                delays = transport_delay_ms(mapping.projections[i].distance, options)
        source.append(looked_up(number, projection.presynaptic[kept]))
        target.append(looked_up(local_index, projection.postsynaptic[kept]))
        receptor.append(receptor_numbers(graph, projection.receptor, target[-1]))
        weight.append(weights[kept])
        delay.append(delays[kept])
    return SynapseArrays(
        source=_joined(source, np.int32),
        target=_joined(target, np.int32),
        receptor=_joined(receptor, np.uint8),
        weight=_joined(weight, np.float64),
        delay_ms=_joined_delays(delay),
    )


def receptor_numbers(graph: BioGraph, name: str, target: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the number of a receptor among those of each target's model, (n,)."""
    sizes = [(p.model, p.size) for p in graph.populations if p.model is not None]
    numbers = {
        id(model): model.receptors.index(name) if name in model.receptors else 0
        for model, _ in sizes
    }
    if len(set(numbers.values())) == 1:
        return np.broadcast_to(np.uint8(next(iter(numbers.values()))), len(target))
    of_neuron = [np.full(size, numbers[id(model)], dtype=np.uint8) for model, size in sizes]
    return looked_up(_joined(of_neuron, np.uint8), target)


def _joined_delays(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return all delays; where they are all equal, which is usual, a view of one number."""
    parts = [part for part in parts if len(part)]
    if all(is_constant(part) and part[0] == parts[0][0] for part in parts) and parts:
        return constant(parts[0][0], sum(map(len, parts)))
    return _joined(parts, np.float64)


def transport_delay_ms(distance: NDArray[np.int16], options: Options) -> NDArray[np.float64]:
    """Return the transport time on layer 1 in biological ms, at least one time step.

    Parameters
    ----------
    distance : (n,) int16
        HICANNs on the way.

    Notes
    -----
    The law was fitted on wafer 30 (`brainscales1-demos`); its scatter is not modelled.
    """
    law = options.links
    nanoseconds = law.layer1_delay_ns + law.layer1_delay_per_hicann_ns * distance.astype(np.float64)
    return np.maximum(nanoseconds * _MS_PER_NS * options.speedup, options.timestep)


def compile_weights(
    graph: BioGraph, mapping: MappingResult | None = None, config: RealisedValues | None = None
) -> NDArray[np.float64]:
    """Return only the weights, in the order of `compile_synapses`."""
    if mapping is None or config is None:
        return _joined([p.weight for p in graph.projections if p.rule is None], np.float64)
    return _joined(
        [
            weights[routing.realised]
            for weights, routing in zip(config.synapses.realised, mapping.projections, strict=True)
        ],
        np.float64,
    )


def compile_plastic(graph: BioGraph) -> tuple[PlasticArrays, ...]:
    """Return the projections whose synapses change."""
    n_sources = len(graph.sources)
    number = np.where(graph.is_source, graph.local_index, n_sources + graph.local_index)
    first = np.cumsum([0, *(projection.size for projection in graph.projections)])
    plastic = []
    for i, projection in enumerate(graph.projections):
        if projection.rule is None or projection.size == 0:
            continue
        target = graph.local_index[projection.postsynaptic]
        synapses = SynapseArrays(
            source=number[projection.presynaptic].astype(np.int32),
            target=target.astype(np.int32),
            receptor=receptor_numbers(graph, projection.receptor, target.astype(np.int32)),
            weight=projection.weight,
            delay_ms=projection.delay_ms,
        )
        rule = projection.rule
        if "tau_syn" in RULES[rule.name].parameters:
            name = _TAU_SYN.get(projection.receptor, f"{projection.receptor}.tau_syn")
            tau_syn = np.nan_to_num(graph.neuron_parameter(name))[target]
            rule = replace(rule, parameters={**rule.parameters, "tau_syn": _one_value(tau_syn)})
        sign = -1.0 if (projection.weight < 0).any() else 1.0
        plastic.append(PlasticArrays(i, synapses, rule, sign, int(first[i])))
    return tuple(plastic)


def _one_value(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[:1] if (values == values[0]).all() else values


def compile_stimuli(graph: BioGraph) -> StimulusArrays:
    """Return rates and spike times of the sources."""
    sources = [p for p in graph.populations if p.is_source]
    times = [p.spike_times.times_ms for p in sources if p.spike_times is not None]
    counts = [
        np.zeros(p.size, np.int64) if p.spike_times is None else np.diff(p.spike_times.offsets)
        for p in sources
    ]
    return StimulusArrays(
        rate_hz=_source_parameter(sources, "rate", 0.0),
        start_ms=_source_parameter(sources, "start", 0.0),
        duration_ms=_source_parameter(sources, "duration", 0.0),
        offsets=np.append(0, np.cumsum(_joined(counts, np.int64))),
        times_ms=_joined(times, np.float64),
    )


def _source_parameter(
    sources: Sequence[BioPopulation], name: str, default: float
) -> NDArray[np.float64]:
    return _joined([p.parameters.get(name, np.full(p.size, default)) for p in sources], np.float64)


def compile_currents(graph: BioGraph, dt_ms: float) -> CurrentArrays:
    """Return the changes of injected current on the time grid; those before 0 are at 0."""
    step, neuron, delta = [], [], []
    for injection in graph.currents:
        n = len(injection.cells)
        change = np.diff(injection.amplitudes_nA, prepend=0.0)
        steps = np.maximum(np.rint(injection.times_ms / dt_ms), 0).astype(np.int64)
        step.append(np.repeat(steps, n))
        neuron.append(np.tile(graph.local_index[injection.cells], len(steps)))
        delta.append(np.repeat(change, n))
    all_steps = _joined(step, np.int64)
    order = np.argsort(all_steps, kind="stable")
    return CurrentArrays(
        step=all_steps[order],
        neuron=_joined(neuron, np.int32)[order],
        delta_nA=_joined(delta, np.float64)[order],
    )


def compile_recording(graph: BioGraph) -> RecordingArrays:
    """Return what is to be recorded; signals of several requests are sampled together."""
    signals: dict[str, NDArray[np.int64]] = {}
    spikes = np.zeros(len(graph.neurons), dtype=bool)
    sources = np.zeros(len(graph.sources), dtype=bool)
    intervals = []
    for request in graph.recording_requests:
        cells = request.cells[~graph.is_source[request.cells]]
        neurons = graph.local_index[cells]
        if request.variable == "spikes":
            spikes[neurons] = True
            sources[graph.local_index[request.cells[graph.is_source[request.cells]]]] = True
        elif len(neurons):
            known = signals.get(request.variable, np.zeros(0, dtype=np.int64))
            signals[request.variable] = np.union1d(known, neurons)
            intervals.append(request.interval_steps)
    interval = int(np.gcd.reduce(intervals)) if intervals else 1
    return RecordingArrays(signals, spikes, interval, sources)


def compile_links(mapping: MappingResult, options: Options) -> LinkArrays | None:
    """Return which link carries whose events; None if the links are perfect."""
    if not options.effects.off_wafer_pulses:
        return None
    placement = mapping.placement
    hicanns, number = np.unique(
        np.concatenate([placement.source_hicann, placement.neuron_hicann]), return_inverse=True
    )
    n_sources = len(placement.source_hicann)
    _, fpga = np.unique(HICANN_FPGA[hicanns], return_inverse=True)
    return LinkArrays(
        source_link=number[:n_sources].astype(np.int32),
        neuron_link=number[n_sources:].astype(np.int32),
        link_fpga=fpga.astype(np.int32),
        speedup=options.speedup,
        timing=options.links,
        link_hicann=hicanns.astype(np.int32),
    )


def _joined(parts: Sequence[NDArray[Any]], dtype: type[_T]) -> NDArray[_T]:
    if not parts:
        return np.zeros(0, dtype=dtype)
    return np.concatenate(parts).astype(dtype, copy=False)
