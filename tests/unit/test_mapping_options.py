import json
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.hardware.constants import BANDWIDTH_UTILISATION, DRIVER_CHAIN_LENGTH
from pyNN_brainscales_emu.mapping.line_addresses import AddressOrder
from pyNN_brainscales_emu.mapping.merger_routing import MergerStrategy
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping_options import MappingOptions


def test_defaults_are_those_of_the_machine():
    options = MappingOptions()
    assert options.driver_chain_length == DRIVER_CHAIN_LENGTH
    assert options.bandwidth_utilization == BANDWIDTH_UTILISATION
    assert MergerStrategy(options.merger_strategy) is MergerStrategy.MINIMIZE_AS_POSSIBLE
    assert AddressOrder(options.l1_address_assignment) is AddressOrder.HIGH_FIRST


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"merger_strategy": "one_to_on"}, "Did you mean 'one_to_one'"),
        ({"default_placement_strategy": "spiral"}, "default_placement_strategy; got 'spiral'"),
        ({"l1_routing_algorithm": "djikstra"}, "Did you mean 'dijkstra'"),
        ({"switch_ordering": 3}, "switch_ordering; got 3"),
        ({"l1_address_assignment": None}, "l1_address_assignment; got None; allowed: 'high_first'"),
        ({"driver_chain_length": 0}, "an integer from 1 to 56"),
        ({"driver_chain_length": 57}, "an integer from 1 to 56"),
        ({"bandwidth_utilization": 0}, "a number above 0, at most 1"),
        ({"bandwidth_utilization": 1.1}, "a number above 0, at most 1"),
        ({"neighbour_lines": 1}, "True or False"),
        ({"shuffle_switches_seed": -1}, "shuffle_switches_seed"),
        ({"priorities": {"p": 0}}, "priority of 'p'; got 0"),
        ({"priorities": {"p": True}}, "priority of 'p'; got True"),
        ({"priorities": ["p"]}, "priorities; got .* a mapping of projections' labels"),
        ({"priorities": {3: 2.0}}, "priorities; got .* a mapping of projections' labels"),
        ({"merger_strategy": np.array(["one_to_one"] * 2)}, "merger_strategy; got array"),
    ],
)
def test_values_that_options_cannot_have(given, message):
    with pytest.raises(sim.OptionError, match=message):
        MappingOptions(**given)


def test_numbers_of_numpy_become_plain_ones():
    options = MappingOptions(
        driver_chain_length=np.int64(2),
        shuffle_switches_seed=np.uint8(7),
        bandwidth_utilization=np.float32(0.5),
        priorities={"p": np.int64(2), "q": np.float32(1.5)},
    )
    assert json.loads(json.dumps(MappingOrigin(mapping_options=options).to_dict())) == {
        **MappingOrigin().to_dict(),
        "mapping_options": {
            **MappingOrigin().to_dict()["mapping_options"],
            "driver_chain_length": 2,
            "shuffle_switches_seed": 7,
            "bandwidth_utilization": 0.5,
            "priorities": {"p": 2.0, "q": 1.5},
        },
    }


def test_options_cannot_be_changed_afterwards():
    priorities = {"p": 2.0}
    options = MappingOptions(priorities=priorities)
    priorities["p"] = 3.0
    assert options.priorities == {"p": 2.0}
    with pytest.raises(TypeError):
        options.priorities["p"] = 4.0
    with pytest.raises(FrozenInstanceError):
        options.neighbour_lines = True
    assert pickle.loads(pickle.dumps(options)) == options
    assert hash(options) == hash(MappingOptions(priorities={"p": 2.0}))


def test_setup_takes_them():
    options = sim.MappingOptions(driver_chain_length=5)
    sim.setup(mapping_options=options)
    assert sim.simulator.state.options.mapping_options is options
    sim.setup()
    assert sim.simulator.state.options.mapping_options == MappingOptions()
    with pytest.raises(sim.OptionError, match="setup\\(\\): mapping_options"):
        sim.setup(mapping_options={"driver_chain_length": 5})


def test_all_wrong_values_are_told_at_once():
    with pytest.raises(OptionError) as error:
        MappingOptions(driver_chain_length=0, bandwidth_utilization=2.0, neighbour_lines=1)
    for text in ("driver_chain_length; got 0", "utilization; got 2.0", "neighbour_lines; got 1"):
        assert text in str(error.value)
