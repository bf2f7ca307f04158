"""Measures batches of the training network in this package; see `_workers.py`."""

from __future__ import annotations

import cProfile
import io
import pstats
import time
from typing import Any

import numpy as np
from _worker_loop import serve
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.training import SpikingNetwork
from pyNN_brainscales_emu.training.encoding import PRESENTATION_DURATION

#: Options of `setup()`: Schmitt et al. (2017) scaled voltages by 20 around 1.8 V.
SUBSTRATES: dict[str, dict[str, Any]] = {
    "ideal": {},
    "brainscales1": {"variation": "schmitt2017", "voltage_scaling": (20.0, 1.8)},
}


class Measurement:
    """One substrate with the network on it."""

    def prepare(self, batch: str, substrate: str, threads: int, unit: float) -> dict[str, Any]:
        """Build the network and run the batch of a file once: maps, translates, compiles."""
        with np.load(batch) as file:
            self.rates = file["rates"]
            levels = [file[f"level/{number}"] for number in range(len(file.files) - 1)]
        sim.setup(substrate=substrate, threads=threads, on_loss="ignore", **SUBSTRATES[substrate])
        self.network = SpikingNetwork(sim, weight_unit=unit)
        self.network.set_weights(levels)
        begin = time.perf_counter()
        self.batch()
        return {"first_s": time.perf_counter() - begin}

    def batch(self) -> list[NDArray[np.int64]]:
        """Do what one iteration of the training asks for; return the spike counts."""
        layers = self.network.layers
        stimuli = {self.network.sources: self.rates}
        data = sim.run_trials(PRESENTATION_DURATION, stimuli, record=layers)
        return [data.spike_counts(layer) for layer in layers]

    def run(self) -> dict[str, Any]:
        """Measure a batch."""
        cpu, wall = time.process_time(), time.perf_counter()
        counts = self.batch()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        n_neurons = sum(layer.size for layer in self.network.layers)
        spikes = sum(int(count.sum()) for count in counts)
        seconds = len(self.rates) * PRESENTATION_DURATION * 1e-3
        return {"wall": wall, "cpu": cpu, "rate_hz": spikes / n_neurons / seconds}

    def profile(self) -> dict[str, str]:
        """Return the table of the functions that take most of the time."""
        profile, table = cProfile.Profile(), io.StringIO()
        profile.runcall(self.batch)
        pstats.Stats(profile, stream=table).strip_dirs().sort_stats("tottime").print_stats(14)
        return {"table": table.getvalue()}


if __name__ == "__main__":
    measurement = Measurement()
    tasks = ("prepare", "run", "profile")
    serve({task: getattr(measurement, task) for task in tasks})
