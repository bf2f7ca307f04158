"""How time and memory grow with neurons, synapses, rate, threads and conductance.

Networks whose rate is known: a leak potential above the threshold drives the neurons, and their
synapses, weak enough to change nothing, only have to be delivered. Series, for 1 s of biological
time at 0.1 ms:

* *neurons*, and *AdEx neurons*: silent ones without synapses, of which the time of a neuron and
  step follows;
* *conductance*: silent ones with dt g / C from 0.005 to 10, which must not matter;
* *network size*: 100 synapses a neuron at 10 Hz;
* *synapses* of each of 10 000 neurons at 10 Hz, and *rate* of 10 000 neurons with 100 synapses, of
  which the time of an event follows.

Each point is a process of its own. `--output` saves a figure.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from _networks import NEURONS, Network, Synapses
from _published_networks import ADEX_CELL, COBA_CELL
from _tables import TIMING, Timing, parser, print_json, print_table
from _workers import Worker

DT_MS = 0.1
DELAY_MS, TAU_REFRAC_MS = 1.0, 1.0
SILENT_WEIGHT = 1e-9  # uS
V_RESET, V_THRESH, V_DRIVEN = -60.0, -50.0, -45.0
SIZE, INPUTS, RATE_HZ = 10_000, 100, 10.0
SIZES = (1000, 4000, 16_000, 64_000)


def silent(size: int, adex: bool = False, stiffness: float = 0.005) -> Network:
    """Return neurons that never fire, with dt g / C by their leak."""
    cell = (ADEX_CELL | {"b": 0.0} if adex else COBA_CELL) | {"tau_m": DT_MS / stiffness}
    model = "EIF_cond_exp_isfa_ista" if adex else "IF_cond_exp"
    v_init = np.linspace(V_RESET, V_THRESH - 1.0, size)
    none = np.empty(0, np.int32)
    return Network("silent", model, cell, v_init, 0, none, np.empty(0), ())


def firing(size: int, inputs: int = INPUTS, rate_hz: float = RATE_HZ) -> Network:
    """Return neurons that fire regularly, out of step, each with so many random inputs."""
    charging = np.log((V_DRIVEN - V_RESET) / (V_DRIVEN - V_THRESH))
    tau_m = (1e3 / rate_hz - TAU_REFRAC_MS) / charging
    cell = COBA_CELL | {"tau_m": tau_m, "v_rest": V_DRIVEN, "tau_refrac": TAU_REFRAC_MS}
    phase = np.linspace(0.0, 1.0, size, endpoint=False)
    v_init = V_DRIVEN - (V_DRIVEN - V_RESET) * np.exp(-charging * phase)
    rng = np.random.default_rng(1)
    pre = rng.integers(size, size=size * inputs, dtype=np.int32)
    post = np.repeat(np.arange(size, dtype=np.int32), inputs)
    synapses = Synapses(NEURONS, "excitatory", pre, post, SILENT_WEIGHT, DELAY_MS)
    none = np.empty(0, np.int32)
    return Network("firing", "IF_cond_exp", cell, v_init, 0, none, np.empty(0), (synapses,))


#: What makes the network of each point, and the points.
SERIES: dict[str, tuple[Callable[[Any], Network], tuple[float, ...]]] = {
    "neurons": (lambda n: silent(round(n)), SIZES),
    "AdEx neurons": (lambda n: silent(round(n), adex=True), SIZES),
    "conductance": (
        lambda x: silent(SIZE, stiffness=x),
        (0.005, 0.1, 0.2, 0.3, 1.0, 3.0, 10.0),
    ),
    "network size": (lambda n: firing(round(n)), SIZES),
    "synapses": (lambda n: firing(SIZE, inputs=round(n)), (10, 30, 100, 300, 1000)),
    "rate": (lambda rate: firing(SIZE, rate_hz=rate), (2.0, 10.0, 50.0, 200.0)),
}
AXES = {
    "neurons": "LIF neurons, silent",
    "AdEx neurons": "AdEx neurons, silent",
    "conductance": "dt g / C, 10 000 silent LIF neurons",
    "network size": "neurons with 100 synapses, 10 Hz",
    "synapses": "synapses of each of 10 000 neurons, 10 Hz",
    "rate": "rate / Hz, 10 000 neurons, 100 synapses each",
}


def main(arguments: list[str] | None = None) -> None:
    """Measure all series."""
    options = parse_arguments(arguments)
    points = [point for name in options.series for point in measure_series(name, options)]
    costs = {
        threads: unit_costs([p for p in points if p["threads"] == threads], options.duration)
        for threads in options.threads
    }
    report(points, costs)
    if options.output:
        draw(points, options.output)


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=3)
    options.add_argument("--series", nargs="+", choices=SERIES, default=list(SERIES))
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--shrink", type=int, default=1, help="divides sizes, for a quick look")
    options.add_argument("--output", type=Path, help="file of the figure, such as scaling.png")
    return options.parse_args(arguments)


def measure_series(name: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure all points of a series with all numbers of threads."""
    make, values = SERIES[name]
    points = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        for value in values:
            is_size = name not in ("conductance", "rate")
            network = make(max(1, value // options.shrink) if is_size else value)
            network.save(path)
            head = {
                "series": name,
                "value": value,
                "neurons": network.size,
                "synapses": network.n_synapses,
            }
            points += [head | measure(path, n, options) for n in options.threads]
    return points


def measure(network: Path, threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """Run a network some times in a process of its own."""
    with Worker("_emulator_worker.py") as worker:
        worker.ask("prepare", network=str(network), threads=threads)
        answers = [
            worker.ask("run", duration_ms=options.duration) for _ in range(options.repetitions)
        ]
    timing = Timing(*([answer[name] for answer in answers] for name in ("wall", "cpu", "load")))
    last = answers[-1]
    return {
        "threads": threads,
        "timing": timing,
        "rate_hz": last["rate_hz"],
        "peak_mb": answers[0]["peak_mb"],
    }


def unit_costs(points: list[dict[str, Any]], duration_ms: float) -> dict[str, float]:
    """Return the times that the slopes of the series give, ns, of the processor."""
    n_steps, seconds = duration_ms / DT_MS, duration_ms * 1e-3
    costs = {}
    for name in ("neurons", "AdEx neurons"):
        series = [p for p in points if p["series"] == name]
        if len(series) > 1:
            steps = [p["neurons"] * n_steps for p in series]
            costs[f"{name}: neuron and step"] = slope(steps, series)
    for name in ("synapses", "rate"):
        series = [p for p in points if p["series"] == name]
        if len(series) > 1:
            events = [p["synapses"] * p["rate_hz"] * seconds for p in series]
            costs[f"{name}: event"] = slope(events, series)
    return costs


def slope(numbers: list[float], points: list[dict[str, Any]]) -> float:
    """Return the processor time that one more costs, ns."""
    cpu = [min(point["timing"].cpu) for point in points]
    return float(np.polyfit(numbers, cpu, 1)[0]) * 1e9


# --- printing and drawing -------------------------------------------------------------------------


def report(points: list[dict[str, Any]], costs: dict[int, dict[str, float]]) -> None:
    """Print the tables and the JSON line."""
    for name in dict.fromkeys(point["series"] for point in points):
        rows = [
            [
                f"{p['value']:g}, {p['threads']} thread(s)",
                *p["timing"].cells(),
                f"{p['rate_hz']:.1f}",
                "-" if p["peak_mb"] is None else f"{p['peak_mb']:.0f}",
            ]
            for p in points
            if p["series"] == name
        ]
        print_table(AXES[name], (name, *TIMING, "rate Hz", "peak MB"), rows)
    rows = [
        [f"{what}, {threads} thread(s)", f"{cost:.2f}"]
        for threads, own in costs.items()
        for what, cost in own.items()
    ]
    print_table("Processor time of one more", ("of", "ns"), rows)
    records = [point | {"timing": point["timing"].record()} for point in points]
    print_json("scaling", {"points": records, "costs_ns": costs})


def draw(points: list[dict[str, Any]], path: Path) -> None:
    """Save a panel for each series: time on the left axis, memory on the right one."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(point["series"] for point in points))
    n_columns = min(3, len(names))
    n_rows = -(-len(names) // n_columns)
    figure = Figure(figsize=(4.2 * n_columns, 3.2 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        series = [point for point in points if point["series"] == name]
        memory = panel.twinx()
        for threads in dict.fromkeys(point["threads"] for point in series):
            own = [point for point in series if point["threads"] == threads]
            values = [point["value"] for point in own]
            times = [point["timing"].best for point in own]
            panel.loglog(values, times, "o-", label=f"{threads} thread(s)")
            if threads == series[0]["threads"] and own[0]["peak_mb"] is not None:
                peaks = [point["peak_mb"] for point in own]
                memory.semilogx(values, peaks, "s:", color="0.6")
        panel.set(xlabel=AXES[name], ylabel="s for 1 s of biological time")
        memory.set(ylabel="peak memory / MB (dotted)", ylim=(0, None))
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    panels[0].legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
