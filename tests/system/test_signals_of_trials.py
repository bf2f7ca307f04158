"""Membranes of every trial: equal to the bit to those of the loop of single runs."""

import pickle

import numpy as np
import pytest

import pyNN_brainscales_emu as sim

DURATION = 30.0


def network(substrate="ideal", **options):
    sim.setup(timestep=0.1, substrate=substrate, on_loss="ignore", **options)
    noise = sim.Population(8, sim.SpikeSourcePoisson(rate=80.0), label="noise")
    lif = sim.Population(5, sim.IF_cond_exp(cm=0.2, v_thresh=-55.0), label="lif")
    adex = sim.Population(3, sim.EIF_cond_exp_isfa_ista(cm=0.2), label="adex")
    for number, cells in enumerate((lif, adex)):
        sim.Projection(noise, cells, sim.AllToAllConnector(),
                       sim.StaticSynapse(weight=0.004 + 0.001 * number, delay=0.3))  # fmt: skip
    return noise, lif, adex


def looped(rates, interval, substrate, n_samples):
    """What the loop of reset and run records, (n_samples, n_trials, cells) by variable."""
    noise, lif, adex = network(substrate)
    lif.record(["v", "gsyn_exc"], sampling_interval=interval)
    adex.record(["w", "v"], sampling_interval=interval)
    found = {("lif", "v"): [], ("lif", "gsyn_exc"): [], ("adex", "w"): [], ("adex", "v"): []}
    for rate in rates:
        sim.reset()
        noise.set(rate=rate)
        sim.run(DURATION)
        for (label, name), signals in found.items():
            cells = {"lif": lif, "adex": adex}[label]
            (signal,) = (s for s in cells.get_data(name).segments[-1].analogsignals)
            assert len(signal) == n_samples
            signals.append(signal.magnitude)
    return {key: np.stack(signals, axis=1) for key, signals in found.items()}


@pytest.mark.parametrize("substrate", ["ideal", "brainscales1"])
@pytest.mark.parametrize(("interval", "n_samples"), [(0.1, 301), (0.7, 43), (30.0, 2)])
def test_they_are_those_of_the_loop_of_single_runs(substrate, interval, n_samples):
    rates = np.random.default_rng(1).uniform(20, 200, (37, 8))
    noise, lif, adex = network(substrate)
    data = sim.run_trials(
        DURATION, {noise: rates}, {lif: ["spikes", "v", "gsyn_exc"], adex: ["w", "v"]},
        sampling_interval=interval,
    )  # fmt: skip
    expected = looped(rates, interval, substrate, n_samples)
    for (label, name), signals in expected.items():
        cells = {"lif": lif, "adex": adex}[label]
        shown = data.signals(cells, name)
        assert shown.shape == (n_samples, 37, cells.size)
        assert shown.dtype == np.float32
        np.testing.assert_array_equal(shown, signals.astype(np.float32), err_msg=name)
    assert data.spike_counts(lif).sum() > 30
    assert data.sampling_interval == pytest.approx(interval)


def test_signals_leave_what_the_populations_record_alone():
    noise, lif, _ = network()
    data = sim.run_trials(DURATION, {noise: np.full((3, 8), 100.0)}, {lif: "v"})
    assert not lif.recorder.recorded
    assert data.signals("lif", "v").shape == (301, 3, 5)
    with pytest.raises(sim.RecordingError, match="got 'gsyn_exc'; allowed: v"):
        data.signals(lif, "gsyn_exc")
    again = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(again.signals("lif", "v"), data.signals(lif, "v"))


def test_neo_data_have_them():
    noise, lif, _ = network()
    data = sim.run_trials(
        DURATION, {noise: np.full((3, 8), 100.0)}, {lif: ["v", "spikes"]}, sampling_interval=0.5
    )
    segment = data.to_neo().segments[2]
    (signal,) = segment.analogsignals
    assert (signal.name, signal.units.dimensionality.string) == ("v", "mV")
    assert float(signal.sampling_period.rescale("ms")) == pytest.approx(0.5)
    np.testing.assert_array_equal(signal.magnitude, data.signals(lif, "v")[:, 2])


@pytest.mark.parametrize("width", [0.1, 1.0, 7.0, 30.0, 1000.0])
def test_dense_counts_are_the_spikes_in_bins(width):
    noise, lif, _ = network()
    rates = np.random.default_rng(2).uniform(50, 300, (21, 8))
    data = sim.run_trials(DURATION, {noise: rates}, [noise, lif])
    for cells in (noise, lif):
        dense = data.dense(cells, width)
        n_bins = max(1, int(np.ceil(DURATION / width - 1e-9)))
        assert (dense.shape, dense.dtype) == ((n_bins, 21, cells.size), np.uint8)
        np.testing.assert_array_equal(dense.sum(axis=0, dtype=int), data.spike_counts(cells))
        trial, cell, time = data.spikes(cells)
        expected = np.zeros(dense.shape, dtype=int)
        np.add.at(expected, (np.minimum((time / width).astype(int), n_bins - 1), trial, cell), 1)
        np.testing.assert_array_equal(dense, expected)


@pytest.mark.parametrize("width", [0.0, -1.0, np.nan, "1", None])
def test_bins_have_a_width(width):
    noise, lif, _ = network()
    data = sim.run_trials(DURATION, {noise: np.full((2, 8), 100.0)}, [lif])
    with pytest.raises(sim.ParameterError, match=r"dense\(\): bin"):
        data.dense(lif, width)


@pytest.mark.parametrize(
    ("record", "interval", "error", "message"),
    [
        (lambda n, c: {c: ["w"]}, None, "RecordingError", "'lif' has no such variable; got 'w'"),
        (lambda n, c: {n: ["v"]}, None, "RecordingError", "'noise' has no such variable"),
        (lambda n, c: {c: 5}, None, "WrongKindError", "names of variables"),
        (lambda n, c: {c: ["v"]}, 0.05, "ParameterError", "sampling_interval; got 0.05"),
        (lambda n, c: {c: ["v"]}, "1", "ParameterError", "sampling_interval; got '1'"),
    ],
)
def test_what_cannot_be_recorded(record, interval, error, message):
    noise, lif, _ = network()
    kind = getattr(sim, error, None) or sim.BrainScaleSError
    with pytest.raises(kind, match=message):
        sim.run_trials(DURATION, {noise: np.full((2, 8), 100.0)}, record(noise, lif),
                       sampling_interval=interval)  # fmt: skip


def test_more_samples_than_the_memory_holds(monkeypatch):
    monkeypatch.setattr("pyNN_brainscales_emu.memory_needs.memory_limit", lambda: 10**6)
    noise, lif, _ = network()
    with pytest.raises(sim.CapacityError, match="Recording 5 signals with 301 samples in 500"):
        sim.run_trials(DURATION, {noise: np.full((500, 8), 100.0)}, {lif: ["v"]})


def test_the_converter_of_the_wafer_reads_no_trials():
    noise, lif, _ = network("brainscales1", readout="hardware")
    with pytest.raises(sim.RecordingError, match="converter of the wafer"):
        sim.run_trials(DURATION, {noise: np.full((2, 8), 100.0)}, {lif: ["v"]})
