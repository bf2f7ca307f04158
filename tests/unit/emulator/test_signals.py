"""Which lanes are sampled, and samples put together from several advances."""

import numpy as np
from experiment_builders import SIGNALS, emulate, experiment, neurons
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.emulator.kernel_models import state_row
from pyNN_brainscales_emu.emulator.layout import NeuronLayout
from pyNN_brainscales_emu.emulator.signals import Probes, SampleStore

ADEX = np.arange(80) % 2 == 0
NEURONS = neurons(80, adex=ADEX)
LAYOUT = NeuronLayout.build(NEURONS)


@given(st.dictionaries(st.sampled_from(SIGNALS), st.sets(st.integers(0, 79), max_size=20)))
def test_every_signal_has_its_own_probe_in_its_unit(asked):
    signals = {name: np.array(sorted(cells), dtype=np.int64) for name, cells in asked.items()}
    probes = Probes.build(signals, LAYOUT, NEURONS)
    if "w" in signals:  # which LIF neurons have not
        signals["w"] = signals["w"][ADEX[signals["w"]]]
    assert probes.n_columns == sum(map(len, signals.values()))
    assert len(probes.start) == LAYOUT.n_units + 1
    assert probes.start[-1] == len(probes.table)
    sampled = {}
    for unit in range(LAYOUT.n_units):
        for lane, row, column, n in probes.table[probes.start[unit] : probes.start[unit + 1]]:
            for i in range(n):
                sampled[column + i] = (unit, lane + i, row)
    for name, cells in signals.items():
        column = probes.column[name]
        assert np.flatnonzero(column >= 0).tolist() == cells.tolist()
        for cell in cells:
            model = NEURONS.groups[int(ADEX[cell])].model
            engine = LAYOUT.engine[cell]
            place = (LAYOUT.unit[engine], LAYOUT.lane[engine], state_row(model, name))
            assert sampled.pop(column[cell]) == place
    assert not sampled


def fill(store, cells, first, last):
    """Store samples that tell their step and, in hundredths, their neuron."""
    probes = Probes.build({"v": np.array(cells)}, LAYOUT, NEURONS)
    samples = store.reserve(probes, first, last, np.float32)
    steps = np.arange(first, last)
    rows = steps[steps % store.interval_steps == 0]
    if len(rows):
        assert samples.shape == (len(rows), len(cells))
    samples[:, probes.column["v"][cells]] = rows[:, np.newaxis] + np.array(cells) / 100


def stored(interval_steps, *windows):
    store = SampleStore(interval_steps)
    for cells, first, last in windows:
        fill(store, cells, first, last)
    return store


def test_samples_of_several_windows_follow_each_other():
    store = stored(3, ([4, 9], 0, 4), ([4, 9], 4, 5), ([4, 9], 5, 13))
    samples = store.signal("v", np.array([9, 4]), 3, 0, 5)
    expected = np.array([0, 3, 6, 9, 12])[:, np.newaxis] + np.array([0.09, 0.04])
    np.testing.assert_allclose(samples, expected, rtol=1e-6)
    assert samples.dtype == np.float32


def test_what_was_not_recorded_is_missing():
    store = stored(1, ([4], 0, 3), ([4, 9], 3, 5))
    samples = store.signal("v", np.array([4, 9, 60]), 1, 0, 6)
    assert np.isnan(samples).tolist() == [
        [False, True, True], [False, True, True], [False, True, True],
        [False, False, True], [False, False, True], [True, True, True],
    ]  # fmt: skip
    assert np.isnan(store.signal("w", np.array([4]), 1, 0, 2)).all()


def test_nothing_is_reserved_without_probes():
    store = SampleStore(1)
    probes = Probes.build({}, LAYOUT, NEURONS)
    assert store.reserve(probes, 0, 100, np.float32).shape == (0, 0)
    assert store.chunks == []
    assert store.signal("v", np.array([1]), 1, 0, 2).shape == (2, 1)


@given(
    st.lists(st.tuples(st.sampled_from([2, 3, 6]), st.integers(1, 20)), min_size=1, max_size=6),
    st.integers(0, 5),
)
def test_each_neuron_keeps_its_samples_when_the_interval_changes(advances, first):
    store, step = SampleStore(), 0
    for interval, n_steps in advances:
        store.interval_steps = interval
        fill(store, [4], step, step + n_steps)
        step += n_steps
    samples = store.signal("v", np.array([4]), 6, first, -(-step // 6))[:, 0]
    np.testing.assert_allclose(samples, 6.0 * np.arange(first, -(-step // 6)) + 0.04, rtol=1e-6)


def test_samples_at_another_interval_are_missing():
    store = stored(2, ([4], 0, 12))
    assert np.isnan(store.signal("v", np.array([4]), 3, 0, 4)).all()


def test_forgetting_frees_the_samples_of_some_neurons_only():
    store = stored(1, ([4, 9, 12], 0, 3), ([9], 3, 5))
    gone = np.zeros(80, dtype=bool)
    gone[[4, 9]] = True
    store.forget(gone, 0)
    assert [chunk.samples.shape for chunk in store.chunks] == [(3, 1)]
    assert store.nbytes == 3 * 4  # float32
    fill(store, [4, 9, 12], 5, 7)
    samples = store.signal("v", np.array([4, 12]), 1, 0, 7)
    assert (
        np.isnan(samples).tolist()
        == [[True, False]] * 3 + [[True, True]] * 2 + [[False, False]] * 2
    )
    np.testing.assert_allclose(samples[:3, 1], [0.12, 1.12, 2.12], rtol=1e-6)
    gone[12] = True
    store.forget(gone, 0)
    assert (store.chunks, store.nbytes) == ([], 0)


def test_the_last_sample_is_the_present_value():
    made = experiment(neurons(2, v=[-70.0, -60.0]), signals=("v",), interval_steps=4)
    run = emulate(made, [5, 3])
    v = run.recording().signals["v"]
    assert v.shape == (3, 2)
    assert v[0].tolist() == [-70.0, -60.0]
    assert v[2].tolist() == run.state("v").tolist()
    run.run(1)
    assert run.recording().signals["v"].shape == (3, 2)
