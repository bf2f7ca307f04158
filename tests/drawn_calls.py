"""Calls on a drawn network in any order, as plain data, and a player that performs them.

Acting calls change the network or let time pass. The others must leave no trace: the same program
without them, its runs uncut, gives the same data to the bit.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import groupby

import numpy as np
from drawn_networks import (
    WEIGHTS,
    build,
    built_projection,
    population_plans,
    projection_plans,
    trains,
    weight_unit,
)
from hypothesis import strategies as st
from pyNN import errors as pynn_errors
from wrong_calls import WRONG_CALLS

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.emulator.broken_state import BrokenStateError

#: What calls may raise: errors of the package, and those that PyNN documents.
ERRORS = (
    sim.BrainScaleSError,
    pynn_errors.InvalidParameterValueError,
    pynn_errors.NonExistentParameterError,
    pynn_errors.ConnectionError,
    pynn_errors.RecordingError,
)
LOOKS = (
    "data", "counts", "mean", "parameters", "realised", "weights", "report", "mapping", "times",
    "description", "current", "positions", "file", "stored",
)  # fmt: skip
#: Looks that set the wafer to the present parameters, as a run does.
SETTING_LOOKS = ("realised", "report", "stored")
NEUTRAL = ("collect", "collect group", "look", "wrong")
NUMBERS = {
    "tau_m": [10.0, 25.0],
    "v_thresh": [-55.0, -50.0, -70.0],
    "v_reset": [-65.0, -40.0],
    "tau_refrac": [0.1, 1.0, 3.0],
    "i_offset": [0.0, 0.6],
    "b": [0.0805, 0.2],
    "rate": [0.0, 100.0, 1000.0],
    "start": [0.0, 3.0, 30.0],
    "duration": [0.0, 10.0, 1e10],
}
STATES = {"v": [-70.0, -52.0, 0.0], "gsyn_exc": [0.0, 0.05], "w": [0.0, 0.3], "u": [-14.0]}


# --- drawing -----------------------------------------------------------------------------------


@st.composite
def programs(draw, plan, max_runs=6):
    """Draw calls for a network: runs, and some calls before each of them and at the end."""
    calls = st.lists(st.one_of(kinds_of_calls(plan)), max_size=4)
    manner = st.sampled_from(["run", "run_until", "run_for", "callbacks", "reading callbacks"])
    n_steps = st.one_of(st.integers(1, 300), st.integers(100, 300))
    runs = draw(st.lists(st.tuples(st.just("run"), n_steps, manner), min_size=2, max_size=max_runs))
    return [call for run in runs for call in (*draw(calls), run)] + draw(calls)


def kinds_of_calls(plan):
    """Return what draws each kind of calls but runs."""
    group = st.integers(0, len(plan.populations) + len(plan.groups) - 1)
    population = st.integers(0, len(plan.populations) - 1)
    collect = st.tuples(st.just("collect"), population)
    look = st.tuples(st.just("look"), st.sampled_from(LOOKS), group)
    record = st.tuples(
        st.just("record"),
        group,
        st.sampled_from(["spikes", "v", ["spikes", "v"], ["gsyn_exc", "v"], "w"]),
        st.sampled_from([None, None, 1, 3, 10]),
    )
    new = st.sampled_from(sorted({kind for kind, *_ in plan.populations})).flatmap(population_plans)
    new_projection = st.tuples(population, population).flatmap(
        lambda ends: projection_plans(plan.populations, *ends, 0)
    )
    calls = [
        *3 * [collect],
        *3 * [look],
        *2 * [record],
        *2 * [st.just(("reset",))],
        st.tuples(st.just("collect group"), group, st.booleans()),
        st.tuples(st.just("wrong"), st.integers(0, len(WRONG_CALLS) - 1), group),
        number_changes(group),
        st.tuples(st.just("set cell"), group, st.sampled_from([5.0, 30.0])),
        spike_time_changes(plan),
        state_changes(group),
        st.tuples(st.just("record nothing"), population),
        st.tuples(st.just("trials"), st.integers(0, 60), st.integers(1, 3), st.booleans()),
        st.just(("setup",)),
        st.tuples(st.just("new population"), new),
        st.tuples(st.just("new projection"), new_projection),
        *calls_of_projections(plan),
    ]
    if plan.currents:
        current = st.integers(0, len(plan.currents) - 1)
        calls.append(st.tuples(st.just("current"), current, st.sampled_from([0.0, 0.7, -0.1])))
        calls.append(st.tuples(st.just("inject"), current, group))
    if plan.options["substrate"] != "ideal":
        calls.append(st.just(("rewrite",)))
        calls.append(st.tuples(st.just("place"), population, st.integers(0, 383)))
    return calls


def calls_of_projections(plan):
    """Return what draws changes of synapses."""
    projection = st.integers(0, len(plan.projections) - 1)
    share = st.sampled_from([0.0, 0.5, 2.0])
    changes = [
        st.tuples(st.just("weights"), projection, share),
        st.tuples(st.just("delays"), projection, st.sampled_from([1 / 3, 1.0, 4.0])),
        st.tuples(st.just("synapse weight"), projection, share),
    ]
    if plan.options["substrate"] != "ideal":
        digital = st.integers(-1, 16)
        scale = st.sampled_from([0.005, 0.1])
        changes.append(st.tuples(st.just("digital weights"), projection, digital))
        changes.append(st.tuples(st.just("full scale"), projection, scale))
    return changes


def spike_time_changes(plan):
    """Draw other spike times, for a population that may have none."""
    numbers = [n for n, (kind, *_) in enumerate(plan.populations) if kind == "SpikeSourceArray"]
    return st.sampled_from(numbers or [0]).flatmap(
        lambda number: st.tuples(
            st.just("spike times"), st.just(number), trains(plan.populations[number][1])
        )
    )


def number_changes(group):
    """Draw a parameter and its value, as one number or as one that differs from cell to cell."""
    return st.sampled_from(sorted(NUMBERS)).flatmap(
        lambda name: st.tuples(
            st.just("set"), group, st.just(name), st.sampled_from(NUMBERS[name]), st.booleans()
        )
    )


def state_changes(group):
    """Draw a state variable and its value."""
    return st.sampled_from(sorted(STATES)).flatmap(
        lambda name: st.tuples(
            st.just("initialize"), group, st.just(name), st.sampled_from(STATES[name])
        )
    )


def without_trace(program, on_wafer):
    """Return the acting calls of a program only, its runs joined."""
    neutral = NEUTRAL if on_wafer else (*NEUTRAL, "trials")
    acting = [call for call in program if call[0] not in neutral]
    joined = []
    for is_run, calls in groupby(acting, key=lambda call: call[0] == "run"):
        if is_run:
            joined.append(("run", sum(n_steps for _, n_steps, _ in calls), "run"))
        else:
            joined += calls
    return joined


# --- performing --------------------------------------------------------------------------------


class Player:
    """Performs calls, and keeps all data that were handed out.

    Attributes
    ----------
    spikes : dict
        By (network, population, segment, cell): times.
    samples : dict
        By (network, population, segment, variable, cell): values by the number of the sample.
    outcomes : list
        Of each acting call: None, or the type of the error.
    """

    def __init__(self, plan, **options):
        self.plan, self.options = plan, options
        self.on_wafer = plan.options["substrate"] != "ideal"
        self.n_networks = 0
        self.spikes, self.samples, self.outcomes = {}, {}, []
        self.former = []
        self.broken = set()
        self.network = self.built()

    def built(self):
        network = build(self.plan, **self.options)
        for population, variables in zip(network.populations, self.plan.recorded, strict=True):
            if variables:
                population.record(variables)
        return network

    def perform(self, program):
        """Perform calls one after the other, and hand out all data at the end."""
        for call in program:
            self.perform_one(*call)
        self.collect_all()
        return self

    def perform_one(self, name, *arguments):
        acts = name not in NEUTRAL and (self.on_wafer or name != "trials")
        outcome = None
        try:
            getattr(self, name.replace(" ", "_"))(*arguments)
        except ERRORS as error:
            outcome = type(error).__name__
            if isinstance(error, BrokenStateError):
                self.broken.add((self.n_networks, self.segment))
        if acts and name == "run" and self.outcomes and self.outcomes[-1][0] == "run":
            self.outcomes.pop()
        if acts:
            self.outcomes.append((name, outcome))

    @property
    def segment(self):
        return sim.simulator.state.segment_counter

    # Acting calls

    def run(self, n_steps, manner):
        dt = self.plan.dt
        if manner == "run_until":
            sim.run_until(sim.get_current_time() + n_steps * dt)
        elif "callbacks" in manner:
            sim.run(n_steps * dt, callbacks=[self.callback("reading" in manner)])
        else:
            getattr(sim, manner)(n_steps * dt)

    def callback(self, reads):
        def called(now):
            for population in self.network.populations if reads and now else ():
                with suppress(*ERRORS):
                    self.collected(population, clear=False)
            return now + 7 * self.plan.dt

        return called

    def reset(self):
        sim.reset()

    def setup(self):
        self.collect_all()
        self.n_networks += 1
        self.former.append(self.network)
        self.network = self.built()

    def set(self, group, name, value, differs):
        cells = self.network.all_groups[group]
        cells.set(**{name: value + 0.01 * np.arange(cells.size) if differs else value})

    def spike_times(self, number, times):
        self.network.populations[number].set(spike_times=times)

    def initialize(self, group, name, value):
        self.network.all_groups[group].initialize(**{name: value})

    def record(self, group, variables, interval):
        period = None if interval is None else interval * self.plan.dt
        self.network.all_groups[group].record(variables, sampling_interval=period)

    def record_nothing(self, number):
        """End a recording: what was recorded since the last reset is gone."""
        self.network.populations[number].record(None)
        here = (self.n_networks, number, self.segment)
        for data in (self.spikes, self.samples):
            for key in [key for key in data if key[:3] == here]:
                del data[key]

    def weights(self, number, share):
        projection = self.network.projections[number]
        kind = self.plan.populations[self.plan.projections[number]["post"]][0]
        negative = projection.receptor_type == "inhibitory" and weight_unit(kind) != "conductance"
        projection.set(weight=share * WEIGHTS[weight_unit(kind)] * (-1 if negative else 1))

    def synapse_weight(self, number, share):
        projection = self.network.projections[number]
        for connection in projection[:1]:
            connection.weight = share * connection.weight

    def digital_weights(self, number, value):
        self.network.projections[number].set_digital_weights(value)

    def full_scale(self, number, weight):
        self.network.projections[number].set_gmax(weight)

    def rewrite(self):
        sim.set_hardware_config(sim.hardware_config())

    def place(self, number, hicann):
        sim.place(self.network.populations[number], hicanns=[hicann])

    def set_cell(self, group, value):
        cell = self.network.all_groups[group][0]
        name = "tau_m" if "tau_m" in cell.celltype.get_parameter_names() else "rate"
        setattr(cell, name, value)

    def delays(self, number, delay):
        self.network.projections[number].set(delay=delay)

    def current(self, number, amplitude):
        self.network.currents[number].set_parameters(amplitude=amplitude)

    def inject(self, number, group):
        self.network.currents[number].inject_into(self.network.all_groups[group])

    def new_population(self, plan):
        kind, size, parameters, initial = plan
        cells = sim.Population(size, getattr(sim, kind)(**parameters), initial_values=initial)
        cells.record("spikes")
        self.network.populations.append(cells)

    def new_projection(self, plan):
        self.network.projections.append(built_projection(self.network, plan))

    # Calls that must leave no trace

    def trials(self, n_steps, n_trials, with_signals):
        stimuli = {}
        for population in self.network.populations:
            if isinstance(population.celltype, sim.SpikeSourcePoisson):
                stimuli[population] = np.full((n_trials, population.size), 200.0)
            elif isinstance(population.celltype, sim.SpikeSourceArray):
                stimuli[population] = [[[1.0, 2.0]] * population.size] * n_trials
        neurons = [p for p in self.network.populations if p.celltype.injectable]
        record = {neurons[0]: ["v"]} if with_signals else None
        data = sim.run_trials(
            n_steps * self.plan.dt, stimuli, record=record, first_presentation=1000
        )
        assert len(data.to_neo().segments) == n_trials

    def wrong(self, number, group):
        what, call = WRONG_CALLS[number]
        try:
            call(self.network, self.network.all_groups[group])
        except ERRORS:
            return
        raise AssertionError(f"{what} raised nothing")

    def look(self, what, group):
        cells = self.network.all_groups[group]
        if what in SETTING_LOOKS and self.on_wafer:
            return
        with kept(lambda: self.shown_data()):
            getattr(self, f"look_at_{what}")(cells)

    def shown_data(self):
        shown = []
        for number, population in enumerate(self.network.populations):
            try:
                shown.append(flat(number, population.get_data()))
            except ERRORS as error:
                shown.append(type(error).__name__)
        return shown

    def look_at_data(self, cells):
        cells.get_data()

    def look_at_counts(self, cells):
        cells.get_spike_counts()

    def look_at_mean(self, cells):
        cells.mean_spike_count()

    def look_at_parameters(self, cells):
        for part in parts_of(cells):
            part.get(part.celltype.get_parameter_names())

    def look_at_realised(self, cells):
        cells.get_realised("tau_m")

    def look_at_weights(self, _):
        for projection in self.network.projections:
            projection.get(["weight", "delay"], format="list")
            projection.get("weight", format="array")
            str(projection.describe())

    def look_at_report(self, _):
        str(sim.report())

    def look_at_mapping(self, _):
        sim.map_network()

    def look_at_times(self, _):
        assert sim.get_min_delay() <= sim.get_max_delay()
        assert sim.get_time_step() == self.plan.dt

    def look_at_description(self, cells):
        cells.describe()

    def look_at_stored(self, cells):
        sim.hardware_config()
        parts_of(cells)[0].get_dac("E_l")

    def look_at_current(self, _):
        for source in self.network.currents:
            times, amplitudes = source._get_data()
            assert len(times) == len(amplitudes)

    def look_at_positions(self, cells):
        assert cells.positions.shape == (3, cells.size)

    def look_at_file(self, cells):
        with written() as path:
            cells.write_data(str(path))

    def collect(self, number):
        """Hand out the data of a population, and clear them."""
        self.keep(number, self.collected(self.network.populations[number], clear=True))

    def collect_group(self, group, to_file):
        """Hand out the data of the populations of a group, and clear them through it."""
        cells = self.network.all_groups[group]
        parts = [
            part.grandparent if hasattr(part, "grandparent") else part for part in parts_of(cells)
        ]
        blocks = {
            number: population.get_data()
            for number, population in enumerate(self.network.populations)
            if any(population is part for part in parts)
        }
        if to_file:
            with written() as path:
                cells.write_data(str(path), clear=True)
        else:
            cells.get_data(clear=True)
        for number, block in blocks.items():
            self.keep(number, block)

    def collected(self, population, clear):
        counts = population.get_spike_counts()
        block = population.get_data(clear=clear)
        running = sim.simulator.state.running
        if running and block.segments[-1].spiketrains:
            assert [len(train) for train in block.segments[-1].spiketrains] == list(counts.values())
        return block

    def collect_all(self):
        """Hand out all data of the present network, whether there are any or not."""
        for number, population in enumerate(self.network.populations):
            try:
                self.keep(number, population.get_data())
            except ERRORS:
                assert not sim.simulator.state.running or number >= len(self.plan.populations)

    def keep(self, number, block):
        """Join data to those handed out before.

        The sample of a cut is in both pieces; `initialize()` at that time shows in the later one.
        """
        for key, times in flat(number, block)["spikes"].items():
            self.spikes.setdefault((self.n_networks, *key), []).extend(times)
        for key, samples in flat(number, block)["samples"].items():
            self.samples.setdefault((self.n_networks, *key), {}).update(samples)

    @property
    def whole(self):
        """All data but those of presentations that broke off, by kind.

        A signal of one sample is left out: asked for where nothing runs before the next reset, it
        is there only if other data are.
        """
        return {
            kind: {
                key: value
                for key, value in data.items()
                if len(value) >= least and (key[0], key[2]) not in self.broken
            }
            for kind, data, least in (("spikes", self.spikes, 1), ("samples", self.samples, 2))
        }


def parts_of(cells):
    """Return the populations and views of an assembly, or the population or view itself."""
    return getattr(cells, "populations", [cells])


def flat(number, block):
    """Return the data of a block by population, segment, variable and cell."""
    spikes, samples = {}, {}
    for segment in block.segments:
        name = int(segment.name.removeprefix("segment"))
        for train in segment.spiketrains:
            cell = int(train.annotations["channel_id"])
            spikes[number, name, cell] = train.magnitude.tolist()
        for signal in segment.analogsignals:
            first = round(float(signal.t_start / signal.sampling_period))
            for cell, column in zip(
                signal.annotations["channel_ids"], signal.magnitude.T, strict=True
            ):
                samples[number, name, signal.name, int(cell)] = {
                    first + sample: value
                    for sample, value in enumerate(column.tolist())
                    if np.isfinite(value)
                }
    return {"spikes": spikes, "samples": samples}


@contextmanager
def kept(look):
    """Raise unless something looks the same afterwards."""
    before = look()
    try:
        yield
    finally:
        assert look() == before


@contextmanager
def written():
    """Give a path for a file, which is removed."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "data.pkl"
