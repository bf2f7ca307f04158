"""Coefficients that overflow, told before the run."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal", timestep=0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cm", 1e-40), ("tau_refrac", 1e38), ("v_rest", 3e38), ("i_offset", 3e38)],
)
def test_the_cell_the_parameter_and_its_value_are_named(name, value):
    neurons = sim.Population(4, sim.IF_cond_exp(cm=0.01, tau_m=0.05), label="neurons")
    neurons[2:3].set(**{name: value})
    told = rf"cell 2 of 'neurons': {name} makes the coefficient.*single precision"
    with pytest.raises(sim.ParameterError, match=told) as caught:
        sim.run(1.0)
    assert caught.value.value == pytest.approx(value)


def test_double_precision_holds_more():
    sim.setup(substrate="ideal", timestep=0.1, precision="double")
    neurons = sim.Population(2, sim.IF_cond_exp(tau_refrac=1e38))
    neurons.record("v")
    sim.run(1.0)
    assert np.isfinite(neurons.get_data().segments[0].analogsignals[0].magnitude).all()


def test_models_are_told_together():
    sim.Population(2, sim.IF_cond_exp(tau_refrac=1e38), label="first")
    sim.Population(2, sim.IF_curr_exp(tau_refrac=1e38), label="second")
    with pytest.raises(sim.ParameterError, match=r"2 reasons(.|\n)*'first'(.|\n)*'second'"):
        sim.run(1.0)


def test_currents_that_overflow():
    neurons = sim.Population(3, sim.IF_cond_exp(cm=0.001), label="neurons")
    sim.DCSource(amplitude=1e37).inject_into(neurons[1:2])
    with pytest.raises(sim.ParameterError, match="cell 1 of 'neurons': an injected current") as e:
        sim.run(1.0)
    assert e.value.value == pytest.approx(1e37)


def test_a_change_that_overflows_leaves_the_presentation_as_it_was():
    neurons = sim.Population(2, sim.IF_cond_exp(), label="neurons")
    sim.run(1.0)
    neurons.set(tau_refrac=1e38)
    with pytest.raises(sim.ParameterError, match="cell 0 of 'neurons': tau_refrac"):
        sim.run(1.0)
    neurons.set(tau_refrac=1.0)
    assert sim.run(1.0) == pytest.approx(2.0)
