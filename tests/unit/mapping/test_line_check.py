"""Mappings that the mergers, drivers or rows of the wafer cannot have."""

from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection

from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.line_check import line_violations
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.mapping_file_check import mapping_problems
from pyNN_brainscales_emu.mapping.usable_components import usable_components
from pyNN_brainscales_emu.options import Options


@pytest.fixture(scope="module")
def mapping():
    pre, post = np.divmod(np.arange(200 * 200), 200)
    network = graph(
        [neurons(200, label="cells"), poisson(np.ones(3), 200, "noise")],
        [projection(pre, post, label="all"), projection([200, 201, 202], [0, 1, 2])],
    )
    return map_network(network, Options(on_loss="ignore"))


def changed(mapping, part, column, change):
    """Return the mapping with another array, and what is wrong with it then."""
    array = getattr(getattr(mapping, part), column).copy()
    change(array)
    other = replace(mapping, **{part: replace(getattr(mapping, part), **{column: array})})
    checks = line_violations(other, usable_components(other.defects))
    wrong = [what for what, where in checks.items() if np.any(where)]
    assert wrong == [] or mapping_problems(other)
    return wrong


def test_what_was_mapped_is_sound(mapping):
    assert changed(mapping, "lines", "merger", lambda array: None) == []
    assert mapping_problems(mapping) == []


def add(amount, chosen=0):
    def change(array):
        array.flat[chosen] += amount

    return change


def copy(to, of):
    def change(array):
        array[to] = array[of]

    return change


@pytest.mark.parametrize(
    ("part", "column", "change", "message"),
    [
        ("lines", "merger", copy(1, 0), "several lines start at the same DNC merger"),
        ("lines", "hicann", add(1), "cells are on lines that start elsewhere"),
        ("lines", "cell_line", copy(0, -1), "cells are on lines that start elsewhere"),
        ("lines", "cell_line", copy(0, -1), "lines carry spikes of neurons and of sources"),
        ("lines", "cell_address", copy(0, 1), "cells share an address of a line"),
        ("lines", "cell_address", lambda a: a.__setitem__(0, 33), "addresses are reserved ones"),
        ("placement", "source_channel", add(-1), "cells are on lines that start elsewhere"),
        ("drivers", "route_last", add(112), "chains of drivers leave their quadrant"),
        ("drivers", "route_first", add(-1), "chains of drivers leave their quadrant"),
        ("drivers", "route_last", add(8), "chains of drivers are longer than allowed"),
        ("drivers", "route_primary", add(2), "chains of drivers are not reached by their lines"),
        ("rows", "route", lambda a: a.__imul__(0), "rows do not belong to the chain"),
    ],
)
def test_what_the_hardware_cannot_do(mapping, part, column, change, message):
    assert any(message in what for what in changed(mapping, part, column, change))


def test_two_chains_do_not_share_drivers(mapping):
    layer1, drivers = mapping.layer1, mapping.drivers
    side = 2 * layer1.route_target + drivers.route_first % 2
    one = int(np.argmax(drivers.route_first))
    other = next(i for i in np.flatnonzero(side == side[one]) if i != one)
    wrong = changed(mapping, "drivers", "route_first", copy(one, other))
    assert "drivers belong to several chains" in wrong


def test_neuron_blocks_have_mergers_that_they_reach(mapping):
    merger = mapping.block_merger.copy()
    merger[0, 3] = 0  # DNC merger 0 takes block 0 only
    checks = line_violations(
        replace(mapping, block_merger=merger), usable_components(mapping.defects)
    )
    assert np.argwhere(checks["neuron blocks do not reach their DNC mergers"]).tolist() == [[0, 3]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dnc_merger", "lines start at DNC mergers that are broken"),
        ("synapse_driver", "drivers are broken"),
        ("synapse_switch", "chains of drivers are behind broken synapse switches"),
    ],
)
def test_what_is_used_works(mapping, name, message):
    broken = Defects.draw({name: 1.0}, seed=1)
    checks = line_violations(mapping, usable_components(broken))
    assert [what for what, where in checks.items() if np.any(where)] == [message]
