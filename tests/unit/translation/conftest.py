"""Networks and mappings made by hand."""

import numpy as np
import pytest
from mapping_builders import unrouted

from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation, BioProjection
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.mapping.results import Placement, ProjectionRouting
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.stage import Translator

LIF = {
    "cm": 0.2,
    "tau_m": 20.0,
    "tau_refrac": 1.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 5.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "v_rest": -65.0,
    "v_reset": -64.0,
    "v_thresh": -50.0,
    "i_offset": 0.0,
}
ADEX = {**LIF, "v_spike": -40.0, "a": 4.0, "b": 0.08, "delta_T": 1.0, "tau_w": 144.0}
CELL_TYPES = {"IF_cond_exp": LIF, "EIF_cond_exp_isfa_ista": ADEX, "IF_curr_exp": LIF}


@pytest.fixture(scope="session")
def population():
    """Return a maker of populations: defaults above, single values or arrays to change them."""

    def make(size, cell_type="IF_cond_exp", first_cell=0, label="population", **changed):
        values = {**CELL_TYPES.get(cell_type, {}), **changed}
        parameters = {n: np.broadcast_to(v, size).astype(float) for n, v in values.items()}
        return BioPopulation(label, cell_type, size, first_cell, parameters)

    return make


@pytest.fixture(scope="session")
def placement():
    """Return a maker of placements: neurons of one size, so many to a HICANN."""

    def make(n_neurons, n_sources=0, size=4, per_hicann=118):
        hicann, place = np.divmod(np.arange(n_neurons), per_hicann)
        nothing = np.zeros(n_sources, dtype=np.int32)
        return Placement(
            hicann.astype(np.int32),
            (size // 2 * place).astype(np.int32),
            np.full(n_neurons, size, dtype=np.int32),
            nothing,
            nothing,
        )

    return make


@pytest.fixture(scope="session")
def neurons_only(placement):
    """Return a maker of (graph, mapping) of populations without projections."""

    def make(*populations, **placed):
        graph = BioGraph(populations)
        return graph, unrouted(graph, placement(len(graph.neurons), **placed))

    return make


@pytest.fixture(scope="session")
def network(population, placement):
    """Return a maker of (graph, mapping) of sources and neurons with projections.

    Each projection is a dict: `weight`, `post` (local index), and optionally `pre`, `row`,
    `receptor`, `gmax`, `digital_weights`, `reason`, `site`. By default everything sits in one
    row, and no synapse has a place.
    """

    def make(*projections, n_neurons=8, n_sources=8, cm=0.2, size=4):
        sources = population(n_sources, "SpikeSourceArray")
        neurons = population(n_neurons, first_cell=n_sources, cm=cm)
        described = [_projection(n_sources, **given) for given in projections]
        routed = [_routing(**given) for given in projections]
        n_rows = max((int(routing.row.max(initial=-1)) + 1 for routing in routed), default=0)
        graph = BioGraph((sources, neurons), tuple(described))
        return graph, unrouted(graph, placement(n_neurons, n_sources, size), routed, n_rows)

    return make


@pytest.fixture
def synapses(network):
    """Return a translator of two projections in two rows, whose weights are rounded."""
    return Translator(
        *network(
            {"weight": np.full(6, 1e-3), "row": [0, 0, 0, 1, 1, 1]},
            {"weight": np.full(3, 2e-3), "row": 1, "reason": [0, 0, 1]},
        ),
        Options(effects=Effects.only("weight_quantisation")),
    )


def _projection(
    n_sources, weight, post=0, pre=0, receptor="excitatory", gmax=None, digital_weights=None, **_
):
    weight = np.asarray(weight, dtype=float)
    pre, post = (np.broadcast_to(cells, len(weight)).astype(np.int64) for cells in (pre, post))
    if digital_weights is not None:
        digital_weights = np.asarray(digital_weights, dtype=np.int16)
    delay = np.ones(len(weight))
    return BioProjection(
        "projection", receptor, pre, post + n_sources, weight, delay, gmax, digital_weights
    )


def _routing(weight, row=0, reason=0, site=None, **_):
    n = len(weight)
    reason = np.broadcast_to(reason, n).astype(np.uint8)
    row = np.where(reason == 0, np.broadcast_to(row, n), -1).astype(np.int32)
    site = np.full(n, -1, dtype=np.int32) if site is None else np.asarray(site, dtype=np.int32)
    return ProjectionRouting(reason, np.zeros(n, dtype=np.int16), row, site)
