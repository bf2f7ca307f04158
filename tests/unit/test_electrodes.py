"""Current sources: when how much flows, and into whom."""

import numpy as np
import pytest
from reference.known_recordings import KnownRecordings
from scipy import stats

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


def test_steps_on_the_grid(neurons):
    source = sim.StepCurrentSource(times=[0.98, 1.01, 2.04], amplitudes=[9.0, 0.5, -0.25])
    neurons.inject(source)
    np.testing.assert_allclose(source.times, [1.0, 2.0])
    np.testing.assert_array_equal(source.amplitudes, [0.5, -0.25])
    sim.run(3.0)
    expected = np.repeat([0.0, 0.5, -0.25], [10, 10, 11])
    np.testing.assert_array_equal(source.get_data().magnitude[:, 0], expected)


def test_steps_changed_between_runs(neurons):
    source = sim.StepCurrentSource(times=[0.5], amplitudes=[1.0])
    neurons.inject(source)
    sim.run(1.0)
    source.set_parameters(times=[1.0, 1.5], amplitudes=[2.0, 3.0])
    sim.run(1.0)
    expected = np.repeat([0.0, 1.0, 2.0, 3.0], [5, 5, 5, 6])
    np.testing.assert_array_equal(source.get_data().magnitude[:, 0], expected)


def test_impossible_steps(neurons):
    with pytest.raises(sim.InvalidParameterError, match=r"times\[1\]; got -0.6"):
        sim.StepCurrentSource(times=[0.4, -0.6], amplitudes=[0.5, 0.5])
    with pytest.raises(sim.InvalidParameterError, match=r"times\[1\]; got 0.4"):
        sim.StepCurrentSource(times=[0.4, 0.4], amplitudes=[0.5, 0.5])
    with pytest.raises(sim.DimensionsError, match="one for each of 2 times"):
        sim.StepCurrentSource(times=[0.4, 0.5], amplitudes=[0.5])


def sine(times, start, stop):
    inside = (times >= start - 1e-9) & (times < stop - 1e-9)
    return np.where(inside, 0.1 + 0.5 * np.sin(2 * np.pi * 0.05 * (times - start) + np.pi / 2), 0)


@pytest.mark.parametrize("runs", [[9.0], [0.5, 0.7, 3.8, 4.0], [0.1] * 90])
def test_a_sine_has_its_phase_at_the_start(neurons, runs):
    source = sim.ACSource(
        amplitude=0.5, offset=0.1, frequency=50.0, phase=90.0, start=1.03, stop=8.0
    )
    neurons.inject(source)
    for duration in runs:
        sim.run(duration)
    signal = source.get_data()
    times = np.asarray(signal.times)
    np.testing.assert_allclose(signal.magnitude[:, 0], sine(times, 1.0, 8.0), atol=1e-12)


def test_each_run_describes_what_changes_always_from_now_on(neurons):
    source = sim.ACSource(frequency=100.0, start=0.5)
    neurons.inject(source)
    sim.run(1.0)
    sim.run(0.5)
    (current,) = describe(state.session).currents
    np.testing.assert_allclose(current.times_ms, np.arange(10, 15) * 0.1)
    expected = np.sin(2 * np.pi * 0.1 * (current.times_ms - 0.5))
    np.testing.assert_allclose(current.amplitudes_nA, expected, atol=1e-12)


def test_a_sine_whose_amplitude_changes_between_runs(neurons):
    source = sim.ACSource(amplitude=0.0, frequency=100.0)
    neurons.inject(source)
    sim.run(1.0)
    source.amplitude = 2.0
    sim.run(1.0)
    times = np.arange(21) * 0.1
    expected = np.where(times > 0.95, 2.0 * np.sin(2 * np.pi * 0.1 * times), 0.0)
    np.testing.assert_allclose(source.get_data().magnitude[:, 0], expected, atol=1e-12)


def noise_of(neurons, **parameters):
    source = sim.NoisyCurrentSource(**parameters)
    neurons.inject(source)
    sim.run(2000.0)
    return source.get_data().magnitude[:-1, 0]


def test_noise_is_normal_and_has_its_own_step(neurons):
    noise = noise_of(neurons, mean=0.5, stdev=0.2, dt=0.5)
    values = noise.reshape(-1, 5)
    np.testing.assert_array_equal(values, np.repeat(values[:, :1], 5, axis=1))
    assert stats.kstest(values[:, 0], stats.norm(0.5, 0.2).cdf).pvalue > 1e-4
    correlation = np.corrcoef(values[:-1, 0], values[1:, 0])[0, 1]
    assert abs(correlation) < 5 / np.sqrt(len(values))


def test_noise_does_not_depend_on_how_time_is_cut(neurons):
    source = sim.NoisyCurrentSource(stdev=1.0, dt=0.3)
    neurons.inject(source)
    sim.run(5.0)
    whole = source.get_data().magnitude
    sim.setup(substrate="ideal")
    again = sim.NoisyCurrentSource(stdev=1.0, dt=0.3)
    sim.Population(1, sim.IF_cond_exp()).inject(again)
    for _ in range(10):
        sim.run(0.5)
    np.testing.assert_array_equal(again.get_data().magnitude, whole)


def test_noise_of_other_sources_and_presentations_differs(neurons):
    sources = [sim.NoisyCurrentSource(stdev=1.0) for _ in range(2)]
    drawn = []
    for source in sources:
        neurons.inject(source)
    for _ in range(2):
        sim.run(50.0)
        drawn += [source.get_data().magnitude[:, 0] for source in sources]
        sim.reset()
    correlations = np.corrcoef(drawn)[np.triu_indices(4, 1)]
    assert np.all(np.abs(correlations) < 5 / np.sqrt(500))


def test_impossible_noise(neurons):
    with pytest.raises(sim.InvalidParameterError, match=r"dt; got 0.25"):
        sim.NoisyCurrentSource(dt=0.25)
    with pytest.raises(sim.InvalidParameterError, match=r"stdev; got -1.0"):
        sim.NoisyCurrentSource(stdev=-1.0)


def test_every_source_is_refused_on_a_wafer():
    sim.setup(substrate="brainscales1")
    neurons = sim.Population(1, sim.IF_cond_exp())
    sources = (
        sim.DCSource(),
        sim.ACSource(),
        sim.NoisyCurrentSource(),
        sim.StepCurrentSource(times=[1.0], amplitudes=[1.0]),
    )
    for source in sources:
        with pytest.raises(sim.ParameterError, match=f"{type(source).__name__}.*substrate='ideal'"):
            neurons.inject(source)
