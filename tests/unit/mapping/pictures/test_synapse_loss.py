"""What the picture of lost synapses shows."""

from types import SimpleNamespace

import numpy as np
import pytest
from graph_builders import neurons, projection
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from pictured_networks import N_CELLS, pictured_mapping, recurrent_network, small_mapping

from pyNN_brainscales_emu.errors import OptionError, PlacementError
from pyNN_brainscales_emu.mapping.pictures.synapse_loss import COLOURS
from pyNN_brainscales_emu.mapping.results import LossReason

mapping = pytest.fixture(lambda: pictured_mapping(with_defects=True))
TOO_MANY, NOTHING = 3, 4


def as_projection(number, network=None):
    """A projection as the front end has it, its cells counted from the first of the network."""
    described = (network or recurrent_network()).projections[number]
    columns = SimpleNamespace(
        pre=described.presynaptic, post=described.postsynaptic, shape=(490, N_CELLS + 60)
    )
    return SimpleNamespace(projection_number=number, label=described.label, synapses=columns)


def widths(axes):
    """Lengths of the bars, in their order."""
    return [bar.get_width() for container in axes.containers for bar in container]


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("number", [0, 1, TOO_MANY])
def test_bars_are_the_counts_by_reason(mapping, number):
    figure = mapping.plot_synapse_loss(number)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    reasons = mapping.projections[number].reason
    assert widths(axes) == np.bincount(reasons, minlength=5).tolist()
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [reason.label for reason in LossReason]
    n_lost = np.count_nonzero(reasons)
    assert n_lost > 0 or number != TOO_MANY
    assert (f"{n_lost} of" if n_lost else "none lost") in plain(figure.get_suptitle())


def test_the_matrix_of_many_cells_has_the_share_lost_in_bins(mapping):
    figure = mapping.plot_synapse_loss(as_projection(TOO_MANY))
    figure.draw_without_rendering()
    (image,) = figure.axes[0].images
    shown = image.get_array()
    assert shown.shape == (120, 120)
    projection = recurrent_network().projections[TOO_MANY]
    lost = mapping.projections[TOO_MANY].reason > 0
    entry = (projection.presynaptic * 120 // 490, projection.postsynaptic * 120 // 460)
    asked, missing = np.zeros((120, 120)), np.zeros((120, 120))
    np.add.at(asked, entry, 1)
    np.add.at(missing, entry, lost)
    np.testing.assert_allclose(shown[asked > 0], (100 * missing / asked.clip(1))[asked > 0])
    assert np.all(np.ma.getmaskarray(shown) == (asked == 0))
    assert "(%)" in figure.axes[2].get_ylabel()


def test_the_matrix_of_few_cells_shows_the_reason_of_every_pair():
    n = 12
    connections = projection(np.repeat(np.arange(n), 30), np.repeat(np.arange(n), 30))
    mapping = small_mapping([neurons(n)], [connections])
    columns = SimpleNamespace(
        pre=connections.presynaptic, post=connections.postsynaptic, shape=(n, n)
    )
    one = SimpleNamespace(projection_number=0, label=connections.label, synapses=columns)
    figure = mapping.plot_synapse_loss(one)
    figure.draw_without_rendering()
    shown = figure.axes[0].images[0].get_array()
    assert mapping.n_synapses_lost
    reason = mapping.projections[0].reason.reshape(n, 30).max(axis=1)
    colours = [to_rgba(COLOURS[LossReason(r)]) for r in reason]
    np.testing.assert_allclose(shown[np.arange(n), np.arange(n)], colours)
    assert np.all(shown[~np.eye(n, dtype=bool)] == 1.0)
    explained = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert explained == {LossReason(r).label for r in reason}


def test_without_synapses_and_without_loss(mapping):
    figure = mapping.plot_synapse_loss(as_projection(NOTHING))
    figure.draw_without_rendering()
    assert figure.get_suptitle() == "nothing: no synapses"
    connections = projection(np.arange(20), np.arange(20)[::-1])
    lossless = small_mapping([neurons(20)], [connections])
    columns = SimpleNamespace(pre=np.arange(20), post=np.arange(20)[::-1], shape=(20, 20))
    one = SimpleNamespace(projection_number=0, label=connections.label, synapses=columns)
    for figure in (lossless.plot_synapse_loss(one), lossless.plot_synapse_loss()):
        figure.draw_without_rendering()
        assert "20 synapses, none lost" in figure.get_suptitle()


def test_all_projections_have_a_bar_of_their_shares(mapping):
    figure = mapping.plot_synapse_loss()
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        label for label, _, _ in mapping.network.projections
    ]
    counts = np.array([np.bincount(routing.reason, minlength=5) for routing in mapping.projections])
    share = 100 * counts[:, 1:] / counts.sum(axis=1).clip(1)[:, np.newaxis]
    background, *by_reason = axes.containers
    np.testing.assert_allclose([[bar.get_width() for bar in bars] for bars in by_reason], share.T)
    assert background[0].get_width() >= share.sum(axis=1).max()
    assert [plain(text.get_text()) for text in axes.texts] == [
        f"{n[1:].sum() or 'none'} of {n.sum()}".replace("4000", "4 000")
        if n.sum()
        else "no synapses"
        for n in counts
    ]


def test_of_many_projections_those_are_shown_that_lose_most():
    pairs = [projection([0], [1], label=f"p{number}") for number in range(50)]
    pairs[44] = projection(np.zeros(60), np.ones(60), label="heavy")
    figure = small_mapping([neurons(2)], pairs).plot_synapse_loss()
    figure.draw_without_rendering()
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(names) == 40
    assert "heavy" in names
    assert "the 40 of 50 projections" in figure.get_suptitle()


def test_an_empty_network_and_a_given_figure():
    figure = Figure(layout="constrained", figsize=(8, 4))
    part, _ = figure.subfigures(1, 2)
    assert small_mapping().plot_synapse_loss(figure=part) is figure
    assert len(part.axes) == 1
    figure.draw_without_rendering()
    assert not any(isinstance(artist, QuadMesh) for artist in part.axes[0].collections)


@pytest.mark.parametrize("what", [5, -1, "recurrent", 1.5, True, object()])
def test_an_unknown_projection(mapping, what):
    with pytest.raises(PlacementError, match=r"5 projections|a Projection, its number"):
        mapping.plot_synapse_loss(what)


@pytest.mark.parametrize("figure", [3, "figure", Figure().add_subplot(), [Figure()]])
@pytest.mark.parametrize("projection", [None, 0])
def test_something_else_than_a_figure(mapping, projection, figure):
    message = r"plot_synapse_loss\(\): figure; got .*; allowed: a Figure or SubFigure"
    with pytest.raises(OptionError, match=message):
        mapping.plot_synapse_loss(projection, figure=figure)


def test_a_projection_that_was_not_mapped(mapping):
    projection = as_projection(1)
    projection.projection_number = 0
    with pytest.raises(PlacementError, match=r"map_network\(\)"):
        mapping.plot_synapse_loss(projection)
