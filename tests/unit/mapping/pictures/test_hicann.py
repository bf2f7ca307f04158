"""What the picture of one HICANN shows."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from pictured_networks import pictured_mapping, recurrent_network, small_mapping

from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping.pictures import hicann_plan as plan
from pyNN_brainscales_emu.mapping.pictures.figures import BLUE, BROKEN, RED
from pyNN_brainscales_emu.mapping.pictures.hicann_content import (
    DEFECT,
    EMPTY,
    OFF,
    broken_drivers,
    chains_of,
    neurons_by_denmem,
    synapse_levels,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_values import drivers_used, synapses_used
from pyNN_brainscales_emu.options import Options

mapping = pytest.fixture(lambda: pictured_mapping(with_defects=True))


@pytest.fixture
def busiest(mapping):
    return int(np.argmax(synapses_used(mapping)))


def weights_of(mapping, value):
    return [np.full(len(routing.site), value, dtype=np.int16) for routing in mapping.projections]


# --- content -----------------------------------------------------------------------------------


def test_denmems_belong_to_the_neurons_that_are_found_there(mapping):
    for hicann in mapping.hicanns:
        table = neurons_by_denmem(mapping, int(hicann))
        expected = np.full(512, -1)
        for cell in range(460):
            neuron = mapping.find(cell)
            if int(neuron.hicann) == hicann:
                expected[[int(denmem) for denmem in neuron.denmems]] = cell
        np.testing.assert_array_equal(table.reshape(-1), expected)


def test_levels_are_the_synapses_with_their_signs(mapping, busiest):
    levels = synapse_levels(mapping, busiest)
    expected = np.full((448, 256), EMPTY)
    expected[mapping.defects.synapse_row[busiest]] = DEFECT
    for hicann, row, column in mapping.defects.synapse:
        if hicann == busiest:
            expected[row, column] = DEFECT
    signs = (1, -1, 1, 1, 1)
    for sign, routing in zip(signs, mapping.projections, strict=True):
        here = routing.places.hicann == busiest
        expected[routing.places.row[here], routing.places.column[here]] = sign
    np.testing.assert_array_equal(levels, expected)
    assert np.count_nonzero(np.abs(levels) == 1) == synapses_used(mapping)[busiest]


def test_levels_follow_the_weights(mapping, busiest):
    plain = synapse_levels(mapping, busiest)
    levels = synapse_levels(mapping, busiest, weights_of(mapping, 6))
    np.testing.assert_array_equal(levels[np.abs(plain) == 1], 7 * plain[np.abs(plain) == 1])
    off = synapse_levels(mapping, busiest, weights_of(mapping, -1))
    np.testing.assert_array_equal(off == OFF, np.abs(plain) == 1)


def test_chains_are_those_of_the_routes(mapping):
    n_drivers = drivers_used(mapping)
    for hicann in mapping.hicanns:
        chains = chains_of(mapping, int(hicann))
        member, chain = chains.members
        assert len(member) == len(set(member.tolist())) == n_drivers[hicann]
        assert np.all(DRIVER_SIDE[member] == DRIVER_SIDE[chains.primary[chain]])
        assert np.all((chains.first <= chains.primary) & (chains.primary <= chains.last))
        assert not np.isin(member, broken_drivers(mapping, int(hicann))).any()
        for is_right in (False, True):
            number = chains.number[chains.is_right == is_right]
            np.testing.assert_array_equal(number, np.arange(len(number)))


# --- picture -----------------------------------------------------------------------------------


def drawn(figure, label, kind):
    (found,) = [
        artist
        for artist in figure.axes[0].collections
        if isinstance(artist, kind) and artist.get_label() == label
    ]
    return found


def test_the_arrays_are_the_levels(mapping, busiest):
    figure = mapping.plot_hicann(busiest)
    figure.draw_without_rendering()
    levels = synapse_levels(mapping, busiest)
    images = [image for image in figure.axes[0].images if image.get_array().shape[0] == 224]
    shown = np.concatenate([image.get_array() for image in images])
    for level, colour in ((1, RED), (-1, BLUE), (DEFECT, BROKEN), (EMPTY, "white")):
        np.testing.assert_array_equal(np.all(shown == to_rgba(colour), axis=2), levels == level)
    north = [image.get_extent()[3] for image in images]
    assert north == [0.0, plan.LOWER_ARRAY]


def test_weights_have_a_scale_of_32_colours(mapping, busiest):
    figure = mapping.plot_hicann(HICANNOnWafer(busiest), weights_of(mapping, 15))
    figure.draw_without_rendering()
    assert "digital weight" in figure.axes[1].get_ylabel()
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert labels == ["15", "10", "5", "0", "0", "5", "10", "15"]
    strongest = mapping.plot_hicann(busiest, weights_of(mapping, 0))
    arrays = [
        np.concatenate([im.get_array() for im in f.axes[0].images[:2]]) for f in (figure, strongest)
    ]
    assert np.all(arrays[0] <= arrays[1] + 1e-12)  # darker


def test_all_drivers_are_drawn_and_coloured_by_chain(mapping, busiest):
    figure = mapping.plot_hicann(busiest)
    drivers = drawn(figure, "_drivers", PolyCollection)
    assert len(drivers.get_paths()) == 224
    colours = drivers.get_facecolor()
    chains = chains_of(mapping, busiest)
    member, chain = chains.members
    broken = broken_drivers(mapping, busiest)
    free = np.setdiff1d(np.arange(224), [*member, *broken])
    assert np.all(colours[free] == 1.0)
    assert np.all(colours[broken] == to_rgba(BROKEN))
    for number in range(len(chains.line)):
        assert len(np.unique(colours[member[chain == number]], axis=0)) == 1
    ways = drawn(figure, "_ways", LineCollection).get_segments()
    assert len(ways) == len(chains.line)
    named = {text.get_text() for text in figure.axes[0].texts}
    assert set(map(str, chains.line)) <= named


def test_buses_are_those_of_the_hicann(mapping, busiest):
    figure = mapping.plot_hicann(busiest)
    layer1 = mapping.layer1
    bus = layer1.segment_bus[layer1.segment_hicann == busiest]
    strokes = [
        segment
        for artist in figure.axes[0].collections
        if artist.get_label() == "_buses"
        for segment in artist.get_segments()
    ]
    x = [segment[0, 0] for segment in strokes if segment[0, 0] == segment[1, 0]]
    np.testing.assert_allclose(sorted(x), sorted(plan.v_line_x(bus[bus >= 64] - 64)))
    y = [segment[0, 1] for segment in strokes if segment[0, 1] == segment[1, 1]]
    np.testing.assert_allclose(sorted(y), sorted(plan.h_line_y(bus[bus < 64])))


def test_sending_repeaters_are_those_of_the_lines(mapping):
    lines = np.unique(mapping.layer1.segment_line)
    hicann = int(mapping.lines.hicann[lines[0]])
    marks = drawn(mapping.plot_hicann(hicann), "sending repeater", PathCollection)
    n_lines = np.count_nonzero(mapping.lines.hicann[lines] == hicann)
    assert len(marks.get_offsets()) == n_lines


def test_names_of_lines_do_not_overlap(mapping, busiest):
    texts = mapping.plot_hicann(busiest).axes[0].texts
    for is_right in (False, True):
        y = [t.get_position()[1] for t in texts if (t.get_position()[0] > 0) == is_right]
        assert np.diff(sorted(y)).min(initial=99) > 10


@pytest.mark.parametrize("hicann", [0, 383, "defect"])
def test_unused_and_defect_hicanns(mapping, hicann):
    number = np.flatnonzero(mapping.defects.dead_hicanns)[0] if hicann == "defect" else hicann
    figure = mapping.plot_hicann(int(number))
    figure.draw_without_rendering()
    title = figure.get_suptitle()
    assert title.startswith("defect") == bool(mapping.defects.dead_hicanns[number])
    assert "0 neurons (0 % of the denmems), 0 synapses (0 %), 0 drivers (0 %)" in title


def test_broken_and_blacklisted_denmems_are_crossed_out():
    blacklisted = np.zeros((384, 512), dtype=bool)
    blacklisted[174, [3, 256 + 70]] = True
    defects = Defects()
    defects.denmem[174, 40] = True
    options = Options(on_loss="ignore", defects=defects)
    mapping = map_network(recurrent_network(), options, blacklisted)
    figure = mapping.plot_hicann(174)
    top, bottom = (image.get_array()[0] for image in figure.axes[0].images[2:])
    for row, columns in ((top, [3, 40]), (bottom, [70])):
        assert np.flatnonzero(np.all(row == to_rgba(BROKEN), axis=1)).tolist() == columns
    strokes = [
        artist.get_segments()
        for artist in figure.axes[0].collections
        if artist.get_label() == "_broken"
    ]
    assert [[stroke[0, 0] for stroke in half] for half in strokes] == [[3, 40], [70]]


def test_an_empty_network():
    small_mapping().plot_hicann(5).draw_without_rendering()


@pytest.mark.parametrize("coordinate", [384, -1, "middle", 3.5, True, None])
def test_an_unknown_hicann(mapping, coordinate):
    with pytest.raises(PlacementError, match=r"HICANNOnWafer.*0 to 383"):
        mapping.plot_hicann(coordinate)


def test_weights_of_another_network(mapping):
    with pytest.raises(PlacementError, match="do not fit the network"):
        mapping.plot_hicann(0, weights_of(mapping, 3)[:-1])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (16, "got 16; allowed: integers from -1 .off. to 15"),
        (-2, "got -2; allowed: integers"),
        (np.nan, "got 'float64'; allowed: integers"),
    ],
)
def test_weights_that_are_none(mapping, wrong, message):
    with pytest.raises(PlacementError, match=f"do not fit the network; {message}"):
        mapping.plot_hicann(
            0,
            [np.full_like(w, wrong, dtype=np.asarray(wrong).dtype) for w in weights_of(mapping, 3)],
        )
    with pytest.raises(PlacementError, match="do not fit the network; got 3"):
        mapping.plot_hicann(0, 3)
