"""Current sources: when how much flows, and into whom."""

import numpy as np
import pytest
from reference.known_recordings import KnownRecordings

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.simulator import state


@pytest.fixture(autouse=True)
def _known_recordings(monkeypatch):
    monkeypatch.setattr(simulator, "new_pipeline", KnownRecordings)
    sim.setup(substrate="ideal")


@pytest.fixture
def neurons():
    return sim.Population(3, sim.IF_cond_exp())


def test_a_pulse_on_the_grid(neurons):
    source = sim.DCSource(amplitude=0.5, start=0.98, stop=2.04)
    source.inject_into(neurons[1:])
    (current,) = describe(state.session).currents
    np.testing.assert_array_equal(current.cells, [1, 2])
    np.testing.assert_allclose(current.times_ms, [1.0, 2.0])
    np.testing.assert_array_equal(current.amplitudes_nA, [0.5, 0.0])
    sim.run(3.0)
    signal = source.get_data()
    expected = np.zeros(31)
    expected[10:20] = 0.5
    np.testing.assert_array_equal(signal.magnitude[:, 0], expected)
    assert signal.units.dimensionality.string == "nA"
    assert float(signal.t_start) == 0.0


def test_changes_between_runs_leave_the_past_alone(neurons):
    source = sim.DCSource(amplitude=0.5, start=1.0)
    neurons.inject(source)
    sim.run(2.0)
    source.amplitude += 0.25
    sim.run(2.0)
    source.set_parameters(start=5.0, stop=6.0)
    sim.run(3.0)
    expected = np.zeros(71)
    expected[10:20], expected[20:40], expected[50:60] = 0.5, 0.75, 0.75
    np.testing.assert_array_equal(source.get_data().magnitude[:, 0], expected)


def test_after_a_reset_the_present_parameters_hold_from_the_beginning(neurons):
    source = sim.DCSource(amplitude=0.5, start=1.0, stop=3.0)
    neurons.inject(source)
    sim.run(2.0)
    source.amplitude = 1.0
    sim.reset()
    sim.run(2.0)
    expected = np.repeat([0.0, 1.0], [10, 11])
    np.testing.assert_array_equal(source.get_data().magnitude[:, 0], expected)


def test_a_source_made_for_an_earlier_network(neurons):
    source = sim.DCSource(amplitude=0.5, start=1.03)
    sim.run(2.0)
    source.amplitude = 1.0
    sim.setup(timestep=0.01, substrate="ideal")
    sim.Population(1, sim.IF_cond_exp()).inject(source)
    times, amplitudes = source.profile()
    np.testing.assert_allclose(times[0], 1.03)
    assert amplitudes[0] == 1.0


def test_cells_assemblies_and_lists(neurons):
    others = sim.Population(2, sim.IF_cond_exp())
    source = sim.DCSource()
    source.inject_into([neurons[2]])
    neurons[0].inject(source)
    source.inject_into(others + neurons[1:2])
    assert source.cells.tolist() == [2, 0, 3, 4, 1]
    assert len(describe(state.session).currents) == 1


def test_spike_sources_take_no_current(neurons):
    sources = sim.Population(1, sim.SpikeSourcePoisson())
    for call in (
        lambda: sources.inject(sim.DCSource()),
        lambda: sim.DCSource().inject_into(sources),
        lambda: sim.DCSource().inject_into([neurons[0], sources[0]]),
    ):
        for kind in (sim.WrongKindError, TypeError):
            with pytest.raises(kind, match="spike source"):
                call()
    assert describe(state.session).currents == ()


def test_what_takes_or_makes_no_current(neurons):
    for call in (
        lambda: sim.DCSource().inject_into(5),
        lambda: sim.DCSource().inject_into([5]),
        lambda: neurons.inject(5),
    ):
        with pytest.raises(sim.WrongKindError, match="got 5"):
            call()
    old = neurons
    sim.setup(substrate="ideal")
    with pytest.raises(sim.NetworkError, match="replaced"):
        sim.DCSource().inject_into(old)


def test_a_current_stops_after_its_start(neurons):
    with pytest.raises(sim.InvalidParameterError, match=r"stop; got 1.0; allowed: >= start"):
        sim.DCSource(start=5.0, stop=1.0)
    source = sim.DCSource(start=1.0, stop=5.0)
    neurons.inject(source)
    source.start = 10.0  # one after the other
    with pytest.raises(sim.InvalidParameterError, match="stop"):
        sim.run(1.0)
    source.stop = 20.0
    sim.run(1.0)


@pytest.mark.parametrize("value", [None, "a", [1.0, 2.0], {}])
def test_no_numbers(value):
    with pytest.raises(sim.InvalidParameterError, match=r"DCSource.*amplitude"):
        sim.DCSource(amplitude=value)
    source = sim.DCSource(amplitude=0.3)
    with pytest.raises(sim.InvalidParameterError, match=r"DCSource.*amplitude"):
        source.amplitude = value
    assert source.amplitude == 0.3


@pytest.mark.parametrize("name", ["amplitude", "start", "stop"])
def test_impossible_parameters(name):
    with pytest.raises(sim.ParameterError, match=name):
        sim.DCSource(**{name: np.nan})
    source = sim.DCSource()
    with pytest.raises(sim.ParameterError, match=name):
        setattr(source, name, np.inf)
    with pytest.raises(KeyError):
        sim.DCSource(frequency=1.0)


def test_sources_that_are_not_available():
    for name in ("StepCurrentSource", "ACSource", "NoisyCurrentSource"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(sim, name)()
