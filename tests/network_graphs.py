"""A small network in biological units with every kind of cell, for tests of several stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import (
    BioGraph,
    BioPopulation,
    BioProjection,
    CurrentInjection,
    RecordingRequest,
    SpikeTimes,
)

N_POISSON, N_GIVEN, N_LIF, N_ADEX = 12, 3, 10, 6
N_SOURCES, N_NEURONS = N_POISSON + N_GIVEN, N_LIF + N_ADEX
LIF_CELLS = np.arange(N_POISSON, N_POISSON + N_LIF)
GIVEN_CELLS = np.arange(N_POISSON + N_LIF, N_POISSON + N_LIF + N_GIVEN)
ADEX_CELLS = np.arange(N_SOURCES + N_LIF, N_SOURCES + N_NEURONS)

LIF = {
    "cm": 0.2,
    "tau_m": 20.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 5.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "v_rest": -60.0,
    "v_reset": -65.0,
    "v_thresh": -52.0,
    "i_offset": 0.0,
}
ADEX = {**LIF, "v_spike": -44.0, "a": 4.0, "b": 0.05, "delta_T": 1.0, "tau_w": 144.0}


def population(label, cell_type, first_cell, size, parameters, spike_times=None):
    columns = {name: np.full(size, value, dtype=float) for name, value in parameters.items()}
    initial = {"v": np.full(size, -60.0)} if "v_rest" in parameters else {}
    return BioPopulation(label, cell_type, size, first_cell, columns, initial, spike_times)


def all_to_all(label, receptor, pre, post, weight, delay_ms):
    source, target = np.repeat(pre, len(post)), np.tile(post, len(pre))
    n = len(source)
    return BioProjection(
        label, receptor, source, target, np.full(n, weight), np.full(n, float(delay_ms))
    )


def mixed_graph():
    """Poisson sources, LIF neurons, given spikes, AdEx neurons, created in this order.

    Cells 0-11, 12-21, 22-24 and 25-30; three projections: Poisson to LIF, given spikes to AdEx,
    LIF inhibits AdEx.
    """
    trains = [[10.0, 30.0, 31.0], [], [12.5, 30.0]]
    offsets = np.cumsum([0, *map(len, trains)])
    given = SpikeTimes(offsets, np.concatenate(trains))
    populations = (
        population("poisson", "SpikeSourcePoisson", 0, N_POISSON,
                   {"rate": 60.0, "start": 0.0, "duration": 90.0}),
        population("lif", "IF_cond_exp", N_POISSON, N_LIF, LIF),
        population("given", "SpikeSourceArray", GIVEN_CELLS[0], N_GIVEN, {}, given),
        population("adex", "EIF_cond_exp_isfa_ista", ADEX_CELLS[0], N_ADEX, ADEX),
    )  # fmt: skip
    projections = (
        all_to_all("drive", "excitatory", np.arange(N_POISSON), LIF_CELLS, 0.004, 1.5),
        all_to_all("push", "excitatory", GIVEN_CELLS, ADEX_CELLS, 0.03, 1.0),
        all_to_all("calm", "inhibitory", LIF_CELLS, ADEX_CELLS, 0.002, 2.0),
    )
    neurons = np.concatenate([LIF_CELLS, ADEX_CELLS])
    requests = (
        RecordingRequest("spikes", np.arange(N_SOURCES + N_NEURONS)),
        RecordingRequest("v", neurons[::3], 2),
        RecordingRequest("w", ADEX_CELLS, 6),
    )
    return BioGraph(populations, projections, (), (), requests)


def with_parameters(graph, label, **values):
    """The graph with other parameters of one population."""
    return replace(
        graph,
        populations=tuple(
            replace(p, parameters={**p.parameters,
                                   **{n: np.broadcast_to(v, p.size) for n, v in values.items()}})
            if p.label == label else p
            for p in graph.populations
        ),
    )  # fmt: skip


def with_initial_v(graph, value):
    return replace(
        graph,
        populations=tuple(
            p if p.is_source else replace(p, initial_values={"v": np.full(p.size, value)})
            for p in graph.populations
        ),
    )


def with_projection(graph, label, **columns):
    """The graph with other columns (``weight``, ``delay_ms``) of one projection."""
    return replace(
        graph,
        projections=tuple(
            replace(p, **{n: np.broadcast_to(v, p.size).astype(float) for n, v in columns.items()})
            if p.label == label else p
            for p in graph.projections
        ),
    )  # fmt: skip


def with_spike_times(graph, *trains):
    offsets = np.cumsum([0, *map(len, trains)])
    times = SpikeTimes(offsets, np.concatenate([np.zeros(0), *trains]))
    return replace(
        graph,
        populations=tuple(
            replace(p, spike_times=times) if p.label == "given" else p for p in graph.populations
        ),
    )


def with_current(graph, cells, times_ms, amplitudes):
    injection = CurrentInjection(np.array(cells), np.array(times_ms), np.array(amplitudes))
    return replace(graph, currents=(*graph.currents, injection))
