"""Measures networks in this package; see `_workers.py`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from _emulator_network import build
from _networks import Network
from _worker_loop import serve

import pyNN_brainscales_emu as sim

#: Run before each measurement, ms; the first one describes, compiles and lays out the network.
SHORT_RUN = 1.0


class Measurement:
    """One network and the runs of it."""

    def prepare(
        self,
        network: str,
        threads: int,
        record: list[str] = ["spikes"],  # noqa: B006
        setup: dict[str, Any] = {},  # noqa: B006
    ) -> dict[str, Any]:
        """Build the network of a file and run it for a moment."""
        begin = time.perf_counter()
        sim.setup(**({"substrate": "ideal", "on_loss": "ignore", "threads": threads} | setup))
        self.neurons, _ = build(sim, Network.load(Path(network)))
        self.neurons.record(record)
        built = time.perf_counter() - begin
        sim.run(SHORT_RUN)
        return {"build_s": built, "first_s": time.perf_counter() - begin - built}

    def run(self, duration_ms: float) -> dict[str, Any]:
        """Run from the initial state; only what follows the short run is measured."""
        sim.reset()
        sim.run(SHORT_RUN)
        cpu, wall = time.process_time(), time.perf_counter()
        sim.run(duration_ms)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rate = self.neurons.mean_spike_count() / (SHORT_RUN + duration_ms) * 1e3
        return {"wall": wall, "cpu": cpu, "rate_hz": float(rate)}


if __name__ == "__main__":
    measurement = Measurement()
    serve({"prepare": measurement.prepare, "run": measurement.run})
