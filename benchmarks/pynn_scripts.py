"""Whole PyNN scripts, from the first import to the last spike train read, beside pyNN.nest.

`_pynn_script.py` builds the LIF or the AdEx network of `recurrent_networks.py` with
FixedProbabilityConnector and an rng of its own, runs 1 s on the ideal substrate, and reads all
spike trains as Neo objects. Only the import differs between back ends; each run is a fresh process,
and they take turns. *draws* is what PyNN's NumpyRNG alone takes for the numbers of the script's
connectors, one for each pair of neurons; with *default rng* the script leaves the rng to the
connector.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _peers
from _tables import TIMING, Timing, measure, parser, print_json, print_table, ratio
from pyNN.random import NumpyRNG

SCRIPT = Path(__file__).resolve().parent / "_pynn_script.py"
#: Network and size of the script, by the name that the command line takes.
NETWORKS = {
    "coba_4000": ("coba", 4000),
    "coba_20000": ("coba", 20_000),
    "adex_22445": ("adex", 22_445),
}
#: From this size on the peer takes minutes.
LARGE = 10_000
#: Packages are compiled once, as by `pip install`: an editable one is else compiled in every run
#: where Python is told to keep no bytecode.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
} | {"PYNN_BRAINSCALES_EMU_SUBSTRATE": "ideal"}
STAGES = ("import", "build", "run", "read")
EMULATOR, PEER = "pyNN.brainscales_emu", "pyNN.nest"


@dataclass
class ScriptRuns:
    """Runs of the script with one back end.

    Attributes
    ----------
    name, backend : str
    command : list of str
        Without the network.
    figures : list of dict
        What the script has printed in each run.
    """

    name: str
    backend: str
    command: list[str]
    figures: list[dict[str, Any]] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        """Times of the runs."""
        return Timing(*([run[name] for run in self.figures] for name in ("wall", "cpu", "load")))

    def stages(self) -> dict[str, float]:
        """Return the stages of the best run, s."""
        ends = min(self.figures, key=lambda run: float(run["wall"]))["ends_s"]
        begins = [0.0, *(ends[stage] for stage in STAGES[:-1])]
        return {stage: ends[stage] - b for stage, b in zip(STAGES, begins, strict=True)}

    def run(self, network: str, size: int, duration_ms: float) -> None:
        """Run the script in a fresh process."""
        settings = [network, "--size", str(size), "--duration", str(duration_ms)]
        output = subprocess.run(
            [*self.command, *settings],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        if output.returncode:
            raise RuntimeError(f"{self.name} failed:\n{output.stderr[-3000:]}")
        self.figures.append(json.loads(output.stdout.splitlines()[-1]))


def main(arguments: list[str] | None = None) -> None:
    """Run the scripts of all networks."""
    options = parse_arguments(arguments)
    peers = _peers.find(options, PEER)
    results = [measure_network(network, peers, options) for network in options.networks]
    print_json("pynn_scripts", {"peers": peers.versions, "results": results})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=3)
    _peers.add_option(options)
    options.add_argument(
        "--peer-repetitions", type=int, default=1, help="of the large networks there"
    )
    options.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    options.add_argument("--size", type=int, help="number of neurons (else as published)")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    return options.parse_args(arguments)


def measure_network(
    network: str, peers: _peers.Peers, options: argparse.Namespace
) -> dict[str, Any]:
    """Run a network's script with all back ends in turn, print the table, return the figures."""
    kind, published = NETWORKS[network]
    size = options.size or published
    scripts = contestants(peers, options.threads)
    for repetition in range(options.repetitions):
        for script in scripts:
            is_long = script.backend == PEER and size >= LARGE
            if not is_long or repetition < options.peer_repetitions:
                script.run(kind, size, options.duration)
    draws = measure(lambda: draw_pairs(size), 1)
    report(network, size, scripts, draws)
    runs = [{"name": s.name, "time": s.timing.record(), "stages": s.stages()} for s in scripts]
    return {"network": network, "neurons": size, "draws": draws.record(), "scripts": runs}


def contestants(peers: _peers.Peers, threads: list[int]) -> list[ScriptRuns]:
    """Return the scripts to run: the emulator's with both rngs, and the peer's."""
    result = []
    for number in threads:
        ending = ["--threads", str(number)]
        command = [sys.executable, str(SCRIPT), EMULATOR, *ending]
        label = f"{number} thread(s)"
        result.append(ScriptRuns(f"{EMULATOR}, {label}", EMULATOR, command))
        command = [*command, "--default-rng"]
        result.append(ScriptRuns(f"{EMULATOR}, default rng, {label}", EMULATOR, command))
        if PEER in peers:
            command = [str(peers.python), str(SCRIPT), PEER, *ending]
            result.append(ScriptRuns(f"{PEER}, {label}", PEER, command))
    return result


def draw_pairs(size: int) -> None:
    """Draw a number for each pair of neurons, as connectors do with a script's own rng."""
    rng = NumpyRNG(seed=1)
    for _ in range(size):
        rng.next(size)


def report(network: str, size: int, scripts: list[ScriptRuns], draws: Timing) -> None:
    """Print the table of a network."""
    peers = [script.timing for script in scripts if script.backend == PEER]
    rows = [
        [
            script.name,
            *script.timing.cells(),
            *(f"{seconds:.2f}" for seconds in script.stages().values()),
            f"{script.figures[-1]['rate_hz']:.2f}",
            ratio(peers, script.timing),
        ]
        for script in scripts
    ]
    empty = ["-"] * (len(STAGES) + 2)
    rows.append([f"draws of the rng, {size} squared", *draws.cells(), *empty])
    headings = ("script", *TIMING, *(f"{stage} s" for stage in STAGES), "rate Hz", f"x {PEER}")
    print_table(f"PyNN script {network}: {size} neurons", headings, rows)


if __name__ == "__main__":
    main()
