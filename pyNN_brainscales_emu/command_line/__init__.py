"""The command line: ``python -m pyNN_brainscales_emu COMMAND``.

Each command is a module with ``add_parser(commands)``, which sets ``run`` to a function from the
parsed arguments to the exit code. Errors of the package end as one line on the standard error
stream and exit code 2, as errors of the command line itself do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from pyNN_brainscales_emu.command_line import calibrate, doctor, map_script, plan, show_report
from pyNN_brainscales_emu.errors import BrainScaleSError

COMMANDS = (doctor, calibrate, map_script, plan, show_report)
USAGE_ERROR = 2
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and where to find help; exit with 2."""
        self.exit(USAGE_ERROR, f"error: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        Exit code: 0, 1 if what was examined is not well, 2 on an error.
    """
    arguments = build_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (BrainScaleSError, OSError) as error:
        print_error(str(error))
        return USAGE_ERROR
    except KeyboardInterrupt:
        print_error("interrupted")
        return INTERRUPTED


def build_parser() -> Parser:
    """Return the parser with all commands."""
    parser = Parser(
        prog="python -m pyNN_brainscales_emu",
        description="Tools around the emulated BrainScaleS wafer.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def print_error(message: str) -> None:
    """Print an error in one line."""
    sys.stderr.write("error: " + " ".join(message.split()) + "\n")
