"""Chains of drivers grow around broken rows and synapses."""

import numpy as np
import pytest
from graph_builders import graph, neurons, projection
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_check import assert_mapping_is_sound

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.hardware.defects import Defects, from_lists
from pyNN_brainscales_emu.mapping import synapse_sites
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.options import Options

SOURCE, TARGET = 174, 210
#: One source, one neuron of four denmems: two columns and so four synapses a driver.
REQUESTS = [PlacementRequest((0,), (SOURCE,)), PlacementRequest((1,), (TARGET,))]


def mapped(n_synapses, defects):
    network = graph([neurons(2)], [projection([0] * n_synapses, [1] * n_synapses)], REQUESTS)
    result = map_network(network, Options(defects=defects, on_loss="ignore"))
    assert_mapping_is_sound(network, result)
    return result


def drivers_of(result):
    rows = np.flatnonzero(result.rows.route[TARGET] >= 0)
    return np.unique(rows // 2).tolist()


def test_a_broken_row_costs_a_driver_and_no_synapse():
    (driver,) = drivers_of(mapped(4, Defects()))
    for row in (2 * driver, 2 * driver + 1):
        result = mapped(4, from_lists({"synapse_row": [[TARGET, row]]}))
        assert result.loss_counts() == {}
        assert len(drivers_of(result)) == 2


def test_a_broken_synapse_under_the_neuron_costs_a_row():
    places = mapped(4, Defects()).find_synapses(0)
    first = [int(part[0]) for part in (places.hicann, places.row, places.column)]
    broken = mapped(4, from_lists({"synapse": [first]}))
    assert broken.loss_counts() == {}
    assert len(drivers_of(broken)) == 2


def test_what_no_driver_could_hold_stays_lost():
    rows = [[TARGET, row] for row in range(0, 448, 2)]
    # Half of all rows: no more than one chain is given, and half of what it holds.
    healthy = mapped(60, Defects()).loss_counts()[LossReason.DRIVER]
    lost = mapped(60, from_lists({"synapse_row": rows})).loss_counts()[LossReason.DRIVER]
    assert 60 - lost == pytest.approx((60 - healthy) / 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.0, 0.3), st.integers(1, 40))
def test_mappings_around_broken_rows_are_sound(seed, rate, n_neurons):
    rng = np.random.default_rng(seed)
    pre, post = rng.integers(0, n_neurons, (2, 20 * n_neurons))
    network = graph([neurons(n_neurons)], [projection(pre, post)])
    rows = Defects.draw({"synapse_row": rate}, seed)
    result = map_network(network, Options(defects=rows, on_loss="ignore"))
    assert_mapping_is_sound(network, result)
    n_realised = sum(np.count_nonzero(p.reason == 0) for p in result.projections)
    assert n_realised + sum(result.loss_counts().values()) == len(pre)


@pytest.mark.parametrize("seed", range(6))
def test_asking_again_never_loses_more(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    pre, post = rng.integers(0, 300, (2, 9_000))
    network = graph([neurons(300)], [projection(pre, post)])
    broken = Defects.draw({"synapse_row": 0.05, "synapse": 0.01}, seed)

    def lost_by_hicann():
        result = map_network(network, Options(defects=broken, on_loss="ignore"))
        assert_mapping_is_sound(network, result)
        lost = result.projections[0].reason == LossReason.DRIVER
        return np.bincount(result.placement.neuron_hicann[post[lost]], minlength=384)

    often = lost_by_hicann()
    monkeypatch.setattr(synapse_sites, "_MOST_ATTEMPTS", 1)
    once = lost_by_hicann()
    assert (often <= once).all()
    assert often.sum() < once.sum()
