"""What a script sees when a neuron's state is no finite number any more."""

import pytest

import pyNN_brainscales_emu as sim


@pytest.fixture
def overloaded():
    """Cell 3 of 'targets' gets more than single precision holds at 10 ms."""
    sim.setup(substrate="ideal", timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[9.0]))
    sim.Population(5, sim.IF_curr_exp(), label="bystanders")
    targets = sim.Population(6, sim.IF_cond_exp(), label="targets")
    targets.record(["spikes", "v"])
    projection = sim.Projection(
        source, targets, sim.FromListConnector([(0, 3)] * 4),
        sim.StaticSynapse(weight=1e38, delay=1.0),
    )  # fmt: skip
    return source, targets, projection


def test_the_error_names_the_cell_by_its_population(overloaded):
    _, targets, projection = overloaded
    sim.run(5.0)
    for _ in range(2):
        with pytest.raises(sim.RunError, match=r"^cell 3 of 'targets' at 10 ms.*reset\(\)"):
            sim.run(20.0)
        assert sim.get_current_time() == pytest.approx(5.0)
    assert targets.get_data().segments[-1].analogsignals[0].shape == (51, 6)
    projection.set(weight=0.001)
    sim.reset()
    sim.run(20.0)
    assert targets.get_data().segments[-1].analogsignals[0].shape == (201, 6)


def test_trials_tell_which_one(overloaded):
    source, targets, _ = overloaded
    stimuli = {source: [[[]], [[9.0]], [[]]]}
    with pytest.raises(sim.RunError, match=r"^cell 3 of 'targets' at 10 ms of trial 1:"):
        sim.run_trials(20.0, stimuli, record=[targets])
    sim.run(5.0)


def test_it_is_an_error_of_this_package():
    assert issubclass(sim.RunError, sim.BrainScaleSError)
    assert issubclass(sim.RunError, RuntimeError)
