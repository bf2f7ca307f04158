"""Small experiments as flat arrays, for tests of the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.experiment.compiled import (
    CompiledExperiment,
    CurrentArrays,
    LinkArrays,
    NeuronArrays,
    NeuronGroup,
    RecordingArrays,
    StimulusArrays,
    SynapseArrays,
    TrialStimuli,
)
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.neuron_models.model import Inputs
from pyNN_brainscales_emu.neuron_models.point_neuron import Composition, compose
from pyNN_brainscales_emu.neuron_models.registry import MODELS

SIGNALS = ("v", "w", "gsyn_exc", "gsyn_inh")
LIF = {
    "cm": 0.2,
    "tau_m": 20.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 8.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "v_rest": -65.0,
    "v_reset": -68.0,
    "v_thresh": -50.0,
    "i_offset": 0.0,
}
ADEX = {"a": 2.0, "b": 0.03, "delta_T": 2.0, "tau_w": 100.0, "v_spike": -40.0}
#: Conductances in nS that a spike opens.
OPENED = {"tau_sfa": 100.0, "e_rev_sfa": -75.0, "q_sfa": 5.0,
          "tau_rr": 2.0, "e_rev_rr": -75.0, "q_rr": 50.0}  # fmt: skip
FACETS = {"g_leak": 10.0}
HODGKIN_HUXLEY = {"gbar_Na": 20.0, "gbar_K": 6.0, "g_leak": 0.01, "v_offset": -63.0,
                  "e_rev_Na": 50.0, "e_rev_K": -90.0, "e_rev_leak": -65.0}  # fmt: skip
GIF = {
    "delta_v": 2.0, "v_t_star": -52.0, "lambda0": 50.0,
    **{f"tau_{name}_{term}": 3.0**term for name in ("eta", "gamma") for term in range(8)},
    **{f"a_{name}_{term}": 0.01 / (term + 1) if name == "eta" else 1.0 / (term + 1)
       for name in ("eta", "gamma") for term in range(8)},
}  # fmt: skip
IZHIKEVICH = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0}
#: What a conductance of 1 uS is replaced by where weights are currents (nA) or jumps (mV), so that
#: networks stay in lively activity.
WEIGHT_PER_US = {Inputs.CONDUCTANCE: (1.0, 1.0), Inputs.CURRENT: (40.0, -20.0),
                 Inputs.VOLTAGE: (800.0, -400.0)}  # fmt: skip


def neurons(size, adex=False, conductance_based=True, model=None, v=None, w=0.0, u=-14.0,
            input_limit=None, **changed):  # fmt: skip
    """LIF neurons, or AdEx where `adex`, or by the name of their model; they start at rest.

    `adex` and `model` are one for all, or one a neuron.
    """
    lif = "lif_cond_exp" if conductance_based else "lif_curr_exp"
    default = np.where(np.broadcast_to(adex, size), "adex_cond_exp", lif)
    names = default if model is None else np.broadcast_to(model, size)
    groups = tuple(
        _group(MODELS[name], np.flatnonzero(names == name), size, changed,
               {"v": v, "w": w, "u": u})
        for name in sorted(set(names.tolist()), reverse=True)
    )  # fmt: skip
    limit = None if input_limit is None else np.broadcast_to(input_limit, size).astype(float)
    return NeuronArrays(groups, limit)


def _group(model, index, size, changed, start):
    own = IZHIKEVICH if model.name == "izhikevich" else ADEX
    values = {**LIF, **OPENED, **FACETS, **HODGKIN_HUXLEY, **GIF, **own, **changed}
    rest = values["v_rest"] if start["v"] is None else start["v"]
    start = {**dict.fromkeys(model.states, 0.0), **start, "v": rest, "h": 1.0}

    def of_group(value):
        return np.broadcast_to(value, size)[index].astype(float)

    return NeuronGroup(
        model,
        index,
        {name: of_group(values[name]) for name in model.parameter_names},
        {name: of_group(start[name]) for name in model.states},
    )


RESPONSE = {"e_syn": 0.0, "tau_syn": 4.0, "tau_rise": 0.7, "tau_decay": 6.0}


def composed(index, membrane, receptors, **changed):
    """A `NeuronGroup` of neurons with receptors: a dict of the kind of each, by name.

    Parameters of receptors are those of `RESPONSE`, or in `changed` by ``NAME.PARAMETER``.
    """
    kinds = tuple((name, f"{kind}PostSynapticResponse") for name, kind in sorted(receptors.items()))
    model = compose(Composition(membrane, kinds))
    values = {**LIF, **ADEX, **changed}

    def value(name):
        own = values.get(name, RESPONSE.get(name.split(".")[-1]))
        return np.broadcast_to(own, len(index)).astype(float)

    start = {**dict.fromkeys(model.states, 0.0), "v": values["v_rest"]}
    return NeuronGroup(
        model,
        np.asarray(index),
        {name: value(name) for name in model.parameter_names},
        {name: np.full(len(index), start[name]) for name in model.states},
    )


def in_units_of_targets(made):
    """The same network with weights, given as uS, in the unit of each target's model.

    An alpha function of peak 1 has e times the area of an exponential one.
    """
    factor = np.ones(len(made.synapses.weight))
    for group in made.neurons.groups:
        excitatory, inhibitory = WEIGHT_PER_US[group.model.inputs]
        of_group = np.isin(made.synapses.target, group.index)
        by_receptor = np.where(made.synapses.receptor == 1, inhibitory, excitatory)
        if "alpha" in group.model.name:
            by_receptor = by_receptor / np.e
        factor[of_group] = by_receptor[of_group]
    return replace(made, synapses=replace(made.synapses, weight=factor * made.synapses.weight))


def joined(first, second):
    """Neurons of two `NeuronArrays` of the same models, the second ones behind the first."""
    moved = {group.model.name: group for group in second.groups}
    groups = []
    for group in first.groups:
        other = moved[group.model.name]
        groups.append(NeuronGroup(
            group.model,
            np.append(group.index, first.size + other.index),
            {n: np.append(v, other.parameters[n]) for n, v in group.parameters.items()},
            {n: np.append(v, other.initial_values[n]) for n, v in group.initial_values.items()},
        ))  # fmt: skip
    return NeuronArrays(tuple(groups))


def synapses(source=(), target=(), weight=0.0, delay_ms=1.0, inhibitory=False):
    """Synapses; `inhibitory`, or the number of the receptor that each of them acts on."""
    arrays = np.broadcast_arrays(source, target, weight, delay_ms, inhibitory)
    dtypes = (np.int32, np.int32, float, float, np.uint8)
    source, target, weight, delay_ms, receptor = (
        np.array(array, dtype=dtype) for array, dtype in zip(arrays, dtypes, strict=True)
    )
    return SynapseArrays(source, target, receptor, weight, delay_ms)


def given_times(*trains):
    """Sources with given spike times."""
    offsets = np.cumsum([0, *(len(train) for train in trains)])
    zero = np.zeros(len(trains))
    times = np.concatenate([np.zeros(0), *(np.sort(train) for train in trains)])
    return StimulusArrays(zero, zero, zero, offsets, times)


def poisson(rate_hz, start_ms=0.0, duration_ms=1e10):
    rate, start, duration = np.broadcast_arrays(rate_hz, start_ms, duration_ms)
    offsets = np.zeros(len(rate) + 1, dtype=np.int64)
    return StimulusArrays(
        rate.astype(float), start.astype(float), duration.astype(float), offsets, np.zeros(0)
    )


def both_kinds(first, second):
    """Sources of two `StimulusArrays`, one after the other."""
    return StimulusArrays(
        np.concatenate([first.rate_hz, second.rate_hz]),
        np.concatenate([first.start_ms, second.start_ms]),
        np.concatenate([first.duration_ms, second.duration_ms]),
        np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
        np.concatenate([first.times_ms, second.times_ms]),
    )


def currents(*changes):
    """Changes of the injected current: (step, neuron, nA), by step."""
    step, neuron, delta = zip(*changes, strict=True) if changes else ((), (), ())
    return CurrentArrays(
        np.array(step, dtype=np.int64), np.array(neuron, dtype=np.int32), np.array(delta, float)
    )


def links(n_sources, n_neurons, n_links=3):
    """Cells spread over some links, all served by one FPGA."""
    source, neuron = (np.arange(n, dtype=np.int32) % n_links for n in (n_sources, n_neurons))
    return LinkArrays(source, neuron, np.zeros(n_links, dtype=np.int32), 10_000.0, Links())


def experiment(cells, stimuli=None, projections=None, *, changes=(), signals=(), dt_ms=0.1,
               interval_steps=1, link_arrays=None):  # fmt: skip
    """An experiment that records all spikes, and `signals` of all neurons."""
    everybody = np.arange(cells.size)
    return CompiledExperiment(
        dt_ms=dt_ms,
        seed=5,
        neurons=cells,
        synapses=synapses() if projections is None else projections,
        stimuli=given_times() if stimuli is None else stimuli,
        currents=currents(*changes),
        recording=RecordingArrays(
            {name: everybody for name in signals}, np.ones(cells.size, dtype=bool), interval_steps
        ),
        links=link_arrays,
    )


def random_network(seed=0, n_neurons=70, n_sources=30, adex=False, delays=(1.0,), **changed):
    """A recurrent network in lively activity: Poisson and given spikes, both receptors.

    Weights are conductances; `in_units_of_targets` makes them those of other models.
    """
    rng = np.random.default_rng(seed)
    cells = neurons(
        n_neurons, adex=adex, v=rng.uniform(-66, -51, n_neurons),
        v_rest=rng.normal(-60, 1, n_neurons), tau_m=rng.uniform(10, 25, n_neurons),
        tau_refrac=rng.uniform(0.02, 4, n_neurons), **changed,
    )  # fmt: skip
    n_poisson = n_sources // 2
    trains = [np.sort(rng.uniform(0, 400, 20)) for _ in range(n_sources - n_poisson)]
    stimuli = both_kinds(poisson(rng.uniform(20, 90, n_poisson), 3.0, 350.0), given_times(*trains))
    n_synapses = 20 * n_neurons
    source = rng.integers(n_sources + n_neurons, size=n_synapses)
    inhibitory = rng.random(n_synapses) < 0.4
    weight = rng.choice([0.001, 0.002, 0.004], n_synapses)
    target, delay = rng.integers(n_neurons, size=n_synapses), rng.choice(delays, n_synapses)
    return experiment(cells, stimuli, synapses(source, target, weight, delay, inhibitory))


def trial_stimuli(seed, n_trials, stimuli, duration_ms=300.0):
    """Other rates and spike times for every trial."""
    rng = np.random.default_rng(seed)
    rate = stimuli.rate_hz * rng.uniform(0, 2, (n_trials, stimuli.size))
    given = np.diff(stimuli.offsets) > 0
    counts = rng.integers(0, 15, (n_trials, stimuli.size)) * given
    trains = [np.sort(rng.uniform(0, duration_ms, n)) for n in counts.ravel()]
    offsets = np.concatenate([[0], np.cumsum(counts.ravel())])
    return TrialStimuli(rate, offsets, np.concatenate([np.zeros(0), *trains]))


def of_trial(stimuli, trials, number):
    """The stimuli of one trial, for a single presentation."""
    first = number * stimuli.size
    offsets = trials.offsets[first : first + stimuli.size + 1]
    times = trials.times_ms[offsets[0] : offsets[-1]]
    return replace(
        stimuli, rate_hz=trials.rate_hz[number], offsets=offsets - offsets[0], times_ms=times
    )


def emulate(made, n_steps, **options):
    """Run an experiment (in one go, or in portions) and return the `Emulation`."""
    emulation = Emulation(made, **options)
    for portion in np.atleast_1d(n_steps):
        emulation.run(int(portion))
    return emulation


def spike_bytes(recording):
    """Everything that is known of the spikes, to compare bit by bit."""
    arrays = (recording.spike_neuron, recording.spike_time_ms, recording.recorded_time_ms)
    return tuple(array.tobytes() for array in arrays)
