"""Which mappings a network, a wafer and options go on from."""

from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons

from pyNN_brainscales_emu.errors import DataError, LossWarning, OptionError
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.adoption import check_chip, overruled_options, tell_overruled
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options

KNOWN = Defects.draw({"v_line": 0.01, "synapse": 1e-5}, seed=1)


@pytest.fixture(scope="module")
def mapping():
    return map_network(graph([neurons(300)]), Options(defects=KNOWN))


def broken(**places):
    """Return defects besides the known ones: each named component of a class."""
    masks = {"v_line": KNOWN.v_line.copy(), "synapse": KNOWN.synapse}
    for name, place in places.items():
        mask = masks.setdefault(name, getattr(Defects(), name).copy())
        mask[place] = True
    return Options(defects=Defects(**masks))


def test_the_options_that_it_was_made_with_are_taken(mapping):
    check_chip(mapping, Options(defects=KNOWN))
    check_chip(mapping, Options())  # fewer defects than it avoids
    tell_overruled(mapping, Options(on_loss="raise"))


def test_another_wafer_is_refused(mapping):
    with pytest.raises(DataError, match=r"another wafer; got 33; allowed: wafer=34.*wafer=33"):
        check_chip(mapping, Options(wafer=34))


def test_neurons_on_broken_denmems_are_counted(mapping):
    hicann, denmem = mapping.placement.neuron_hicann[7], mapping.placement.neuron_denmem[7]
    for place in ((hicann, denmem), (hicann, denmem + 256), (hicann, denmem + 1)):
        with pytest.raises(DataError, match="denmems of 1 neuron"):
            check_chip(mapping, broken(denmem=place))
    check_chip(mapping, broken(denmem=(hicann + 1, denmem)))  # there is no neuron


def test_what_could_not_be_calibrated_counts_as_broken(mapping):
    blacklisted = np.ones((384, 512), dtype=bool)
    with pytest.raises(DataError, match="denmems of 300 neurons"):
        check_chip(mapping, Options(), blacklisted)
    blacklisted[np.unique(mapping.placement.neuron_hicann)] = False
    check_chip(mapping, Options(), blacklisted)


def test_all_that_it_does_not_know_is_named_at_once(mapping):
    free = int(np.flatnonzero(~KNOWN.v_line[5])[0])
    options = broken(hicann=9, v_line=(5, free), synapse_driver=(3, slice(0, 4)))
    with pytest.raises(DataError) as error:
        check_chip(mapping, options)
    for text in ("1 hicann", "1 v_line", "4 synapse_driver"):
        assert text in str(error.value)
    with pytest.raises(DataError, match="2 synapse that it does not know of"):
        check_chip(mapping, Options(defects=Defects(synapse=np.array([[1, 2, 3], [4, 5, 6]]))))


def test_a_dead_fpga_takes_its_hicanns_along(mapping):
    with pytest.raises(DataError, match="8 hicann"):
        check_chip(mapping, broken(fpga=11))


def test_overruled_options_are_named():
    made = MappingOrigin(33, 8, True, MappingOptions(driver_chain_length=5))
    assert overruled_options(made, MappingOrigin()) == []
    asked = MappingOrigin(33, 16, True, MappingOptions(driver_chain_length=5))
    assert overruled_options(made, asked) == ["neuron_size is 8, not 16"]
    asked = MappingOrigin(33, 8, False, MappingOptions(priorities={"a": 2.0}))
    assert set(overruled_options(made, asked)) == {
        "routing_loss is True, not False",
        "priorities is {}, not {'a': 2.0}",
    }


def test_overruled_options_are_told_as_on_loss_says(mapping):
    with pytest.warns(LossWarning, match="neuron_size is 4, not 8"):
        tell_overruled(mapping, Options(neuron_size=8), "Mapping file 'a'")
    with pytest.raises(OptionError, match="Mapping file 'a' was made with other options"):
        tell_overruled(mapping, Options(neuron_size=8, on_loss="raise"), "Mapping file 'a'")
    tell_overruled(mapping, Options(neuron_size=8, on_loss="ignore"))


def test_the_origin_comes_back_from_plain_values():
    origin = MappingOrigin(7, 12, False, MappingOptions(priorities={"a": 2.0}))
    assert MappingOrigin.from_dict(origin.to_dict()) == origin
    for wrong in ({"wafer": "7"}, {"mapping_options": {"nonsense": 1}}, {"routing_loss": 1}):
        with pytest.raises((TypeError, ValueError)):
            MappingOrigin.from_dict(origin.to_dict() | wrong)


def test_a_mapping_that_hides_losses_is_told(mapping):
    """Made where nothing is lost, it would be used where something is."""
    hides, tells = (MappingOrigin(routing_loss=loss) for loss in (False, True))
    assert overruled_options(hides, tells) == ["routing_loss is False, not True"]
    without = replace(mapping, origin=hides)
    with pytest.raises(OptionError, match="routing_loss is False, not True"):
        tell_overruled(without, Options(on_loss="raise"))


def test_another_wafer_and_what_is_broken_are_told_together(mapping):
    with pytest.raises(DataError) as error:
        check_chip(mapping, replace(broken(hicann=9), wafer=34), name="Mapping file 'a'")
    for text in ("cannot be used for 2 reasons", "another wafer; got 33", "1 hicann"):
        assert text in str(error.value)
