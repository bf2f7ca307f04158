"""A toy PyNN back end for tests of the trainer: just the names that it uses.

`FakeTrials` has `run_trials`, `FakeSequence` has only the common API. The network is a chain of
layers: one source each to the first layer, then pairs of projections. What its layers answer is
computed by a rate model (quick) or, for `FakeTrials`, by the LIF equations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import neo
import numpy as np
import quantities as pq
from reference.lif_batch import LIFNeurons, simulate

SLOT, ON = 1000.0, 900.0  # ms: one presentation, and its stimulus


@dataclass(frozen=True)
class Cells:
    kind: str
    parameters: dict


@dataclass(frozen=True)
class Synapse:
    weight: float
    delay: float


@dataclass(eq=False)
class Population:
    size: int
    cells: Cells
    label: str
    recorded: list = field(default_factory=list)
    initial: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)
    trains: list = field(default_factory=list)

    def initialize(self, **values):
        self.initial.update(values)

    def record(self, variables):
        self.recorded.append(variables)

    def set(self, **parameters):
        self.parameters.update(parameters)

    def get_data(self, variables, clear=False):
        assert variables == "spikes"
        assert variables in self.recorded
        segment = neo.Segment()
        for train in self.trains:
            stop = max([*train, 0.0]) + SLOT
            segment.spiketrains.append(neo.SpikeTrain(train * pq.ms, t_stop=stop * pq.ms))
        block = neo.Block()
        block.segments.append(segment)
        return block


class Projection:
    def __init__(self, pre, post, connector, synapse, receptor_type, label):
        self.pre, self.post, self.connector = pre, post, connector
        self.receptor_type, self.label = receptor_type, label
        self.weight = np.full((pre.size, post.size), synapse.weight)
        self.gmax = None
        pre_chain = pre.cells.parameters["_chain"]
        pre_chain.append(self)

    def set(self, weight):
        assert weight.shape == self.weight.shape
        assert (weight >= 0).all()
        self.weight = np.array(weight)

    def set_gmax(self, value):
        self.gmax = value


@dataclass
class TrialData:
    layers: dict

    def spike_counts(self, population):
        trial, cell, _, n_trials = self.layers[population]
        counts = np.zeros((n_trials, population.size), dtype=np.int64)
        np.add.at(counts, (trial, cell), 1)
        return counts

    def spikes(self, population):
        return self.layers[population][:3]


class FakeSequence:
    """Time goes on from run to run, as in any PyNN back end without trials."""

    unit = 0.5e-3  # uS: one level of a weight

    def __init__(self, offset=0.0, model="rate", seed=0, gain=0.7):
        self.model, self.gain = model, gain
        self.projections, self.populations = [], []
        self.generator = np.random.default_rng(seed)
        self.variation = np.random.default_rng(seed + 1)
        self.offset = offset
        self.offsets = {}
        self.time = 0.0
        self.calls = 0

    def __getattr__(self, name):
        if name in ("SpikeSourcePoisson", "SpikeSourceArray", "IF_cond_exp"):
            return lambda **given: Cells(name, {**given, "_chain": self.projections})
        if name in ("OneToOneConnector", "AllToAllConnector"):
            return lambda: name
        raise AttributeError(name)

    StaticSynapse = Synapse

    def Population(self, size, cells, label):
        population = Population(size, cells, label)
        self.populations.append(population)
        self.offsets[population] = self.variation.normal(0, 1, size) * self.offset
        return population

    def Projection(self, *args, **kwargs):
        return Projection(*args, **kwargs)

    def get_current_time(self):
        return self.time

    def get_time_step(self):
        return 0.1

    def run(self, duration):
        self.calls += 1
        sources, layers = self.populations[0], self.populations[1:]
        n_slots = round(duration / SLOT)
        counts = np.zeros((n_slots, sources.size))
        for cell, train in enumerate(sources.parameters["spike_times"]):
            slot = ((train - self.time) // SLOT).astype(int)
            np.add.at(counts, (slot, cell), 1)
        for layer, count in zip(layers, self.answer(counts), strict=True):
            layer.trains = [self.spread(column) for column in count.T]
        self.time += duration

    def spread(self, counts):
        slots = [np.linspace(1, ON, n) + self.time + k * SLOT for k, n in enumerate(counts)]
        return np.concatenate([*slots, np.empty(0)])

    def answer(self, counts):
        """Return the counts of all layers by the rate model, from those of the input layer."""
        layers = self.populations[1:]
        result = [counts.astype(int)]
        for pre, post in pairwise(layers):
            drive = result[-1] @ self.signed(pre, post) * self.gain + self.offsets[post]
            result.append(np.rint(np.maximum(drive, 0)).astype(int))
        return result

    def signed(self, pre, post):
        found = {p.receptor_type: p for p in self.projections if (p.pre, p.post) == (pre, post)}
        return (found["excitatory"].weight - found["inhibitory"].weight) / (15 * self.unit)


class FakeTrials(FakeSequence):
    """Shows all images at once."""

    def run_trials(self, duration, stimuli, record, first_presentation):
        self.calls += 1
        assert duration == SLOT
        ((sources, rates),) = stimuli.items()
        assert sources is self.populations[0]
        if self.model == "lif":
            return self.run_lif(rates, first_presentation)
        counts = np.random.default_rng(first_presentation).poisson(rates * ON * 1e-3)
        layers = {}
        for layer, count in zip(self.populations[1:], self.answer(counts), strict=True):
            trial, cell = np.divmod(np.repeat(np.arange(count.size), count.ravel()), layer.size)
            layers[layer] = (trial, cell, np.linspace(1, ON, len(trial)), len(rates))
        return TrialData(layers)

    def run_lif(self, rates, number):
        layers = self.populations[1:]
        first = np.cumsum([0, *(layer.size for layer in layers)])
        excitatory, inhibitory = np.zeros((2, first[-1], first[-1]))
        place = dict(zip(layers, first, strict=False))
        for p in self.projections[1:]:
            matrix = excitatory if p.receptor_type == "excitatory" else inhibitory
            rows = slice(place[p.pre], place[p.pre] + p.pre.size)
            matrix[rows, place[p.post] : place[p.post] + p.post.size] = p.weight
        stimulus = self.projections[0].weight[0, 0]
        trial, cell, time = simulate(
            self.neurons(first[-1]), excitatory, inhibitory, rates, stimulus, number
        )
        found = {}
        for layer in layers:
            mine = (cell >= place[layer]) & (cell < place[layer] + layer.size)
            found[layer] = (trial[mine], cell[mine] - place[layer], time[mine], len(rates))
        return TrialData(found)

    def neurons(self, n):
        """Neurons that vary by `offset` times the deviations of Schmitt et al. (2017), table II."""
        draw = np.random.default_rng(self.variation.bit_generator.seed_seq.entropy).normal
        vary = lambda mean, sigma: mean + sigma * self.offset * draw(size=n)  # noqa: E731
        return LIFNeurons(
            v_rest=vary(-40.0, 4.0),
            v_reset=vary(-64.0, 1.28),
            v_thresh=vary(-37.5, 0.19),
            e_rev_I=vary(-80.0, 4.0),
            tau_m=np.clip(vary(20.0, 2.0), 6.0, 60.0),
            tau_syn_E=np.clip(vary(5.0, 0.5), 1.5, 15.0),
            tau_syn_I=np.clip(vary(5.0, 0.5), 1.5, 15.0),
        )
