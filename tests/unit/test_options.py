"""Options of `setup()` and effects: what is taken, in which type, and what messages say."""

import copy
import inspect
import pickle

import numpy as np
import pytest

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.options import parse_options


def parsed(**options):
    return parse_options(options, ("default",))


@pytest.mark.parametrize("name", ["timestep", "min_delay", "max_delay", "speedup"])
@pytest.mark.parametrize("make", [float, np.float32, np.float64, np.float16])
def test_numbers_of_any_type_mean_their_digits(name, make):
    value = getattr(parsed(**{name: make(12.1)}), name)
    assert (value, type(value)) == (12.1, float)


@pytest.mark.parametrize("name", ["wafer", "seed", "threads", "neuron_size"])
@pytest.mark.parametrize("make", [int, np.int64, np.uint8, np.array])
def test_integers_of_any_type(name, make):
    value = getattr(parsed(**{name: make(6)}), name)
    assert (value, type(value)) == (6, int)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("timestep", None, "got None; allowed: a number"),
        ("timestep", True, "got True"),
        ("timestep", np.array([0.1]), "a number"),
        ("min_delay", None, r"got None; .*or 'auto'"),
        ("max_delay", "automatic", "or 'auto'"),
        ("seed", None, "got None; allowed: an integer"),
        ("seed", 1.0, "an integer"),
        ("wafer", 2**31, "an integer, 0 to 2147483647"),
        ("seed", True, "an integer"),
        ("threads", np.array([1, 2]), "an integer"),
        ("neuron_size", True, "even number"),
        ("variation", None, "got None; allowed: 'default'"),
        ("readout", np.array(["virtual", "x"]), "'virtual'"),
        (
            "weight_rounding",
            "stochastically",
            "'nearest', 'stochastic'.*Did you mean 'stochastic'",
        ),
        ("input_saturation", "yes", "True or False"),
        ("input_saturation", 1, "True or False"),
        ("weight_rounding", True, "'nearest', 'stochastic'"),
        ("voltage_scaling", None, "got None"),
        ("use_big_capacitors", "small", "got 'small'; allowed: True, False, 'auto'"),
        ("use_big_capacitors", 1, "got 1"),
        ("i_gl_speedup", "slwo", "'fast', 'auto'.*Did you mean 'slow'"),
        ("effects", None, "got None"),
    ],
)
def test_impossible_values(name, value, message):
    with pytest.raises(OptionError, match=rf"setup\(\): {name}.*{message}"):
        parsed(**{name: value})


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Effects(weight_quantization=True),
        lambda: Effects.only("weight_quantization"),
        lambda: Effects.without("weight_quantization"),
        lambda: parsed(effects="weight_quantization"),
        lambda: parsed(effects=["readout", "weight_quantization"]),
    ],
)
def test_a_misspelt_effect_is_told_with_the_nearest_one(ask):
    with pytest.raises(OptionError, match="Did you mean 'weight_quantisation'"):
        ask()


def test_all_and_none_are_near_as_well():
    with pytest.raises(OptionError, match="Did you mean 'none'"):
        parsed(effects="nome")


@pytest.mark.parametrize("value", ["no", 0, 1, None, np.zeros(2, dtype=bool)])
def test_a_switch_is_on_or_off(value):
    with pytest.raises(OptionError, match=r"Effects: readout.*True or False"):
        Effects(readout=value)


def test_effects_stay_a_plain_frozen_dataclass():
    off = Effects(readout=np.bool_(False))
    assert off.readout is False
    assert off == Effects.without("readout") == pickle.loads(pickle.dumps(copy.deepcopy(off)))
    assert hash(off) == hash(Effects.without("readout"))
    assert tuple(inspect.signature(Effects).parameters) == Effects.names()


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(OptionError) as error:
        parsed(
            neuron_size=5, wafer=-1, effects="nois", defects="nothing.json", calibratoin="default"
        )
    for text in (
        "setup() cannot be done for 5 reasons",
        "neuron_size; got 5",
        "wafer; got -1",
        "no such effect; got ['nois']",
        "nothing.json: there is no such file",
        "unknown option 'calibratoin'",
    ):
        assert text in str(error.value)
