"""Small networks in biological units, for tests of the stages behind the description."""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import (
    BioGraph,
    BioPopulation,
    BioProjection,
    SpikeTimes,
)


def neurons(size, first_cell=0, label="neurons"):
    return BioPopulation(label, "IF_cond_exp", size, first_cell, {})


def poisson(rates, first_cell, label="poisson"):
    rates = np.asarray(rates, dtype=float)
    return BioPopulation(label, "SpikeSourcePoisson", len(rates), first_cell, {"rate": rates})


def spike_array(trains, first_cell, label="array"):
    offsets = np.concatenate([[0], np.cumsum([len(train) for train in trains])])
    times = SpikeTimes(offsets, np.concatenate([np.zeros(0), *trains]))
    return BioPopulation(label, "SpikeSourceArray", len(trains), first_cell, {}, spike_times=times)


def projection(pre, post, receptor="excitatory", label="projection", gmax=None, stp_mode="none"):
    pre, post = np.broadcast_arrays(
        np.asarray(pre, dtype=np.int64), np.asarray(post, dtype=np.int64)
    )
    ones = np.ones(pre.shape)
    return BioProjection(
        label, receptor, pre.copy(), post.copy(), ones, ones, gmax, stp_mode=stp_mode
    )


def graph(populations, projections=(), requests=()):
    return BioGraph(tuple(populations), tuple(projections), (), tuple(requests))


def sized_neurons(*sizes):
    """Populations of neurons of these sizes, with their cells numbered without gaps."""
    first = np.cumsum((0, *sizes))
    return [neurons(n, int(first[i]), f"population{i}") for i, n in enumerate(sizes)]
