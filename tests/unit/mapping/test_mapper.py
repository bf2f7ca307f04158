import warnings

import numpy as np
import pytest
from graph_builders import graph, neurons, poisson, projection, sized_neurons

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import CapacityError, LossWarning, NetworkError
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.options import Options


def overfull_network():
    """200 of 1 096 synapses onto a neuron of four denmems are too many, and 4 of 900."""
    return graph(
        [neurons(3), poisson([5.0], 3)],
        [
            projection(np.full(1_096, 3), 0, label="dense"),
            projection(np.full(900, 3), 1, label="large", receptor="inhibitory"),
            projection([0, 1], [2, 2], label="small"),
        ],
    )


def training_network():
    """The network of Schmitt et al. (2017): 100 sources, 15 + 15 + 5 neurons, fully connected."""
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
    return graph([*layers, sources], projections)


def test_training_network_is_mapped_without_loss():
    result = map_network(training_network(), Options())
    assert result.n_synapses_asked == 2 * (100 * 15 + 15 * 15 + 15 * 5)
    assert result.n_synapses_lost == 0
    # All neurons share a HICANN, so each cell with targets has one row for each receptor.
    assert len(np.unique(result.placement.neuron_hicann)) == 1
    assert result.n_rows == 2 * (100 + 15 + 15)
    assert len(np.unique(result.placement.source_hicann)) == 2


def test_asked_is_realised_and_lost():
    with pytest.warns(LossWarning) as caught:
        result = map_network(overfull_network(), Options())
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "204 of 1998 synapses cannot be realised (204 by neuron's fan-in)" in message
    assert "worst is projection dense with 200 of 1096" in message
    assert result.loss_counts() == {LossReason.FAN_IN: 204}
    realised = sum(int(routing.realised.sum()) for routing in result.projections)
    assert realised + result.n_synapses_lost == result.n_synapses_asked == 1_998


def test_losses_can_be_errors():
    with pytest.raises(CapacityError) as error:
        map_network(overfull_network(), Options(on_loss="raise"))
    lines = str(error.value).splitlines()
    assert lines[0].startswith("204 of 1998 synapses cannot be realised")
    assert lines[1] == "- dense: 200 of 1096 (neuron's fan-in)"
    assert lines[2].startswith("- large: 4 of 900 (neuron's fan-in)")
    assert len(lines) == 3


def test_losses_can_be_ignored_or_switched_off():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert map_network(overfull_network(), Options(on_loss="ignore")).n_synapses_lost == 204
        options = Options(effects=Effects.without("routing_loss"), on_loss="raise")
        assert map_network(overfull_network(), options).n_synapses_lost == 0
        assert map_network(overfull_network(), Options(neuron_size=6)).n_synapses_lost == 0


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
    assert ["spike", "sources", "1", "on", "1", "links"] in words
    assert ["HICANNs", "1", "of", "384"] in words
    assert ["FPGAs", "1", "of", "48"] in words
    assert ["synapses", "asked", "1998"] in words
    assert ["synapses", "lost", "204", "10.21%"] in words
    assert ["neuron's", "fan-in", "204", "10.21%"] in words


def test_fpgas_in_use():
    # 5 x 128 + 1 neurons need six HICANNs around the middle, which belong to two reticles.
    result = map_network(graph([neurons(641)]), Options())
    assert len(result.hicanns) == 6
    np.testing.assert_array_equal(result.fpgas, np.unique([5, 43]))
