"""What a report says of asked and realised values."""

import json
from dataclasses import replace

import numpy as np
import pytest
from mapping_builders import unrouted
from network_graphs import N_ADEX, N_LIF, mixed_graph, with_projection

from pyNN_brainscales_emu.data.report import SCHEMA_VERSION, Report, build_report
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.experiment.compiler import compile_experiment
from pyNN_brainscales_emu.links.counts import PulseCounts
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
from pyNN_brainscales_emu.translation.sent import SentParameters

N_NEURONS = N_LIF + N_ADEX
PULSES = PulseCounts(l2_down_before_sim=100, l2_down_sent=90, l2_down_lost=7, l2_up_sent=33)
OPTIONS = Options(effects=Effects.only("on_wafer_pulses"))


@pytest.fixture
def graph():
    # The weights of "push" are 0, 1, 2, ... 17 nS.
    return with_projection(mixed_graph(), "push", weight=np.arange(18) * 1e-3)


def realised_weights(projection, kept):
    """Everything is 1 nS stronger than asked, but the smallest weight above 0 vanishes."""
    weight = projection.weight + 1e-3
    weight[projection.weight == 1e-3] = 0.0
    return np.where(kept, weight, np.nan)


def as_asked(graph):
    names = ("v_thresh", "v_spike")
    return {name: graph.neuron_parameter(name) for name in names}


def sent_values():
    """Neuron i holds 80 + i and reaches 5 + i / 10 to 400 - i ms; the last one has no such term."""
    i = np.arange(N_NEURONS, dtype=np.int32)
    limits = np.column_stack([5 + i / 10, 400.0 - i])
    limits[-1] = np.nan
    return SentParameters({"I_gl": 80 + i}, {"tau_m": limits})


@pytest.fixture
def stages(graph):
    """A mapping with known losses and a translation with known deviations."""
    zero = np.zeros(N_NEURONS, dtype=np.int32)
    routings = []
    for projection in graph.projections:
        reason = np.zeros(projection.size, dtype=np.uint8)
        if projection.label == "push":
            reason[[2, 5]], reason[17] = LossReason.FAN_IN, LossReason.DRIVER
        distance = np.full(projection.size, 10, np.int16)
        row, site = reason.astype(np.int32), np.full(projection.size, -1, np.int32)
        routings.append(ProjectionRouting(reason, distance, row, site))
    source = np.zeros(15, dtype=np.int32)
    mapping = unrouted(graph, Placement(zero, zero, zero + 4, source, source), routings, 9)
    tau_m = np.full(N_NEURONS, 20.0)
    tau_m[[0, 3, N_LIF]] = [21.0, 16.0, 22.0]
    clipped = np.isin(np.arange(N_NEURONS), [3, N_LIF + 1, N_LIF + 2])
    weights = tuple(
        realised_weights(projection, routing.realised)
        for projection, routing in zip(graph.projections, routings, strict=True)
    )
    none = np.zeros(0)
    config = RealisedValues(
        RealisedNeurons({**as_asked(graph), "tau_m": tau_m}, {"tau_m": clipped}),
        RealisedSynapses(
            RowSetting(none, none, none), (), weights, tuple(w > 0.0165 for w in weights)
        ),
    )
    return mapping, config


@pytest.fixture
def report(graph, stages):
    experiment = compile_experiment(graph, OPTIONS, *stages)
    return build_report(graph, experiment, "brainscales1", PULSES, *stages, sent=sent_values())


def parameter(report, population, name):
    (found,) = [p for p in report.parameters if (p.population, p.parameter) == (population, name)]
    return found


def projection(report, label):
    (found,) = [p for p in report.projections if p.projection == label]
    return found


def test_a_parameter_is_summed_up_by_population(report):
    tau_m = parameter(report, "lif", "tau_m")
    assert tau_m.asked_mean == 20.0
    assert tau_m.realised_mean == pytest.approx(19.7)
    assert tau_m.realised_sd == pytest.approx(np.std([21.0, 16.0] + 8 * [20.0]))
    assert tau_m.largest_deviation == -4.0
    assert (tau_m.n_clipped, tau_m.n_cells) == (1, 10)
    other = parameter(report, "adex", "tau_m")
    assert (other.largest_deviation, other.n_clipped, other.n_cells) == (2.0, 2, 6)


def test_every_parameter_of_every_neuron_population_is_there(report):
    of_lif = {p.parameter for p in report.parameters if p.population == "lif"}
    assert {"tau_m", "v_rest", "v_thresh", "tau_syn_E"} <= of_lif
    assert not of_lif & {"cm", "delta_T", "rate"}
    assert "delta_T" in {p.parameter for p in report.parameters if p.population == "adex"}
    assert {p.population for p in report.parameters} == {"lif", "adex"}


def test_a_parameter_that_nothing_changed(report):
    v_rest = parameter(report, "lif", "v_rest")
    assert v_rest.asked_mean == v_rest.realised_mean == -60.0
    assert (v_rest.realised_sd, v_rest.largest_deviation, v_rest.n_clipped) == (0.0, 0.0, 0)


def test_a_parameter_is_told_as_asked_sent_and_realised(report):
    lif = parameter(report, "lif", "tau_m")
    assert (lif.asked_min, lif.asked_max) == (20.0, 20.0)
    assert (lif.cell, lif.dac_min, lif.dac_max) == ("I_gl", 80, 89)
    # What every neuron reaches: the largest lower and the smallest upper end.
    assert (lif.limit_low, lif.limit_high) == (pytest.approx(5.9), 391.0)
    adex = parameter(report, "adex", "tau_m")
    assert (adex.dac_min, adex.dac_max) == (90, 94)  # of those that use the cell
    assert (adex.limit_low, adex.limit_high) == (pytest.approx(6.4), 386.0)


def test_cells_of_thresholds_depend_on_the_model(report):
    cells = {(p.population, p.parameter): p.cell for p in report.parameters}
    assert cells["lif", "v_thresh"] == "V_t"
    assert cells["adex", "v_thresh"] == "V_exp"
    assert cells["adex", "v_spike"] == "V_t"
    assert cells["lif", "i_offset"] is None


def test_where_the_inputs_saturate(graph, stages, report):
    assert report.input_limits == ()
    assert "saturate" not in str(report)
    options = Options(effects=OPTIONS.effects, input_saturation=True)
    experiment = compile_experiment(graph, options, *stages)
    told = build_report(graph, experiment, "brainscales1", PULSES, *stages)
    limit = 2.5 / (1e4 * 2.16456e-12 / 0.2e-9)
    assert [entry.population for entry in told.input_limits] == ["lif", "adex"]
    assert [entry.limit_uS for entry in told.input_limits] == pytest.approx([limit, limit])
    assert "Synaptic inputs saturate: lif at 0.0231 uS, adex at 0.0231 uS" in str(told)
    assert json.loads(json.dumps(told.to_dict()))["input_limits"][0]["population"] == "lif"


def test_losses_are_counted_by_reason(report):
    push = projection(report, "push")
    assert (push.n_asked, push.n_lost) == (18, 3)
    assert push.lost_by_reason == {"neuron's fan-in": 2, "no synapse driver": 1}
    assert projection(report, "drive").lost_by_reason == {}


def test_weights_are_compared_where_they_were_asked_and_kept(report):
    push = projection(report, "push")
    # 0 was not asked for; 2, 5 and 17 are lost; each remaining one is 1 nS off, the first by -1.
    asked = np.array([1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
    assert push.weight_error == pytest.approx(1 / asked.mean())
    assert push.n_zeroed == 1
    assert push.n_clipped == 1
    assert projection(report, "drive").weight_error == pytest.approx(1e-3 / 4e-3)


def test_delays_are_compared(report):
    push = projection(report, "push")
    assert push.delay_asked_ms == 1.0
    assert push.delay_realised_ms == pytest.approx(0.6444 + 0.397)
    assert projection(report, "calm").delay_asked_ms == 2.0


def test_delays_are_those_of_the_projection(graph, stages):
    experiment = compile_experiment(graph, Options(effects=Effects.none()), *stages)
    report = build_report(graph, experiment, "brainscales1", PULSES, *stages)
    delays = [p.delay_realised_ms for p in report.projections]
    assert delays == pytest.approx([1.5, 1.0, 2.0])


def test_the_ideal_substrate_changes_nothing(graph):
    experiment = compile_experiment(graph, Options(substrate="ideal"))
    report = build_report(graph, experiment, "ideal", PulseCounts())
    assert report.parameters == ()
    for entry in report.projections:
        assert entry.n_lost == entry.n_clipped == entry.n_zeroed == 0
        assert entry.weight_error == 0.0
        assert entry.delay_asked_ms == entry.delay_realised_ms
    assert "Parameters: as asked." in str(report)


def test_projections_without_synapses(graph):
    empty = replace(
        graph.projections[0], presynaptic=np.zeros(0, int), postsynaptic=np.zeros(0, int),
        weight=np.zeros(0), delay_ms=np.zeros(0),
    )  # fmt: skip
    other = replace(graph, projections=(empty,))
    experiment = compile_experiment(other, Options(substrate="ideal"))
    (entry,) = build_report(other, experiment, "ideal", PulseCounts()).projections
    assert (entry.n_asked, entry.weight_error, entry.delay_asked_ms) == (0, 0.0, 0.0)


class TestText:
    def test_a_line_for_each_entry(self, report):
        text = str(report)
        assert text.startswith("Substrate: brainscales1\n")
        (line,) = [line for line in text.splitlines() if line.startswith("push")]
        assert line.split()[1:5] == ["18", "3", "1", "1"]
        assert line.endswith("1.00 -> 1.04")
        assert "lost in push: neuron's fan-in 2" in text
        assert "l2_down_lost 7" in text
        (line,) = [ln for ln in text.splitlines() if ln.split()[:2] == ["lif", "tau_m"]]
        assert line.split()[2:] == [
            *("20", "I_gl", "80..89", "19.7", "1.3", "-4", "5.9..391", "1/10")
        ]

    def test_long_labels_are_cut(self, report):
        name = "a label that is much too long for its column"
        long = replace(report.projections[0], projection=name)
        lines = str(replace(report, projections=(long,))).splitlines()
        (line,) = [line for line in lines if line.startswith("a label")]
        assert "…" in line
        assert name not in line

    def test_nothing_at_all(self):
        text = str(Report("ideal", (), (), PulseCounts()))
        assert "Projections: none." in text


def test_numbers_survive_a_file(report, tmp_path):
    path = tmp_path / "report.json"
    report.save(path)
    read = json.loads(path.read_text())
    assert read == json.loads(json.dumps(report.to_dict()))
    assert read["schema_version"] == SCHEMA_VERSION
    assert read["pulses"]["l2_down_lost"] == 7
    assert read["projections"][1]["lost_by_reason"]["neuron's fan-in"] == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_in_a_missing_folder_leaves_nothing(report, tmp_path):
    with pytest.raises(DataError, match=r"report .*report\.json: its folder does not exist"):
        report.save(tmp_path / "missing" / "report.json")
    assert list(tmp_path.iterdir()) == []
