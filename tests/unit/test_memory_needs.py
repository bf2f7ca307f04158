"""Needs of memory, told before they are tried: delays, recordings, events of sources."""

import tracemalloc

import numpy as np
import pytest
from experiment_builders import experiment, neurons, poisson, synapses

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import memory_needs, pair_connection
from pyNN_brainscales_emu import portions as portions_module
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.kernel_models import LANES
from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.memory_needs import check_delays, events_per_step
from pyNN_brainscales_emu.simulator import state

GIB = 2**30


@pytest.fixture
def limit(monkeypatch):
    def set_to(n_bytes):
        monkeypatch.setattr(memory_needs, "memory_limit", lambda: n_bytes)

    return set_to


@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("adex", [False, [True, False, True]])
def test_the_need_of_delays_is_that_of_the_engine(limit, precision, adex):
    made = experiment(neurons(3, adex=adex), poisson([1.0]), synapses([0], [1], 0.1, 700.0))
    needed = Emulation(made, precision=precision)._ring.nbytes
    limit(needed)
    check_delays(made, precision)
    limit(needed - 1)
    with pytest.raises(CapacityError, match=r"longest delay, 700 ms.*Shorten the delays"):
        check_delays(made, precision)


def test_delays_beyond_the_memory_are_refused_at_the_run(limit):
    limit(GIB)
    sim.setup(substrate="ideal")
    cells = sim.Population(3, sim.IF_cond_exp())
    projection = sim.Projection(
        cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=1e7)
    )
    with pytest.raises(sim.CapacityError, match=r"1e\+07 ms.*1 GiB"):
        sim.run(1.0)
    projection.set(delay=1.0)
    assert sim.run(1.0) == 1.0


def test_trials_need_the_delays_for_each_of_their_lanes(limit):
    sim.setup(substrate="ideal", threads=2)
    source = sim.Population(1, sim.SpikeSourceArray(), label="source")
    cells = sim.Population(32, sim.IF_cond_exp())
    sim.Projection(
        source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=1000.0)
    )
    cells.record("spikes")
    needed = 10_000 * 32 * 2 * 4  # steps, neurons, inputs, bytes
    limit(2 * needed)
    sim.run(1.0)
    with pytest.raises(sim.CapacityError, match=r"in 2 x \d+ trials at once.*fewer threads"):
        sim.run_trials(1.0, {source: [[[0.5]]]})
    limit(2 * (LANES + 1) * needed)
    assert sim.run_trials(1.0, {source: [[[0.5]]]}).n_trials == 1


def recording(sampling_interval=None):
    sim.setup(substrate="ideal")
    sources = sim.Population(2, sim.SpikeSourcePoisson(rate=100.0), label="sources")
    cells = sim.Population(1000, sim.IF_cond_exp(), label="cells")
    cells.record(["v", "spikes"], sampling_interval=sampling_interval)
    return sources, cells


def test_a_recording_beyond_the_memory_is_refused_before_the_run(limit):
    recording()
    limit(3 * GIB)
    with pytest.raises(
        sim.CapacityError,
        match=r"v of 1000 cells of 'cells'.* for 100000 ms takes about 7\.45 GiB.*3 GiB.*clear",
    ):
        sim.run(1e5)
    assert sim.get_current_time() == 0.0
    sim.run(1.0)


def test_what_is_held_already_counts_and_what_is_cleared_does_not(limit):
    _, cells = recording(sampling_interval=1.0)
    a_sample = 4 * 1000
    limit(250 * a_sample)  # samples, and a copy of them
    sim.run(100.0)
    with pytest.raises(sim.CapacityError):
        sim.run(100.0)
    cells.get_data(clear=True)
    sim.run(100.0)
    assert state.session.pipeline.emulation.recorded_bytes == 100 * a_sample


def test_poisson_sources_count_if_they_are_recorded(limit):
    sources, cells = recording()
    cells.record(None)
    limit(2**20)
    sim.run(1.0)
    sources.record("spikes")
    with pytest.raises(sim.CapacityError, match="spikes of 2 cells of 'sources'"):
        sim.run(1e6)  # 200 000 events, 12 bytes each


def test_rates_that_no_step_can_hold():
    made = experiment(neurons(1), poisson([1e6, 2e6]))
    assert events_per_step(made) == pytest.approx(300.0)
    with pytest.raises(CapacityError, match=r"1e\+39 Hz together"):
        events_per_step(experiment(neurons(1), poisson([1e39])))


def test_a_small_network_over_a_long_time_runs_in_portions(monkeypatch):
    monkeypatch.setattr(portions_module, "_PORTION_S", 1e6)  # not cut by time
    sim.setup(substrate="ideal")
    sources = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0))
    cells = sim.Population(1, sim.IF_cond_exp())
    sim.Projection(sources, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.001))
    cells.record("v", sampling_interval=10.0)
    sim.run(1.0)
    portions, run = [], Emulation.run
    monkeypatch.setattr(
        Emulation, "run", lambda self, n_steps: (portions.append(n_steps), run(self, n_steps))
    )
    monkeypatch.setattr(memory_needs, "_STEPS_AT_ONCE", 7000)
    sim.run(2000.0)
    assert portions == [7000, 7000, 6000]
    portions.clear()
    monkeypatch.setattr(memory_needs, "_EVENTS_AT_ONCE", 100)  # 0.1 events a step
    sim.run(300.0)
    assert portions == [1000, 1000, 1000]
    v = cells.get_data().segments[0].analogsignals[0]
    assert np.isfinite(v.magnitude).all()
    assert v.shape == (231, 1)


def test_events_that_nobody_records_are_not_kept():
    sim.setup(substrate="ideal")
    sim.Population(10, sim.SpikeSourcePoisson(rate=1000.0))
    kept = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 2.0]))
    kept.record("spikes")
    sim.Population(1, sim.IF_cond_exp())
    sim.run(500.0)
    assert state.session.pipeline.emulation.recorded_bytes == 2 * 12


@pytest.mark.parametrize("steps", [2**31, 2**40])
def test_sampling_intervals_that_the_kernel_cannot_count(steps, monkeypatch):
    sim.setup(substrate="ideal")
    cells = sim.Population(1, sim.IF_cond_exp(), label="cells")
    with pytest.raises(sim.ParameterError, match=r"'cells'.*up to 2147483647 time steps"):
        cells.record("v", sampling_interval=steps * 0.1)
    cells.record("v", sampling_interval=(2**31 - 1) * 0.1)
    sim.run(1.0)
    assert cells.get_data().segments[0].analogsignals[0].shape == (1, 1)


def test_a_network_takes_the_memory_that_is_counted_for_its_synapses():
    sim.setup(substrate="ideal", threads=2)
    cells = sim.Population(1000, sim.IF_cond_exp())
    tracemalloc.start()
    try:
        projection = sim.Projection(
            cells, cells, sim.FixedProbabilityConnector(0.9), sim.StaticSynapse(weight=0.0001)
        )
        sim.run(0.1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    cells_and_pieces = 12 * 2**20
    assert peak < pair_connection._BYTES_PER_SYNAPSE * len(projection) + cells_and_pieces
