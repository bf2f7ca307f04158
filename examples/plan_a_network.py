"""How large a network fits on the wafer: with which neuron size, with which defects.

Random networks of growing size are mapped but not run: 80 % excitatory and 20 % inhibitory neurons,
each of which gets synapses from the same number of others. A logical neuron is made of several
denmems: more of them take more synapses, but need more room. What does not fit is lost, and counted
with its reason.

What to see in the table: small neurons need few HICANNs, but a line brings few synapses to each of
them, so that synapse drivers run out as the network grows. Larger neurons take more synapses and
spread the network over more HICANNs; more lines must then cross more of the wafer, and every defect
on the way (a dead HICANN above all) cuts some of them off. The pictures show the largest network of
the smallest neurons on the wafer with defects: where it sits, which HICANNs lose synapses, the way
of one neuron's spikes, one HICANN, and the losses by reason.

Run it: ``python examples/plan_a_network.py --help``
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyNN.brainscales_emu as sim

#: Components that are broken, by class, as shares.
DEFECT_RATES = {
    "hicann": 0.02,
    "denmem": 0.02,
    "synapse_driver": 0.01,
    "h_line": 0.005,
    "v_line": 0.005,
}


@dataclass
class Plan:
    """What became of one network."""

    size: int
    neuron_size: int
    wafer: str
    stats: Any
    losses: dict[Any, int]


def build(size: int, fan_in: int) -> tuple[list[Any], list[Any]]:
    """Return the populations and projections of a random network."""
    n_excitatory = round(0.8 * size)
    populations = [
        sim.Population(n_excitatory, sim.IF_cond_exp(), label="excitatory"),
        sim.Population(size - n_excitatory, sim.IF_cond_exp(), label="inhibitory"),
    ]
    connector = sim.FixedProbabilityConnector(min(1.0, fan_in / size))
    projections = [
        sim.Projection(
            pre,
            post,
            connector,
            sim.StaticSynapse(weight=0.002),
            receptor_type=pre.label,
            label=f"{pre.label} to {post.label}",
        )
        for pre in populations
        for post in populations
    ]
    return populations, projections


def map_one(
    size: int, neuron_size: int, wafer: str, args: argparse.Namespace
) -> tuple[Plan, Any, Any]:
    """Map a network; return what became of it, the mapping, and its populations and projections."""
    defects = sim.Defects.draw(DEFECT_RATES, seed=args.seed) if wafer == "with defects" else "none"
    sim.setup(seed=args.seed, neuron_size=neuron_size, defects=defects, on_loss="ignore")
    network = build(size, args.fan_in)
    mapping = sim.map_network()
    return Plan(size, neuron_size, wafer, mapping.stats, mapping.loss_counts()), mapping, network


def print_table(plans: list[Plan]) -> None:
    """Print a line for each network."""
    headings = ("neurons", "denmems", "wafer", "HICANNs", "synapses", "lost", "mostly for")
    print(("{:>8}{:>9}  {:<13}{:>8}{:>10}{:>8}  {}").format(*headings))
    for plan in plans:
        stats = plan.stats
        reason = max(plan.losses, key=plan.losses.get).label if plan.losses else "-"
        print(
            f"{plan.size:>8}{plan.neuron_size:>9}  {plan.wafer:<13}{stats.n_hicanns:>8}"
            f"{stats.n_synapses:>10}{stats.synapse_loss:>8.2%}  {reason}"
        )
    print("(denmems: of each neuron)")


def save_pictures(mapping: Any, network: Any, folder: Path) -> list[Path]:
    """Save the pictures of a mapping; return their paths."""
    populations, projections = network
    neuron = populations[0][0]
    figures = {
        "wafer": mapping.plot_wafer(),
        "loss": mapping.plot_wafer("loss"),
        "route": mapping.plot_wafer(routes=neuron, region="used"),
        "hicann": mapping.plot_hicann(mapping.find(neuron).hicann),
        "projections": mapping.plot_synapse_loss(),
        "connections": mapping.plot_synapse_loss(projections[0]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], dpi=120)
    return paths


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Run the example; return the plans and the paths of the pictures."""
    args = parse_arguments(argv)
    plans: list[Plan] = []
    paths: list[Path] = []
    for wafer in ("whole", "with defects"):
        for neuron_size in args.neuron_sizes:
            for size in args.sizes:
                plan, mapping, network = map_one(size, neuron_size, wafer, args)
                plans.append(plan)
                chosen = (max(args.sizes), min(args.neuron_sizes), "with defects")
                if (size, neuron_size, wafer) == chosen:
                    paths = save_pictures(mapping, network, args.output)
                sim.end()
    print_table(plans)
    for path in paths:
        print(f"picture: {path}")
    return {"plans": plans, "pictures": paths}


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[1000, 2000, 4000, 8000],
        help="neurons of the networks (1000 2000 4000 8000)",
    )
    parser.add_argument(
        "--neuron-sizes",
        type=int,
        nargs="+",
        default=[4, 8, 16],
        help="denmems of each neuron (4 8 16)",
    )
    parser.add_argument("--fan-in", type=int, default=80, help="synapses of each neuron (80)")
    parser.add_argument("--seed", type=int, default=42, help="network and defects (42)")
    parser.add_argument("--output", type=Path, default=Path("plan"), help="folder (./plan)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
