"""PyNN scripts from set-up to data, on both substrates."""

import neo
import numpy as np
import pytest

import pyNN_brainscales_emu as sim

SUBSTRATES = ("ideal", "brainscales1")
NEURON = {
    "tau_m": 10.0,
    "cm": 0.2,
    "v_rest": -65.0,
    "v_reset": -70.0,
    "v_thresh": -55.0,
    "e_rev_I": -80.0,
    "tau_refrac": 1.0,
}


@pytest.fixture(params=SUBSTRATES)
def substrate(request):
    sim.setup(substrate=request.param, on_loss="ignore")
    return request.param


def build():
    poisson = sim.Population(12, sim.SpikeSourcePoisson(rate=60.0), label="poisson")
    given = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0, 20.0, 40.0]), label="given")
    neurons = sim.Population(6, sim.IF_cond_exp(**NEURON), label="neurons")
    projections = [
        sim.Projection(
            pre,
            neurons,
            sim.AllToAllConnector(),
            sim.StaticSynapse(weight=0.004, delay=1.5),
            receptor_type="excitatory",
        )
        for pre in (poisson, given)
    ]
    for population in (poisson, given, neurons):
        population.record("spikes")
    return poisson, given, neurons, projections


def spike_arrays(block, segment):
    return [np.asarray(train.magnitude) for train in block.segments[segment].spiketrains]


def test_trials_are_the_loop_of_single_runs(substrate, rng):
    n_trials = 4
    rates = rng.uniform(20, 150, (n_trials, 12))
    times = [[np.sort(rng.uniform(0, 80, 4)) for _ in range(2)] for _ in range(n_trials)]
    poisson, given, neurons, projections = build()
    sim.run(1.0)
    data = sim.run_trials(80.0, {poisson: rates, given: times}, weights={projections[0]: 0.006})
    assert data.spike_counts(neurons).sum() > 20

    sim.setup(substrate=substrate, on_loss="ignore")
    again = build()
    sim.run(1.0)
    again[3][0].set(weight=0.006)
    for trial in range(n_trials):
        sim.reset()
        again[0].set(rate=rates[trial])
        again[1].set(spike_times=[sim_times for sim_times in times[trial]])
        sim.run(80.0)
        for one, other in ((neurons, again[2]), (given, again[1])):
            of_trial, cell, time = data.spikes(one)
            for index, train in enumerate(spike_arrays(other.get_data("spikes"), -1)):
                np.testing.assert_array_equal(train, time[(of_trial == trial) & (cell == index)])
        of_trial, cell, time = data.spikes(poisson)
        for index, train in enumerate(spike_arrays(again[0].get_data("spikes"), -1)):
            expected = time[(of_trial == trial) & (cell == index)]
            np.testing.assert_array_equal(train, expected)


def test_sources_fire_when_told(substrate):
    _, given, _, _ = build()
    sim.run(30.0)
    given.set(spike_times=[10.0, 35.0, 44.04])
    sim.run(30.0)
    for train in spike_arrays(given.get_data(), 0):
        np.testing.assert_allclose(train, [5.0, 20.0, 35.0, 44.04])


def test_weights_of_zero_silence_the_ideal_network():
    sim.setup(substrate="ideal")
    _, _, neurons, projections = build()
    sim.run(100.0)
    assert neurons.mean_spike_count() > 0
    sim.reset()
    for projection in projections:
        projection.set(weight=0.0)
    sim.run(100.0)
    assert neurons.mean_spike_count() == 0


def test_signals(substrate):
    _, _, neurons, _ = build()
    neurons[1:4].record(["v", "gsyn_exc"], sampling_interval=0.5)
    neurons.initialize(v=-60.0)
    sim.run(20.0)
    segment = neurons.get_data().segments[0]
    for signal in segment.analogsignals:
        assert signal.shape == (41, 3)
        assert np.isfinite(signal.magnitude).all()
    (v,) = segment.filter(name="v")
    if substrate == "ideal":
        np.testing.assert_array_equal(v.magnitude[0], -60.0)


def test_recording_from_now_on(substrate):
    _, _, neurons, _ = build()
    sim.run(5.0)
    neurons.record("v")
    sim.run(5.0)
    (v,) = neurons.get_data("v").segments[0].analogsignals
    assert (v.shape, float(v.t_start), float(v.t_stop)) == ((51, 6), 5.0, pytest.approx(10.1))
    assert np.isfinite(v.magnitude).all()


def test_membrane_answers_a_current_one_step_later():
    sim.setup(substrate="ideal", precision="double")
    neuron = sim.Population(1, sim.IF_cond_exp(**NEURON))
    neuron.initialize(v=-65.0)
    neuron.inject(sim.DCSource(amplitude=0.1, start=2.0, stop=4.0))
    neuron.record("v")
    sim.run(6.0)
    v = neuron.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    np.testing.assert_array_equal(v[:21], -65.0)
    rise = 0.1 * 10.0 / 0.2 * (1 - np.exp(-np.arange(1, 21) * 0.1 / 10.0))
    np.testing.assert_allclose(v[21:41], -65.0 + rise, rtol=0, atol=1e-6)
    assert v[41] < v[40]


def test_a_wafer_has_no_current_source():
    sim.setup(substrate="brainscales1")
    neuron = sim.Population(1, sim.IF_cond_exp(**NEURON))
    for call in (neuron.inject, neuron[0].inject, lambda source: source.inject_into(neuron)):
        with pytest.raises(sim.ParameterError, match="substrate='ideal'"):
            call(sim.DCSource(amplitude=0.1))
    sim.run(1.0)


class TestChangesWhileAPresentationRuns:
    def test_the_message_names_what_must_wait(self):
        sim.setup(substrate="ideal")
        _, _, neurons, (projection, _) = build()
        sim.run(10.0)
        projection.set(delay=2.5)
        sim.Population(1, sim.IF_cond_exp(), label="late")
        sim.place(neurons, hicanns=[1])
        with pytest.raises(sim.RecordingError) as error:
            sim.run(1.0)
        assert error.value.value == 10.0
        for phrase in (
            f"the delay of projection {projection.label!r} was changed",
            "population 'late' was created",
            "place() was called",
            "reset()",
        ):
            assert phrase in str(error.value)
        sim.reset()
        sim.run(1.0)

    @pytest.mark.parametrize("substrate", ["ideal", "brainscales1"])
    def test_what_runs_can_still_be_read(self, substrate):
        sim.setup(substrate=substrate, on_loss="ignore")
        poisson, _, neurons, (projection, _) = build()
        sim.run(10.0)
        weights, tau_m = projection.get_realised(), neurons.get_realised("tau_m")
        new = sim.Population(2, sim.IF_cond_exp(), label="late")
        new.record("spikes")
        more = sim.Projection(new, neurons, sim.AllToAllConnector(), label="more")
        assert len(sim.report().projections) == 2
        np.testing.assert_array_equal(projection.get_realised(), weights)
        np.testing.assert_array_equal(neurons.get_realised("tau_m"), tau_m)
        assert len(neurons.get_data("spikes").segments) == 1
        with pytest.raises(sim.RecordingError, match="'late' has no recorded data"):
            new.get_data()
        with pytest.raises(sim.RecordingError, match="'late' was created"):
            sim.run_trials(5.0, {poisson: np.ones((1, 12))})
        if substrate == "brainscales1":
            assert projection.get_digital_weights().shape == projection.shape
            assert sim.hardware_config() is sim.hardware_config()
            for call in (
                lambda: new.get_realised("tau_m"),
                more.get_realised,
                more.get_digital_weights,
                sim.map_network,
            ):
                with pytest.raises(sim.RecordingError, match="'late' was created"):
                    call()

    def test_delays_that_the_wafer_does_not_have_change_nothing(self):
        spikes = []
        for changed in (False, True):
            sim.setup(substrate="brainscales1", on_loss="ignore")
            _, _, neurons, (projection, _) = build()
            sim.run(20.0)
            if changed:
                projection.set(delay=7.0)
            sim.run(20.0)
            spikes.append([t.magnitude for t in neurons.get_data().segments[0].spiketrains])
            asked = sim.report().projections[0].delay_asked_ms
            assert (asked == 7.0) == changed
        for one, two in zip(*spikes, strict=True):
            np.testing.assert_array_equal(one, two)

    def test_the_same_delays_again_are_no_change(self):
        sim.setup(substrate="ideal")
        _, _, _, (projection, _) = build()
        sim.run(10.0)
        projection.set(delay=projection.get("delay", "array"))
        assert sim.run(1.0) == pytest.approx(11.0)


@pytest.mark.parametrize("substrate", ["ideal", "brainscales1"])
def test_a_reset_above_threshold_stops_runs_but_not_reading(substrate):
    sim.setup(substrate=substrate, on_loss="ignore")
    source, _, neurons, _ = build()
    neurons.set(v_reset=-40.0)
    assert neurons.get_realised("v_reset").mean() > -45.0
    assert sim.report().substrate == substrate
    rates = np.ones((1, source.size))
    for call in (lambda: sim.run(1.0), lambda: sim.run_trials(1.0, {source: rates})):
        with pytest.raises(sim.InvalidParameterError, match=r"set\(\) v_reset below v_thresh"):
            call()
    assert sim.get_current_time() == 0.0
    neurons.set(v_reset=-65.0)
    sim.run(1.0)


def test_what_the_wafer_made_of_it():
    sim.setup(substrate="brainscales1", on_loss="ignore")
    _, _, neurons, (projection, _) = build()
    sim.place(neurons, hicanns=[100])
    assert set(sim.map_network().placement.neuron_hicann) == {100}
    assert sim.mapping() is sim.mapping()
    realised = projection.get_realised("weight")
    assert realised.shape == (12, 6)
    assert not np.array_equal(realised, projection.get("weight", "array"))
    assert len(np.unique(neurons.get_realised("tau_m"))) == 6
    np.testing.assert_array_equal(neurons[2:].get_realised("cm"), neurons.get_realised("cm")[2:])
    projection.set_digital_weights(np.arange(72).reshape(12, 6) % 16)
    np.testing.assert_array_equal(
        projection.get_digital_weights(), np.arange(72).reshape(12, 6) % 16
    )
    assert projection.get_digital_weights(format="list")[7] == (1, 1, 7)
    config = sim.hardware_config()
    assert len(config.synapses.digital[0]) == 72
    sim.run(100.0)
    counts = sim.pulse_statistics()
    assert len(counts) == 8
    assert counts["l2_down_sent"] > 0
    assert "neurons" in str(sim.report())


def test_full_scale_sets_the_step_of_a_digital_weight():
    sim.setup(substrate="brainscales1", effects=sim.Effects.only("weight_quantisation"))
    _, _, _, (projection, _) = build()
    projection.set_gmax(0.012)
    projection.set(weight=0.012)
    assert (projection.get_digital_weights() == 15).all()
    projection.set(weight=0.0)
    assert (projection.get_digital_weights() <= 0).all()


@pytest.mark.filterwarnings("ignore:.*positional arguments:FutureWarning")  # Neo calling hdmf
@pytest.mark.parametrize("extension", ["pkl", "mat", "nix", "h5", "nwb"])
def test_files(substrate, extension, tmp_path):
    needs = {"nix": "nixio", "h5": "nixio", "nwb": "pynwb"}.get(extension)
    if needs:
        pytest.importorskip(needs)
    _, given, neurons, _ = build()
    neurons.record("v")
    sim.run(10.0)
    sim.reset()
    sim.run(10.0)
    file = tmp_path / f"data.{extension}"
    (neurons + given).write_data(str(file))
    assert file.stat().st_size > 0
    if extension == "pkl":
        (block,) = neo.get_io(str(file)).read()
        assert len(block.segments) == 2
        assert len(block.segments[1].spiketrains) == 8
