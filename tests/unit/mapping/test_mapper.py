import warnings

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection, sized_neurons

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import CapacityError, LossWarning, NetworkError
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options


def overfull_network():
    """One source for a neuron of four denmems, whose line brings no more than twelve synapses."""
    return graph(
        [neurons(3), poisson([5.0], 3)],
        [
            projection(np.full(10, 3), 0, label="dense"),
            projection(np.full(9, 3), 0, label="large", receptor="inhibitory"),
            projection([0, 1], [2, 2], label="small"),
        ],
    )


def training_network():
    """The network of Schmitt et al. (2017): 100 sources, 15 + 15 + 5 neurons, fully connected.

    The neurons are spread: four in each neuron block of three HICANNs.
    """
    layers = sized_neurons(15, 15, 5)
    sources = poisson([25.0] * 100, 35, "image")
    pairs = [(sources, layers[0]), (layers[0], layers[1]), (layers[1], layers[2])]
    projections = [
        projection(
            *(grid.ravel() for grid in np.meshgrid(pre.cells, post.cells, indexing="ij")),
            receptor,
            label=f"{pre.label} to {post.label}, {receptor}",
        )
        for pre, post in pairs
        for receptor in ("excitatory", "inhibitory")
    ]
    places = [
        PlacementRequest(cells=(cell,), neuron_blocks=((174 + cell // 32, cell % 32 // 4),))
        for cell in range(35)
    ]
    return graph([*layers, sources], projections, places)


def test_training_network_is_mapped_without_loss():
    result = map_network(training_network(), Options())
    assert result.n_synapses_asked == 2 * (100 * 15 + 15 * 15 + 15 * 5)
    assert result.n_synapses_lost == 0
    # A chain of three drivers takes six sources of both signs, so 100 sources need 17 lines.
    sources = result.lines.cell_line[35:]
    assert len(np.unique(sources)) == 17
    assert np.bincount(sources).max() == 6


def test_asked_is_realised_and_lost():
    with pytest.warns(LossWarning) as caught:
        result = map_network(overfull_network(), Options())
    assert len(caught) == 1
    # Ten and nine synapses ask for five rows each: five drivers, of which three are given. These
    # have six rows, so three for each sign, of one even and one odd column.
    message = str(caught[0].message)
    assert "7 of 21 synapses cannot be realised (7 by no synapse driver)" in message
    assert "worst is projection dense with 4 of 10" in message
    assert result.loss_counts() == {LossReason.DRIVER: 7}
    assert [routing.loss_counts() for routing in result.projections] == [
        {LossReason.DRIVER: 4},
        {LossReason.DRIVER: 3},
        {},
    ]
    realised = sum(int(routing.realised.sum()) for routing in result.projections)
    assert realised + result.n_synapses_lost == result.n_synapses_asked == 21


def test_losses_beyond_a_neurons_fan_in_are_named_so():
    network = graph([neurons(1), poisson([1.0], 1)], [projection(np.full(900, 1), 0)])
    result = map_network(network, Options(on_loss="ignore"))
    assert result.loss_counts() == {LossReason.DRIVER: 896 - 12, LossReason.FAN_IN: 4}
    assert np.all(result.projections[0].reason[896:] == LossReason.FAN_IN)


def test_synapses_after_those_that_find_no_driver_are_realised():
    # A neuron of four denmems takes 896; one source brings twelve, forty bring two each.
    sources = np.concatenate([np.full(900, 1), np.repeat(np.arange(2, 42), 2)])
    network = graph([neurons(1), poisson([1.0] * 41, 1)], [projection(sources, 0)])
    reason = map_network(network, Options(on_loss="ignore")).projections[0].reason
    assert np.all(reason[900:] == LossReason.REALISED)
    counts = np.bincount(reason, minlength=len(LossReason))
    assert counts[LossReason.REALISED] == 12 + 80
    assert counts[LossReason.DRIVER] == 896 - 92
    assert counts[LossReason.FAN_IN] == 980 - 896


def test_losses_can_be_errors():
    with pytest.raises(CapacityError) as error:
        map_network(overfull_network(), Options(on_loss="raise"))
    lines = str(error.value).splitlines()
    assert lines[0].startswith("7 of 21 synapses cannot be realised")
    assert lines[1] == "- dense: 4 of 10 (no synapse driver)"
    assert lines[2].startswith("- large: 3 of 9 (no synapse driver)")
    assert len(lines) == 3


def test_losses_can_be_ignored_or_avoided():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert map_network(overfull_network(), Options(on_loss="ignore")).n_synapses_lost == 7
        assert map_network(overfull_network(), Options(neuron_size=8)).n_synapses_lost == 0
        longer = Options(mapping_options=MappingOptions(driver_chain_length=5))
        assert map_network(overfull_network(), longer).n_synapses_lost == 0


def test_losses_can_be_switched_off():
    options = Options(effects=Effects.without("routing_loss"), on_loss="raise")
    result = map_network(overfull_network(), options)
    assert result.n_synapses_lost == 0
    placed = map_network(overfull_network(), Options(on_loss="ignore"))
    for routing, with_loss in zip(result.projections, placed.projections, strict=True):
        # What has a place keeps it; the others have rows of their own.
        np.testing.assert_array_equal(routing.site, with_loss.site)
        np.testing.assert_array_equal(routing.row >= placed.n_rows, ~with_loss.realised)
        assert np.all(routing.distance >= 0)
    assert result.n_rows == placed.n_rows + 2
    assert np.all(result.row_place[placed.n_rows :] == -1)


def test_projections_onto_sources_are_refused_together():
    network = graph(
        [neurons(1), poisson([1.0, 1.0], 1)],
        [
            projection([0], [1], label="bad"),
            projection([1], [0], label="good"),
            projection([1], [2], label="worse"),
        ],
    )
    with pytest.raises(NetworkError, match=r"\['bad', 'worse'\]"):
        map_network(network, Options())


def test_mapping_is_repeatable():
    first, second = (map_network(training_network(), Options()) for _ in range(2))
    for name, value in vars(first.placement).items():
        np.testing.assert_array_equal(value, getattr(second.placement, name))
    for one, other in zip(first.projections, second.projections, strict=True):
        np.testing.assert_array_equal(one.row, other.row)
        np.testing.assert_array_equal(one.reason, other.reason)


def test_empty_network():
    result = map_network(graph([]), Options())
    assert (result.n_neurons, result.n_sources, result.n_rows, len(result.hicanns)) == (0, 0, 0, 0)
    assert "neurons" in str(result)


def test_summary_in_words():
    result = map_network(overfull_network(), Options(on_loss="ignore"))
    words = [line.split() for line in str(result).splitlines()]
    assert ["neurons", "3", "of", "12", "denmems", "in", "all"] in words
    assert ["spike", "sources", "1", "on", "1", "link"] in words
    assert ["HICANNs", "1", "of", "384"] in words
    assert ["FPGAs", "1", "of", "48"] in words
    assert ["layer-1", "lines", "2", "on", "4", "buses"] in words
    assert ["synapse", "drivers", "4"] in words
    assert ["synapses", "asked", "21"] in words
    assert ["synapses", "lost", "7", "33.33%"] in words
    assert ["no", "synapse", "driver", "7", "33.33%"] in words


def test_fpgas_in_use():
    # 5 x 128 + 1 neurons need six HICANNs around the middle, which belong to two reticles.
    result = map_network(graph([neurons(641)]), Options())
    assert len(result.hicanns) == 6
    np.testing.assert_array_equal(result.fpgas, np.unique([5, 43]))
