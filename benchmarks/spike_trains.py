"""What it costs to read the spikes of a large population, beside Neo's own spike trains.

* `get_data()` of a silent network that records the spikes of Poisson sources, without the run;
* a loop over all its spike trains, which makes them;
* the same loop over Neo's own `SpikeTrainList` of the same spikes;
* `TrialData.to_neo()` of many trials, and a loop over the trains of all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import numpy as np
from _tables import TIMING, Timing, print_json, print_table
from neo.core.spiketrainlist import SpikeTrainList

import pyNN_brainscales_emu as sim

RATE_HZ, DURATION_MS = 19.0, 1000.0
TRIAL_CELLS, TRIAL_RATE_HZ = 135, 20.0


def main() -> None:
    """Measure everything."""
    arguments = parse_arguments()
    timings = one_run(arguments.size, arguments.repetitions)
    timings |= many_trials(arguments.trials, arguments.repetitions)
    rows = [
        [what, n, *timing.cells(), f"{timing.best / n * 1e6:.3g}"]
        for what, (n, timing) in timings.items()
    ]
    print_table("Spike trains", ("", "trains", *TIMING, "us a train"), rows)
    print_json(
        "spike_trains",
        {what: {"trains": n, **timing.record()} for what, (n, timing) in timings.items()},
    )


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    options.add_argument("--size", type=int, default=22_445, help="number of cells")
    options.add_argument("--trials", type=int, default=300, help="number of trials")
    options.add_argument("--repetitions", type=int, default=3, help="of each measurement")
    return options.parse_args()


def one_run(size: int, repetitions: int) -> dict[str, tuple[int, Timing]]:
    """Return number of trains and times for one run of many cells."""
    sim.setup(substrate="ideal")
    cells = sim.Population(size, sim.SpikeSourcePoisson(rate=RATE_HZ), label="cells")
    cells.record("spikes")
    sim.run(DURATION_MS)
    get, loop, by_neo = Timing(), Timing(), Timing()
    for _ in range(repetitions):
        with get.repetition():
            trains = cells.get_data().segments[0].spiketrains
        neos = as_neo_makes_them(trains)
        with loop.repetition():
            n_spikes = count(trains)
        with by_neo.repetition():
            assert count(neos) == n_spikes
    return {
        "get_data()": (size, get),
        "loop over the trains": (size, loop),
        "the same, trains made by Neo": (size, by_neo),
    }


def as_neo_makes_them(trains: Any) -> SpikeTrainList:
    """Return Neo's own list of the same spikes, whose trains are not made yet."""
    channel, times = trains.multiplexed
    return SpikeTrainList.from_spike_time_array(
        times,
        channel,
        np.array(trains.all_channel_ids),
        t_start=trains.t_start,
        t_stop=trains.t_stop,
        source_population="cells",
        source_index=np.arange(len(trains)),
    )


def count(trains: Iterable[Any]) -> int:
    """Return the number of spikes, train by train."""
    return sum(len(train) for train in trains)


def many_trials(n_trials: int, repetitions: int) -> dict[str, tuple[int, Timing]]:
    """Return number of trains and times for many trials of a few cells."""
    sim.setup(substrate="ideal")
    cells = sim.Population(TRIAL_CELLS, sim.SpikeSourcePoisson(), label="cells")
    rates = np.full((n_trials, TRIAL_CELLS), TRIAL_RATE_HZ)
    data = sim.run_trials(DURATION_MS, {cells: rates}, record=[cells])
    make, loop = Timing(), Timing()
    for _ in range(repetitions):
        with make.repetition():
            block = data.to_neo()
        with loop.repetition():
            for segment in block.segments:
                count(segment.spiketrains)
    n_trains = n_trials * TRIAL_CELLS
    return {
        f"to_neo() of {n_trials} trials": (n_trains, make),
        "loop over their trains": (n_trains, loop),
    }


if __name__ == "__main__":
    main()
