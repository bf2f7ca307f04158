"""Properties of whole mappings: of any network, on any wafer, with any options."""

from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_check import assert_mapping_is_sound

from pyNN_brainscales_emu.description.bio_graph import STP_MODES, PlacementRequest
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.mapping_file_check import mapping_problems
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping.synapse_check import synapse_violations
from pyNN_brainscales_emu.mapping_options import PLACEMENT_STRATEGIES, MappingOptions
from pyNN_brainscales_emu.options import Options

HICANNS = (*range(136, 144), *range(171, 179), *range(207, 215))
seeds = st.integers(0, 2**32 - 1)


def random_network(seed, n_populations, most_neurons, most_synapses):
    """Neurons, some on a few HICANNs by hand, and sources; random, uneven connections."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most_neurons + 1, n_populations)
    first = np.cumsum([0, *sizes])
    n_sources = int(rng.integers(0, 60))
    populations = [neurons(int(n), int(first[i]), f"p{i}") for i, n in enumerate(sizes)]
    populations.append(poisson(rng.uniform(0, 50, n_sources), int(first[-1])))
    projections = []
    for number in range(rng.integers(0, 4)):
        n = int(rng.integers(0, most_synapses + 1))
        pre = rng.integers(0, rng.integers(1, first[-1] + n_sources + 1), n)
        post = rng.integers(0, rng.integers(1, first[-1] + 1), n)
        receptor = rng.choice(["excitatory", "inhibitory"])
        mode = rng.choice(STP_MODES, p=[0.5, 0.25, 0.25])
        projections.append(projection(pre, post, receptor, f"projection {number}", stp_mode=mode))
    requests = [
        PlacementRequest(tuple(population.cells), HICANNS, (), (), rng.choice([None, 2, 6, 10, 16]))
        for population in populations[:-1]
        if rng.random() < 0.4
    ]
    return graph(populations, projections, requests)


#: Arguments of `random_network`.
networks = st.tuples(seeds, st.integers(1, 4), st.integers(1, 150), st.integers(0, 1_500))


@st.composite
def mapping_options(draw):
    return MappingOptions(
        default_placement_strategy=draw(st.sampled_from(PLACEMENT_STRATEGIES)),
        restrict_rightmost_neuron_blocks=draw(st.booleans()),
        minimize_number_of_sending_repeaters=draw(st.booleans()),
        merger_strategy=draw(
            st.sampled_from(
                [
                    "minimize_as_possible",
                    "minimize_number_of_sending_repeaters",
                    "one_to_one",
                ]
            )
        ),
        l1_address_assignment=draw(st.sampled_from(["high_first", "low_first", "alternate"])),
        l1_routing_algorithm=draw(st.sampled_from(["backbone", "dijkstra"])),
        switch_ordering=draw(st.sampled_from(["hicann", "seed", "filled"])),
        neighbour_lines=draw(st.booleans()),
        driver_chain_length=draw(st.integers(1, 6)),
        driver_assignment=draw(st.sampled_from(["fieres", "primaries_first"])),
        priorities=draw(st.sampled_from([{}, {"projection 1": 5.0}])),
    )


#: Rate of defects and seed.
wafers = st.tuples(st.sampled_from([0.0, 0.0, 0.003, 0.02]), st.integers(0, 1_000))


def wafer(rate, seed):
    """Return a wafer with nothing broken, or some of everything."""
    if not rate:
        return Defects()
    rates = dict.fromkeys(
        (
            "denmem",
            "synapse_driver",
            "synapse_row",
            "h_line",
            "v_line",
            "h_repeater",
            "v_repeater",
            "merger",
            "dnc_merger",
            "background_generator",
            "crossbar_switch",
            "synapse_switch",
            "synapse_switch_row",
        ),
        rate,
    )
    rates |= dict.fromkeys(("hicann", "fpga", "fg_block", "synapse_array"), rate)
    rates |= dict.fromkeys(("synapse", "synaptic_input"), rate / 10)
    drawn = Defects.draw(rates, seed)
    # Places that are named by hand must exist.
    drawn.hicann[list(HICANNS)] = False
    drawn.fpga[:] = False
    drawn.denmem[list(HICANNS)] = False
    drawn.synaptic_input[list(HICANNS)] = False
    drawn.fg_block[list(HICANNS)] = False
    return drawn


@settings(max_examples=100, deadline=None)
@given(
    networks,
    st.sampled_from([2, 4, 8, 12]),
    mapping_options(),
    wafers,
)
def test_every_mapping_can_be_set_up_and_loses_nothing_in_silence(parts, size, how, broken):
    network = random_network(*parts)
    defects = wafer(*broken)
    options = Options(neuron_size=size, on_loss="ignore", mapping_options=how, defects=defects)
    result = map_network(network, options)
    assert_mapping_is_sound(network, result, how.driver_chain_length)
    assert [*mapping_problems(result), *synapse_violations(network, result)] == []
    n_realised = sum(int(routing.realised.sum()) for routing in result.projections)
    assert n_realised + result.n_synapses_lost == sum(p.size for p in network.projections)
    assert sum(result.loss_counts().values()) == result.n_synapses_lost
    assert result.stats.n_synapses_set == result.stats.n_synapses_placed == n_realised


@settings(max_examples=10, deadline=None)
@given(networks, wafers)
def test_without_routing_loss_everything_is_realised(parts, broken):
    network = random_network(*parts)
    defects = wafer(*broken)
    effects = Effects.without("routing_loss")
    result = map_network(network, Options(effects=effects, defects=defects, on_loss="raise"))
    assert result.n_synapses_lost == 0
    assert [*mapping_problems(result), *synapse_violations(network, result)] == []
    for routing in result.projections:
        assert np.all((routing.row >= 0) & (routing.row < result.n_rows))
        assert np.all(routing.distance >= 0)


@settings(max_examples=10, deadline=None)
@given(networks, mapping_options())
def test_mapping_depends_on_nothing_else(parts, how):
    network = random_network(*parts)
    options = Options(on_loss="ignore", mapping_options=how)
    first, second = (map_network(network, options) for _ in range(2))
    for one, other in zip(first.projections, second.projections, strict=True):
        np.testing.assert_array_equal(one.site, other.site)
        np.testing.assert_array_equal(one.reason, other.reason)


def test_a_lost_synapse_names_the_step_that_failed():
    """A HICANN that cannot send, a target that cannot be reached, a chain that is too short."""
    everywhere = np.ones((384, 64), dtype=bool)
    requests = [PlacementRequest((0,), (174,)), PlacementRequest((1,), (210,))]
    network = graph([neurons(2)], [projection([0] * 20, [1] * 20)], requests)

    def reasons(**broken):
        defects = Defects(**broken)
        return map_network(network, Options(defects=defects, on_loss="ignore")).loss_counts()

    assert reasons() == {LossReason.DRIVER: 8}
    silent = np.zeros((384, 8), dtype=bool)
    silent[174] = True
    assert reasons(dnc_merger=silent) == {LossReason.ADDRESS: 20}
    blocked = np.zeros((384, 256), dtype=bool)
    blocked[210] = True
    assert reasons(v_line=blocked) == {LossReason.LAYER1_ROUTE: 20}
    drivers = np.zeros((384, 224), dtype=bool)
    drivers[210] = True
    assert reasons(synapse_driver=drivers) == {LossReason.DRIVER: 20}
    assert reasons(h_line=everywhere) == {LossReason.ADDRESS: 20}


def test_modes_of_short_term_plasticity_cost_drivers():
    """Six sources onto a neuron of 4 denmems: two drivers, and for three modes one more."""
    requests = [PlacementRequest((0,), (174,)), PlacementRequest(tuple(range(1, 7)), (210,))]

    def drivers(*modes):
        sources = np.array_split(np.arange(1, 7), len(modes))
        some = [projection(pre, 0, stp_mode=mode) for pre, mode in zip(sources, modes, strict=True)]
        network = graph([neurons(1), neurons(6, 1)], some, requests)
        result = map_network(network, Options(on_loss="raise"))
        assert_mapping_is_sound(network, result)
        # Both rows of a driver have its mode, or are unused.
        of_driver = result.rows.mode[174].reshape(-1, 2).max(axis=1)
        used, count = np.unique(of_driver, return_counts=True)
        return dict(zip(used[used >= 0].tolist(), count[used >= 0].tolist(), strict=True))

    assert drivers("none") == {0: 2}
    assert drivers("facilitation") == {1: 2}
    assert drivers("depression", "none") == {0: 1, 2: 1}
    assert drivers("none", "facilitation", "depression") == {0: 1, 1: 1, 2: 1}


def test_without_routing_loss_modes_have_rows_of_their_own():
    effects = Effects.without("routing_loss")
    pre = np.arange(1, 201)
    both = [projection(pre, 0, stp_mode=mode) for mode in ("facilitation", "depression")]
    network = graph([neurons(1), neurons(200, 1)], both)
    result = map_network(network, Options(effects=effects, on_loss="raise"))
    without_place = [routing.row[routing.site < 0] for routing in result.projections]
    assert all(len(rows) for rows in without_place)
    assert not set(without_place[0]) & set(without_place[1])


# --- the check itself ------------------------------------------------------------------------


def changed(result, **parts):
    """Return a result in which an entry of an array is another: part, array, index, value."""
    for part, (name, index, value) in parts.items():
        if part == "projection":
            old = result.projections[0]
            array = getattr(old, name).copy()
            array[index] = value
            projections = (replace(old, **{name: array}), *result.projections[1:])
            result = replace(result, projections=projections)
        else:
            old = getattr(result, part)
            array = getattr(old, name).copy()
            array[index] = value
            result = replace(result, **{part: replace(old, **{name: array})})
    return result


@pytest.mark.parametrize(
    "wrong",
    [
        {"placement": ("neuron_denmem", 1, 0)},
        {"lines": ("cell_address", 0, 17)},
        {"lines": ("cell_address", 1, 63)},
        {"layer1": ("segment_bus", -1, 64)},
        {"layer1": ("route_length", 0, 9)},
        {"drivers": ("route_last", 0, 223)},
        {"drivers": ("route_primary", 0, 0)},
        {"rows": ("sign", slice(None), 1)},
        {"rows": ("prefix", slice(None), 0)},
        {"rows": ("mode", slice(None), 1)},
        {"projection": ("site", 0, 174 << 21)},
        {"projection": ("reason", 0, 2)},
        {"projection": ("distance", 3, 7)},
        {"projection": ("row", 3, -1)},
    ],
    ids=lambda wrong: "{0} {1[0]} {1[1]}".format(*next(iter(wrong.items()))),
)
def test_the_check_of_mappings_notices(wrong):
    network = graph([neurons(6)], [projection([0, 1, 2, 3], [3, 4, 5, 0])])
    result = map_network(network, Options(on_loss="raise"))
    assert_mapping_is_sound(network, result)
    with pytest.raises(AssertionError):
        assert_mapping_is_sound(network, changed(result, **wrong))
