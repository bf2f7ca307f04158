"""Recurrent networks of two populations, run by this package and by the peer.

Both get the same synapses and initial membrane potentials, so their rates can be compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import _brian2
import numpy as np
from _stages import stage_times
from _tables import TIMING, Timing, print_json, print_table, ratio
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim

#: Run before the measurement, ms: describes, maps, compiles and sorts the synapses.
SHORT_RUN = 1.0


@dataclass(frozen=True)
class Network:
    """A network in this package, with what the peer needs to build the same one.

    Attributes
    ----------
    neurons : Population
        All neurons.
    projections : sequence of Projection
        Recurrent ones, whose synapses the peer shares.
    parameters : mapping
        Of all neurons.
    v_init : (n,) float64
        Initial membrane potentials, mV.
    stimulus : callable, optional
        Gets ``brian2`` and the peer's neurons, returns the peer's objects for the stimulus.
    """

    neurons: Any
    projections: Sequence[Any]
    parameters: Mapping[str, float]
    v_init: NDArray[np.float64]
    adex: bool = False
    stimulus: Callable[[Any, Any], list[Any]] = field(default=lambda brian2, neurons: [])

    @property
    def n_synapses(self) -> int:
        """Number of recurrent synapses."""
        return sum(len(projection) for projection in self.projections)

    def in_brian2(self, brian2: Any) -> tuple[list[Any], Any]:
        """Return the same network as objects of the peer, and its spike monitor."""
        neurons = _brian2.neurons(brian2, self.neurons.size, self.parameters, self.adex)
        neurons.v = self.v_init * brian2.mV
        objects = [neurons]
        for projection in self.projections:
            columns = projection.synapses
            first = int(projection.pre.all_cells[0] - self.neurons.first_id)
            weight, delay = (float(columns.values[name][0]) for name in ("weight", "delay"))
            addresses = (columns.pre + first, columns.post)
            objects.append(
                _brian2.synapses(
                    brian2, neurons, neurons, projection.receptor_type, addresses, weight, delay
                )
            )
        monitor = brian2.SpikeMonitor(neurons, record=False)
        return [*objects, *self.stimulus(brian2, neurons), monitor], monitor


@dataclass(frozen=True)
class Result:
    """Times of one simulator: of the run, and of what came before it by stage, in s."""

    simulator: str
    threads: int
    run: Timing
    before: Mapping[str, float]
    rate_hz: float

    def record(self) -> dict[str, Any]:
        """Return the figures for the JSON line."""
        before = {stage: round(seconds, 4) for stage, seconds in self.before.items()}
        figures = {"run": self.run.record(), "before": before, "rate_hz": round(self.rate_hz, 3)}
        return {"simulator": self.simulator, "threads": self.threads, **figures}


def measure_ours(
    build: Callable[[], Network],
    duration_ms: float,
    threads: int,
    repetitions: int,
    options: Mapping[str, Any],
) -> tuple[Network, Result]:
    """Build the network and run it some times, each time from the initial state."""
    sim.setup(threads=threads, on_loss="ignore", **options)
    begin = time.perf_counter()
    network = build()
    built = time.perf_counter() - begin
    timing = Timing()
    with stage_times() as stages:
        begin = time.perf_counter()
        sim.run(SHORT_RUN)
        first = time.perf_counter() - begin
    for _ in range(repetitions):
        sim.reset()
        sim.run(SHORT_RUN)
        with timing.repetition():
            sim.run(duration_ms)
    counts = spike_counts(network.neurons, duration_ms)
    before = {"connect": built, **stages, "first run": first - sum(stages.values())}
    rate = counts.mean() / duration_ms * 1e3
    return network, Result(str(options["substrate"]), threads, timing, before, float(rate))


def spike_counts(population: Any, duration_ms: float) -> NDArray[np.int64]:
    """Return the number of spikes of each cell behind the short run."""
    pipeline = sim.simulator.state.session.pipeline
    cells, times = pipeline.spikes(population.all_cells.astype(np.int64))
    late = cells[times > SHORT_RUN] - int(population.first_id)
    return np.bincount(late, minlength=population.size)


def measure_peer(
    network: Network, duration_ms: float, arguments: argparse.Namespace
) -> list[Result]:
    """Run the network in the peer with each number of threads; empty if it is not wanted."""
    if arguments.no_peer or not _brian2.is_installed():
        return []
    results = []
    for threads in arguments.threads:
        run = _brian2.measure_standalone(
            network.in_brian2, duration_ms, threads, arguments.repetitions
        )
        rate = run.counts.mean() / duration_ms * 1e3
        before = {"build": run.build_s}
        results.append(Result("Brian2 standalone", threads, run.run, before, float(rate)))
    return results


def report(benchmark: str, title: str, results: Sequence[Result], peers: Sequence[Result]) -> None:
    """Print the tables and the JSON line."""
    everything = [*results, *peers]
    labels = [f"{result.simulator}, {result.threads} thread(s)" for result in everything]
    peer_timings = [peer.run for peer in peers]
    rows = [
        [label, *r.run.cells(), f"{r.rate_hz:.2f}", ratio(peer_timings, r.run)]
        for label, r in zip(labels, everything, strict=True)
    ]
    print_table(f"{title}: run", ("simulator", *TIMING, "rate Hz", "x peer"), rows)
    stages = list(dict.fromkeys(stage for r in results for stage in r.before))
    rows = [
        [label, *(f"{r.before.get(stage, 0):.3f}" for stage in stages), f"{total(r):.3f}"]
        for label, r in zip(labels, everything, strict=True)
    ]
    headings = ("simulator", *(f"{stage} s" for stage in stages), "all s")
    print_table(f"{title}: before the run (all: with one run)", headings, rows)
    print_json(benchmark, {"results": [result.record() for result in everything]})


def total(result: Result) -> float:
    """Return the time from nothing to the end of one run, s."""
    return sum(result.before.values()) + result.run.best
