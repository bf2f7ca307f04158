"""Membranes through the channels of the wafer's read-out, as scripts see them."""

import warnings

import numpy as np
import pytest
import quantities as pq
from elephant.signal_processing import butter, zscore
from elephant.spike_train_generation import peak_detection

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import CapacityError, LossWarning, OptionError
from pyNN_brainscales_emu.hardware.constants import READOUT_NOISE_V
from pyNN_brainscales_emu.hardware.topology import HICANN_ADC_GROUP

CELL = {
    "cm": 0.2,
    "tau_m": 20.0,
    "tau_refrac": 2.0,
    "v_rest": -60.0,
    "v_reset": -65.0,
    "v_thresh": -52.0,
    "e_rev_I": -80.0,
}
QUIET = {"on_loss": "ignore", "threads": 1, "seed": 5}
PERIOD = 1 / 9.6


def hicanns_of_groups():
    """One HICANN of each group."""
    return [int(np.flatnonzero(group == HICANN_ADC_GROUP)[20]) for group in range(6)]


def driven(n=2, label="cells", places=None, record="v", **options):
    """A population that Poisson sources drive; nothing has run yet."""
    sim.setup(**{"readout": "hardware"} | QUIET | options)
    cells = sim.Population(n, sim.IF_cond_exp(**CELL), label=label, initial_values={"v": -60.0})
    if places is not None:
        sim.place(cells, hicanns=places)
    sources = sim.Population(8, sim.SpikeSourcePoisson(rate=60.0))
    synapse = sim.StaticSynapse(weight=0.003)
    sim.Projection(sources, cells, sim.AllToAllConnector(), synapse)
    cells.record(record)
    return cells


def membranes(cells, name="v", segment=0, **how):
    (signal,) = cells.get_data(name, **how).segments[segment].filter(name=name)
    return signal


def values(cells, **how):
    return membranes(cells, **how).magnitude


# --- what comes back -----------------------------------------------------------------------------


def test_samples_have_the_clock_of_the_converter():
    cells = driven()
    sim.run(50.0)
    v = membranes(cells)
    assert v.sampling_rate.rescale(pq.kHz).magnitude == pytest.approx(9.6, rel=1e-12)
    assert v.units == pq.mV
    assert (v.shape, v.t_start) == ((481, 2), 0 * pq.ms)
    np.testing.assert_allclose(v.times.rescale(pq.ms).magnitude, np.arange(481) * PERIOD)
    np.testing.assert_array_equal(v.array_annotations["channel_index"], [0, 1])
    assert len(set(v.array_annotations["adc_channel"].tolist())) == 2


def test_it_is_the_membrane_of_the_virtual_readout_with_noise():
    exact = sim.Effects.without("readout")
    cells = driven(effects=exact, readout="virtual")
    sim.run(200.0)
    virtual = values(cells)
    cells = driven(effects=exact)
    sim.run(200.0)
    sampled = values(cells)
    t = np.arange(len(sampled)) * PERIOD
    for cell in range(2):
        expected = np.interp(t, np.arange(len(virtual)) * 0.1, virtual[:, cell])
        np.testing.assert_allclose(sampled[:, cell], expected, atol=1e-4)
    cells = driven(calibration="perfect", effects=sim.Effects.without("trial_to_trial"))
    sim.run(200.0)
    read = values(cells)
    cells = driven(calibration="perfect", effects=sim.Effects.without("trial_to_trial", "readout"))
    sim.run(200.0)
    noise = (read - values(cells)).ravel()
    expected = np.hypot(READOUT_NOISE_V, 1.8 / 4095 / np.sqrt(12)) * 100.0
    assert noise.std() == pytest.approx(expected, rel=4 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 4 * expected / np.sqrt(noise.size)


@pytest.mark.parametrize(("speedup", "rate_kHz"), [(1000.0, 9.6), (3000.0, 32 / 3), (1e5, 0.96)])
def test_the_rate_depends_on_the_speedup(speedup, rate_kHz):
    # Conversions come at 96, 32 and 0.96 kHz; every tenth, third and single one is kept.
    cells = driven(speedup=speedup)
    sim.run(10.0)
    rate = membranes(cells).sampling_rate.rescale(pq.kHz).magnitude
    assert rate == pytest.approx(rate_kHz, rel=1e-12)
    assert np.isfinite(values(cells)).all()


def test_a_sampling_interval_takes_the_nearest_multiple_of_the_period():
    cells = driven(record=[])
    cells.record("v", sampling_interval=1.0)
    sim.run(50.0)
    slow = membranes(cells)
    assert slow.sampling_period.rescale(pq.ms).magnitude == pytest.approx(10 * PERIOD)
    cells = driven()
    sim.run(50.0)
    np.testing.assert_array_equal(slow.magnitude, values(cells)[::10])


def test_elephant_takes_it():
    cells = driven()
    cells.record("spikes")
    sim.run(300.0)
    v = membranes(cells)
    scored = zscore(v, inplace=False)
    assert scored.magnitude.std(axis=0) == pytest.approx(1.0, abs=1e-3)
    half = v.time_slice(100 * pq.ms, 200 * pq.ms)
    assert half.duration.rescale(pq.ms).magnitude == pytest.approx(100.0, abs=2 * PERIOD)
    smooth = butter(v, lowpass_frequency=1 * pq.kHz)
    resets = peak_detection(smooth[:, 0], threshold=-61.0 * pq.mV, sign="below")
    spikes = cells.get_spike_counts()[int(cells[0])]
    assert spikes > 10
    assert abs(len(resets) - spikes) <= 1


# --- limits --------------------------------------------------------------------------------------


def test_two_of_a_group_are_read_and_the_others_are_nan():
    cells = driven(5)
    sim.run(20.0)
    v = membranes(cells)
    np.testing.assert_array_equal(np.isnan(v.magnitude).all(axis=0), [0, 0, 1, 1, 1])
    assert np.isfinite(v.magnitude[:, :2]).all()
    np.testing.assert_array_equal(v.array_annotations["adc_channel"][2:], -1)
    assert cells.get_data().segments[0].annotations["membranes_not_read"] == 3


def test_twelve_of_the_wafer():
    cells = driven(12, record=[])
    for number, hicann in enumerate(hicanns_of_groups()):
        sim.place(cells[2 * number : 2 * number + 2], hicanns=[hicann])
    cells.record("v")
    sim.run(5.0)
    assert np.isfinite(values(cells)).all()
    channels = membranes(cells).array_annotations["adc_channel"]
    assert sorted(channels.tolist()) == list(range(12))


def test_only_membranes_have_a_way_out():
    cells = driven(record=["v", "gsyn_exc"])
    sim.run(5.0)
    assert np.isfinite(values(cells)).all()
    conductance = membranes(cells, "gsyn_exc")
    assert conductance.shape == (49, 2)
    assert np.isnan(conductance.magnitude).all()
    np.testing.assert_array_equal(conductance.array_annotations["adc_channel"], -1)


def test_one_warning_with_counts():
    cells = driven(5, record=["v", "gsyn_exc"], on_loss="warn")
    with pytest.warns(LossWarning, match="3 of 5 membranes.* gsyn_exc of 5 cells") as said:
        sim.run(5.0)
    assert len([w for w in said if "read-out" in str(w.message)]) == 1
    cells.record("gsyn_inh")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sim.run(5.0)


def test_all_problems_in_one_error_before_anything_runs():
    cells = driven(14, on_loss="raise", record=["v", "gsyn_exc"], label="many")
    with pytest.raises(CapacityError, match=r"12 of 14 membranes.*'many' 2, 3, .*gsyn_exc of 14"):
        sim.run(5.0)
    assert sim.get_current_time() == 0.0
    cells.record(None)
    cells[3:5].record("v")
    sim.run(5.0)
    assert np.isfinite(values(cells)).all()


def test_a_defective_output_cannot_be_read():
    hicann = hicanns_of_groups()[2]
    mask = np.zeros((384, 2), dtype=bool)
    mask[hicann] = True
    cells = driven(2, places=[hicann], defects=sim.Defects(analog_output=mask))
    sim.run(5.0)
    assert np.isnan(values(cells)).all()
    readout = sim.report().to_dict()["readout"]
    assert readout["unread_by_reason"] == {"the analog outputs of their HICANN are defective": 2}
    mask = mask.copy()
    mask[hicann, 1] = False
    cells = driven(2, places=[hicann], defects=sim.Defects(analog_output=mask))
    sim.run(5.0)
    np.testing.assert_array_equal(np.isnan(values(cells)).all(axis=0), [False, True])
    assert membranes(cells).array_annotations["adc_channel"].tolist() == [5, -1]


def test_a_defective_output_cannot_be_read_with_a_saved_mapping_either(tmp_path):
    cells = driven()
    sim.map_network().save(tmp_path / "mapping.npz")
    broken = np.zeros((384, 2), dtype=bool)
    broken[:, 0] = True
    defects = sim.Defects(analog_output=broken)
    cells = driven(mapping=tmp_path / "mapping.npz", defects=defects)
    sim.run(10.0)
    assert np.isfinite(values(cells)).any(axis=0).sum() == 1


def test_the_report_lists_channels():
    cells = driven(3, label="cells")
    sim.run(5.0)
    report = sim.report()
    first, second = report.readout.membranes
    assert (first.population, first.index, second.index) == ("cells", 0, 1)
    place = sim.mapping().find(cells)[0]
    assert (first.hicann, first.denmem) == (int(place.hicann), int(place.denmems[0]))
    assert first.channel == 2 * HICANN_ADC_GROUP[first.hicann] + first.output
    assert second.denmem in map(int, sim.mapping().find(cells)[1].denmems)
    text = str(report)
    assert "Read-out: 2 of 3 membranes, 12 bits" in text
    assert f"channel {first.channel:>2}: cells[0], HICANN {first.hicann}" in text
    assert "not read: 1, as the two channels" in text


def test_virtual_readout_has_no_channels():
    cells = driven(5, readout="virtual")
    sim.run(5.0)
    assert np.isfinite(values(cells)).all()
    assert sim.report().readout is None
    assert "adc_channel" not in membranes(cells).array_annotations


def test_the_ideal_substrate_has_no_readout():
    cells = driven(5, substrate="ideal", record=["v", "gsyn_exc"])
    sim.run(5.0)
    assert membranes(cells).sampling_period == 0.1 * pq.ms
    assert np.isfinite(membranes(cells, "gsyn_exc").magnitude).all()


# --- the same numbers, however they come about ----------------------------------------------------


@pytest.fixture(scope="module")
def reference():
    cells = driven(2)
    sim.run(30.0)
    return values(cells)


@pytest.mark.usefixtures("many_processors")
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(reference, threads):
    cells = driven(2, threads=threads)
    sim.run(30.0)
    np.testing.assert_array_equal(values(cells), reference)


def test_parts_of_a_run_and_looking_in_between_change_nothing(reference):
    cells = driven(2)
    for duration in (0.1, 7.3, 2.6, 20.0):
        sim.run(duration)
        cells.get_data()
        sim.report()
    np.testing.assert_array_equal(values(cells), reference)
    np.testing.assert_array_equal(values(cells[1:]), reference[:, 1:])


def test_windows_join_to_the_whole(reference):
    cells = driven(2)
    parts = []
    for duration in (7.3, 2.7, 20.0):
        start = sim.get_current_time()
        sim.run(duration)
        part = membranes(cells, clear=True)
        first = int(np.ceil(start / PERIOD - 1e-6))
        assert part.t_start.rescale(pq.ms).magnitude == pytest.approx(first * PERIOD)
        parts.append((first, part.magnitude))
    for first, part in parts:
        np.testing.assert_array_equal(part, reference[first : first + len(part)])
    assert parts[-1][0] + len(parts[-1][1]) == len(reference)


def test_every_presentation_has_noise_of_its_own():
    effects = sim.Effects.only("readout")
    sim.setup(readout="hardware", effects=effects, **QUIET)
    cells = sim.Population(1, sim.IF_cond_exp(**CELL), initial_values={"v": -60.0})
    cells.record("v")
    sim.run(100.0)
    sim.reset()
    sim.run(100.0)
    first, second = (values(cells, segment=number)[:, 0] for number in (0, 1))
    assert first.std() > 0
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(first))
    sim.setup(readout="hardware", effects=effects, **QUIET)
    again = sim.Population(1, sim.IF_cond_exp(**CELL), initial_values={"v": -60.0})
    again.record("v")
    sim.run(100.0)
    np.testing.assert_array_equal(values(again)[:, 0], first)


def test_trials_leave_the_recording_as_it_is():
    cells = driven(2, record=["v", "spikes"])
    sources = sim.simulator.state.session.populations[-1]
    sim.run(10.0)
    before = values(cells)
    sim.run_trials(5.0, {sources: np.full((3, 8), 50.0)})
    np.testing.assert_array_equal(values(cells), before)


def test_a_membrane_keeps_its_channel_while_a_presentation_runs():
    cells = driven(3, record=[])
    cells[1:].record("v")
    sim.run(5.0)
    cells[:1].record("v")
    sim.run(5.0)
    np.testing.assert_array_equal(np.isnan(values(cells)).all(axis=0), [True, False, False])
    sim.reset()
    sim.run(5.0)
    last = values(cells, segment=-1)
    np.testing.assert_array_equal(np.isnan(last).all(axis=0), [False, False, True])


def test_the_channels_touch_neither_spikes_nor_state(reference):
    cells = driven(2, record=["v", "spikes"], readout="virtual")
    sim.run(100.0)
    virtual = [train.magnitude for train in cells.get_data("spikes").segments[0].spiketrains]
    cells = driven(2, record=["v", "spikes"])
    sim.run(100.0)
    for train, other in zip(cells.get_data("spikes").segments[0].spiketrains, virtual, strict=True):
        np.testing.assert_array_equal(train.magnitude, other)


@pytest.mark.parametrize("bits", [11, 12.0, True, None])
def test_resolutions_that_the_converter_does_not_have(bits):
    with pytest.raises(OptionError, match=r"adc_bits.*12 or 10"):
        sim.setup(adc_bits=bits)


def test_ten_bits():
    cells = driven(2, adc_bits=10, calibration="nominal")
    sim.run(5.0)
    codes = (values(cells).astype(float) * 1e-3 * 10 + 1.2) / (1.8 / 1023)
    np.testing.assert_allclose(codes, np.rint(codes), atol=2e-4)


def test_converters_of_other_wafers_have_other_noise():
    noise = []
    for wafer in (33, 34):
        cells = driven(effects=sim.Effects.only("readout"), wafer=wafer)
        sim.run(2000.0)
        read = values(cells)
        cells = driven(effects="none", wafer=wafer)
        sim.run(2000.0)
        noise.append((read - values(cells)).ravel())
    assert abs(np.corrcoef(noise)[0, 1]) < 5 / np.sqrt(noise[0].size)
