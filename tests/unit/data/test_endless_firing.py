import numpy as np
import pytest

from pyNN_brainscales_emu.data.endless_firing import endless_firing
from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation

NAMES = ("v_reset", "v_thresh", "v_spike", "delta_T")


@pytest.fixture
def graph():
    """Sources, three LIF neurons and four AdEx neurons of which two have no exponential term."""
    lif = {"v_reset": np.full(3, -60.0), "v_thresh": np.full(3, -55.0)}
    adex = {
        "v_reset": np.full(4, -52.0),
        "v_thresh": np.array([-55.0, -55.0, -50.0, -40.0]),
        "v_spike": np.array([-40.0, -40.0, -40.0, -50.0]),
        "delta_T": np.array([2.0, 2.0, 0.0, 0.0]),
    }
    return BioGraph(
        (
            BioPopulation("sources", "SpikeSourceArray", 2, 0, {}),
            BioPopulation("lif", "IF_cond_exp", 3, 2, lif),
            BioPopulation("adex", "EIF_cond_exp_isfa_ista", 4, 5, adex),
        )
    )


def as_asked(graph):
    return {name: graph.neuron_parameter(name).copy() for name in NAMES}


def test_neurons_fire_at_the_spike_level_where_they_have_the_exponential_term(graph):
    level = graph.firing_level(as_asked(graph))
    np.testing.assert_array_equal(level, [-55.0, -55.0, -55.0, -40.0, -40.0, -50.0, -50.0])


def test_what_is_realised_as_asked_is_not_told(graph):
    """A reset above v_thresh, but below v_spike, is as asked for."""
    assert endless_firing(graph, as_asked(graph)) is None
    nothing = {name: np.zeros(0) for name in NAMES}
    assert endless_firing(BioGraph(()), nothing) is None


def test_count_worst_neuron_and_distance(graph):
    realised = as_asked(graph)
    realised["v_reset"][[1, 5]] = [-55.0, -49.25]
    realised["v_thresh"][5] = -50.5
    told = endless_firing(graph, realised)
    assert told.startswith("Once they have fired, 2 of 7 neurons")
    assert "cell 2 of 'adex' (v_reset asked -52, realised -49.25; v_thresh asked -50, real" in told
    assert "more than 3.2 mV apart" in told  # 2 as asked, and 1.25 for the overlap


def test_the_level_of_neurons_with_the_exponential_term_is_named(graph):
    realised = as_asked(graph)
    realised["v_reset"][3] = -39.0
    assert "v_spike asked -40, realised -40)" in endless_firing(graph, realised)
