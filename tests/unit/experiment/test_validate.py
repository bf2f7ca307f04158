"""What the engine could not run to a meaningful end is refused, with the first bad entry."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_builders import experiment, neurons, poisson, synapses

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import NeuronArrays
from pyNN_brainscales_emu.experiment.validate import validate
from pyNN_brainscales_emu.neuron_models.model import Sign
from pyNN_brainscales_emu.neuron_models.registry import MODELS

ADEX = MODELS["adex_cond_exp"]
POSITIVE = [p.name for p in ADEX.parameters if p.sign is Sign.POSITIVE]
NOT_NEGATIVE = [p.name for p in ADEX.parameters if p.sign is Sign.NOT_NEGATIVE]


def made(**changed):
    parts = {
        "cells": neurons(3),
        "stimuli": poisson([10.0, 0.0]),
        "projections": synapses([0, 4], [0, 2], 0.001),
    }
    return experiment(**parts | changed)


def test_a_sound_experiment_passes():
    validate(made())
    validate(experiment(neurons(0)))


@pytest.mark.parametrize("name", ADEX.parameter_names)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_neuron_parameters_are_finite(name, value):
    cells = neurons(3, adex=True, **{name: np.array([1.0, value, 1.0])})
    with pytest.raises(ParameterError, match=rf"neuron parameter {name} of entry 1 .1 of 3"):
        validate(made(cells=cells))


@pytest.mark.parametrize(
    ("name", "value"),
    [*((name, 0.0) for name in POSITIVE), *((name, -0.1) for name in POSITIVE + NOT_NEGATIVE)],
)
def test_times_and_capacitances_have_a_sign(name, value):
    cells = neurons(3, adex=True, **{name: np.array([1.0, 1.0, value])})
    with pytest.raises(ParameterError, match=f"{name} of entry 2") as error:
        validate(made(cells=cells))
    assert error.value.value == value
    assert error.value.limit.startswith(">")


@pytest.mark.parametrize("name", NOT_NEGATIVE)
def test_no_refractory_period_and_no_exponential_term_are_allowed(name):
    validate(made(cells=neurons(3, adex=True, **{name: 0.0})))


@pytest.mark.parametrize("given", [{"tau_w": np.ones(3)}, {}])
def test_a_model_has_its_parameters_and_no_others(given):
    (group,) = neurons(3).groups
    parameters = {**group.parameters, **given}
    if not given:
        del parameters["tau_m"]
    cells = NeuronArrays((replace(group, parameters=parameters),))
    with pytest.raises(ParameterError, match=r"lif_cond_exp: parameters; got 'tau_[wm]'"):
        validate(made(cells=cells))


@pytest.mark.parametrize("limit", [0.0, -0.1, np.nan, np.inf])
def test_limits_of_the_inputs_are_positive(limit):
    cells = neurons(3, input_limit=[0.1, limit, 0.1])
    with pytest.raises(ParameterError, match=r"limit of the synaptic inputs \(uS\) of entry 1"):
        validate(made(cells=cells))
    validate(made(cells=neurons(3, input_limit=0.1)))


def test_initial_values_are_finite():
    with pytest.raises(ParameterError, match=r"initial value of v of entry 0 .3 of 3"):
        validate(made(cells=neurons(3, v=np.nan)))


def test_weights_are_finite():
    with pytest.raises(ParameterError, match="weight of entry 1"):
        validate(made(projections=synapses([0, 1], [0, 1], [1.0, np.nan])))


@pytest.mark.parametrize("delay_ms", [0.09, 0.0, -1.0, np.nan])
def test_delays_are_at_least_a_step(delay_ms):
    with pytest.raises(ParameterError, match=r"delay .ms. of entry 1.*at least the time step 0.1"):
        validate(made(projections=synapses([0, 1], [0, 1], 1.0, [1.0, delay_ms])))


def test_a_delay_of_one_step_may_be_short_by_rounding():
    validate(made(projections=synapses([0], [0], 1.0, 0.3 - 0.2)))


@pytest.mark.parametrize(("source", "target"), [(5, 0), (-1, 0), (0, 3), (0, -1)])
def test_synapses_connect_cells_that_exist(source, target):
    what = "source" if target == 0 else "target"
    with pytest.raises(ParameterError, match=f"synapse {what} of entry 0"):
        validate(made(projections=synapses([source], [target], 1.0)))


@pytest.mark.parametrize("rate", [np.nan, np.inf, -1.0])
def test_rates_are_finite_and_not_negative(rate):
    with pytest.raises(ParameterError, match=r"rate .Hz. of entry 1"):
        validate(made(stimuli=poisson([1.0, rate])))


@pytest.mark.parametrize("time_ms", [np.nan, np.inf])
def test_given_times_are_finite(time_ms):
    stimuli = poisson([0.0, 0.0])
    bad = replace(stimuli, offsets=np.array([0, 1, 2]), times_ms=np.array([1.0, time_ms]))
    with pytest.raises(ParameterError, match=r"spike time .ms. of entry 1"):
        validate(made(stimuli=bad))


def test_given_times_ascend_within_a_source():
    stimuli = replace(poisson([0.0, 0.0]), offsets=np.array([0, 2, 4]))
    validate(made(stimuli=replace(stimuli, times_ms=np.array([3.0, 4.0, 1.0, 1.0]))))
    with pytest.raises(ParameterError, match="ascending"):
        validate(made(stimuli=replace(stimuli, times_ms=np.array([3.0, 4.0, 2.0, 1.0]))))


def test_the_message_counts_all_bad_entries():
    cells = neurons(3, tau_m=np.array([-1.0, 1.0, -2.0]))
    with pytest.raises(ParameterError, match=r"entry 0 .2 of 3 entries.*-1.0.*allowed: > 0"):
        validate(made(cells=cells))
