"""``map``: what becomes of a script's network on the wafer, without running it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.command_line.mapping_tables import write_mapping
from pyNN_brainscales_emu.command_line.output import write_line
from pyNN_brainscales_emu.command_line.output_files import (
    check_picture,
    check_writable,
    save_picture,
)
from pyNN_brainscales_emu.errors import BrainScaleSError

_DESCRIPTION: Final = """\
Run a PyNN script for the emulated wafer up to its first run() or run_trials(), map its network on
the wafer, and print what fits and what is lost. Nothing is integrated. The script needs no change:
it is always mapped on the wafer, and lost synapses stop nothing. Options of this command stand
before the script; what follows the script is passed on to it."""
_EPILOG: Final = """\
exit code: 0 all synapses are realised, 1 some are lost, 2 an error (or the script's own code)

examples:
  python -m pyNN_brainscales_emu map network.py
  python -m pyNN_brainscales_emu map --neuron-size 8 --defects wafer33.json network.py --size 1000
  python -m pyNN_brainscales_emu map --save mapping.npz network.py
    then in the script: setup(mapping="mapping.npz")"""
_ERROR: Final = 2


def add_parser(commands: Any) -> None:
    """Add the command to the sub-parsers."""
    parser = commands.add_parser(
        "map",
        help="map the network of a PyNN script without running it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        usage="%(prog)s [options] SCRIPT [argument ...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("script", type=Path, metavar="SCRIPT", help="a PyNN script")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="argument", help="arguments of the script"
    ).required = False
    wafer = parser.add_argument_group("instead of what the script says in setup()")
    wafer.add_argument("--wafer", type=int, help="number of the wafer")
    wafer.add_argument("--neuron-size", type=int, metavar="N", help="denmems of a neuron")
    wafer.add_argument("--defects", type=Path, metavar="FILE", help="broken components (JSON)")
    results = parser.add_argument_group("results")
    results.add_argument("--save", type=Path, metavar="FILE", help="write the mapping (.npz)")
    results.add_argument("--overwrite", action="store_true", help="replace an existing file")
    results.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the wafer (.png, .pdf, .svg)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from pyNN_brainscales_emu.planning import ScriptError, ScriptExitError

    try:
        return _map(arguments)
    except ScriptError as error:
        sys.stderr.write(error.traceback)
        _print_error(error)
    except ScriptExitError as error:
        return _end_as(error)
    except BrainScaleSError as error:
        _print_error(error)
    return _ERROR


def _map(arguments: argparse.Namespace) -> int:
    # Imported here, because it loads PyNN, which the other commands do without.
    from pyNN_brainscales_emu.planning import plan_script

    save, picture = (path and path.resolve() for path in (arguments.save, arguments.picture))
    if save is not None:
        check_writable(save, overwrite=arguments.overwrite)
    if picture is not None:
        check_picture("--picture", arguments.picture)
    plan = plan_script(arguments.script, arguments.arguments, **_options(arguments))
    write_line()
    write_mapping(plan.mapping, plan.script_seconds)
    if save is not None:
        plan.mapping.save(save)
        write_line(f"mapping: {arguments.save}")
    if picture is not None:
        save_picture(plan.mapping.plot_wafer(), picture)
        write_line(f"picture: {arguments.picture}")
    return 1 if plan.mapping.n_synapses_lost else 0


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of `setup()` that are given."""
    defects = arguments.defects
    given = {
        "wafer": arguments.wafer,
        "neuron_size": arguments.neuron_size,
        "defects": None if defects is None else defects.resolve(),
    }
    return {name: value for name, value in given.items() if value is not None}


def _end_as(error: Any) -> int:
    """End as the script wanted to: with its message, or its code."""
    if isinstance(error.code, int):
        _print_error(error)
        return error.code
    sys.stderr.write(f"{error.code}\n")
    return 1


def _print_error(error: BrainScaleSError) -> None:
    """Print an error; the lines of one that has several reasons stay apart."""
    sys.stderr.write(f"error: {error}\n")
