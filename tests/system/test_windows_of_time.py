"""Windows of time meet: each spike and sample is in exactly one piece of a cut recording."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyNN_brainscales_emu as sim

SUBSTRATES = ("ideal", "brainscales1")
#: Grid of the wafer's time stamps in biological ms; a stamp may lie that much before its spike.
STAMP_GRID_MS = 0.04
DURATION_MS = 60


def build(substrate, timestep=0.1):
    """Sources that fire on every ms and between, and neurons that they drive."""
    sim.setup(timestep=timestep, substrate=substrate, on_loss="ignore")
    trains = [np.arange(0.0, DURATION_MS + 1), np.arange(0.5, DURATION_MS), [3.0, 3.0, 20.0, 20.0]]
    given_times = sim.Population(3, sim.SpikeSourceArray(spike_times=trains), label="given")
    poisson = sim.Population(3, sim.SpikeSourcePoisson(rate=300.0), label="poisson")
    neurons = sim.Population(4, sim.IF_cond_exp(v_thresh=-58.0, tau_refrac=1.0), label="neurons")
    for sources in (given_times, poisson):
        sim.Projection(sources, neurons, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.004))
    populations = (given_times, poisson, neurons)
    for population in populations:
        population.record("spikes")
    neurons.record("v", sampling_interval=0.5)
    return populations


def trains_of(population, clear=False):
    segment = population.get_data(clear=clear).segments[-1]
    for train in segment.spiketrains:
        assert float(train.t_stop) == sim.get_current_time()
    return [train.magnitude.tolist() for train in segment.spiketrains]


def assert_same_trains(pieces, whole, substrate):
    """Compare trains; on the wafer a stamp before the piece's begin is shown at its begin."""
    for times, expected in zip(pieces, whole, strict=True):
        np.testing.assert_allclose(
            times, expected, rtol=0, atol=STAMP_GRID_MS if substrate == "brainscales1" else 0
        )


def whole_run(substrate):
    populations = build(substrate)
    sim.run(DURATION_MS)
    spikes = {p.label: trains_of(p) for p in populations}
    return spikes, populations[-1].get_data("v").segments[0].analogsignals[0].magnitude


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_the_whole_is_the_sum_of_its_pieces(substrate):
    spikes, v = whole_run(substrate)
    assert spikes["given"][0] == list(range(DURATION_MS + 1))
    assert spikes["given"][2] == [3.0, 3.0, 20.0, 20.0]
    assert all(len(train) for trains in spikes.values() for train in trains)

    @settings(max_examples=8)
    @given(st.lists(st.integers(1, 10 * DURATION_MS - 1), max_size=6, unique=True), st.data())
    def check(cuts, data):
        populations = build(substrate)
        pieces = {p.label: [[] for _ in range(p.size)] for p in populations}
        samples, begin = [], 0
        for cut in [*sorted(cuts), 10 * DURATION_MS]:
            sim.run((cut - begin) * 0.1)
            for population in populations:
                if cut < 10 * DURATION_MS and not data.draw(st.booleans()):
                    continue  # this population is cleared at another cut
                counts = list(population.get_spike_counts().values())
                if population.label == "neurons":
                    (signal,) = population.get_data("v").segments[0].analogsignals
                    first = round(float(signal.t_start) / 0.5)
                    np.testing.assert_array_equal(signal.magnitude, v[first : cut // 5 + 1])
                    samples += range(first, cut // 5 + 1)
                trains = trains_of(population, clear=True)
                assert [len(train) for train in trains] == counts
                for piece, train in zip(pieces[population.label], trains, strict=True):
                    piece += train
            begin = cut
        for population in populations:
            assert_same_trains(pieces[population.label], spikes[population.label], substrate)
        assert sorted(set(samples)) == list(range(len(v)))

    check()


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_a_spike_at_the_end_is_there_before_a_reset_and_in_a_trial(substrate):
    given_times, _, _ = build(substrate)
    sim.run(20.0)
    sim.reset()
    sim.run(5.0)
    first, second = given_times.get_data().segments
    assert [len(train) for train in first.spiketrains] == [21, 20, 4]
    assert [len(train) for train in second.spiketrains] == [6, 5, 2]
    trial = [[[0.0, 4.9, 5.0], [5.0, 5.1], []]]
    data = sim.run_trials(5.0, {given_times: trial}, record=given_times)
    assert data.spike_counts(given_times).tolist() == [[3, 1, 0]]
    trains = data.to_neo().segments[0].spiketrains
    assert [train.magnitude.tolist() for train in trains] == [[0.0, 4.9, 5.0], [5.0], []]


@given(
    st.sampled_from([0.1, 0.2, 0.3, 0.05, 0.01, 1 / 3, 0.7]),
    st.integers(1, 3000),
    st.sampled_from([-1, 0, 1]),
)
@settings(max_examples=60)
def test_rounding_moves_no_spike_to_another_step(timestep, n_steps, ulps):
    end = n_steps * timestep
    end = [np.nextafter(end, 0), end, np.nextafter(end, np.inf)][ulps + 1]
    sim.setup(timestep=timestep, substrate="ideal")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[end, end + timestep]))
    source.record("spikes")
    sim.run(end)
    assert len(trains_of(source, clear=True)[0]) == 1
    sim.run(timestep)
    assert len(trains_of(source)[0]) == 1
    data = sim.run_trials(end, {source: [[[end]]]}, record=source)
    assert data.spikes(source)[2] == pytest.approx([end])
    assert len(data.to_neo().segments[0].spiketrains[0]) == 1


def test_spikes_on_the_cut_arrive_once():
    sim.setup(substrate="ideal", precision="double")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 5.0, 7.0]))
    neuron = sim.Population(1, sim.IF_cond_exp(v_thresh=0.0, tau_syn_E=1e6))
    sim.Projection(
        source, neuron, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=0.3)
    )
    neuron.record("gsyn_exc")
    for duration in (5.0, 0.1, 1.9, 0.2, 0.8):
        sim.run(duration)
    g = neuron.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    expected = np.repeat([0.0, 2.0, 3.0], [54, 20, 7])  # seen one step later
    np.testing.assert_allclose(g, expected, atol=1e-4)


def test_spike_times_set_in_mid_run_hold_after_the_present():
    sim.setup(substrate="ideal")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 10.0]))
    source.record("spikes")
    sim.run(10.0)
    source.set(spike_times=[4.0, 10.0, 10.1])  # 10 ms is over: that spike is not sent again
    sim.run(10.0)
    assert trains_of(source) == [[5.0, 10.0, 10.1]]


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_recorded_is_what_came_after_the_request(substrate):
    sim.setup(substrate=substrate, on_loss="ignore")
    sources = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0, 10.0, 15.0, 25.0]))
    sources[:1].record("spikes")
    sim.run(10.0)
    sources[1:2].record("spikes")
    sim.run(10.0)
    sources.record("spikes")
    sim.run(10.0)
    assert trains_of(sources) == [[5.0, 10.0, 15.0, 25.0], [15.0, 25.0], [25.0]]
    assert list(sources.get_spike_counts().values()) == [4, 2, 1]
    sources.record(None)
    sources.record("spikes")
    assert trains_of(sources) == [[], [], []]
    sim.reset()
    sim.run(6.0)
    assert trains_of(sources) == [[5.0]] * 3
