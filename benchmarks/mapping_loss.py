"""Which synapses a wafer loses, beside published figures and what counting says.

* `random`: random recurrent networks, loss against the number of neurons for neurons of 4 to 16
  denmems; published: kinks at 6 720, 8 960 and 13 216 neurons (Vogginger & Mayr 2026, read in a
  digest only);
* `small`: the grid of the group's own mapping benchmark;
* `training`: the network of Schmitt et al. (2017): 8 HICANNs for neurons, 6 for routing, 5 FPGAs;
* `microcircuit`: the cortical microcircuit at 10 %, of which wafer 30 realised 2 373 933 synapses;
* `scaled`: networks of the sizes of Schmitt et al. (2017, table I), randomly connected.

*counted* is the estimate from drivers alone, *route bound* and *switch bound* are what no routing
on this wafer could connect, and no drivers serve: see `_counting.py`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from _counting import driver_loss, neurons_per_line, route_loss, switch_loss
from _microcircuit import microcircuit
from _random_network import random_network, with_synapses
from _tables import load, print_json, print_table

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_FPGA,
    HICANN_X,
    HICANN_Y,
    SPIRAL_ORDER,
    spiral_order,
)
from pyNN_brainscales_emu.mapping.results import LossReason
from pyNN_brainscales_emu.training import SpikingNetwork

#: Processes that start as a copy of this one.
FORK = multiprocessing.get_context("fork")

FEW_LINES = {"minimize_number_of_sending_repeaters": True}
JOINED = {**FEW_LINES, "merger_strategy": "minimize_number_of_sending_repeaters"}
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "few lines": FEW_LINES,
    "few lines, primaries first": {**FEW_LINES, "driver_assignment": "primaries_first"},
}
MORE_OPTIONS: dict[str, dict[str, Any]] = {
    **OPTIONS,
    "all blocks joined": JOINED,
    "all blocks joined, primaries first": {**JOINED, "driver_assignment": "primaries_first"},
    "few lines, by population": {
        **FEW_LINES,
        "default_placement_strategy": "ClusterByPopulationConnectivity",
    },
    "few lines, by neuron": {
        **FEW_LINES,
        "default_placement_strategy": "ClusterByNeuronConnectivity",
    },
    "few lines, dijkstra": {**FEW_LINES, "l1_routing_algorithm": "dijkstra"},
    "few lines, chains of 5": {**FEW_LINES, "driver_chain_length": 5},
}

#: Connection probability and numbers of neurons by neuron size; the published kinks are among them.
RANDOM: dict[tuple[int, float], Sequence[int]] = {
    (4, 0.005): (3000, 6000, 9000, 11000, 12000, 13216, 14000, 16000, 20000, 26000, 32000),
    (8, 0.01): (3000, 6000, 8000, 10000, 11000, 12000, 13216, 14000, 16000, 18000, 20000, 22500),
    (8, 0.02): (3000, 6000, 8000, 10000, 12000, 13216, 14000, 16000, 20000),
    (12, 0.02): (3000, 5000, 6000, 7000, 8000, 8960, 9500, 10000, 12000, 14000),
    (12, 0.08): (3000, 5000, 6000, 7000, 8000, 8960, 10000, 12000),
    (16, 0.02): (3360, 4500, 5500, 6000, 6720, 7168, 7600, 8000, 10000, 12000),
    (16, 0.08): (2000, 3360, 4500, 5500, 6000, 6720, 7168, 8000, 10000),
}
#: Number of neurons at which a kink is published, by neuron size.
PUBLISHED_KINKS = {8: 13216, 12: 8960, 16: 6720}
SMALL_SIZES, SMALL_PROBABILITIES = (100, 200, 400, 800, 1600, 3200), (0.1, 0.3)
NEURON_SIZES = (4, 8, 12, 16)
#: Neurons, synapses and HICANNs of Schmitt et al. (2017, table I), and neuron sizes to try.
SCALED = {
    "L2/3": (14_375, 3_470_000, 352, (4, 8, 12)),
    "AI": (22_445, 4_030_000, 384, (4, 8)),
}
MICROCIRCUIT = (2_373_933, 7_712)  # realised synapses and neurons on wafer 30
N_TRAINING_HICANNS, N_RANDOM_PLACEMENTS = 8, 20


def main() -> None:
    """Run the studies that are asked for."""
    arguments = parse_arguments()
    results = {}
    for name in arguments.studies:
        results[name] = STUDIES[name](arguments)
    print_json("mapping_loss", results)
    if arguments.output and "random" in results:
        plot(results["random"], arguments.output)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    result = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    result.add_argument("--studies", nargs="+", choices=list(STUDIES), default=list(STUDIES))
    result.add_argument("--seed", type=int, default=1, help="of the networks")
    result.add_argument("--seeds", type=int, default=3, help="microcircuits to draw")
    result.add_argument("--output", help="file for a figure of the random networks")
    return result.parse_args()


def measure(
    build: Callable[[], Any], neuron_size: int, options: Mapping[str, Any], **setup: Any
) -> dict[str, Any]:
    """Map a network; return what became of it.

    In a process of its own, as PyNN's populations stay in memory.
    """
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(
        target=lambda: there.send(mapped(build, neuron_size, options, setup)), daemon=True
    )
    child.start()
    there.close()
    result: dict[str, Any] = here.recv()
    child.join()
    return result


def mapped(
    build: Callable[[], Any],
    neuron_size: int,
    options: Mapping[str, Any],
    setup: Mapping[str, Any],
) -> dict[str, Any]:
    """Map a network here."""
    sim.setup(
        neuron_size=neuron_size,
        on_loss="ignore",
        mapping_options=sim.MappingOptions(**options),
        **setup,
    )
    build()
    begin = time.process_time()
    result = sim.map_network()
    seconds = time.process_time() - begin
    asked = max(1, result.n_synapses_asked)
    lost = {reason: count / asked for reason, count in result.loss_counts().items()}
    return {
        "neurons": result.n_neurons,
        "synapses": result.n_synapses_asked,
        "realised": result.n_synapses_asked - result.n_synapses_lost,
        "loss": result.n_synapses_lost / asked,
        "by_route": lost.get(LossReason.LAYER1_ROUTE, 0.0),
        "by_driver": lost.get(LossReason.DRIVER, 0.0),
        "by_other": lost.get(LossReason.ADDRESS, 0.0) + lost.get(LossReason.FAN_IN, 0.0),
        "route_bound": route_loss(result),
        "switch_bound": switch_loss(result),
        "hicanns": result.stats.n_hicanns,
        "lines": result.lines.n_lines,
        "cpu_s": seconds,
        **used_chips(result),
    }


def used_chips(result: Any) -> dict[str, int]:
    """Return the numbers of HICANNs with neurons, and only passed by routes, and of FPGAs."""
    with_neurons = np.unique(result.placement.neuron_hicann)
    others = np.concatenate([result.placement.source_hicann, result.layer1.segment_hicann])
    used = np.union1d(with_neurons, others).astype(int)
    return {
        "with_neurons": len(with_neurons),
        "only_routing": len(used) - len(with_neurons),
        "fpgas": len(np.unique(HICANN_FPGA[used])),
    }


#: Headings of `cells`.
LOSSES = ("HICANNs", "lines", "loss %", "route %", "driver %", "other %", "route bound %",
          "switch bound %")  # fmt: skip


def cells(result: Mapping[str, Any]) -> list[str]:
    """Return the figures of a mapping as cells of a table."""
    shares = ("loss", "by_route", "by_driver", "by_other", "route_bound", "switch_bound")
    return [
        str(result["with_neurons"]),
        str(result["lines"]),
        *(percent(result[name]) for name in shares),
    ]


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.2f}"


# --- random networks ------------------------------------------------------------------------------


def random_networks(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Loss against the number of neurons, with the kinks."""
    results = []
    for (size, probability), numbers in RANDOM.items():
        rows = []
        for n_neurons in numbers:
            for name, options in OPTIONS.items():
                measured = measure(
                    lambda n=n_neurons, p=probability: random_network(n, p, arguments.seed),
                    size,
                    options,
                )
                measured["counted"] = float(driver_loss(n_neurons, probability, size))
                labels = {"size": size, "probability": probability, "options": name}
                results.append({**labels, **measured})
                label = f"{n_neurons}, {name}"
                rows.append([label, *cells(measured), percent(measured["counted"])])
        kink = 224 * neurons_per_line(size)
        title = (
            f"Random networks, {size} denmems a neuron, p = {probability}: "
            f"224 lines of {neurons_per_line(size)} at {kink} neurons, "
            f"published kink {PUBLISHED_KINKS.get(size, '-')} (load {load():.1f})"
        )
        print_table(title, ("neurons, options", *LOSSES, "counted %"), rows)
    return results


def small_networks(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Loss of the networks of the group's mapping benchmark."""
    results, rows = [], []
    for probability in SMALL_PROBABILITIES:
        for n_neurons in SMALL_SIZES:
            row = [f"{n_neurons}, p = {probability}"]
            for size in NEURON_SIZES:
                measured = measure(
                    lambda n=n_neurons, p=probability: random_network(n, p, arguments.seed),
                    size,
                    {},
                )
                results.append({"size": size, "probability": probability, **measured})
                row += [str(measured["with_neurons"]), percent(measured["loss"])]
            rows.append(row)
    headings = [f"{what} {size}" for size in NEURON_SIZES for what in ("HICANNs", "loss %")]
    print_table("Small random networks by neuron size", ("neurons", *headings), rows)
    return results


# --- published networks ---------------------------------------------------------------------------


def training_network(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Where the network of Schmitt et al. (2017) goes, placed in several ways."""
    builders: dict[str, Callable[[], Any]] = {
        "automatic": lambda: SpikingNetwork(without_places()),
        "by hand": lambda: SpikingNetwork(sim),
    }
    for number in range(N_RANDOM_PLACEMENTS):
        seed = arguments.seed + number
        builders[f"at random {number}"] = lambda seed=seed: at_random(np.random.default_rng(seed))
    scaling = {"voltage_scaling": (20.0, 1.8)}
    results = {name: measure(build, 4, {}, **scaling) for name, build in builders.items()}
    rows = [
        [name, r["with_neurons"], r["only_routing"], r["fpgas"], r["lines"], r["synapses"],
         r["synapses"] - r["realised"]]
        for name, r in results.items()
    ]  # fmt: skip
    rows.insert(0, ["published", 8, 6, 5, "-", 3700, 0])
    headings = ("placement", "HICANNs", "routing only", "FPGAs", "lines", "synapses", "lost")
    print_table("Training network, 135 neurons of 4 denmems", headings, rows)
    return [{"placement": name, **result} for name, result in results.items()]


def without_places() -> Any:
    """Return the package as a back end on which nothing is placed by hand."""
    names = set(dir(sim)) - {"place_layers"}
    return SimpleNamespace(**{name: getattr(sim, name) for name in names})


def at_random(rng: np.random.Generator) -> None:
    """Build the training network on neuron blocks of eight HICANNs that lie close together."""
    network = SpikingNetwork(without_places())
    middle = SPIRAL_ORDER[rng.integers(0, 200)]
    around = spiral_order(int(HICANN_X[middle]), int(HICANN_Y[middle]))
    near = around[: 2 * N_TRAINING_HICANNS]
    hicanns = rng.choice(near, N_TRAINING_HICANNS, replace=False)
    blocks = [(int(hicann), block) for hicann in hicanns for block in range(8)]
    for layer in network.layers:
        for cell, block in enumerate(rng.integers(0, len(blocks), layer.size)):
            sim.place(layer[[cell]], neuron_blocks=[blocks[block]])


def microcircuits(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Loss of the cortical microcircuit at 10 %."""
    realised, n_neurons = MICROCIRCUIT
    results, rows = [], [["published, wafer 30", "-", n_neurons, realised, "20.6"]]
    for name, options in MORE_OPTIONS.items():
        for seed in range(arguments.seeds if name == "default" else 1):
            measured = measure(lambda seed=seed: microcircuit(seed=123456 + seed), 8, options)
            results.append({"options": name, "seed": seed, **measured})
            rows.append(
                [f"{name}, network {seed}", measured["synapses"], measured["neurons"],
                 measured["realised"], *cells(measured)]
            )  # fmt: skip
    rows[0] += ["-"] * (len(rows[1]) - len(rows[0]))
    rows[0][6], rows[0][4] = "20.6", "-"
    headings = ("options", "asked", "neurons", "realised", *LOSSES)
    print_table("Cortical microcircuit at 10 %, 8 denmems a neuron", headings, rows)
    return results


def scaled_networks(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """HICANNs and loss of random networks as large as the scaled ones."""
    results, rows = [], []
    for network, (n_neurons, n_synapses, hicanns, sizes) in SCALED.items():
        for size in sizes:
            for name, options in OPTIONS.items():
                measured = measure(
                    lambda n=n_neurons, k=n_synapses: with_synapses(n, k, arguments.seed),
                    size,
                    options,
                )
                results.append({"network": network, "size": size, "options": name, **measured})
                label = f"{network}, {size} denmems, {name}"
                rows.append([label, measured["synapses"], hicanns, *cells(measured)])
    headings = ("network", "synapses", "published HICANNs", *LOSSES)
    print_table("Sizes of Schmitt et al. (2017), randomly connected", headings, rows)
    return results


STUDIES = {
    "random": random_networks,
    "small": small_networks,
    "training": training_network,
    "microcircuit": microcircuits,
    "scaled": scaled_networks,
}


# --- figure ---------------------------------------------------------------------------------------


def plot(results: Sequence[Mapping[str, Any]], path: str) -> None:
    """Draw loss against the number of neurons, a panel for each size and probability."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(15, 7), sharey=True, layout="constrained")
    for panel, (size, probability) in zip(axes.flat, RANDOM, strict=False):
        here = [r for r in results if (r["size"], r["probability"]) == (size, probability)]
        for name in OPTIONS:
            curve = [r for r in here if r["options"] == name]
            panel.plot(*_curve(curve, "loss"), marker="o", markersize=3, label=name)
        panel.plot(*_curve(curve, "counted"), "k--", label="counting drivers")
        panel.axvline(224 * neurons_per_line(size), color="grey", linewidth=0.8, label="224 lines")
        if size in PUBLISHED_KINKS:
            kink = PUBLISHED_KINKS[size]
            panel.axvline(kink, color="tab:red", linestyle=":", label="published kink")
        panel.set_title(f"{size} denmems, p = {probability}")
        panel.set_xlabel("neurons")
    axes[0, 0].set_ylabel("synapse loss / %")
    axes[1, 0].set_ylabel("synapse loss / %")
    handles, labels = axes[0, 1].get_legend_handles_labels()
    axes[1, 3].legend(handles, labels, loc="center")
    axes[1, 3].set_axis_off()
    figure.savefig(path, dpi=120)


def _curve(results: Sequence[Mapping[str, Any]], what: str) -> tuple[list[int], list[float]]:
    return [r["neurons"] for r in results], [100 * r[what] for r in results]


if __name__ == "__main__":
    main()
