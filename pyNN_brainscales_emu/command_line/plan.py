"""``plan``: how many single-chip runs a network takes that is larger than the chip."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.command_line.output import write_line, write_table
from pyNN_brainscales_emu.command_line.output_files import check_picture, save_picture
from pyNN_brainscales_emu.errors import BrainScaleSError, NetworkError, noted, raise_together
from pyNN_brainscales_emu.partition import KNOWN_NETWORKS, LayeredNetwork, RunCounts, count_runs
from pyNN_brainscales_emu.partition.capacity import CAPACITIES
from pyNN_brainscales_emu.partition.pictures import draw_run_counts

_DESCRIPTION: Final = """\
Count how many runs of a single chip networks take that are larger than the chip. A network is one
of those that --list names, or a description in quotes: the shape of the input, then the layers.
Without a network, all known ones are counted. Only sizes and fan-in count; no synapse is made."""
_EPILOG: Final = """\
layers: denseN, recurrentN, convNkK with sS (stride) and pP (padding) as needed, poolN

examples:
  python -m pyNN_brainscales_emu plan "784 dense256 dense10"
  python -m pyNN_brainscales_emu plan "3x32x32 conv64k3p1 pool2 dense100 dense10" "LeNet-5 / MNIST"
  python -m pyNN_brainscales_emu plan --picture runs.png"""


def add_parser(commands: Any) -> None:
    """Add the command to the sub-parsers."""
    parser = commands.add_parser(
        "plan",
        help="count the single-chip runs of networks larger than the chip",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="a name or a description")
    parser.add_argument("--list", action="store_true", help="list the known networks and exit")
    parser.add_argument("--chip", choices=tuple(CAPACITIES), default="brainscales2")
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the runs (.png, .pdf, .svg)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if arguments.list:
        write_table(("network", "layers"), [(n, str(v)) for n, v in KNOWN_NETWORKS.items()], 2)
        return 0
    if arguments.picture is not None:
        check_picture("--picture", arguments.picture)
    counts = _counts(arguments.networks, arguments.chip)
    if arguments.json:
        write_line(json.dumps([_as_dict(count) for count in counts]))
    elif arguments.networks:
        write_line("\n\n".join(map(str, counts)))
    else:
        _write_summary(counts)
    if arguments.picture is not None:
        save_picture(draw_run_counts(counts), arguments.picture)
    return 0


def _counts(networks: list[str], chip: str) -> list[RunCounts]:
    errors: list[BrainScaleSError] = []
    counts = []
    for text in networks or KNOWN_NETWORKS:
        with noted(errors):
            network = KNOWN_NETWORKS.get(text) or LayeredNetwork.parse(text)
            counts.append(count_runs(network, chip=chip))
    raise_together("the networks cannot be counted", errors, NetworkError)
    return counts


def _write_summary(counts: list[RunCounts]) -> None:
    rows = [
        (
            count.network.name + (" *" if count.needs_several_chips else ""),
            *(f"{n:,}".replace(",", " ") for n in (count.neurons, count.total, count.total_merged)),
        )
        for count in counts
    ]
    write_table(("network", "neurons", "runs", "small layers merged"), rows)
    if any(count.needs_several_chips for count in counts):
        write_line("* a recurrent layer is larger than the chip: several chips side by side")


def _as_dict(count: RunCounts) -> dict[str, Any]:
    return {
        "network": count.network.name,
        "runs": count.total,
        "runs_merged": count.total_merged,
        "neurons": count.neurons,
        "needs_several_chips": count.needs_several_chips,
        "layers": [vars(layer) for layer in count.layers],
    }
