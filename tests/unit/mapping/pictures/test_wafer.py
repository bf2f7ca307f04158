"""What the picture of the wafer shows."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from graph_builders import neurons, poisson, projection
from matplotlib import rcParams
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from pictured_networks import N_CELLS, pictured_mapping, small_mapping

from pyNN_brainscales_emu.errors import DataError, OptionError, PlacementError
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y, RETICLE_FPGA
from pyNN_brainscales_emu.mapping.pictures.bus_lines import bus_lines
from pyNN_brainscales_emu.mapping.pictures.hicann_values import hicann_values

mapping = pytest.fixture(lambda: pictured_mapping(with_defects=True))


def collection(figure, label, kind=PolyCollection):
    """The one collection of this kind and label."""
    (found,) = [
        artist
        for artist in figure.axes[0].collections
        if isinstance(artist, kind) and artist.get_label() == label
    ]
    return found


def corners(polygons):
    return np.array([path.vertices[0] for path in polygons.get_paths()])


@pytest.mark.parametrize("colour", ["use", "neurons", "synapses", "loss", "drivers"])
def test_used_hicanns_have_the_colour_of_their_value(mapping, colour):
    figure = mapping.plot_wafer(colour)
    figure.draw_without_rendering()
    values = hicann_values(mapping, colour)
    shown = collection(figure, "_coloured")
    expected = [hicann for hicann in mapping.hicanns if np.isfinite(values.values[hicann])]
    np.testing.assert_allclose(shown.get_array(), values.values[expected])
    at = np.stack([HICANN_X, HICANN_Y], axis=1)[expected]
    np.testing.assert_array_equal(corners(shown), at)
    low, high = shown.get_clim()
    assert low == 0.0
    assert high >= values.values[expected].max()
    assert figure.axes[1].get_ylabel() == values.label


def test_every_hicann_is_drawn_once(mapping):
    figure = mapping.plot_wafer()
    labels = ("_coloured", "HICANN not used", "defect HICANN")
    drawn = np.concatenate([corners(collection(figure, label)) for label in labels])
    assert len({tuple(at) for at in drawn.tolist()}) == len(drawn) == 384
    broken = collection(figure, "defect HICANN")
    assert broken.get_hatch()
    assert len(broken.get_paths()) == np.count_nonzero(mapping.defects.dead_hicanns)


def test_reticles_and_fpgas(mapping):
    figure = mapping.plot_wafer()
    outlines = [
        artist for artist in figure.axes[0].collections if artist.get_label() == "_reticles"
    ]
    assert [len(artist.get_paths()) for artist in outlines] == [48, 48]
    texts = [text for text in figure.axes[0].texts if text.get_text().startswith("FPGA")]
    found = {tuple(np.array(text.get_position()) // [4, 2]): text.get_text() for text in texts}
    assert len(found) == 48
    assert found[0, 3] == "FPGA 22"
    assert found[8, 4] == "FPGA 46"
    assert {int(text.split()[1]) for text in found.values()} == set(RETICLE_FPGA.tolist())


def test_the_title_sums_up(mapping):
    title = mapping.plot_wafer().get_suptitle().replace("\N{NO-BREAK SPACE}", " ")
    stats = mapping.stats
    assert "460 neurons and 30 spike sources" in title
    assert f"{stats.n_hicanns} HICANNs" in title
    assert f"{100 * stats.synapse_loss:.3g} % of 6 000 synapses lost" in title


def test_stimuli_are_marked(mapping):
    marks = collection(mapping.plot_wafer(), "spike sources come in", PathCollection)
    assert len(marks.get_offsets()) == len(np.unique(mapping.placement.source_hicann))


def test_all_routes_are_all_buses(mapping):
    figure = mapping.plot_wafer(routes="all")
    figure.draw_without_rendering()
    strokes = collection(figure, "_lines", LineCollection).get_segments()
    expected = bus_lines(mapping)
    assert len(strokes) == len(expected.buses) + len(expected.links)
    assert f"on {len(expected.buses)} buses" in figure.get_suptitle().replace("\xa0", "")


def test_the_route_of_one_cell(mapping):
    line = int(mapping.lines.cell_line[5])
    figure = mapping.plot_wafer(routes=5)
    expected = bus_lines(mapping, np.array([line]))
    strokes = collection(figure, "layer-1 line", LineCollection).get_segments()
    np.testing.assert_allclose(strokes, np.concatenate([expected.buses, expected.links]))
    starts = collection(figure, "sending repeater", PathCollection).get_offsets()
    np.testing.assert_allclose(starts, expected.starts)
    ends = collection(figure, "synapse drivers", PathCollection).get_offsets()
    np.testing.assert_allclose(ends, expected.ends)
    assert f"cells[5]: line {line}, " in figure.get_suptitle()


def test_routes_of_a_population_have_colours_by_line(mapping):
    label, size, _ = mapping.network.populations[0]
    assert size == N_CELLS
    cells = SimpleNamespace(label=label, size=size, first_id=0, all_cells=range(size))
    cells.root, cells.celltype = cells, SimpleNamespace(injectable=True)
    figure = mapping.plot_wafer(routes=cells)
    lines = np.unique(mapping.lines.cell_line[:N_CELLS])
    drawn = bus_lines(mapping, lines)
    strokes = collection(figure, "_lines", LineCollection)
    assert len(strokes.get_segments()) == len(drawn.buses) + len(drawn.links)
    assert len(np.unique(strokes.get_colors(), axis=0)) == min(6, len(lines))
    assert f"{N_CELLS} cells on {len(lines)} lines" in figure.get_suptitle()


def test_a_cell_without_a_line_is_told():
    mapping = small_mapping([neurons(3)])
    figure = mapping.plot_wafer(routes=1)
    figure.draw_without_rendering()
    has_line = mapping.lines.cell_line[1] >= 0
    assert ("do not get onto layer 1" in figure.get_suptitle()) != has_line


def test_the_region_in_use_holds_all_that_is_used(mapping):
    axes = mapping.plot_wafer(region="used").axes[0]
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    x, y = HICANN_X[mapping.hicanns], HICANN_Y[mapping.hicanns]
    assert west < x.min()
    assert east > x.max() + 1
    assert north < y.min()
    assert south > y.max() + 1
    assert (east - west) * (south - north) < 36 * 16
    written = {text.get_text() for text in axes.texts}
    assert {str(hicann) for hicann in mapping.hicanns} <= written


@pytest.mark.parametrize("region", ["wafer", "used"])
def test_an_empty_network(region):
    figure = small_mapping().plot_wafer(region=region, routes="all")
    figure.draw_without_rendering()
    assert "no synapses" in figure.get_suptitle()


def test_given_axes_are_used(mapping):
    figure = Figure(layout="constrained", figsize=(12, 6))
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    assert mapping.plot_wafer(ax=axes) is figure
    assert not right.axes
    assert axes.get_legend() is not None
    assert "460 neurons" in axes.get_title()
    assert not figure.get_suptitle()
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"colour": "heat"}, OptionError, "use, neurons, synapses, loss, drivers"),
        ({"colour": ["use"]}, OptionError, "use, neurons, synapses, loss, drivers"),
        ({"routes": "some"}, OptionError, "'none', 'all', a cell"),
        ({"routes": 10_000}, PlacementError, "490 cells of the mapped network"),
        ({"routes": 1.5}, PlacementError, "a cell, population"),
        ({"routes": SimpleNamespace(projection_number=0)}, OptionError, "a cell, population"),
        ({"region": "moon"}, OptionError, "wafer, used"),
    ],
)
def test_bad_arguments(mapping, options, error, message):
    with pytest.raises(error, match=message):
        mapping.plot_wafer(**options)


@pytest.mark.parametrize("region", ["wafer", "used"])
@pytest.mark.parametrize("kind", ["tiny", "whole", "with defects"])
def test_nothing_overlaps_or_leaves_the_figure(kind, region):
    if kind == "tiny":
        synapses = projection([5] * 20 + [12], 11)
        mapping = small_mapping([neurons(12), poisson(np.full(3, 4.0), 12)], [synapses])
    else:
        mapping = pictured_mapping(kind == "with defects")
    figure = mapping.plot_wafer("loss", routes=5, region=region)
    figure.draw_without_rendering()
    wafer, scale = figure.axes
    parts = [figure.legends[0], wafer.xaxis.label, wafer, figure.texts[0]]
    legend, label, plane, title = (artist.get_window_extent() for artist in parts)
    assert 0 <= legend.y0 < legend.y1 <= label.y0 < label.y1 <= plane.y0
    assert plane.y1 <= title.y0 < title.y1 <= figure.bbox.y1
    assert plane.x1 <= scale.get_window_extent().x0
    for box in (legend, title, scale.yaxis.label.get_window_extent()):
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_nothing_global_changes(mapping):
    before = dict(rcParams)
    mapping.plot_wafer(routes="all")
    mapping.plot_hicann(100)
    mapping.plot_synapse_loss()
    assert dict(rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize("ax", [3, "axes", Figure(), [Figure().add_subplot()]])
def test_something_else_than_axes(mapping, ax):
    message = r"plot_wafer\(\): ax; got .*; allowed: one Axes of"
    with pytest.raises(OptionError, match=message):
        mapping.plot_wafer(ax=ax)
    with pytest.raises(OptionError, match=r"plot_hicann\(\): ax; got"):
        mapping.plot_hicann(0, ax=ax)


def test_without_matplotlib_the_extra_is_named(mapping, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot in (
        mapping.plot_wafer,
        lambda: mapping.plot_hicann(100),
        mapping.plot_synapse_loss,
    ):
        with pytest.raises(DataError, match=r"pyNN-brainscales-emu\[plot\]"):
            plot()
