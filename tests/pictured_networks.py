"""Mappings for tests of pictures: small ones with losses, defects and stimuli."""

from functools import cache

import numpy as np
from graph_builders import graph, neurons, poisson, projection

from pyNN_brainscales_emu.description.bio_graph import PlacementRequest
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.options import Options

N_CELLS, N_OTHERS, N_SOURCES = 400, 60, 30
DEFECT_RATES = {
    "hicann": 0.03,
    "fpga": 0.03,
    "denmem": 0.02,
    "synapse_driver": 0.02,
    "synapse_row": 0.01,
    "synapse": 1e-4,
    "h_line": 0.01,
    "v_line": 0.01,
}


def recurrent_network():
    """Two populations and sources; one projection with more synapses than can be realised."""
    rng = np.random.default_rng(7)
    populations = [
        neurons(N_CELLS, 0, "cells"),
        neurons(N_OTHERS, N_CELLS, "others"),
        poisson(np.full(N_SOURCES, 5.0), N_CELLS + N_OTHERS, "stimulus"),
    ]
    first_source = N_CELLS + N_OTHERS
    many = np.repeat(rng.permutation(N_CELLS)[:20], 30)
    projections = [
        projection(rng.integers(0, N_CELLS, 4_000), rng.integers(0, 460, 4_000), label="recurrent"),
        projection(
            rng.integers(N_CELLS, 460, 900), rng.integers(0, N_CELLS, 900), "inhibitory", "calm"
        ),
        projection(rng.integers(first_source, first_source + 30, 500), rng.integers(0, 460, 500)),
        projection(many, np.full(len(many), N_CELLS + 3), "excitatory", "too many"),
        projection(np.zeros(0), np.zeros(0), label="nothing"),
    ]
    requests = [PlacementRequest(tuple(range(N_CELLS, 460)), (100, 160), (), (), 8)]
    return graph(populations, projections, requests)


@cache
def pictured_mapping(with_defects=False):
    defects = Defects.draw(DEFECT_RATES, 5) if with_defects else Defects()
    if with_defects:
        defects.hicann[[100, 160]] = False
        defects.fpga[:] = False
        defects.fpga[12] = True
    return map_network(recurrent_network(), Options(defects=defects, on_loss="ignore"))


def small_mapping(populations=(), projections=()):
    return map_network(graph(populations, projections), Options(on_loss="ignore"))
