"""What broken parts take along."""

from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from mapping_check import assert_mapping_is_sound

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.errors import DataError, PlacementError
from pyNN_brainscales_emu.hardware.defects import Defects, from_lists
from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE, LEFT, RIGHT, V_LINE_SIDE
from pyNN_brainscales_emu.mapping.adoption import check_chip
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.wide_defects import with_consequences
from pyNN_brainscales_emu.options import Options


def broken(name, *where):
    return with_consequences(from_lists({name: np.array([where])}))


def only(defects, *names):
    """Check that nothing else is broken, and on HICANN 7 only."""
    counts = defects.counts()
    assert {name for name in counts if counts[name]} == set(names)
    for name in ("denmem", "synapse_driver", "dnc_merger"):
        assert not np.delete(getattr(defects, name), 7, axis=0).any()


@pytest.mark.parametrize("side", [0, 1])
def test_a_synaptic_input_takes_its_denmem_along(side):
    defects = broken("synaptic_input", 7, 300, side)
    only(defects, "synaptic_input", "denmem")
    assert np.flatnonzero(defects.denmem[7]).tolist() == [300]


@pytest.mark.parametrize("block", range(4))
def test_a_block_of_floating_gates(block):
    """Its quadrant's denmems and drivers, and of the other quadrant what shares parameters."""
    defects = broken("fg_block", 7, block)
    only(defects, "fg_block", "denmem", "synapse_driver")
    bottom, right = divmod(block, 2)
    denmem = defects.denmem[7].reshape(2, 256)
    assert not denmem[1 - bottom].any()
    own, other = denmem[bottom].reshape(2, 128)[[right, 1 - right]]
    assert own.all()
    np.testing.assert_array_equal(np.flatnonzero(other), np.arange(right, 128, 2))
    driver = np.flatnonzero(defects.synapse_driver[7])
    assert len(driver) == 56
    assert np.all(driver // 112 == bottom)
    assert np.all(DRIVER_SIDE[driver] == (RIGHT if right else LEFT))


def test_a_synapse_array():
    defects = broken("synapse_array", 7, 1)
    only(defects, "synapse_array", "synapse_driver")
    assert np.flatnonzero(defects.synapse_driver[7]).tolist() == list(range(112, 224))


def test_a_row_of_synapse_switches():
    defects = broken("synapse_switch_row", 7, 30, RIGHT)
    only(defects, "synapse_switch_row", "synapse_switch")
    hicann, v_line, row = defects.synapse_switch.T
    assert len(v_line) == 16
    assert set(hicann) == {7}
    assert set(row) == {30}
    assert np.all(V_LINE_SIDE[v_line] == RIGHT)
    both = with_consequences(replace(defects, synapse_switch=defects.synapse_switch[:3]))
    np.testing.assert_array_equal(both.synapse_switch, defects.synapse_switch)


def test_a_hicann_without_link_passes_lines_on():
    defects = from_lists({"highspeed_link": [174]})
    pre, post = np.divmod(np.arange(300 * 300), 300)
    network = graph(
        [neurons(300, label="cells"), poisson(np.ones(40), 300, "noise")],
        [projection(pre[::9], post[::9]), projection(np.arange(300, 340), np.arange(40))],
    )
    mapping = map_network(network, Options(defects=defects, on_loss="ignore"))
    assert_mapping_is_sound(network, mapping)
    assert 174 not in mapping.hicanns
    assert 174 in mapping.layer1.segment_hicann  # in the middle of all others
    by_hand = graph([neurons(1)], [], [PlacementRequest((0,), (174,))])
    with pytest.raises(PlacementError, match="find no room on the places named"):
        map_network(by_hand, Options(defects=defects))


@pytest.mark.parametrize("name", ["fg_block", "highspeed_link"])
def test_a_mapping_that_does_not_know_of_it_is_refused(name):
    mapping = map_network(graph([neurons(300)]), Options())
    with pytest.raises(DataError, match="denmems of 300 neurons"):
        check_chip(mapping, Options(defects=Defects.draw({name: 1.0}, 1)))


def test_nothing_broken_stays_as_it_is():
    defects = Defects.draw({"denmem": 0.01}, 1)
    assert with_consequences(defects) is defects
