"""Hardware synapses that are not those of their cells."""

from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.adoption import check_fit
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.mapping_file_check import mapping_problems
from pyNN_brainscales_emu.mapping.synapse_check import site_violations, synapse_violations
from pyNN_brainscales_emu.mapping.usable_components import usable_components
from pyNN_brainscales_emu.options import Options

N = 150


@pytest.fixture(scope="module")
def network():
    pre, post = np.divmod(np.arange(N * N), N)
    return graph(
        [neurons(N, label="cells"), poisson(np.ones(3), N, "noise")],
        [
            projection(pre, post, label="all"),
            projection(pre[::7], post[::7], "inhibitory", "some", stp_mode="depression"),
            projection([N, N + 1, N + 2], [0, 1, 2], label="input"),
            projection([], [], label="empty"),
        ],
    )


@pytest.fixture(scope="module")
def mapping(network):
    return map_network(network, Options(on_loss="ignore"))


def violations(network, mapping):
    return [*site_violations(mapping), *synapse_violations(network, mapping)]


def test_what_was_mapped_is_sound(network, mapping):
    assert mapping.n_synapses_lost
    assert violations(network, mapping) == []
    unlimited = Options(effects=Effects(routing_loss=False), on_loss="ignore")
    assert violations(network, map_network(network, unlimited)) == []


def with_projection(mapping, number, column, change):
    """Return the mapping with another value of the first realised synapse of a projection."""
    routing = mapping.projections[number]
    values = getattr(routing, column).copy()
    first = int(np.flatnonzero(routing.realised)[0])
    values[first] = change(values[first])
    projections = list(mapping.projections)
    projections[number] = replace(routing, **{column: values})
    return replace(mapping, projections=tuple(projections))


@pytest.mark.parametrize(
    ("column", "change", "message"),
    [
        ("site", lambda site: site ^ 1, "decoder"),
        ("site", lambda site: site ^ 16 * 64, "column"),
        ("site", lambda site: site ^ 1 << 21, "HICANN"),
        ("distance", lambda distance: distance + 1, "distance"),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_synapse_elsewhere(network, mapping, number, column, change, message):
    label = network.projections[number].label
    (found,) = synapse_violations(network, with_projection(mapping, number, column, change))
    assert f"synapses of {label!r} have the wrong" in found
    assert message in found


@pytest.mark.parametrize(
    ("column", "message"), [("sign", "sign"), ("mode", "STP mode"), ("prefix", "prefix")]
)
def test_rows_that_are_set_otherwise(network, mapping, column, message):
    values = getattr(mapping.rows, column)
    other = replace(mapping, rows=replace(mapping.rows, **{column: np.where(values == 0, 1, 0)}))
    found = list(synapse_violations(network, other))
    assert len(found) == 3
    assert all(f"have the wrong {message}" in text for text in found)


def test_rows_of_another_line(network, mapping):
    route = np.full_like(mapping.rows.route, -1)
    found = list(
        synapse_violations(network, replace(mapping, rows=replace(mapping.rows, route=route)))
    )
    assert ["line" in text for text in found] == [True] * 3


def test_hardware_synapses_are_used_once(mapping):
    site = mapping.projections[0].site
    other = with_projection(mapping, 0, "site", lambda _: site[site >= 0][1])
    assert list(site_violations(other)) == ["hardware synapses are used twice"]


def test_hardware_synapses_in_use_work(mapping):
    places = mapping.projections[2].places
    one = np.array([[places.hicann[0], places.row[0], places.column[0]]])
    broken = replace(mapping, defects=Defects(synapse=one.astype(np.int32)))
    usable = usable_components(broken.defects)
    found = ["hardware synapses in use are broken"]
    assert list(site_violations(broken, usable.broken_synapses)) == found
    assert mapping_problems(broken) == found


def test_losses_of_each_neuron_are_those_of_its_synapses(network, mapping):
    shifted = replace(mapping, neuron_synapses=np.roll(mapping.neuron_synapses, 1, axis=0))
    found = list(synapse_violations(network, shifted))
    assert found == ["losses of neurons are not those of their synapses"]


def test_such_a_mapping_is_refused(network, mapping):
    check_fit(mapping, network)
    other = with_projection(mapping, 1, "site", lambda site: site ^ 1)
    with pytest.raises(DataError, match=r"contradicts the network: synapses of 'some' have the"):
        check_fit(other, network)
