"""Set-up, clock, callbacks and end; what reaches the pipeline when something changes."""

import inspect
from dataclasses import fields

import neo
import numpy as np
import pytest
from pyNN import errors as pynn_errors
from pyNN.utility import SimulationProgressBar
from reference.known_recordings import KnownRecordings

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.foreign_options import FOREIGN_OPTIONS
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.simulator import state


@pytest.fixture(autouse=True)
def _known_recordings(monkeypatch):
    monkeypatch.setattr(simulator, "new_pipeline", KnownRecordings)
    sim.setup(substrate="ideal")


def test_setup_has_every_option_with_its_default():
    parameters = inspect.signature(sim.setup).parameters
    defaults = Options(substrate="brainscales1")
    for option in fields(Options):
        given = parameters[option.name].default
        if option.name == "substrate":
            assert given is None  # the environment decides
        elif option.name == "effects":
            assert given == "all"
        elif option.name == "defects":
            assert given == "none"
        elif option.name == "mapping_options":
            assert given is None  # a new MappingOptions()
        elif option.name == "links":
            assert sim.Links.preset(given) == defaults.links
        else:
            assert given == getattr(defaults, option.name), option.name
    assert {name for name in parameters if name != "other"} == {f.name for f in fields(Options)}
    for name in parameters:
        assert name in (sim.setup.__doc__ or "")


@pytest.mark.usefixtures("many_processors")
def test_setup_returns_the_rank_and_keeps_options():
    assert sim.setup(0.2, 0.4, 2.0, substrate="ideal", seed=7, threads=2) == 0
    assert sim.get_time_step() == 0.2
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.4, 2.0)
    assert state.options.seed == 7
    assert (sim.rank(), sim.num_processes()) == (0, 1)


def test_substrate_from_the_environment(monkeypatch):
    monkeypatch.setenv("PYNN_BRAINSCALES_EMU_SUBSTRATE", "ideal")
    sim.setup()
    assert state.options.is_ideal
    sim.setup(substrate="brainscales1")
    assert not state.options.is_ideal


def test_options_of_other_back_ends_have_no_effect():
    sim.setup(substrate="ideal", **dict.fromkeys(FOREIGN_OPTIONS, 3))
    assert state.options == Options(substrate="ideal")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"substrat": "ideal"}, "Did you mean 'substrate'"),
        ({"mindelay": 0.1}, "Did you mean 'min_delay'"),
        ({"dt": 0.1}, "unknown option 'dt'"),
        ({"timestep": -0.1}, "timestep"),
        ({"timestep": float("nan")}, "timestep"),
        ({"substrate": "brainscales2"}, "'brainscales1'"),
        ({"variation": "wafer30"}, "wafer30_normal"),
        ({"effects": "noise"}, "routing_loss"),
        ({"min_delay": 0.05}, "must be greater than timestep"),
        ({"min_delay": 2.0, "max_delay": 1.0}, "less than or equal to max_delay"),
        ({"threads": 0}, "threads"),
    ],
)
def test_impossible_options_leave_the_network_alone(options, message):
    population = sim.Population(1, sim.IF_cond_exp())
    with pytest.raises(sim.OptionError, match=message):
        sim.setup(**options)
    assert state.session.populations == [population]


def test_the_clock_counts_steps():
    assert sim.run_until(12.7) == pytest.approx(12.7, abs=1e-10)
    assert sim.run(0.3) == pytest.approx(13.0, abs=1e-10)
    assert state.session.step_count == 130
    assert sim.run_until(99.9) == sim.get_current_time() == 999 * 0.1
    with pytest.raises(ValueError, match="past"):
        sim.run_until(10.0)
    for wrong in (float("nan"), float("inf"), "5", None):
        for call in (sim.run, sim.run_until):
            with pytest.raises(sim.ParameterError, match=f"{call.__name__}.*finite"):
                call(wrong)
    with pytest.raises(sim.ParameterError, match=r"simtime.*got -5"):
        sim.run(-5)
    sim.reset()
    assert sim.get_current_time() == 0.0


def test_many_small_steps_do_not_drift():
    for _ in range(1000):
        sim.run(0.1)
    assert state.session.step_count == 1000


def test_callbacks(capsys):
    called = []

    def every_five(t):
        called.append(t)
        return t + 5.0

    sim.run(20.0, callbacks=[every_five, SimulationProgressBar(10.0, 20.0)])
    np.testing.assert_allclose(called, [0, 5, 10, 15, 20])
    assert "100%" in capsys.readouterr().out
    assert state.session.pipeline.step == 200


@pytest.mark.parametrize(
    ("length", "every", "expected"),
    [
        (1.0, 0.25, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),  # the nearest steps: 2 of 2.5, 4 of 4.5
        (0.5, 0.03, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),  # the next step at the earliest
        (0.9, 0.3, [0, 0.3, 0.6, 0.9]),
        (1.04, 0.5, [0, 0.5, 1.0]),  # the end lies off the grid
        (0.33, 0.2, [0, 0.2, 0.3]),
        (0.04, 1.0, [0]),
    ],
)
def test_callbacks_between_time_steps(length, every, expected):
    called = []

    def callback(t):
        called.append(t)
        return t + every

    sim.run(length, callbacks=[callback])
    np.testing.assert_allclose(called, expected)
    assert sim.get_current_time() == pytest.approx(expected[-1])


def test_a_callback_that_is_done_is_not_called_again():
    called = []

    def once(t):
        called.append(t)
        return float("inf")

    sim.run(2.0, callbacks=[once, lambda t: t + 0.5])
    assert (called, sim.get_current_time()) == ([0.0], 2.0)
    sim.run(2.0, callbacks=[once])
    assert (called, sim.get_current_time()) == ([0.0, 2.0], 4.0)


def test_what_a_callback_returns_at_the_end_is_not_used():
    sim.run(2.0, callbacks=[lambda t: t + 0.5 if t < 2.0 else None])
    assert sim.get_current_time() == 2.0


@pytest.mark.parametrize("wrong", [None, "1", float("nan"), [5.0]])
def test_a_callback_that_returns_no_time(wrong):
    def late(t):
        return wrong if t > 0.9 else t + 1.0

    with pytest.raises(sim.CallbackError, match=r"callback late returns no time.*float\('inf'\)"):
        sim.run(5.0, callbacks=[late])
    assert sim.get_current_time() == 1.0


@pytest.mark.parametrize("back", [0.0, 0.1, 5.0])
def test_a_callback_that_never_advances(back):
    with pytest.raises(sim.CallbackError, match=r"a time that is over.*allowed: > 0 ms"):
        sim.run(5.0, callbacks=[lambda t: t - back])
    assert sim.get_current_time() == 0.0


@pytest.mark.parametrize("name", ["reset", "setup"])
def test_a_callback_cannot_pull_the_run_from_under_itself(name):
    population = sim.Population(1, sim.IF_cond_exp())

    def meddler(t):
        if t > 0.5:
            getattr(sim, name)()
        return t + 1.0

    with pytest.raises(sim.CallbackError, match=rf"meddler calls {name}\(\).*has returned"):
        sim.run(5.0, callbacks=[meddler])
    assert sim.get_current_time() == 1.0
    assert state.session.populations == [population]
    sim.reset()
    assert sim.get_current_time() == 0.0


@pytest.mark.parametrize("wrong", [lambda t: t + 1.0, 5, [5], "at", [None]])
def test_callbacks_are_a_list_of_functions(wrong):
    with pytest.raises(sim.CallbackError, match=r"callbacks; got.*a list of functions"):
        sim.run(5.0, callbacks=wrong)
    assert sim.get_current_time() == 0.0


def test_a_callback_may_run():
    called = []

    def runner(t):
        called.append(t)
        sim.run(0.5)
        return sim.get_current_time() + 1.0

    sim.run(3.0, callbacks=[runner])
    np.testing.assert_allclose(called, [0.0, 1.5, 3.0])
    assert sim.get_current_time() == pytest.approx(3.5)


def test_the_pipeline_is_told_what_changed():
    sources = sim.Population(2, sim.SpikeSourcePoisson())
    neurons = sim.Population(2, sim.IF_cond_exp())
    projection = sim.Projection(sources, neurons, sim.AllToAllConnector())
    sim.run(1.0)
    pipeline = state.session.pipeline
    assert pipeline.updates == [~Change.NOTHING]
    sim.run(1.0)
    assert len(pipeline.updates) == 1
    for change, call in (
        (Change.WEIGHTS, lambda: projection.set(weight=0.1)),
        (Change.DELAYS, lambda: projection.set(delay=0.4)),
        (Change.STIMULI, lambda: sources.set(rate=5.0)),
        (Change.NEURON_PARAMETERS, lambda: neurons[0:1].set(tau_m=5.0)),
        (Change.INITIAL_VALUES, lambda: neurons.initialize(v=-60.0)),
        (Change.RECORDING, lambda: neurons.record("v")),
        (Change.CURRENTS, lambda: neurons.inject(sim.DCSource())),
        (Change.STRUCTURE, lambda: sim.place(neurons, hicanns=[1])),
    ):
        call()
        sim.run(1.0)
        assert pipeline.updates[-1] == change


def test_a_change_that_the_pipeline_refuses_is_tried_again(monkeypatch):
    sim.run(1.0)
    pipeline = state.session.pipeline
    update = pipeline.update

    def refuse(graph, change):
        raise sim.CapacityError("no room")

    neurons = sim.Population(2, sim.IF_cond_exp())
    monkeypatch.setattr(pipeline, "update", refuse)
    with pytest.raises(sim.CapacityError):
        sim.run(1.0)
    assert sim.get_current_time() == 1.0
    monkeypatch.setattr(pipeline, "update", update)
    sim.run(1.0)
    assert Change.STRUCTURE in pipeline.updates[-1]
    assert pipeline.graph.populations[0].size == neurons.size


def test_end_writes_what_was_asked_for_and_leaves_data_readable(tmp_path):
    neurons = sim.Population(4, sim.IF_cond_exp())
    neurons.record(["spikes", "v"], to_file=str(tmp_path / "data" / "all.pkl"))
    sim.run(10.0)
    sim.end()
    sim.end()
    (written,) = neo.get_io(str(tmp_path / "data" / "all.pkl")).read()
    kept = neurons.get_data()
    np.testing.assert_array_equal(
        written.segments[0].analogsignals[0].magnitude,
        kept.segments[0].analogsignals[0].magnitude,
    )
    assert len(written.segments[0].spiketrains[0]) == len(kept.segments[0].spiketrains[0]) == 3


def test_a_network_starts_anew_with_setup():
    sim.Population(3, sim.IF_cond_exp())
    sim.run(1.0)
    sim.reset()
    sim.setup(substrate="ideal")
    assert (state.t, state.id_counter, state.segment_counter) == (0.0, 0, 0)
    assert not state.recorders
    assert state.session.change == ~Change.NOTHING


def test_names_that_every_back_end_has():
    expected = """setup end run run_until run_for reset initialize get_current_time get_time_step
        get_min_delay get_max_delay num_processes rank list_standard_models create connect set
        record record_v record_gsyn Population PopulationView Assembly Projection StaticSynapse
        SpikeSourcePoisson SpikeSourceArray DCSource StepCurrentSource ACSource NoisyCurrentSource
        errors random space Network NumpyRNG GSLRNG RandomDistribution StandardCellType Space Line
        STDPMechanism PointNeuron""".split()
    assert set(expected) <= set(sim.__all__)
    assert sim.errors is pynn_errors
    assert callable(sim.mapping)
    for name in sim.__all__:
        assert hasattr(sim, name)


def test_list_of_standard_models():
    assert set(sim.list_standard_models()) == {
        "IF_cond_exp",
        "IF_curr_exp",
        "IF_cond_alpha",
        "IF_curr_alpha",
        "IF_curr_delta",
        "Izhikevich",
        "EIF_cond_alpha_isfa_ista",
        "EIF_cond_exp_isfa_ista",
        "GIF_cond_exp",
        "HH_cond_exp",
        "IF_cond_exp_gsfa_grr",
        "IF_facets_hardware1",
        "PointNeuron",
        "SpikeSourceArray",
        "SpikeSourceGamma",
        "SpikeSourceInhGamma",
        "SpikeSourcePoisson",
        "SpikeSourcePoissonRefractory",
    }


def test_inspecting_the_ideal_substrate():
    for function in (sim.map_network, sim.mapping, sim.hardware_config):
        with pytest.raises(sim.SubstrateError, match="brainscales1"):
            function()


def test_a_run_of_no_time_with_callbacks_is_a_run():
    cells = sim.Population(1, sim.IF_cond_exp())
    times = []
    sim.run(0.0, callbacks=[lambda time: times.append(time) or float("inf")])
    assert times == [0.0]
    cells.get_data()
    cells.set(v_reset=0.0)
    for callbacks in (None, [lambda time: time + 1.0]):
        with pytest.raises(sim.InvalidParameterError, match="v_reset"):
            sim.run(0.0, callbacks=callbacks)


def test_a_file_that_cannot_be_written_does_not_stop_the_others(tmp_path):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    first, second, third = (sim.Population(1, sim.IF_cond_exp()) for _ in range(3))
    first.record("v", to_file=str(tmp_path / "blocked" / "first.pkl"))
    second.record("v", to_file=str(tmp_path / "second.pkl"))
    third.record("v", to_file=str(tmp_path / "blocked" / "third.pkl"))
    sim.run(1.0)
    with pytest.raises(sim.DataError, match=r"blocked/first\.pkl: its folder does not") as raised:
        sim.end()
    (note,) = raised.value.__notes__
    assert note.startswith("Another file could not be written either")
    assert "blocked" in note
    assert (tmp_path / "second.pkl").exists()
    (tmp_path / "blocked").unlink()
    sim.end()
    for name in ("first.pkl", "third.pkl"):
        assert (tmp_path / "blocked" / name).exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_procedural_interface(tmp_path):
    cells = sim.create(sim.IF_cond_exp(), n=3)
    sim.set(cells, tau_m=12.0)
    projection = sim.connect(cells[0], cells, weight=0.1, delay=0.5)
    sim.record("v", cells, str(tmp_path / "v.pkl"), annotations={"script": "test"})
    sim.initialize(cells, v=-60.0)
    sim.run(1.0)
    sim.end()
    assert cells.get("tau_m") == 12.0
    assert projection.get("weight", "list", with_address=False) == [0.1] * 3
    assert cells.get_data().annotations["script"] == "test"


def test_places_that_a_wafer_does_not_have_are_refused_at_once():
    neurons = sim.Population(2, sim.IF_cond_exp(), label="n")
    for wrong, message in (
        ({"hicanns": [400]}, "HICANNs; got .400."),
        ({"hicanns": [-1]}, "HICANNs"),
        ({"neuron_blocks": [(1, 8)]}, "neuron blocks"),
        ({"denmems": [(1, 300), (1, 2)]}, "top row"),
        ({"denmems": [(1, 2)]}, "one denmem for each cell"),
        ({"neuron_size": 5}, "neuron_size; got 5"),
        ({"neuron_size": 0}, "neuron_size; got 0"),
        ({"neuron_size": "4"}, "neuron_size; got '4'"),
    ):
        with pytest.raises(sim.PlacementError, match=f"'n'.*{message}"):
            sim.place(neurons, **wrong)
    for cells, message in (
        (5, "place.*got 5"),
        (neurons[0], "place.*allowed: a Population"),
    ):
        with pytest.raises(sim.PlacementError, match=message):
            sim.place(cells, hicanns=[1])
    assert state.session.placement_requests == []


def test_cells_of_an_earlier_network_are_not_placed():
    old = sim.Population(2, sim.IF_cond_exp(), label="old")
    both = old + sim.Population(1, sim.IF_cond_exp())
    sim.setup(substrate="brainscales1")
    sim.Population(3, sim.IF_cond_exp())
    for cells in (old, old[:1], both):
        with pytest.raises(sim.NetworkError, match=r"old.*replaced"):
            sim.place(cells, hicanns=[1])
    assert state.session.placement_requests == []


def test_placing_by_hand():
    neurons = sim.Population(3, sim.IF_cond_exp(), label="n")
    sim.place(neurons[1:], neuron_blocks=[(4, 2), (np.int64(5), 3)], neuron_size=8)
    sim.place(neurons, denmems=[(1, 2), (1, 4), (1, 6)])
    first, second = state.session.placement_requests
    assert first.cells == (1, 2)
    assert first.neuron_blocks == ((4, 2), (5, 3))
    assert first.neuron_size == 8
    assert second.denmems == ((1, 2), (1, 4), (1, 6))
    for wrong in (
        {},
        {"hicanns": []},
        {"hicanns": ["left"]},
        {"hicanns": 3},
        {"hicanns": [1], "denmems": [(1, 2)]},
        {"neuron_blocks": [1]},
        {"denmems": [(1, 2)]},
    ):
        with pytest.raises(sim.PlacementError, match="'n'"):
            sim.place(neurons, **wrong)
