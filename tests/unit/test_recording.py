"""Recorders against a pipeline with known recordings."""

import numpy as np
import pytest
import quantities as pq
from reference.known_recordings import KnownRecordings

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.simulator import state


@pytest.fixture(autouse=True)
def _known_recordings(monkeypatch):
    monkeypatch.setattr(simulator, "new_pipeline", KnownRecordings)
    sim.setup(timestep=0.1, substrate="ideal")


@pytest.fixture
def neurons():
    return sim.Population(4, sim.IF_cond_exp(), label="neurons")


def trains(block, segment=-1):
    return [train.magnitude.tolist() for train in block.segments[segment].spiketrains]


def test_spikes_until_now(neurons):
    neurons.record("spikes")
    assert sim.run(10.0) == 10.0
    block = neurons.get_data()
    assert trains(block) == [[1.0, 5.0, 10.0], [0.0], [], []]
    train = block.segments[0].spiketrains[1]
    assert train.annotations == {"source_population": "neurons", "source_index": 1, "channel_id": 1}
    assert (train.t_start, train.t_stop) == (0 * pq.ms, 10 * pq.ms)


def test_a_time_stamp_in_the_future_waits_for_the_next_run(neurons):
    neurons.record("spikes")
    sim.run(20.0)
    assert trains(neurons.get_data())[3] == [20.0]
    sim.run(1.0)
    assert trains(neurons.get_data())[3] == [20.0, 20.3]


def test_each_spike_is_shown_once_when_data_are_cleared(neurons):
    neurons.record("spikes")
    shown = [[], [], [], []]
    for duration in (5.0, 5.0, 10.0, 5.0):
        sim.run(duration)
        start = sim.get_current_time() - duration
        counts = neurons.get_spike_counts()
        block = neurons.get_data(clear=True)
        assert len(block.segments) == 1
        assert block.segments[0].spiketrains[0].t_start == pytest.approx(start * pq.ms)
        for cell, times in enumerate(trains(block)):
            shown[cell] += times
            assert counts[cell] == len(times)
    assert shown == [[1.0, 5.0, 10.0], [0.0, 12.5], [], [20.0, 20.3]]


def test_spike_counts(neurons):
    neurons[1:].record("spikes")
    assert neurons.get_spike_counts() == {1: 0, 2: 0, 3: 0}
    sim.run(50.0)
    assert neurons.get_spike_counts() == {1: 2, 2: 0, 3: 2}
    assert neurons[3:].get_spike_counts() == {3: 2}
    assert neurons.mean_spike_count() == pytest.approx(4 / 3)


def test_signals_begin_with_the_initial_value_and_end_now(neurons):
    neurons[[1, 3]].record(["v", "gsyn_exc"])
    sim.run(2.0)
    (v,) = neurons.get_data("v").segments[0].analogsignals
    assert v.shape == (21, 2)
    np.testing.assert_array_equal(v.magnitude[:, 1], 3000 + np.arange(21))
    assert (v.units, v.sampling_period, v.t_start) == (pq.mV, 0.1 * pq.ms, 0 * pq.ms)
    np.testing.assert_array_equal(v.array_annotations["channel_index"], [1, 3])
    (g,) = neurons.get_data("gsyn_exc").segments[0].analogsignals
    assert g.units.dimensionality.string == "uS"


def test_adaptation_current_is_in_nano_amperes():
    adex = sim.Population(1, sim.EIF_cond_exp_isfa_ista())
    adex.record("w")
    sim.run(1.0)
    assert adex.get_data().segments[0].analogsignals[0].units == pq.nA


def test_sampling_intervals_of_several_populations(neurons):
    others = sim.Population(1, sim.IF_cond_exp())
    neurons.record(["v", "spikes"], sampling_interval=0.4)
    others.record("v", sampling_interval=0.6)
    sim.run(3.0)
    v = neurons.get_data().segments[0].analogsignals[0]
    w = others.get_data().segments[0].analogsignals[0]
    np.testing.assert_array_equal(v.magnitude[:, 0], np.arange(0, 31, 4))
    np.testing.assert_array_equal(w.magnitude[:, 0] - 4000, np.arange(0, 31, 6))
    assert (v.sampling_period, w.sampling_period) == (0.4 * pq.ms, 0.6 * pq.ms)


def test_sampling_interval_is_kept_for_variables_added_later(neurons):
    neurons.record("v", sampling_interval=0.5)
    neurons.record("gsyn_exc")
    intervals = {r.variable: r.interval_steps for r in describe(state.session).recording_requests}
    assert intervals == {"v": 5, "gsyn_exc": 5}
    with pytest.raises(sim.ParameterError, match=r"'neurons'.*same sampling interval.*0\.5 ms"):
        neurons.record("v", sampling_interval=1.0)
    for wrong in (-1, 0.15, "a"):
        with pytest.raises(sim.ParameterError, match="multiple of the time step"):
            neurons.record("v", sampling_interval=wrong)
    neurons.record("v", sampling_interval=0.1 * 5)
    neurons.record(None)
    assert describe(state.session).recording_requests == ()
    neurons.record("v", sampling_interval=1.0)
    assert describe(state.session).recording_requests[0].interval_steps == 10


@pytest.mark.parametrize("interval", [0.05, 0.15, -0.1, 0.0, np.nan])
def test_impossible_sampling_intervals(neurons, interval):
    with pytest.raises(sim.ParameterError, match="multiple of the time step"):
        neurons.record("v", sampling_interval=interval)


@pytest.mark.parametrize(("clear_at", "first_sample"), [(2.0, 2.0), (2.3, 2.5)])
def test_signals_after_clearing_stay_on_the_grid_of_samples(neurons, clear_at, first_sample):
    neurons.record("v", sampling_interval=0.5)
    sim.run(clear_at)
    neurons.get_data(clear=True)
    sim.run_until(4.0)
    v = neurons.get_data().segments[0].analogsignals[0]
    assert float(v.t_start) == pytest.approx(first_sample)
    assert float(v.t_stop - v.sampling_period) == pytest.approx(4.0)
    np.testing.assert_allclose(v.magnitude[:, 0], np.arange(first_sample, 4.1, 0.5) * 10)


def test_segments(neurons):
    neurons.record(["spikes", "v"])
    for repeat in range(3):
        sim.run(3.0)
        sim.reset(annotations={"repeat": repeat})
    sim.run(6.0)
    block = neurons.get_data()
    assert [s.annotations.get("repeat") for s in block.segments] == [0, 1, 2, None]
    assert [s.analogsignals[0].shape for s in block.segments] == [(31, 4)] * 3 + [(61, 4)]
    assert [len(s.spiketrains[0]) for s in block.segments] == [1, 1, 1, 2]
    assert state.session.pipeline.presentation == 3


def test_choosing_variables_holds_for_earlier_segments_too(neurons):
    neurons.record(["spikes", "v"])
    sim.run(3.0)
    sim.reset()
    sim.run(3.0)
    for segment in neurons.get_data("v").segments:
        assert [s.name for s in segment.analogsignals] == ["v"]
        assert len(segment.spiketrains) == 0
    for segment in neurons.get_data("spikes").segments:
        assert len(segment.analogsignals) == 0
        assert len(segment.spiketrains) == 4


def test_two_resets_in_a_row_make_no_empty_segment(neurons):
    neurons.record("spikes")
    sim.run(3.0)
    sim.reset()
    sim.reset()
    assert len(neurons.get_data().segments) == 1


def test_clearing_and_resetting(neurons):
    neurons.record("spikes")
    sim.run(3.0)
    assert len(neurons.get_data(clear=True).segments) == 1
    sim.reset()
    sim.run(3.0)
    neurons.get_data(clear=True)
    sim.run(3.0)
    sim.reset()
    sim.run(1.0)
    segments = neurons.get_data().segments
    assert [trains(neurons.get_data(), i)[0] for i in range(len(segments))] == [[5.0], [1.0]]


def test_nothing_has_run(neurons):
    neurons.record("spikes")
    with pytest.raises(sim.RecordingError, match=r"'neurons' has no recorded data.*run\(\)"):
        neurons.get_data()
    sim.run(1.0)
    neurons.get_data(clear=True)
    sim.reset()
    with pytest.raises(sim.RecordingError):
        neurons.get_data()


def test_a_run_of_no_duration_shows_the_initial_values(neurons):
    neurons.record("v")
    assert sim.run(0.0) == 0.0
    assert neurons.get_data().segments[0].analogsignals[0].shape == (1, 4)


def test_metadata(neurons):
    neurons.record("spikes")
    neurons.annotate(group="first")
    sim.run(1.0)
    annotations = neurons.get_data().annotations
    assert annotations["group"] == "first"
    assert annotations["seed"] == 42
    assert annotations["substrate"] == "ideal"
    assert annotations["session_start_time"].tzinfo is not None


def test_views_and_assemblies(neurons):
    (neurons[2:] + neurons[:1]).record("v")
    sim.run(1.0)
    np.testing.assert_array_equal(
        neurons.get_data().segments[0].analogsignals[0].array_annotations["channel_index"],
        [0, 2, 3],
    )
    v = neurons[2:3].get_data().segments[0].analogsignals[0]
    np.testing.assert_array_equal(v.magnitude[0], [2000])


def test_a_population_that_nobody_records(neurons):
    sim.run(1.0)
    segment = neurons.get_data().segments[0]
    assert not segment.analogsignals
    assert len(segment.spiketrains) == 0
