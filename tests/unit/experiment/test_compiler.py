"""From the description, and from the wafer's stages, to flat arrays."""

from dataclasses import replace

import numpy as np
import pytest
from mapping_builders import unrouted
from network_graphs import (
    ADEX_CELLS,
    GIVEN_CELLS,
    LIF_CELLS,
    N_ADEX,
    N_GIVEN,
    N_LIF,
    N_NEURONS,
    N_POISSON,
    N_SOURCES,
    mixed_graph,
    with_current,
    with_parameters,
)

from pyNN_brainscales_emu.description.bio_graph import BioGraph, RecordingRequest
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiler import (
    compile_currents,
    compile_experiment,
    compile_links,
    compile_neurons,
    compile_recording,
    compile_stimuli,
    compile_synapses,
    compile_weights,
    transport_delay_ms,
)
from pyNN_brainscales_emu.mapping.results import (
    LossReason,
    Placement,
    ProjectionRouting,
)
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.realised import (
    RealisedNeurons,
    RealisedSynapses,
    RealisedValues,
    RowSetting,
)

IDEAL = Options(substrate="ideal", timestep=0.2, seed=7)


@pytest.fixture
def graph():
    return mixed_graph()


@pytest.fixture
def mapping(graph):
    """LIF neurons on HICANN 0, AdEx on 380, sources on 5; every fourth synapse lost."""
    hicann = np.repeat([0, 380], [N_LIF, N_ADEX]).astype(np.int32)
    nothing = np.zeros(N_NEURONS, dtype=np.int32)
    source = np.full(N_SOURCES, 5, dtype=np.int32)
    routings = []
    for projection in graph.projections:
        number = np.arange(projection.size)
        reason = np.where(number % 4 == 3, LossReason.FAN_IN, LossReason.REALISED)
        routings.append(
            ProjectionRouting(
                reason.astype(np.uint8),
                (number % 10).astype(np.int16),
                number.astype(np.int32),
                np.full(projection.size, -1, dtype=np.int32),
            )
        )
    placement = Placement(hicann, nothing, nothing + 4, source, source)
    return unrouted(graph, placement, routings, 200)


@pytest.fixture
def config(graph, mapping):
    """A translation that makes tau_m 1 % and each weight 10 % larger."""
    missing = np.full(N_NEURONS, np.nan)
    realised = {
        "tau_m": 1.01 * graph.neuron_parameter("tau_m"),
        "v_thresh": np.full(N_NEURONS, -51.0),
        "v_spike": np.where(np.arange(N_NEURONS) < N_LIF, np.nan, -43.0),
        "delta_T": np.where(np.arange(N_NEURONS) < N_LIF, np.nan, 1.5),
        "e_rev_E": missing,
    }
    weights = tuple(
        np.where(routing.realised, 1.1 * projection.weight, np.nan)
        for projection, routing in zip(graph.projections, mapping.projections, strict=True)
    )
    none = np.zeros(0)
    synapses = RealisedSynapses(RowSetting(none, none, none), (), weights, ())
    return RealisedValues(RealisedNeurons(realised, {}), synapses)


class TestNeurons:
    def test_they_stand_by_model(self, graph):
        neurons = compile_neurons(graph)
        lif, adex = neurons.groups
        assert (lif.model.name, adex.model.name) == ("lif_cond_exp", "adex_cond_exp")
        assert lif.index.tolist() == list(range(N_LIF))
        assert adex.index.tolist() == list(range(N_LIF, N_NEURONS))
        assert set(lif.parameters) == set(lif.model.parameter_names)
        assert adex.parameters["tau_w"].tolist() == [144.0] * N_ADEX
        assert adex.parameters["b"].tolist() == [0.05] * N_ADEX
        assert lif.initial_values["v"].tolist() == [-60.0] * N_LIF
        assert not adex.initial_values["w"].any()
        assert neurons.size == N_NEURONS

    def test_a_parameter_of_all_neurons_is_nan_where_a_model_has_none(self, graph):
        b = compile_neurons(graph).parameter("b")
        np.testing.assert_array_equal(b, [np.nan] * N_LIF + [0.05] * N_ADEX)

    def test_current_based_neurons(self, graph):
        changed = replace(graph.populations[1], cell_type="IF_curr_exp")
        other = replace(graph, populations=(graph.populations[0], changed, *graph.populations[2:]))
        first, second = compile_neurons(other).groups
        assert (first.model.name, second.model.name) == ("lif_curr_exp", "adex_cond_exp")

    def test_a_cell_type_without_a_model_is_refused(self, graph):
        changed = replace(graph.populations[1], cell_type="IF_cond_beta")
        other = replace(graph, populations=(graph.populations[0], changed, *graph.populations[2:]))
        with pytest.raises(ParameterError, match="IF_cond_beta: the engine has no model of it"):
            compile_neurons(other)

    def test_realised_values_replace_the_asked_ones_where_there_are(self, graph, config):
        neurons = compile_neurons(graph, config)
        np.testing.assert_allclose(neurons.parameter("tau_m"), 20.2)
        np.testing.assert_array_equal(neurons.parameter("e_rev_E"), 0.0)
        np.testing.assert_array_equal(neurons.parameter("cm"), 0.2)
        lif, adex = neurons.groups
        assert adex.parameters["delta_T"].tolist() == [1.5] * N_ADEX
        assert adex.parameters["v_spike"].tolist() == [-43.0] * N_ADEX
        assert lif.parameters["v_thresh"].tolist() == [-51.0] * N_LIF

    @pytest.mark.parametrize("speedup", [1e3, 1e4])
    def test_inputs_saturate_where_it_is_asked_for(self, graph, config, speedup):
        """2.5 uS on the 2.16 pF of a denmem; 0.2 nF for the neuron, whatever its size."""
        options = Options(input_saturation=True, speedup=speedup)
        limit = compile_neurons(graph, config, options).input_limit
        expected = 2.5 / (speedup * 2.16456e-12 / 0.2e-9)
        np.testing.assert_allclose(limit, np.full(N_NEURONS, expected))

    def test_inputs_are_linear_otherwise(self, graph, config):
        saturating = Options(input_saturation=True)
        assert compile_neurons(graph, config, Options()).input_limit is None
        assert compile_neurons(graph, config).input_limit is None
        assert compile_neurons(graph, None, saturating).input_limit is None  # ideal


class TestSynapses:
    def test_sources_are_numbered_before_neurons(self, graph):
        synapses = compile_synapses(graph, IDEAL)
        sizes = [projection.size for projection in graph.projections]
        drive, push, calm = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
        assert set(synapses.source[drive]) == set(range(N_POISSON))
        assert set(synapses.source[push]) == set(range(N_POISSON, N_SOURCES))
        assert set(synapses.source[calm]) == set(range(N_SOURCES, N_SOURCES + N_LIF))
        assert set(synapses.target[drive]) == set(range(N_LIF))
        assert set(synapses.target[push]) == set(range(N_LIF, N_NEURONS))
        assert synapses.receptor.nonzero()[0].tolist() == calm.tolist()
        assert synapses.delay_ms[push[0]] == 1.0
        assert synapses.weight[calm[0]] == 0.002

    def test_lost_synapses_are_absent(self, graph, mapping, config):
        options = Options(effects=Effects.none())
        synapses = compile_synapses(graph, options, mapping, config)
        asked = compile_synapses(graph, IDEAL)
        kept = np.concatenate([routing.realised for routing in mapping.projections])
        np.testing.assert_array_equal(synapses.source, asked.source[kept])
        np.testing.assert_array_equal(synapses.target, asked.target[kept])
        np.testing.assert_allclose(synapses.weight, 1.1 * asked.weight[kept])
        np.testing.assert_array_equal(synapses.delay_ms, asked.delay_ms[kept])

    def test_the_transport_delay_rules_on_the_wafer(self, graph, mapping, config):
        synapses = compile_synapses(graph, Options(), mapping, config)
        distance = np.concatenate([r.distance[r.realised] for r in mapping.projections])
        np.testing.assert_allclose(synapses.delay_ms, 0.6444 + 0.0397 * distance)

    def test_the_transport_delay_is_at_least_a_step(self):
        far = transport_delay_ms(np.array([0, 100], dtype=np.int16), Options(timestep=1.0))
        assert far.tolist() == pytest.approx([1.0, 0.6444 + 3.97])
        slow = transport_delay_ms(np.array([10], dtype=np.int16), Options(speedup=1000.0))
        assert slow.tolist() == pytest.approx([0.10414])

    def test_weights_alone_stand_in_the_same_order(self, graph, mapping, config):
        for stages in ((), (mapping, config)):
            whole = compile_synapses(graph, IDEAL, *stages).weight
            np.testing.assert_array_equal(compile_weights(graph, *stages), whole)

    def test_no_projections(self, graph):
        alone = replace(graph, projections=())
        assert len(compile_synapses(alone, IDEAL).source) == 0
        assert len(compile_weights(alone)) == 0


def test_sources_are_poisson_or_have_given_times(graph):
    stimuli = compile_stimuli(graph)
    assert stimuli.rate_hz.tolist() == [60.0] * N_POISSON + [0.0] * N_GIVEN
    assert stimuli.duration_ms.tolist() == [90.0] * N_POISSON + [0.0] * N_GIVEN
    assert stimuli.offsets.tolist() == [0] * N_POISSON + [0, 3, 3, 5]
    assert stimuli.times_ms.tolist() == [10.0, 30.0, 31.0, 12.5, 30.0]


class TestCurrents:
    def test_changes_stand_by_step(self, graph):
        one = with_current(graph, LIF_CELLS[[2, 4]], [20.0, 50.0], [0.3, 0.1])
        both = with_current(one, ADEX_CELLS[:1], [30.05], [0.2])
        currents = compile_currents(both, 0.2)
        assert currents.step.tolist() == [100, 100, 150, 250, 250]
        assert currents.neuron.tolist() == [2, 4, N_LIF, 2, 4]
        assert currents.delta_nA.tolist() == pytest.approx([0.3, 0.3, 0.2, -0.2, -0.2])

    def test_a_current_from_before_the_start_flows_from_the_start(self, graph):
        early = with_current(graph, LIF_CELLS[:1], [-5.0, 1.0], [0.3, 0.0])
        currents = compile_currents(early, 0.1)
        assert currents.step.tolist() == [0, 10]
        assert currents.delta_nA.tolist() == pytest.approx([0.3, -0.3])

    def test_none(self, graph):
        assert len(compile_currents(graph, 0.1).step) == 0


class TestRecording:
    def test_signals_are_sampled_at_a_common_interval(self, graph):
        recording = compile_recording(graph)
        assert recording.spikes.all()
        assert recording.interval_steps == 2
        assert set(recording.signals) == {"v", "w"}
        assert recording.signals["w"].tolist() == list(range(N_LIF, N_NEURONS))

    def test_requests_for_the_same_signal_are_joined(self, graph):
        requests = (
            RecordingRequest("v", LIF_CELLS[[1, 3]], 4),
            RecordingRequest("v", LIF_CELLS[[3, 5]], 6),
            RecordingRequest("spikes", np.array([0, 1, *LIF_CELLS[:2], *GIVEN_CELLS])),
        )
        recording = compile_recording(replace(graph, recording_requests=requests))
        assert recording.signals["v"].tolist() == [1, 3, 5]
        assert recording.interval_steps == 2
        assert np.flatnonzero(recording.spikes).tolist() == [0, 1]

    def test_spikes_alone_need_no_interval(self, graph):
        only = replace(graph, recording_requests=(RecordingRequest("spikes", LIF_CELLS),))
        recording = compile_recording(only)
        assert recording.interval_steps == 1
        assert dict(recording.signals) == {}


class TestLinks:
    def test_links_and_fpgas_are_numbered_densely(self, mapping):
        links = compile_links(mapping, Options())
        assert links.source_link.tolist() == [1] * N_SOURCES
        assert links.neuron_link.tolist() == [0] * N_LIF + [2] * N_ADEX
        assert len(links.link_fpga) == 3
        assert set(links.link_fpga) == set(range(links.link_fpga.max() + 1))
        assert links.speedup == 10_000

    def test_perfect_links_need_no_table(self, mapping):
        options = Options(effects=Effects.without("off_wafer_pulses"))
        assert compile_links(mapping, options) is None


def test_the_ideal_experiment(graph):
    experiment = compile_experiment(graph, IDEAL)
    assert (experiment.dt_ms, experiment.seed, experiment.links) == (0.2, 7, None)
    assert experiment.neurons.size == N_NEURONS
    assert experiment.stimuli.size == N_SOURCES


def test_the_experiment_on_a_wafer(graph, mapping, config):
    experiment = compile_experiment(graph, Options(), mapping, config)
    assert experiment.links is not None
    assert len(experiment.synapses.weight) == mapping.n_synapses_asked - mapping.n_synapses_lost


def test_an_empty_network_compiles():
    experiment = compile_experiment(BioGraph(()), IDEAL)
    assert experiment.neurons.size == experiment.stimuli.size == 0


def test_a_bad_value_is_refused(graph):
    with pytest.raises(ParameterError, match="tau_m of entry 0"):
        compile_experiment(with_parameters(graph, "lif", tau_m=-1.0), IDEAL)
