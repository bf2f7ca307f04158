import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import line_table, placed

from pyNN_brainscales_emu.mapping.driver_requirement import drivers_needed
from pyNN_brainscales_emu.mapping.line_addresses import ADDRESSES, AddressOrder
from pyNN_brainscales_emu.mapping.neuron_columns import neuron_columns
from pyNN_brainscales_emu.mapping.source_chains import SourceChains
from pyNN_brainscales_emu.mapping.synapse_table import synapses_by_target

NOBODY = np.zeros(0, dtype=np.int64)


def chains(network, placement, chain_length=3, order=AddressOrder.HIGH_FIRST):
    return SourceChains(network, neuron_columns(placement), order, chain_length)


def all_to_one(n_sources, *receptors):
    """Sources that all project to one neuron."""
    pre = 1 + np.arange(n_sources)
    projections = [projection(pre, 0, receptor) for receptor in receptors]
    return graph([neurons(1), poisson(np.ones(n_sources), 1)], projections)


@pytest.mark.parametrize(
    ("size", "receptors", "chain_length", "expected"),
    [
        (4, ("excitatory",), 3, 12),  # three drivers: six rows of an even and an odd column
        (4, ("excitatory", "inhibitory"), 3, 6),
        (8, ("excitatory", "inhibitory"), 3, 12),
        (4, ("excitatory",), 1, 4),
        (2, ("excitatory",), 3, 6),  # one column
        (64, ("excitatory",), 3, 59),
        # 15 sources of a prefix fit into one half row of 16 columns; a driver has four of these.
        (64, ("excitatory",), 1, 59),
    ],
)
def test_sources_onto_one_neuron(size, receptors, chain_length, expected):
    network = all_to_one(70, *receptors)
    limit = chains(network, placed([5], [0], size), chain_length)
    assert limit.n_fitting(NOBODY, np.arange(70)) == expected
    assert limit.n_fitting(NOBODY, np.arange(70)) == expected  # nothing is left over
    assert limit.n_fitting(np.arange(2), np.arange(2, 70)) == expected - 2


def test_sources_of_different_neurons_share_rows():
    n = 100
    network = graph(
        [neurons(n), poisson(np.ones(n), n)], [projection(n + np.arange(n), np.arange(n))]
    )
    limit = chains(network, placed([5], 2 * np.arange(n), 4), chain_length=1)
    assert limit.n_fitting(NOBODY, np.arange(n)) == 59


def test_a_source_that_needs_too_much_fits_nowhere():
    network = graph([neurons(1), poisson([1.0], 1)], [projection([1] * 13, 0)])
    limit = chains(network, placed([5], [0], 4))
    assert limit.n_fitting(NOBODY, np.arange(1)) == 0


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([2, 4, 8, 12, 16]),
    chain_length=st.integers(1, 6),
    order=st.sampled_from(AddressOrder),
)
def test_as_many_sources_as_the_driver_requirement_allows(seed, size, chain_length, order):
    """Sizes of 2 and of multiples of 4: even and odd columns do not depend on the count."""
    rng = np.random.default_rng(seed)
    n_neurons, n_sources = int(rng.integers(1, 16)), int(rng.integers(1, 80))
    n = int(rng.integers(1, 6 * n_sources))
    some = [
        projection(
            n_neurons + rng.integers(0, n_sources, n), rng.integers(0, n_neurons, n), receptor
        )
        for receptor in ("excitatory", "inhibitory")
    ]
    network = graph([neurons(n_neurons), poisson(np.ones(n_sources), n_neurons)], some)
    hicann = np.sort(rng.integers(0, 3, n_neurons))
    denmem = 16 * np.arange(n_neurons)
    placement = placed(hicann, denmem, size)
    n_fitting = chains(network, placement, chain_length, order).n_fitting(
        NOBODY, np.arange(n_sources)
    )
    synapses, columns = synapses_by_target(network), neuron_columns(placement)

    def drivers(n_on_line):
        line = np.full(network.n_cells, -1)
        address = np.full(network.n_cells, -1)
        on_line = n_neurons + np.arange(n_on_line)
        line[on_line], address[on_line] = 0, ADDRESSES[order][:n_on_line]
        routes = np.full((384, 1), -1, dtype=np.int32)
        routes[:3, 0] = np.arange(3)
        return drivers_needed(synapses, columns, line_table(line, address, 1), routes).max()

    assert drivers(n_fitting) <= chain_length
    if n_fitting < min(59, n_sources):
        assert drivers(n_fitting + 1) > chain_length
