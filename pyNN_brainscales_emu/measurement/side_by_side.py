"""Measurements that need nothing of each other, at once.

Most of a measurement's time goes into the read-out's noise and the fits: NumPy's functions, which
let other threads run. The emulator takes a fiftieth, so its own threads gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pyNN_brainscales_emu.measurement.bench import Array, Bench, Stored

#: Takes what a cell holds; returns the circuit parameter (V, s, S, A) of each denmem, NaN where the
#: trace shows none. It writes the floating gates once.
Measure = Callable[[Bench, Stored], Array]


def side_by_side(bench: Bench, jobs: Sequence[tuple[Measure, Stored]]) -> Iterator[Array]:
    """Measure one after the other, or ``bench.n_threads`` at once: the values are the same.

    Parameters
    ----------
    bench : Bench
        Its writes are counted on by one for each measurement.
    jobs : sequence of (Measure, Stored)

    Yields
    ------
    (n_denmems,) float64
        In the order of the jobs.
    """
    first, bench.n_writes = bench.n_writes, bench.n_writes + len(jobs)
    benches = [replace(bench, n_writes=first + n, n_threads=1) for n in range(len(jobs))]
    if bench.n_threads == 1:
        yield from map(_measured, benches, jobs)
        return
    pool = ThreadPoolExecutor(bench.n_threads)
    try:
        yield from pool.map(_measured, benches, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _measured(bench: Bench, job: tuple[Measure, Stored]) -> Array:
    measure, held = job
    return measure(bench, held)
