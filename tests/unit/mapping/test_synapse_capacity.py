import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y
from pyNN_brainscales_emu.mapping import synapse_capacity
from pyNN_brainscales_emu.mapping.results import LossReason, Placement
from pyNN_brainscales_emu.mapping.synapse_capacity import allocate_synapses
from pyNN_brainscales_emu.options import Options

ROWS = 224


def placement(neuron_hicann, neuron_size=2, source_hicann=()):
    neuron_hicann = np.asarray(neuron_hicann, dtype=np.int32)
    return Placement(
        neuron_hicann,
        np.zeros(len(neuron_hicann), dtype=np.int32),
        np.broadcast_to(np.int32(neuron_size), neuron_hicann.shape),
        np.asarray(source_hicann, dtype=np.int32),
        np.zeros(len(source_hicann), dtype=np.int32),
    )


def lost_one_by_one(network, sizes):
    """Count the synapses of each neuron one after the other."""
    count = [0] * network.n_cells
    lost = []
    for one in network.projections:
        flags = []
        for target in one.postsynaptic:
            neuron = network.local_index[target]
            flags.append(count[neuron] >= sizes[neuron] * ROWS)
            count[neuron] += 1
        lost.append(np.array(flags, dtype=bool))
    return lost


def rows_one_by_one(network, cell_hicann, reasons):
    """Number the different (source, HICANN, receptor, gmax) through a dictionary."""
    rows = {}
    result = []
    for one, reason in zip(network.projections, reasons, strict=True):
        result.append(
            [
                rows.setdefault((pre, cell_hicann[post], one.receptor, one.gmax), len(rows))
                if not lost
                else -1
                for pre, post, lost in zip(one.presynaptic, one.postsynaptic, reason, strict=True)
            ]
        )
    return result, len(rows)


def test_a_neuron_takes_224_synapses_for_each_denmem():
    network = graph([neurons(2)], [projection(np.zeros(1_000), 0), projection([1] * 500, 1)])
    routings, _ = allocate_synapses(network, placement([0, 0], 2), Options())
    assert np.count_nonzero(routings[0].realised) == 448
    assert np.all(routings[0].reason[448:] == LossReason.FAN_IN)
    assert np.count_nonzero(routings[1].realised) == 448
    routings, _ = allocate_synapses(network, placement([0, 0], 4), Options())
    assert np.count_nonzero(routings[0].realised) == 896
    assert routings[1].realised.all()


def test_the_limit_counts_over_all_projections_in_their_order():
    projections = [projection(0, [0] * 440 + [1]), projection(0, [1, 0] * 10, "inhibitory")]
    network = graph([neurons(2)], projections)
    routings, _ = allocate_synapses(network, placement([0, 0]), Options())
    assert routings[0].realised.all()
    # Eight more fit on neuron 0, whose synapses are every second one.
    np.testing.assert_array_equal(np.flatnonzero(routings[1].reason), [17, 19])


def test_nothing_is_lost_without_routing_loss():
    network = graph([neurons(1)], [projection(np.zeros(1_000), 0)])
    options = Options(effects=Effects.without("routing_loss"))
    routings, n_rows = allocate_synapses(network, placement([0]), options)
    assert routings[0].realised.all()
    assert n_rows == 1


def test_rows_and_distances_of_a_small_network():
    # Neurons 0, 1 on one HICANN and 2 on its eastern neighbour; a source next to neither.
    here, east, south = 0, 1, 12
    network = graph(
        [neurons(3), poisson([1.0], 3)],
        [
            projection([3, 3, 3], [0, 1, 2]),
            projection([3, 0], [0, 0], "inhibitory"),
            projection([3], [1]),
        ],
    )
    routings, n_rows = allocate_synapses(
        network, placement([here, here, east], source_hicann=[south]), Options()
    )
    first, second, third = (routing.row for routing in routings)
    assert n_rows == 4
    assert first[0] == first[1] == third[0]
    assert len({first[0], first[2], second[0], second[1]}) == 4
    np.testing.assert_array_equal(routings[0].distance, [1, 1, 2])
    np.testing.assert_array_equal(routings[1].distance, [1, 0])


def test_projections_with_another_gmax_have_rows_of_their_own():
    def rows(*gmax):
        projections = [projection([0], [0], gmax=value) for value in gmax]
        return allocate_synapses(graph([neurons(1)], projections), placement([0]), Options())[1]

    assert rows(None, None) == rows(0.1, 0.1) == 1
    assert rows(None, 0.1) == rows(0.1, 0.2) == 2


def test_empty_projections_and_networks():
    routings, n_rows = allocate_synapses(graph([]), placement([]), Options())
    assert (routings, n_rows) == ((), 0)
    routings, n_rows = allocate_synapses(
        graph([neurons(1)], [projection([], [])]), placement([0]), Options()
    )
    assert len(routings[0].row) == n_rows == 0


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
    sizes = rng.choice([2, 4, 6], n_neurons)
    hicanns = rng.integers(0, 384, n_neurons + 3)
    where = placement(hicanns[:n_neurons], sizes, hicanns[n_neurons:])
    routings, n_rows = allocate_synapses(network, where, Options())

    lost = lost_one_by_one(network, sizes)
    for one, routing, expected in zip(network.projections, routings, lost, strict=True):
        np.testing.assert_array_equal(~routing.realised, expected)
        assert np.count_nonzero(routing.realised) + expected.sum() == one.size
        x, y = HICANN_X[hicanns].astype(int), HICANN_Y[hicanns].astype(int)
        pre, post = one.presynaptic, one.postsynaptic
        np.testing.assert_array_equal(
            routing.distance, abs(x[pre] - x[post]) + abs(y[pre] - y[post])
        )
    expected_rows, expected_number = rows_one_by_one(network, hicanns, lost)
    assert n_rows == expected_number
    ours = np.concatenate([routing.row for routing in routings])
    theirs = np.concatenate([np.array(rows, dtype=int) for rows in expected_rows])
    # The same partition, whatever the numbers: pairs of numbers are one to one.
    assert len({*zip(ours, theirs, strict=True)}) == len({*ours}) == len({*theirs})
    np.testing.assert_array_equal(np.unique(ours[ours >= 0]), np.arange(n_rows))


def test_rows_are_numbered_alike_by_table_and_by_sorting(monkeypatch):
    rng = np.random.default_rng(3)
    network = graph([neurons(50)], [projection(*rng.integers(0, 50, (2, 4_000)))])
    where = placement(rng.integers(0, 384, 50), 4)
    by_table, n_rows = allocate_synapses(network, where, Options())
    monkeypatch.setattr(synapse_capacity, "_TABLE_TO_SYNAPSES", 0)
    by_sorting, n_sorted = allocate_synapses(network, where, Options())
    np.testing.assert_array_equal(by_table[0].row, by_sorting[0].row)
    assert n_rows == n_sorted


def test_types_are_those_of_the_contract():
    network = graph([neurons(2)], [projection([0, 1], [1, 0])])
    routing = allocate_synapses(network, placement([0, 5]), Options())[0][0]
    assert (routing.reason.dtype, routing.distance.dtype, routing.row.dtype) == (
        np.uint8,
        np.int16,
        np.int64,
    )
    with pytest.raises(AttributeError):
        routing.row = None
