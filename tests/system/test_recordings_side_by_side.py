"""Recordings that stand side by side: none changes another, and what was cleared is free."""

import gc
import tracemalloc

import neo
import numpy as np
import pytest

import pyNN_brainscales_emu as sim

SUBSTRATES = ("ideal", "brainscales1")


@pytest.fixture(params=SUBSTRATES)
def populations(request):
    return build(request.param)


def build(substrate, size=3, **options):
    sim.setup(timestep=0.1, substrate=substrate, on_loss="ignore", **options)
    populations = [
        sim.Population(size, sim.IF_cond_exp(v_thresh=-55.0, tau_refrac=1.0), label=label)
        for label in ("one", "other")
    ]
    source = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0))
    for population in populations:
        population.initialize(v=-60.0)
        sim.Projection(source, population, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.004))
    return populations


def v_of(population, segment=-1):
    return population.get_data("v").segments[segment].analogsignals[0]


def test_another_population_at_another_interval_leaves_samples_alone(populations):
    one, other = populations
    one.record("v", sampling_interval=0.4)
    sim.run(10.0)
    before = v_of(one).magnitude.copy()
    other.record("v", sampling_interval=0.3)
    sim.run(10.0)
    other.record(None)
    sim.run(10.0)
    v = v_of(one)
    assert v.shape == (76, 3)
    assert np.isfinite(v.magnitude).all()
    np.testing.assert_array_equal(v.magnitude[: len(before) - 1], before[:-1])


def test_the_samples_are_those_of_a_population_alone(populations):
    one, other = populations
    substrate = sim.simulator.state.options.substrate
    one.record("v", sampling_interval=0.4)
    for call in (lambda: other.record("v"), lambda: other.get_data(clear=True),
                 lambda: other.record("gsyn_exc"), lambda: other.record(None),
                 lambda: other[:1].record("v", sampling_interval=1.0)):  # fmt: skip
        sim.run(3.3)
        call()
    sim.run(3.3)
    among_others = v_of(one).magnitude
    alone, _ = build(substrate)
    alone.record("v", sampling_interval=0.4)
    sim.run(6 * 3.3)
    np.testing.assert_array_equal(v_of(alone).magnitude, among_others)


def test_a_signal_recorded_late_begins_where_it_was_asked_for(populations):
    one, _ = populations
    sim.run(5.0)
    one[:2].record("v", sampling_interval=0.4)
    sim.run(5.0)
    v = v_of(one)
    assert float(v.t_start) == pytest.approx(5.2)  # the grid of samples begins at time 0
    assert v.shape == (13, 2)
    assert np.isfinite(v.magnitude).all()
    one.record("v")
    sim.run(5.0)
    v = v_of(one)
    assert v.shape == (25, 3)
    assert np.isnan(v.magnitude[:12, 2]).all()
    assert np.isfinite(v.magnitude[:, :2]).all()
    assert np.isfinite(v.magnitude[12:]).all()
    late = v_of(one[2:])
    assert float(late.t_start) == pytest.approx(10.0)
    np.testing.assert_array_equal(late.magnitude, v.magnitude[12:, 2:])
    sim.reset()
    sim.run(2.0)
    assert v_of(one).shape == (6, 3)
    assert np.isfinite(v_of(one).magnitude).all()


def test_asking_for_counts_that_are_not_recorded_spoils_nothing(populations):
    one, other = populations
    one.record("v")
    sim.run(5.0)
    assert one.get_spike_counts() == {}
    assert one.mean_spike_count() == 0
    assert other[1:].get_spike_counts() == {}
    block = one.get_data()
    assert len(block.segments[0].spiketrains) == 0
    sim.reset()
    sim.run(1.0)
    assert [s.analogsignals[0].shape for s in one.get_data().segments] == [(51, 3), (11, 3)]


def test_counts_of_a_replaced_network_are_an_error(populations):
    one, _ = populations
    one.record("spikes")
    sim.run(5.0)
    sim.setup(substrate="ideal")
    for ask in (one.get_spike_counts, one.mean_spike_count, one[:1].get_spike_counts):
        with pytest.raises(sim.RecordingError, match=r"'one' belongs to a network.*replaced"):
            ask()


def test_what_is_created_in_mid_run_has_no_counts_yet(populations):
    sim.run(5.0)
    late = sim.Population(2, sim.IF_cond_exp(), label="late")
    late.record("spikes")
    for ask in (late.get_spike_counts, late.mean_spike_count, late[:1].get_spike_counts):
        with pytest.raises(sim.RecordingError, match=r"'late' has no recorded data.*reset"):
            ask()
    sim.reset()
    sim.run(1.0)
    assert list(late.get_spike_counts().values()) == [0, 0]


@pytest.mark.parametrize("ending", ["pkl", None])
def test_a_view_shows_its_cells_in_every_segment(populations, ending, tmp_path):
    one, _ = populations
    one.record(["v", "spikes"])
    one[2:].record("gsyn_exc")
    for duration in (5.0, 6.0, 7.0):
        sim.run(duration)
        sim.reset(annotations={"lasting": duration})
    sim.run(8.0)
    whole, view = one.get_data(), one[1:3]
    if ending is None:
        block = view.get_data()
        first = one[:1].get_data()
    else:
        view.write_data(str(tmp_path / f"view.{ending}"))
        one[:1].write_data(str(tmp_path / f"first.{ending}"))
        block, first = (
            neo.io.PickleIO(str(tmp_path / f"{name}.{ending}")).read_block()
            for name in ("view", "first")
        )
    assert len(block.segments) == 4
    for segment, expected in zip(block.segments, whole.segments, strict=True):
        assert segment.annotations.get("lasting") == expected.annotations.get("lasting")
        assert [train.annotations["source_index"] for train in segment.spiketrains] == [1, 2]
        for train, other in zip(segment.spiketrains, expected.spiketrains[1:], strict=True):
            np.testing.assert_array_equal(train.magnitude, other.magnitude)
        for name, columns in (("v", [1, 2]), ("gsyn_exc", [2])):
            (signal,), (other,) = segment.filter(name=name), expected.filter(name=name)
            assert signal.array_annotations["channel_index"].tolist() == columns
            shown = other.magnitude[:, 1:] if name == "v" else other.magnitude
            np.testing.assert_array_equal(signal.magnitude, shown)
            np.testing.assert_array_equal(
                signal.annotations["channel_ids"], [int(one[column]) for column in columns]
            )
    for segment in first.segments:
        assert [signal.name for signal in segment.analogsignals] == ["v"]


def test_an_assembly_joins_what_began_at_different_times(populations):
    one, other = populations
    one.record(["v", "spikes"])
    sim.run(5.0)
    other.record("v")
    sim.run(5.0)
    both = one + other
    early, late = both.get_data().segments[0].analogsignals
    assert (early.shape, late.shape) == ((101, 3), (51, 3))
    assert late.array_annotations["channel_index"].tolist() == [3, 4, 5]
    np.testing.assert_array_equal(late.magnitude, v_of(other).magnitude)
    sim.reset()
    sim.run(5.0)
    segments = both.get_data().segments
    assert [len(segment.analogsignals) for segment in segments] == [2, 1]
    (v,) = segments[1].analogsignals
    np.testing.assert_array_equal(
        v.magnitude, np.hstack([v_of(one).magnitude, v_of(other).magnitude])
    )
    assert v.array_annotations["channel_index"].tolist() == [0, 1, 2, 3, 4, 5]


def test_an_assembly_leaves_the_data_of_its_parts_alone(populations):
    one, other = populations
    for population in populations:
        population.record(["v", "spikes"])
    sim.run(5.0)
    sim.reset()
    sim.run(5.0)
    for _ in range(2):
        block = (one[:2] + other).get_data()
        assert [len(segment.spiketrains) for segment in block.segments] == [5, 5]
    for population in populations:
        for segment in population.get_data().segments:
            assert len(segment.spiketrains) == 3
            (v,) = segment.analogsignals
            assert v.array_annotations["channel_index"].tolist() == [0, 1, 2]
            assert v.annotations["source_population"] == population.label


def test_clearing_an_assembly_of_views_of_one_population_loses_nothing(populations):
    one, _ = populations
    one.record(["v", "spikes"])
    sim.run(5.0)
    expected = v_of(one).magnitude
    block = (one[:1] + one[2:]).get_data(clear=True, annotations={"piece": 1})
    (v,) = block.segments[0].analogsignals
    np.testing.assert_array_equal(v.magnitude, expected[:, [0, 2]])
    assert block.annotations["piece"] == 1
    assert v_of(one).shape == (1, 3)


def test_an_assembly_that_records_no_spikes_has_no_mean(populations):
    sim.run(1.0)
    assert (populations[0] + populations[1]).mean_spike_count() == 0


def traced_run(population, n_pieces, kept, other=None):
    """Return how many bytes stay after pieces of a run, and of which number are samples."""
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(n_pieces):
        sim.run(100.0)
        kept.append(population.get_data(clear=True).segments[0].analogsignals[0])
        if other is not None:
            other.get_data(clear=True)
    del kept[:-2]
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


@pytest.mark.parametrize("substrate", SUBSTRATES)
def test_a_long_run_in_pieces_needs_the_memory_of_a_piece(substrate):
    one, other = build(substrate, size=40)
    one.record(["v", "spikes"])
    other.record("spikes")
    piece = 40 * 1000 * 4
    tracemalloc.start()
    try:
        kept = []
        traced_run(one, 3, kept, other)
        growth = traced_run(one, 12, kept, other)
    finally:
        tracemalloc.stop()
    assert growth < piece
    emulation = sim.simulator.state.session.pipeline.emulation
    assert emulation.recorded_bytes == 0


@pytest.mark.parametrize("precision", ["single", "double"])
def test_a_piece_of_one_sample_is_as_precise_as_the_others(precision):
    one, _ = build("ideal", precision=precision)
    one.record("v")
    dtypes = set()
    for _ in range(2):
        sim.run(1.0)
        dtypes.add(v_of(one).dtype)
        one.get_data(clear=True)
        dtypes.add(v_of(one).dtype)
    assert dtypes == {np.dtype("f4" if precision == "single" else "f8")}


def test_clearing_frees_no_data_of_others():
    one, other = build("ideal")
    for population in (one, other):
        population.record(["v", "spikes"])
    sim.run(50.0)
    other.get_data(clear=True)
    sim.run(50.0)
    v, trains = v_of(one).magnitude, one.get_data("spikes").segments[0].spiketrains
    alone, _ = build("ideal")
    alone.record(["v", "spikes"])
    sim.run(100.0)
    np.testing.assert_array_equal(v_of(alone).magnitude, v)
    expected = alone.get_data("spikes").segments[0].spiketrains
    assert sum(map(len, expected)) > 10
    for one_train, other_train in zip(trains, expected, strict=True):
        np.testing.assert_array_equal(one_train.magnitude, other_train.magnitude)


def test_membranes_that_become_nan_end_the_run_and_are_named():
    sim.setup(substrate="ideal")
    sim.Population(2, sim.IF_cond_exp(), label="fine")
    wild = sim.Population(3, sim.IF_cond_exp(), label="wild")
    wild[1:2].set(e_rev_E=1e38)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    sim.Projection(source, wild, sim.AllToAllConnector(), sim.StaticSynapse(weight=1e3))
    source.record("spikes")
    sim.run(0.5)
    for _ in range(2):
        with pytest.raises(sim.RunError, match=r"cell 1 of 'wild' .*no finite number"):
            sim.run(5.0)
    assert sim.get_current_time() == 0.5
    assert [len(train) for train in source.get_data().segments[0].spiketrains] == [0]
