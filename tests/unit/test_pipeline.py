"""Which change redoes which stage, presentations, trials, and effects one at a time."""

from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from experiment_builders import of_trial, trial_stimuli
from network_graphs import (
    ADEX_CELLS,
    GIVEN_CELLS,
    LIF_CELLS,
    N_LIF,
    N_POISSON,
    N_SOURCES,
    all_to_all,
    mixed_graph,
    with_current,
    with_initial_v,
    with_parameters,
    with_projection,
    with_spike_times,
)

from pyNN_brainscales_emu.description.bio_graph import Change, RecordingRequest
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import ParameterError, RecordingError
from pyNN_brainscales_emu.experiment.compiler import compile_experiment
from pyNN_brainscales_emu.links.counts import PulseCounts
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.pipeline import Pipeline
from pyNN_brainscales_emu.portions import Portions

EVERYTHING = ~Change.NOTHING
NEURON_CELLS = np.concatenate([LIF_CELLS, ADEX_CELLS])
SUBSTRATES = ("ideal", "brainscales1")


def started(graph=None, **options):
    """A pipeline that knows the network, before its first step."""
    known = {"substrate": "brainscales1", "on_loss": "ignore", "threads": 1}
    pipeline = Pipeline(Options(**known | options))
    pipeline.update(mixed_graph() if graph is None else graph, EVERYTHING)
    return pipeline


def stages(pipeline):
    """What the stages have made, by name."""
    experiment, config = pipeline.experiment, pipeline.hardware_config
    return {
        "mapping": pipeline.mapping,
        "floating gates": config.neurons,
        "digital weights": config.synapses,
        "neurons": experiment.neurons,
        "synapses": experiment.synapses,
        "delays": experiment.synapses.delay_ms,
        "stimuli": experiment.stimuli,
        "recording": experiment.recording,
        "links": experiment.links,
        "emulation": pipeline.emulation,
    }


def redone(pipeline, graph, change):
    """Update, and return the names of the stages that have made something new."""
    before = stages(pipeline)
    pipeline.update(graph, change)
    after = stages(pipeline)
    return {name for name in before if after[name] is not before[name]}


@pytest.fixture
def graph():
    return mixed_graph()


class TestChanges:
    @pytest.mark.parametrize("n_steps", [0, 50])
    @pytest.mark.parametrize(
        ("change", "changed", "expected"),
        [
            (Change.WEIGHTS, lambda g: with_projection(g, "push", weight=0.02),
             {"digital weights", "synapses"}),
            (Change.NEURON_PARAMETERS, lambda g: with_parameters(g, "lif", tau_m=15.0),
             {"floating gates", "digital weights", "neurons", "synapses"}),
            (Change.STIMULI, lambda g: with_parameters(g, "poisson", rate=5.0), {"stimuli"}),
            (Change.STIMULI, lambda g: with_spike_times(g, [1.0], [2.0], []), {"stimuli"}),
            (Change.INITIAL_VALUES, lambda g: with_initial_v(g, -70.0), {"neurons"}),
            (Change.RECORDING, lambda g: replace(g, recording_requests=()), {"recording"}),
            (Change.NOTHING, lambda g: g, set()),
        ],
        ids=["weights", "parameters", "rates", "times", "initial", "recording", "nothing"],
    )  # fmt: skip
    def test_a_change_redoes_what_depends_on_it(self, graph, change, changed, expected, n_steps):
        pipeline = started(graph)
        pipeline.advance(n_steps)
        assert redone(pipeline, changed(graph), change) == expected
        pipeline.advance(10)
        assert pipeline.step == n_steps + 10

    def test_delays_keep_the_mapping_and_what_is_written(self, graph):
        pipeline = started(graph, effects=Effects.none())
        other = with_projection(graph, "drive", delay_ms=3.0)
        expected = {"neurons", "synapses", "delays", "stimuli", "recording", "emulation"}
        assert redone(pipeline, other, Change.DELAYS) == expected
        assert pipeline.experiment.synapses.delay_ms[0] == 3.0

    def test_structure_redoes_everything(self, graph):
        pipeline = started(graph)
        more = all_to_all("more", "excitatory", LIF_CELLS[:3], LIF_CELLS[3:], 0.001, 1.0)
        other = replace(graph, projections=(*graph.projections, more))
        assert redone(pipeline, other, Change.STRUCTURE) == set(stages(pipeline))
        assert len(pipeline.mapping.projections) == 4

    @pytest.mark.parametrize("change", [Change.STRUCTURE, Change.DELAYS])
    def test_structure_cannot_change_during_a_presentation(self, graph, change):
        pipeline = started(graph, effects=Effects.none())
        more = all_to_all("more", "excitatory", LIF_CELLS[:3], LIF_CELLS[3:], 0.001, 1.0)
        other, named = {
            Change.STRUCTURE: (replace(graph, projections=(*graph.projections, more)), "more"),
            Change.DELAYS: (with_projection(graph, "push", delay_ms=3.0), "delay.*push"),
        }[change]
        pipeline.advance(25)
        with pytest.raises(RecordingError, match=rf"{named}.* got 2\.5; .*reset\(\)"):
            pipeline.update(other, change)
        assert pipeline.graph is graph
        pipeline.advance(25)
        pipeline.reset()
        pipeline.update(other, change)
        pipeline.advance(25)

    def test_a_change_of_nothing_in_the_structure_is_none(self, graph):
        pipeline = started(graph)
        pipeline.advance(25)
        pipeline.update(graph, Change.STRUCTURE | Change.DELAYS | Change.STIMULI)
        pipeline.advance(25)

    @pytest.mark.parametrize("n_steps", [0, 25])
    def test_delays_have_no_effect_where_transport_rules(self, graph, n_steps):
        pipeline = started(graph)
        pipeline.advance(n_steps)
        other = with_projection(graph, "drive", delay_ms=3.0)
        assert redone(pipeline, other, Change.DELAYS) == set()
        assert pipeline.report().projections[0].delay_asked_ms == 3.0

    def test_a_change_acts_as_if_it_had_always_been_there(self, graph):
        other = with_projection(with_parameters(graph, "poisson", rate=90.0), "drive", weight=0.006)
        changed, new = started(graph), started(other)
        changed.update(other, Change.WEIGHTS | Change.STIMULI)
        for pipeline in (changed, new):
            pipeline.advance(1000)
        for one, two in zip(changed.spikes(NEURON_CELLS), new.spikes(NEURON_CELLS), strict=True):
            np.testing.assert_array_equal(one, two)
        assert changed.spike_counts(NEURON_CELLS).sum() > 10

    def test_a_mapping_made_before_the_run_is_used(self, graph):
        pipeline = Pipeline(Options(substrate="brainscales1", on_loss="ignore"))
        mapping = pipeline.map(graph)
        pipeline.update(graph, EVERYTHING)
        assert pipeline.mapping is mapping


class TestFloatingGates:
    def realised(self, pipeline):
        return pipeline.realised_parameter("tau_m")[NEURON_CELLS]

    def test_each_write_draws_another_error(self, graph):
        pipeline = started(graph)
        first = self.realised(pipeline)
        pipeline.update(graph, Change.NEURON_PARAMETERS)
        second = self.realised(pipeline)
        assert (first != second).all()
        pipeline.update(graph, Change.WEIGHTS | Change.STIMULI | Change.RECORDING)
        pipeline.reset()
        pipeline.advance(10)
        np.testing.assert_array_equal(self.realised(pipeline), second)

    def test_without_trial_to_trial_error_a_write_changes_nothing(self, graph):
        pipeline = started(graph, effects=Effects.without("trial_to_trial"))
        first = self.realised(pipeline)
        pipeline.update(graph, Change.NEURON_PARAMETERS)
        np.testing.assert_array_equal(self.realised(pipeline), first)

    def test_a_write_repeats_with_the_seed(self, graph):
        one, other, third = started(graph), started(graph), started(graph, seed=43)
        np.testing.assert_array_equal(self.realised(one), self.realised(other))
        assert (self.realised(one) != self.realised(third)).all()

    def test_other_delays_write_nothing(self, graph):
        pipeline = started(graph)
        first = self.realised(pipeline)
        pipeline.update(with_projection(graph, "drive", delay_ms=3.0), Change.DELAYS)
        np.testing.assert_array_equal(self.realised(pipeline), first)


class TestPresentations:
    def test_each_has_other_poisson_trains(self, graph):
        pipeline = started(graph, substrate="ideal")
        trains = []
        for _ in range(2):
            pipeline.advance(900)
            trains.append(pipeline.spikes(np.arange(N_POISSON))[1])
            pipeline.reset()
        assert len(trains[0]) > 20
        assert not np.array_equal(*trains)

    def test_trials_count_as_presentations(self, graph):
        pipeline = started(graph)
        trials = trial_stimuli(0, 7, pipeline.experiment.stimuli)
        pipeline.run_trials(graph, Change.NOTHING, 100, trials)
        assert pipeline.presentation == 7
        pipeline.reset()
        assert pipeline.presentation == 8

    def test_trials_leave_the_running_presentation_alone(self, graph):
        alone, interrupted = started(graph), started(graph)
        for pipeline in (alone, interrupted):
            pipeline.advance(321)
        trials = trial_stimuli(0, 3, interrupted.experiment.stimuli)
        interrupted.run_trials(graph, Change.NOTHING, 100, trials)
        for pipeline in (alone, interrupted):
            pipeline.advance(600)
        for one, two in zip(
            alone.spikes(NEURON_CELLS), interrupted.spikes(NEURON_CELLS), strict=True
        ):
            np.testing.assert_array_equal(one, two)

    @pytest.mark.parametrize("substrate", SUBSTRATES)
    def test_long_runs_in_portions_give_the_same(self, graph, substrate):
        whole, cut = started(graph, substrate=substrate), started(graph, substrate=substrate)
        whole.advance(1003)
        cut._portions = Portions(37, most=37)
        cut.advance(1003)
        for one, two in zip(whole.spikes(NEURON_CELLS), cut.spikes(NEURON_CELLS), strict=True):
            np.testing.assert_array_equal(one, two)
        for one, two in zip(*(p.emulation.recording().signals.values() for p in (whole, cut)),
                            strict=True):  # fmt: skip
            np.testing.assert_array_equal(one, two)


def with_trial(graph, stimuli, trials, number):
    """The description with the stimuli of one trial."""
    one = of_trial(stimuli, trials, number)
    graph = with_parameters(graph, "poisson", rate=one.rate_hz[:N_POISSON])
    parts = np.split(one.times_ms, one.offsets[1:-1])
    return with_spike_times(graph, *parts[N_POISSON:])


class TestTrials:
    N_STEPS = 1007

    @pytest.mark.parametrize("substrate", SUBSTRATES)
    @pytest.mark.parametrize("precision", ["single", "double"])
    def test_they_equal_the_loop_of_runs(self, graph, substrate, precision):
        batch, loop = (started(graph, substrate=substrate, precision=precision) for _ in range(2))
        stimuli = batch.experiment.stimuli
        trials = trial_stimuli(1, 35, stimuli, duration_ms=100.0)
        raw = batch.run_trials(graph, Change.NOTHING, self.N_STEPS, trials, record_sources=True)
        assert len(raw.neuron) > 500
        for number in range(trials.n_trials):
            loop.reset()
            loop.update(with_trial(graph, stimuli, trials, number), Change.STIMULI)
            loop.advance(self.N_STEPS)
            recording, of_number = loop.emulation.recording(), raw.trial == number
            assert raw.neuron[of_number].tobytes() == recording.spike_neuron.tobytes()
            stamps = raw.recorded_time_ms[of_number]
            assert stamps.tobytes() == recording.recorded_time_ms.tobytes()
            sent = raw.source_time_ms[raw.source_trial == number]
            assert sent.tobytes() == recording.source_time_ms.tobytes()

    def test_changes_come_first(self, graph):
        changed, new = started(graph), started(with_projection(graph, "drive", weight=0.008))
        trials = trial_stimuli(1, 3, new.experiment.stimuli, duration_ms=100.0)
        other = with_projection(graph, "drive", weight=0.008)
        first = changed.run_trials(other, Change.WEIGHTS, 800, trials)
        second = new.run_trials(other, Change.NOTHING, 800, trials)
        assert first.recorded_time_ms.tobytes() == second.recorded_time_ms.tobytes()

    def test_other_parameters_and_initial_values(self, graph):
        other = with_initial_v(with_parameters(graph, "lif", v_thresh=-55.0), -56.0)
        changed, new = (started(g, substrate="ideal") for g in (graph, other))
        trials = trial_stimuli(1, 3, new.experiment.stimuli, duration_ms=100.0)
        changed.run_trials(graph, Change.NOTHING, 100, trials)
        changed.presentation = 0
        both = Change.NEURON_PARAMETERS | Change.INITIAL_VALUES
        first = changed.run_trials(other, both, 800, trials)
        second = new.run_trials(other, Change.NOTHING, 800, trials)
        assert first.recorded_time_ms.tobytes() == second.recorded_time_ms.tobytes()


class TestPulseCounts:
    def test_they_are_those_of_what_ran_last(self, graph):
        pipeline = started(graph)
        assert pipeline.pulse_counts.l2_down_before_sim == 0
        pipeline.advance(500)
        of_run = pipeline.pulse_counts
        assert of_run.l2_down_before_sim == len(pipeline.spikes(np.arange(N_POISSON))[0]) + 5
        trials = trial_stimuli(1, 40, pipeline.experiment.stimuli, duration_ms=50.0)
        pipeline.run_trials(graph, Change.NOTHING, 500, trials)
        assert pipeline.pulse_counts.l2_down_before_sim > 5 * of_run.l2_down_before_sim
        pipeline.advance(100)
        assert pipeline.pulse_counts.l2_down_before_sim < 2 * of_run.l2_down_before_sim
        pipeline.reset()
        assert pipeline.pulse_counts.l2_down_before_sim == 0

    def test_tables_by_hicann_and_fpga_add_up(self, graph):
        pipeline = started(graph)
        assert pipeline.pulse_statistics == asdict(PulseCounts())
        pipeline.advance(500)
        self.check_sums(pipeline)
        trials = trial_stimuli(1, 40, pipeline.experiment.stimuli, duration_ms=50.0)
        pipeline.run_trials(graph, Change.NOTHING, 500, trials)
        self.check_sums(pipeline)
        per_hicann = pipeline.pulse_statistics.per_hicann
        sources = np.unique(pipeline.mapping.placement.source_hicann)
        fed = [number for number, counts in per_hicann.items() if counts["l2_down_sent"]]
        assert fed == sources.tolist()
        assert sorted(per_hicann) == pipeline.mapping.hicanns.tolist()

    def check_sums(self, pipeline):
        statistics = pipeline.pulse_statistics
        assert dict(statistics) == asdict(pipeline.pulse_counts)
        assert statistics["l2_down_sent"] > 0
        for table in (statistics.per_hicann, statistics.per_fpga):
            for name, total in statistics.items():
                assert sum(counts[name] for counts in table.values()) == total
        assert list(statistics.per_fpga) == pipeline.mapping.fpgas.tolist()

    def test_without_links_there_are_no_tables(self, graph):
        pipeline = started(graph, effects=Effects.none())
        pipeline.advance(50)
        assert pipeline.pulse_statistics.per_hicann == {}
        assert pipeline.pulse_statistics == asdict(PulseCounts())


class TestResults:
    def test_spikes_stand_by_cell_and_time(self, graph):
        pipeline = started(graph, substrate="ideal")
        pipeline.advance(1000)
        asked = np.concatenate([LIF_CELLS[::2], GIVEN_CELLS])
        cell, time = pipeline.spikes(asked)
        assert (np.lexsort((time, cell)) == np.arange(len(cell))).all()
        assert set(cell) <= set(asked)
        assert time[cell == GIVEN_CELLS[0]].tolist() == [10.0, 30.0, 31.0]
        np.testing.assert_array_equal(
            pipeline.spike_counts(asked), [np.count_nonzero(cell == c) for c in asked]
        )

    def test_signals_have_a_column_for_each_asked_cell(self, graph):
        pipeline = started(graph, substrate="ideal")
        pipeline.advance(101)
        v = pipeline.signal("v", NEURON_CELLS[[0, 3]])
        assert v.shape == (51, 2)
        assert v[0].tolist() == [-60.0, -60.0]

    def test_realised_values_of_all_cells(self, graph):
        pipeline = started(graph, substrate="ideal")
        tau_m = pipeline.realised_parameter("tau_m")
        assert np.isnan(tau_m).sum() == N_SOURCES
        assert (tau_m[NEURON_CELLS] == 20.0).all()
        np.testing.assert_array_equal(pipeline.realised_weights(0), graph.projections[0].weight)

    def test_currents_flow_into_their_neurons(self, graph):
        other = with_current(graph, LIF_CELLS[:1], [1.0], [0.5])
        assert started(other, substrate="ideal").experiment.currents.neuron.tolist() == [0]

    def test_digital_weights(self, graph):
        pipeline = started(with_projection(graph, "push", weight=np.linspace(0, 0.03, 18)))
        digital = pipeline.digital_weights(1)
        assert digital[0] == -1  # a weight of 0 is off
        assert digital.max() == 15
        for of_source in np.split(digital, 3):  # each source has its own rows and scale
            assert (np.diff(of_source) > 0).all()

    def test_a_report_of_what_ran(self, graph):
        pipeline = started(graph)
        pipeline.advance(100)
        report = pipeline.report()
        assert report.substrate == "brainscales1"
        assert [p.projection for p in report.projections] == ["drive", "push", "calm"]
        assert report.pulses == pipeline.pulse_counts


class TestErrors:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda p: p.report(),
            lambda p: p.advance(1),
            lambda p: p.realised_weights(0),
            lambda p: p.digital_weights(0),
            lambda p: p.realised_parameter("tau_m"),
        ],
    )
    def test_nothing_can_be_asked_before_the_network_is_known(self, ask):
        with pytest.raises(RecordingError, match="has not been run"):
            ask(Pipeline(Options(substrate="ideal")))

    def test_a_refused_change_leaves_the_network_as_it_was(self, graph):
        pipeline = started(graph, substrate="ideal")
        before = pipeline.experiment
        with pytest.raises(ParameterError, match="rate"):
            pipeline.update(with_parameters(graph, "poisson", rate=-1.0), Change.STIMULI)
        assert pipeline.experiment is before
        pipeline.advance(10)


# --- effects, one at a time ----------------------------------------------------------------------

#: What each effect may change, of the parts that `parts` returns.
CHANGES = {
    "routing_loss": set(),
    "parameter_quantisation": {"parameters"},
    "parameter_range": set(),
    "fixed_pattern": {"parameters"},
    "trial_to_trial": {"parameters"},
    "weight_quantisation": {"weights"},
    "weight_variation": {"weights"},
    "on_wafer_pulses": {"delays"},
    "off_wafer_pulses": {"links"},
    "readout": {"read-out"},
}


def parts(graph, effects):
    """What an emulation is made of, by the effects that may change it."""
    pipeline = started(with_initial_v(graph, -60.03), effects=effects)
    experiment, synapses = pipeline.experiment, pipeline.experiment.synapses
    return {
        "parameters": np.stack(
            [
                np.nan_to_num(experiment.neurons.parameter(name), nan=-1.0)
                for name in sorted(experiment.neurons.parameter_names)
            ]
        ),
        "weights": synapses.weight,
        "delays": synapses.delay_ms,
        "pairs": np.stack([synapses.source, synapses.target, synapses.receptor]),
        "links": np.array([experiment.links is not None]),
        "read-out": pipeline.signal("v", NEURON_CELLS),
        "state": pipeline.emulation.state("v"),
    }


def test_every_effect_is_tested():
    assert set(CHANGES) == {field.name for field in fields(Effects)}


@pytest.mark.parametrize("effect", CHANGES)
def test_one_effect_alone_changes_only_what_it_should(graph, effect):
    # A network that fits and whose parameters the circuits reach loses nothing and is not clipped.
    graph = with_projection(graph, "push", weight=np.linspace(0.01, 0.03, 18))
    without, alone = (parts(graph, effects) for effects in (Effects.none(), Effects.only(effect)))
    changed = {name for name in without if not np.array_equal(without[name], alone[name])}
    assert changed == CHANGES[effect]


#: Where circuits differ, the one V_reset of a block cannot be right for all of its neurons.
CHANGES_OF_ALL = CHANGES | {"parameter_range": {"parameters"}}


@pytest.mark.parametrize("effect", CHANGES)
def test_without_one_effect_the_others_stay_what_they_are(graph, effect):
    graph = with_projection(graph, "push", weight=np.linspace(0.01, 0.03, 18))
    everything, without = (parts(graph, e) for e in (Effects.all(), Effects.without(effect)))
    changed = {n for n in everything if not np.array_equal(everything[n], without[n])}
    assert changed == CHANGES_OF_ALL[effect]


def test_without_effects_the_wafer_is_the_ideal_substrate(graph):
    wafer = started(graph, effects=Effects.none()).experiment
    ideal = compile_experiment(graph, Options(substrate="ideal"))
    for name in ideal.neurons.parameter_names:
        asked, realised = (made.neurons.parameter(name) for made in (ideal, wafer))
        np.testing.assert_array_equal(realised, asked, err_msg=name)
    for name, values in vars(ideal.synapses).items():
        np.testing.assert_array_equal(vars(wafer.synapses)[name], values, err_msg=name)


def test_a_parameter_out_of_range_is_clipped_by_its_effect_only(graph):
    graph = with_parameters(graph, "lif", tau_m=2000.0)
    free, clipped = (
        started(graph, effects=e).realised_parameter("tau_m")[NEURON_CELLS]
        for e in (Effects.none(), Effects.only("parameter_range"))
    )
    assert (free[:N_LIF] == 2000.0).all()
    assert (clipped[:N_LIF] < 1900.0).all()
    np.testing.assert_array_equal(free[N_LIF:], clipped[N_LIF:])


def test_only_asked_spikes_and_signals_are_recorded(graph):
    requests = (RecordingRequest("spikes", LIF_CELLS[:4]), RecordingRequest("v", LIF_CELLS[:1]))
    pipeline = started(replace(graph, recording_requests=requests), substrate="ideal")
    pipeline.advance(1000)
    assert set(pipeline.spikes(NEURON_CELLS)[0]) <= set(LIF_CELLS[:4])
    assert len(pipeline.spikes(NEURON_CELLS)[0]) > 0
    assert np.isnan(pipeline.signal("v", LIF_CELLS[:2])[:-1, 1]).all()
