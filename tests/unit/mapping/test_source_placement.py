import warnings
from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import CapacityError, LossWarning, PlacementError
from pyNN_brainscales_emu.hardware.defects import from_lists
from pyNN_brainscales_emu.hardware.topology import HICANN_DISTANCE, HICANN_FPGA, HICANN_GRID
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping.line_addresses import neurons_per_block
from pyNN_brainscales_emu.mapping.merger_routing import route_mergers
from pyNN_brainscales_emu.mapping.neuron_placement import NeuronPlacement
from pyNN_brainscales_emu.mapping.results import Placement
from pyNN_brainscales_emu.mapping.source_placement import place_sources as place_on_channels
from pyNN_brainscales_emu.options import Options

LINK_BUDGET_HZ = 0.8 * Links().link_rate_hz
FPGA_BUDGET_HZ = 0.8 * 1.25e8
SPEEDUP = 10_000.0
#: In the middle of the wafer and of its surroundings.
MIDDLE = int(HICANN_GRID[7, 18])


def neurons_on(hicanns, blocks=0):
    """Return one neuron on a block of each of these HICANNs."""
    hicanns, blocks = np.broadcast_arrays(np.atleast_1d(hicanns), blocks)
    return NeuronPlacement(
        hicanns.astype(np.int32),
        (32 * blocks).astype(np.int32),
        np.full(len(hicanns), 4, dtype=np.int32),
    )


def free_channels(where):
    """Return the channels that the merger trees leave free."""
    nothing = np.zeros(0, dtype=np.int32)
    placement = Placement(where.hicann, where.denmem, where.size, nothing, nothing)
    return route_mergers(neurons_per_block(placement)).input_mergers


def place_sources(network, where, options):
    return place_on_channels(network, where, free_channels(where), options)


def network(n_neurons, rates, pre=None, post=0):
    """Neurons, and sources that all project to one neuron unless said otherwise."""
    pre = np.arange(len(rates)) if pre is None else pre
    populations = [neurons(n_neurons), poisson(rates, n_neurons)]
    return graph(populations, [projection(n_neurons + np.asarray(pre), post)])


def loads(placed, rates, speedup=SPEEDUP):
    """Return the hardware event rates of all links and of all FPGAs."""
    rates = speedup * np.asarray(rates)
    link = np.bincount(placed.hicann, weights=rates, minlength=384)
    return link, np.bincount(HICANN_FPGA, weights=link, minlength=48)


def assert_channels_valid(placed, where):
    assert free_channels(where)[placed.hicann, placed.channel].all()
    _, count = np.unique(placed.hicann * 8 + placed.channel, return_counts=True)
    assert np.all(count <= 59)


def test_a_source_goes_to_the_hicann_of_its_target_on_the_highest_free_channel():
    placed = place_sources(network(1, [10.0, 10.0]), neurons_on(MIDDLE), Options())
    np.testing.assert_array_equal(placed.hicann, MIDDLE)
    np.testing.assert_array_equal(placed.channel, 7)


def test_a_source_goes_to_the_mean_position_of_its_targets():
    where = neurons_on([HICANN_GRID[6, 10], HICANN_GRID[6, 14], HICANN_GRID[9, 12]])
    placed = place_sources(network(3, [1.0], pre=[0, 0, 0], post=[0, 1, 2]), where, Options())
    assert placed.hicann[0] == HICANN_GRID[7, 12]


def test_every_synapse_counts_in_the_mean():
    where = neurons_on([HICANN_GRID[6, 10], HICANN_GRID[6, 14]])
    several = network(2, [1.0], pre=[0] * 4, post=[0, 0, 0, 1])
    assert place_sources(several, where, Options()).hicann[0] == HICANN_GRID[6, 11]


def test_a_source_without_targets_goes_to_the_centre():
    placed = place_sources(network(1, [1.0], pre=[], post=[]), neurons_on(0), Options())
    assert placed.hicann[0] == MIDDLE


def test_a_channel_takes_59_sources():
    placed = place_sources(network(1, [1.0] * 150), neurons_on(MIDDLE), Options())
    np.testing.assert_array_equal(placed.channel, [7] * 59 + [6] * 59 + [5] * 32)


def test_channels_of_neurons_are_left_out():
    # Blocks 2..7 with 32 neurons each need six channels of their own.
    block = np.repeat(np.arange(2, 8), 32)
    where = neurons_on(np.full(len(block), MIDDLE), block)
    placed = place_sources(network(len(block), [1.0] * 200), where, Options())
    assert_channels_valid(placed, where)
    here = placed.hicann == MIDDLE
    assert here.sum() == 2 * 59
    assert set(placed.channel[here]) == {0, 1}
    assert np.all(HICANN_DISTANCE[placed.hicann[~here], MIDDLE] == 1)


def test_a_full_hicann_sends_its_sources_next_door():
    block = np.repeat(np.arange(8), 32)
    where = neurons_on(np.full(len(block), MIDDLE), block)
    placed = place_sources(network(len(block), [1.0] * 3), where, Options())
    np.testing.assert_array_equal(HICANN_DISTANCE[placed.hicann, MIDDLE], 1)


def test_the_training_network_needs_two_links():
    rates = [25.0] * 100
    placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    link, fpga = loads(placed, rates)
    # 2.5e7 events/s in all; 57 sources of 2.5e5 events/s are the most within 1.429e7.
    assert np.count_nonzero(link) == 2
    assert np.count_nonzero(placed.hicann == MIDDLE) == 57
    assert link.max() <= LINK_BUDGET_HZ
    assert fpga.max() <= FPGA_BUDGET_HZ
    again = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    np.testing.assert_array_equal(placed.hicann, again.hicann)


def test_the_speedup_sets_the_rate_on_the_links():
    rates = [25.0] * 100
    placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options(speedup=1_000.0))
    assert set(placed.hicann) == {MIDDLE}


def test_the_budget_of_an_fpga_binds_too():
    # A source fills a link to 1.4e7; seven of them fill an FPGA to 9.8e7 of its 1e8 events/s,
    # so one of the eight links of each reticle must stay empty.
    rates = [1_400.0] * 8
    placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    link, fpga = loads(placed, rates)
    assert np.count_nonzero(link) == 8
    assert fpga.max() <= FPGA_BUDGET_HZ
    assert np.bincount(HICANN_FPGA[placed.hicann]).max() <= 7


def test_a_small_source_fits_behind_a_large_one():
    rates = [1_000.0, 1_000.0, 400.0]
    placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    assert placed.hicann[0] == placed.hicann[2] == MIDDLE
    assert placed.hicann[1] != MIDDLE


def test_sources_at_home_are_not_driven_out_by_those_of_a_neighbour():
    east = HICANN_GRID[7, 19]
    rates = [1_000.0] * 3
    where = neurons_on([MIDDLE, east])
    placed = place_sources(network(2, rates, pre=[0, 1, 2], post=[0, 0, 1]), where, Options())
    assert placed.hicann[0] == MIDDLE
    assert placed.hicann[2] == east


def test_too_high_rates_give_one_warning_with_the_figures():
    rates = [2_000.0, 10.0]
    with pytest.warns(LossWarning) as caught:
        placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    assert len(caught) == 1
    message = str(caught[0].message)
    # 2 010 Hz at a speed-up of 10 000; 48 FPGAs of 1e8 events/s.
    for part in ("1 of 2 spike sources", "2.01e+07 events/s", "2010 Hz", "4.8e+09", "4.8e+05 Hz"):
        assert part in message
    # The smaller one keeps its place, the larger one goes to an idle link nearby.
    assert placed.hicann[1] == MIDDLE
    assert HICANN_DISTANCE[placed.hicann[0], MIDDLE] <= 3


@pytest.mark.parametrize(
    "options",
    [Options(on_loss="ignore"), Options(effects=Effects.without("off_wafer_pulses"))],
    ids=["ignored", "perfect links"],
)
def test_no_warning_where_nobody_wants_it(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        place_sources(network(1, [5_000.0]), neurons_on(MIDDLE), options)


def test_overload_is_spread_over_the_links():
    rates = np.full(2_000, 1_000.0)
    with pytest.warns(LossWarning, match=r"1616 of 2000 spike sources exceed"):
        placed = place_sources(network(1, rates), neurons_on(MIDDLE), Options())
    link, _ = loads(placed, rates)
    assert link.max() - link.min() <= 1.001e7
    assert_channels_valid(placed, neurons_on(MIDDLE))


def test_more_sources_than_addresses():
    # Blocks full of neurons of two denmems leave no channel on 383 HICANNs and 8 on the last.
    hicann = np.repeat(np.arange(383), 256)
    block = np.tile(np.repeat(np.arange(8), 32), 383)
    where = neurons_on(hicann, block)
    placed = place_sources(network(len(hicann), [1.0] * 472), where, Options())
    assert set(placed.hicann) == {383}
    with pytest.raises(CapacityError, match=r"got 473; allowed: 472 addresses\. .*neuron blocks"):
        place_sources(network(len(hicann), [1.0] * 473), where, Options())


def test_defects_that_leave_no_channel_are_named():
    nowhere = np.zeros((384, 8), dtype=bool)
    options = Options(defects=from_lists({"merger": [[3, 0]]}))
    only_sources = graph([poisson([1.0] * 3, 0)])
    with pytest.raises(CapacityError) as error:
        place_on_channels(only_sources, neurons_on([]), nowhere, options)
    assert "got 3; allowed: 0 addresses. Use fewer sources. Defects take" in str(error.value)


def test_network_without_sources():
    placed = place_sources(graph([neurons(1)]), neurons_on(3), Options())
    assert placed.hicann.shape == placed.channel.shape == (0,)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_sources=st.integers(1, 600),
    scale=st.floats(0.1, 100.0),
    hicanns=st.lists(st.integers(0, 383), min_size=1, max_size=5),
)
def test_the_budget_is_kept_where_possible(seed, n_sources, scale, hicanns):
    rng = np.random.default_rng(seed)
    # At most 600 sources of at most 700 Hz (half a link) always fit onto 384 links.
    rates = np.minimum(scale * rng.lognormal(0.0, 1.0, n_sources), 700.0)
    where = neurons_on(hicanns)
    some = network(
        len(hicanns),
        rates,
        pre=rng.integers(0, n_sources, 800),
        post=rng.integers(0, len(hicanns), 800),
    )
    placed = place_sources(some, where, Options())  # a warning would be an error
    link, fpga = loads(placed, rates)
    assert link.max() <= LINK_BUDGET_HZ * (1 + 1e-9)
    assert fpga.max() <= FPGA_BUDGET_HZ * (1 + 1e-9)
    assert_channels_valid(placed, where)


# --- by hand ---------------------------------------------------------------------------------


def by_hand(network_, *requests):
    """Return the network with requests (sources by local index, HICANNs)."""
    n_neurons = len(network_.neurons)
    return replace(
        network_,
        placement_requests=tuple(
            PlacementRequest(tuple(n_neurons + s for s in sources), hicanns=tuple(hicanns))
            for sources, hicanns in requests
        ),
    )


def test_sources_go_where_they_are_wanted_and_the_last_request_rules():
    some = by_hand(network(1, [1.0] * 6), (range(4), [5]), ([0], [300]))
    placed = place_sources(some, neurons_on(MIDDLE), Options())
    assert placed.hicann.tolist() == [300, 5, 5, 5, MIDDLE, MIDDLE]


def test_sources_wanted_on_one_hicann_may_exceed_its_link():
    some = by_hand(network(1, [300.0] * 64), (range(64), [5]))
    placed = place_sources(some, neurons_on(MIDDLE), Options())
    assert set(placed.hicann) == {5}
    assert np.bincount(placed.channel, minlength=8).max() <= 59  # addresses of a line


def test_what_exceeds_the_links_wanted_is_spread_evenly():
    some = by_hand(network(1, [300.0] * 64), (range(64), [5, 6]))
    placed = place_sources(some, neurons_on(MIDDLE), Options())
    assert np.bincount(placed.hicann, minlength=7)[5:7].tolist() == [32, 32]


def test_more_sources_than_addresses_are_refused_with_their_number():
    some = by_hand(network(1, [1.0] * 480), (range(480), [5]))
    with pytest.raises(PlacementError, match=r"8 of 480 spike sources.*allowed: 472 addresses"):
        place_sources(some, neurons_on(MIDDLE), Options())
