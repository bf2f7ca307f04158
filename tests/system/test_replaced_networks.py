"""Networks that `setup()` has replaced do not stay in memory; data taken from them do."""

import copy
import gc
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import NetworkError, RecordingError
from pyNN_brainscales_emu.simulator import ID, state

SUBSTRATES = ["ideal", "brainscales1"]
RATE = 200.0


def start(substrate):
    sim.setup(substrate=substrate, effects="none", on_loss="ignore")


def build(n_cells=40, n_inputs=20):
    """Return (sources, neurons, projection) of a network with everything a user may ask for."""
    sources = sim.Population(n_inputs, sim.SpikeSourcePoisson(rate=RATE))
    neurons = sim.Population(n_cells, sim.IF_cond_exp(tau_refrac=1.0))
    projection = sim.Projection(
        sources, neurons, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.004, delay=1.5)
    )
    neurons.record("spikes")
    neurons[:2].record("v")
    return sources, neurons, projection


def session_with_views():
    """Run a network, look at all of it, and return weak references to its parts."""
    sources, neurons, projection = build()
    sim.Projection(neurons[:5] + neurons[10:12], neurons[3:9], sim.OneToOneConnector())
    if state.options.is_ideal:
        sim.DCSource(amplitude=0.1).inject_into([neurons[0]])
    neurons[3].tau_m = 21.0
    sim.run(20.0)
    neurons.get_data()
    sim.reset()
    sim.run(20.0)
    projection.get_realised("weight", format="array")
    pipeline = state.session.pipeline
    parts = [sources, neurons, projection, neurons.recorder, state.session, pipeline]
    parts += [part for part in (pipeline.mapping, sim.report()) if part is not None]
    return [weakref.ref(part) for part in parts]


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_nothing_of_a_replaced_network_stays(substrate):
    start(substrate)
    parts = session_with_views()
    start(substrate)
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_held_objects_of_a_replaced_network_keep_no_pipeline_and_no_other_synapses(substrate):
    start(substrate)
    sources, neurons, projection = build()
    sim.run(20.0)
    data = sim.run_trials(20.0, {sources: np.full((2, sources.size), RATE)}, record=[neurons])
    large = [weakref.ref(part) for part in (projection, projection.synapses)]
    large += [weakref.ref(state.session.pipeline)]
    if substrate == "brainscales1":
        large.append(weakref.ref(sim.mapping()))
    view, assembly = neurons[:3], neurons[:3] + sources
    del projection
    gc.disable()  # the large parts go at once, without waiting for the collector
    try:
        start(substrate)
        assert [part() for part in large] == [None] * len(large)
    finally:
        gc.enable()
    assert (view.parent, assembly.size) == (neurons, 3 + sources.size)
    assert data.spike_counts(neurons).shape == (2, neurons.size)
    with pytest.raises(RecordingError, match="replaced"):
        neurons.get_data()


def traced_after(cycle, n_cycles):
    for _ in range(n_cycles):
        cycle()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_memory_stays_flat_over_many_setups(substrate):
    def cycle():
        start(substrate)
        _, neurons, projection = build(n_cells=60, n_inputs=60)
        sim.run(5.0)
        neurons.get_data()
        return sum(column.nbytes for column in projection.synapses.values.values())

    n_cycles = 6
    tracemalloc.start()
    try:
        before = traced_after(cycle, 2)
        growth = traced_after(cycle, n_cycles) - before
    finally:
        tracemalloc.stop()
    assert growth < n_cycles * 60 * 60 * 8  # less than one column of the synapses a setup


def test_data_outlive_their_network():
    start("ideal")
    sources, neurons = build()[:2]
    sim.run(50.0)
    block = neurons.get_data()
    trials = sim.run_trials(50.0, {sources: np.full((3, sources.size), RATE)}, record=[neurons])
    expected = [train.magnitude.copy() for train in block.segments[0].spiketrains]
    signal = block.segments[0].analogsignals[0].magnitude.copy()
    counts = trials.spike_counts(neurons)
    lazy = trials.to_neo()
    parts = [weakref.ref(sources)]
    del sources, neurons, trials
    start("ideal")
    gc.collect()
    assert parts[0]() is None
    assert sum(map(len, expected)) > 0
    for train, times in zip(block.segments[0].spiketrains, expected, strict=True):
        np.testing.assert_array_equal(train.magnitude, times)
    np.testing.assert_array_equal(block.segments[0].analogsignals[0].magnitude, signal)
    for segment, row in zip(lazy.segments, counts, strict=True):
        assert [len(train) for train in segment.spiketrains] == row.tolist()


def test_a_cell_alone_is_enough_while_its_network_lives():
    start("ideal")
    cell = sim.Population(5, sim.IF_cond_exp(), label="cells")[3]
    gc.collect()
    cell.tau_m = 12.5
    assert (cell.tau_m, cell.parent.label, cell.local) == (12.5, "cells", True)
    assert cell in cell.as_view()


def test_a_cell_of_a_replaced_network_says_so():
    start("ideal")
    cell = sim.Population(5, sim.IF_cond_exp())[3]
    start("ideal")
    gc.collect()
    for ask in (lambda: cell.parent, lambda: cell.tau_m, lambda: setattr(cell, "tau_m", 3.0)):
        with pytest.raises(NetworkError, match="Cell 3 belongs to a network that setup"):
            ask()
    assert cell == 3


def test_copies_of_a_cell():
    start("ideal")
    cell = sim.Population(2, sim.IF_cond_exp())[1]
    assert copy.deepcopy([cell])[0] is cell
    assert pickle.loads(pickle.dumps(cell)) == 1
    with pytest.raises(NetworkError):
        _ = ID(4).parent
