import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.mapping import synapse_capacity
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping.synapse_capacity import name_fan_in_losses, rows_by_source
from pyNN_brainscales_emu.mapping.synapse_table import synapses_by_target

ROWS = 224


def named_one_by_one(network, sizes, reasons):
    """Go through the losses of each neuron one after the other."""
    named = reasons.copy()
    target = network.local_index[np.concatenate([p.postsynaptic for p in network.projections])]
    for neuron, size in enumerate(sizes):
        mine = np.flatnonzero(target == neuron)
        free = size * ROWS - np.count_nonzero(reasons[mine] == LossReason.REALISED)
        if len(mine) <= size * ROWS:
            continue
        for synapse in mine[reasons[mine] == LossReason.DRIVER]:
            if free <= 0:
                named[synapse] = LossReason.FAN_IN
            free -= 1
    return named


def rows_one_by_one(network, cell_hicann, chosen):
    """Number the different (source, HICANN, receptor, gmax) through a dictionary."""
    rows = {}
    result = []
    for one, mask in zip(network.projections, chosen, strict=True):
        result.append(
            [
                rows.setdefault((pre, cell_hicann[post], one.receptor, one.gmax), len(rows))
                if kept
                else -1
                for pre, post, kept in zip(one.presynaptic, one.postsynaptic, mask, strict=True)
            ]
        )
    return result, len(rows)


def sizes(*neuron_size):
    return np.array(neuron_size, dtype=np.int32)


def every_row(network, hicanns):
    """Return the rows of all synapses."""
    everything = [np.ones(one.size, dtype=bool) for one in network.projections]
    return rows_by_source(network, np.array(hicanns), everything)


def named(network, neuron_size, reason):
    reason = np.array(reason, dtype=np.uint8)
    name_fan_in_losses(synapses_by_target(network), neuron_size, reason)
    return reason


@pytest.mark.parametrize(
    ("neuron_size", "n_realised", "n_driver"), [(2, 448, 0), (2, 400, 48), (4, 400, 600)]
)
def test_no_driver_helps_beyond_224_synapses_a_denmem(neuron_size, n_realised, n_driver):
    network = graph([neurons(1)], [projection(np.zeros(1_000), 0)])
    reason = named(
        network,
        sizes(neuron_size),
        [LossReason.REALISED] * n_realised + [LossReason.DRIVER] * (1_000 - n_realised),
    )
    counts = np.bincount(reason, minlength=len(LossReason))
    assert counts[LossReason.REALISED] == n_realised
    if neuron_size == 2:
        assert counts[LossReason.DRIVER] == n_driver
        assert np.all(reason[448:] == LossReason.FAN_IN)
    else:
        # 896 fit: 496 of the 600 could have had a driver.
        assert counts[LossReason.DRIVER] == 496
        assert np.all(reason[896:] == LossReason.FAN_IN)


def test_other_losses_keep_their_reason():
    network = graph([neurons(1)], [projection(np.zeros(700), 0)])
    reason = [LossReason.LAYER1_ROUTE] * 600 + [LossReason.DRIVER] * 100
    np.testing.assert_array_equal(named(network, sizes(2), reason), reason)


def test_rows_of_a_small_network():
    # Neurons 0, 1 on one HICANN and 2 on its eastern neighbour; a source next to neither.
    network = graph(
        [neurons(3), poisson([1.0], 3)],
        [
            projection([3, 3, 3], [0, 1, 2]),
            projection([3, 0], [0, 0], "inhibitory"),
            projection([3], [1]),
        ],
    )
    (first, second, third), n_rows = every_row(network, [0, 0, 1, 12])
    assert n_rows == 4
    assert first[0] == first[1] == third[0]
    assert len({first[0], first[2], second[0], second[1]}) == 4


def test_projections_with_another_gmax_have_rows_of_their_own():
    def rows(*gmax):
        projections = [projection([0], [0], gmax=value) for value in gmax]
        return every_row(graph([neurons(1)], projections), [0])[1]

    assert rows(None, None) == rows(0.1, 0.1) == 1
    assert rows(None, 0.1) == rows(0.1, 0.2) == 2


def test_empty_projections_and_networks():
    assert every_row(graph([]), []) == ([], 0)
    rows, n_rows = every_row(graph([neurons(1)], [projection([], [])]), [0])
    assert len(rows[0]) == n_rows == 0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_synapses=st.lists(st.integers(0, 2_000), min_size=1, max_size=4),
    n_neurons=st.integers(1, 8),
)
def test_against_counting_one_by_one(seed, n_synapses, n_neurons):
    rng = np.random.default_rng(seed)
    network = graph(
        [neurons(n_neurons), poisson([1.0] * 3, n_neurons)],
        [
            projection(
                rng.integers(0, n_neurons + 3, n),
                rng.integers(0, n_neurons, n),
                ("excitatory", "inhibitory")[i % 2],
                gmax=(None, 0.5)[i // 2],
            )
            for i, n in enumerate(n_synapses)
        ],
    )
    size = rng.choice([2, 4, 6], n_neurons).astype(np.int32)
    hicanns = rng.integers(0, 384, n_neurons + 3)
    reason = rng.choice(list(LossReason), sum(n_synapses)).astype(np.uint8)
    np.testing.assert_array_equal(
        named(network, size, reason), named_one_by_one(network, size, reason)
    )

    chosen = [rng.random(n) < 0.7 for n in n_synapses]
    rows, n_rows = rows_by_source(network, hicanns, chosen)
    expected_rows, expected_number = rows_one_by_one(network, hicanns, chosen)
    assert n_rows == expected_number
    ours = np.concatenate(rows)
    theirs = np.concatenate([np.array(row, dtype=int) for row in expected_rows])
    # The same partition, whatever the numbers: pairs of numbers are one to one.
    assert len({*zip(ours, theirs, strict=True)}) == len({*ours}) == len({*theirs})
    np.testing.assert_array_equal(np.unique(ours[ours >= 0]), np.arange(n_rows))


def test_rows_are_numbered_alike_by_table_and_by_sorting(monkeypatch):
    rng = np.random.default_rng(3)
    network = graph([neurons(50)], [projection(*rng.integers(0, 50, (2, 4_000)))])
    hicanns = rng.integers(0, 384, 50)
    by_table, n_rows = every_row(network, hicanns)
    monkeypatch.setattr(synapse_capacity, "_TABLE_TO_SYNAPSES", 0)
    by_sorting, n_sorted = every_row(network, hicanns)
    np.testing.assert_array_equal(by_table[0], by_sorting[0])
    assert n_rows == n_sorted
